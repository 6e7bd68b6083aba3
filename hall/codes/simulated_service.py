"""A service outside the hall, simulated over real sockets: signed JSON, TLS, and faults, each spent on one question."""

import argparse
import json
import ssl
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from time import time
from typing import Any, ClassVar, Self, get_args

from hall.codes.signing import answer_signature, question_signature, same
from hall.codes.simulated_tls import TlsFiles, make_tls
from hall.codes.suites import MacName

FAULTS = (
    *("slow", "hang", "drip", "reset", "redirect", "500", "503", "429"),
    *("wrong_signature", "unsigned", "not_json"),
)
MOST_SKEW = 60.0  # seconds a question may be older or newer than this


@dataclass(kw_only=True)
class Behaviour(ABC):
    """How the service behaves; may be changed while it runs. ``faults`` are the next questions', one each."""

    made_up: ClassVar[Mapping[str, bytes]]  # what is answered to anything, by fault

    secret: bytes = b"simulated"
    mac: MacName = "hmac-sha256"
    faults: deque[str] = field(default_factory=deque)
    slow_seconds: float = 5.0
    ahead: float = 0.0  # seconds its clock is before the machine's
    asked: Counter[str] = field(default_factory=Counter)  # questions by fault, "" for none
    lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    @abstractmethod
    def answer(self, path: str, question: Any, fault: str) -> dict[str, Any]:
        """To a question that is rightly signed. Raises KeyError, TypeError: it makes no sense."""

    def now(self) -> float:
        """Its clock, seconds since 1970."""
        return time() + self.ahead


class SimulatedService:
    """Listens on a free port of this machine while it is entered."""

    path = ""  # of ``url``

    def __init__(
        self,
        simulated: Behaviour,
        tls: TlsFiles | None = None,
        *,
        client_needed: bool = False,
        port: int = 0,
    ) -> None:
        self.simulated = simulated
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.simulated = simulated
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.server, tls.server_key)
            context.load_verify_locations(tls.authority)
            context.verify_mode = ssl.CERT_REQUIRED if client_needed else ssl.CERT_NONE
            self._server.context = context
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}{self.path}"
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="simulated-service"
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for those that are answering
    request_queue_size = 64
    simulated: Behaviour
    context: ssl.SSLContext | None = None

    def __init__(self, address: tuple[str, int], handler: type["_Handler"]) -> None:
        super().__init__(address, handler)
        self.over, self.nonces = Event(), set[str]()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """On the connection's own thread, the handshake too: a client that fails it holds up nobody."""
        request.settimeout(10)
        if self.context is not None:
            request = self.context.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            if self.context is not None:  # wrapping took the socket from who would close it
                request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away or failed the handshake is nothing to print."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        simulated = self.server.simulated
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 65_536))
        with simulated.lock:
            fault = simulated.faults.popleft() if simulated.faults else ""
            simulated.asked[fault] += 1
        status, content = self._answer(fault, body)
        if fault == "slow":
            self.server.over.wait(simulated.slow_seconds)
        elif fault in ("hang", "reset"):
            if fault == "hang":
                self.server.over.wait()
            self.close_connection = True
            return
        self._send(fault, status, content)

    def _answer(self, fault: str, body: bytes) -> tuple[int, bytes]:
        simulated = self.server.simulated
        if fault.isdigit():
            return int(fault), b"<html>no</html>"
        if fault == "redirect":
            return 307, b""
        if not self._good_question(body):
            return 401, b"{}"
        if fault == "not_json":
            return 200, b"<html>welcome</html>"
        if fault in simulated.made_up:
            return 200, simulated.made_up[fault]
        try:
            result = simulated.answer(self.path, json.loads(body), fault)
        except (ValueError, KeyError, TypeError):
            return 400, b"{}"
        return 200, json.dumps(result, ensure_ascii=False).encode()

    def _good_question(self, body: bytes) -> bool:
        simulated, asked = self.server.simulated, self.headers
        app, at, nonce = (asked.get(name, "") for name in ("X-App-Id", "X-Timestamp", "X-Nonce"))
        signature = question_signature(
            simulated.mac, simulated.secret, "POST", self.path, app, at, nonce, body
        )
        fresh = at.isdigit() and abs(int(at) / 1000 - simulated.now()) <= MOST_SKEW
        with simulated.lock:
            if not (same(asked.get("X-Signature", ""), signature) and fresh) or nonce in self.server.nonces:
                return False
            self.server.nonces.add(nonce)
        return True

    def _send(self, fault: str, status: int, content: bytes) -> None:
        simulated, at = self.server.simulated, str(round(self.server.simulated.now() * 1000))
        nonce = self.headers.get("X-Nonce", "")
        signature = answer_signature(simulated.mac, simulated.secret, status, at, nonce, content)
        if fault == "wrong_signature":
            signature = "0" * len(signature)
        self.send_response_only(status)
        self.send_header("Date", formatdate(simulated.now(), usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        if fault == "redirect":
            self.send_header("Location", "/elsewhere")
        if fault != "unsigned":
            self.send_header("X-Timestamp", at)
            self.send_header("X-Signature", signature)
        self.end_headers()
        pieces = [content] if fault != "drip" else [content[i : i + 1] for i in range(len(content))]
        for piece in pieces:
            self.wfile.write(piece)
            if fault == "drip" and self.server.over.wait(0.1):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: not even a simulator writes down what it is asked."""


def arguments(prog: str, description: str, faults: Sequence[str], port: int) -> argparse.ArgumentParser:
    """Those of every simulated service."""
    parser = argparse.ArgumentParser(prog=f"python -m {prog}", description=description)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--secret-file", type=Path, help="the shared secret; unset: the word 'simulated'")
    parser.add_argument("--mac", choices=get_args(MacName), default="hmac-sha256")
    parser.add_argument("--tls", type=Path, metavar="FOLDER", help="serve https; certificates are made in it")
    parser.add_argument("--client-certificate", action="store_true", help="and ask for client.pem")
    parser.add_argument("--fault", choices=faults, action="append", default=[], help="one question each")
    return parser


def serve(
    service: type[SimulatedService], simulated: Behaviour, asked: argparse.Namespace, *said: str
) -> None:
    """Behave as was ``asked`` for, until interrupted."""
    simulated.mac, simulated.faults = asked.mac, deque(asked.fault)
    if asked.secret_file:
        simulated.secret = asked.secret_file.read_bytes().strip()
    tls = make_tls(asked.tls) if asked.tls else None
    with service(simulated, tls, client_needed=asked.client_certificate, port=asked.port) as listening:
        print(listening.url, *said, sep="\n", flush=True)  # noqa: T201  said to who started it
        try:
            Event().wait()
        except KeyboardInterrupt:
            return
