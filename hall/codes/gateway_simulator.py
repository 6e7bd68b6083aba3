"""A province's gateway for codes, simulated over real sockets: signed JSON, TLS, every code good once, and faults.

Product code: integrators try their settings against it, tests their failures. It speaks what ``config.codes.Gateway``
asks for by default, with the result codes below. ``python -m hall.codes.gateway_simulator --help``
"""

import argparse
import json
import ssl
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from time import time
from typing import Any, get_args

from hall.codes.signing import answer_signature, question_signature, same
from hall.codes.simulated_tls import TlsFiles, make_tls
from hall.codes.suites import MacName

GOOD, EXPIRED, REPLAYED, UNKNOWN, FORGED = "0", "1001", "1002", "1003", "1004"
OTHER_CITY, NOT_YET, AGAIN = "1005", "1006", "9001"
RESULTS = {  # for AnswerFields.refusals
    EXPIRED: "code.expired",
    REPLAYED: "code.replayed",
    UNKNOWN: "code.unknown",
    FORGED: "code.forged",
    OTHER_CITY: "code.other_city",
    NOT_YET: "code.not_yet",
}
FAULTS = (
    *("slow", "hang", "drip", "reset", "redirect", "500", "503", "429"),
    *("not_json", "wrong_json", "wrong_signature", "unsigned", "oversized", "again", "unmapped"),
)
INVENTED: dict[str, dict[str, Any]] = {
    "SIM-RESIDENT-1": {"number": "37010019900101001X", "name": "张晓三", "birth": "19900101"},
    "SIM-COMPANY-1": {
        "number": "37010019900101001X",
        "name": "张晓三",
        "company": {
            "name": "清源样例科技有限公司",
            "code": "91370100MA00000000",
            "authority": "办理社保登记",
            "until": "20291231",
        },
    },
}
MOST_SKEW = 60.0  # seconds a question may be older or newer than this


@dataclass
class Simulated:
    """What the gateway knows and how it behaves; may be changed while it runs.

    ``codes`` maps a code to the holder it stands for, or to a result code that refuses it. ``faults`` are spent one a
    question. ``clock`` is its wall clock, seconds since 1970.
    """

    secret: bytes = b"simulated"
    mac: MacName = "hmac-sha256"
    codes: Mapping[str, dict[str, Any] | str] = field(default_factory=lambda: dict(INVENTED))
    faults: deque[str] = field(default_factory=deque)
    once: bool = True
    slow_seconds: float = 5.0
    ahead: float = 0.0  # seconds its clock is before the machine's
    asked: Counter[str] = field(default_factory=Counter)  # questions by fault, "" for none

    def result(self, body: bytes, shown: set[str]) -> dict[str, Any]:
        """Pure but for ``shown``, the codes seen so far."""
        code = json.loads(body)["code"]
        known = self.codes.get(code, UNKNOWN)
        if self.once and code in shown:
            known = REPLAYED
        shown.add(code)
        if isinstance(known, str):
            return {"code": known, "msg": RESULTS.get(known, "")}
        return _good(known)


def _good(holder: dict[str, Any]) -> dict[str, Any]:
    return {"code": GOOD, "msg": "ok", "data": holder}


class GatewaySimulator:
    """Listens on a free port of this machine while it is entered."""

    def __init__(
        self,
        simulated: Simulated | None = None,
        tls: TlsFiles | None = None,
        *,
        client_needed: bool = False,
        port: int = 0,
    ) -> None:
        self.simulated = simulated or Simulated()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.simulated = self.simulated
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.server, tls.server_key)
            context.load_verify_locations(tls.authority)
            context.verify_mode = ssl.CERT_REQUIRED if client_needed else ssl.CERT_NONE
            self._server.context = context
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}/codes/v1/verify"
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="gateway-simulator"
        )

    def __enter__(self) -> "GatewaySimulator":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for those that are answering
    simulated: Simulated
    context: ssl.SSLContext | None = None

    def __init__(self, address: tuple[str, int], handler: type["_Handler"]) -> None:
        super().__init__(address, handler)
        self.over, self.shown, self.nonces, self.lock = Event(), set[str](), set[str](), Lock()

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
        with self.server.lock:
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
        if fault in ("500", "503", "429"):
            return int(fault), b"<html>no</html>"
        if fault == "redirect":
            return 307, b""
        if not self._good_question(body):
            return 401, b'{"code":"401"}'
        made_up = {
            "not_json": b"<html>welcome</html>",
            "wrong_json": b'{"code":"0","data":{"name":["?"],"number":7}}',
            "oversized": json.dumps(_good(INVENTED["SIM-RESIDENT-1"]) | {"pad": "x" * 200_000}).encode(),
            "again": json.dumps({"code": AGAIN}).encode(),
            "unmapped": b'{"code":"777"}',
        }
        if fault in made_up:
            return 200, made_up[fault]
        try:
            result = self.server.simulated.result(body, self.server.shown)
        except (ValueError, KeyError, TypeError):
            return 400, b'{"code":"400"}'
        return 200, json.dumps(result, ensure_ascii=False).encode()

    def _good_question(self, body: bytes) -> bool:
        simulated, asked = self.server.simulated, self.headers
        app, at, nonce = (asked.get(name, "") for name in ("X-App-Id", "X-Timestamp", "X-Nonce"))
        signature = question_signature(
            simulated.mac, simulated.secret, "POST", self.path, app, at, nonce, body
        )
        fresh = at.isdigit() and abs(int(at) / 1000 - self._now()) <= MOST_SKEW
        if not (same(asked.get("X-Signature", ""), signature) and fresh) or nonce in self.server.nonces:
            return False
        self.server.nonces.add(nonce)
        return True

    def _send(self, fault: str, status: int, content: bytes) -> None:
        simulated, at = self.server.simulated, str(round(self._now() * 1000))
        nonce = self.headers.get("X-Nonce", "")
        signature = answer_signature(simulated.mac, simulated.secret, status, at, nonce, content)
        if fault == "wrong_signature":
            signature = signature[::-1]
        self.send_response_only(status)
        self.send_header("Date", formatdate(self._now(), usegmt=True))
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

    def _now(self) -> float:
        return time() + self.server.simulated.ahead

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: not even a simulator writes down what it is asked."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m hall.codes.gateway_simulator", description="A gateway for codes to try settings with."
    )
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--secret-file", type=Path, help="the shared secret; unset: the word 'simulated'")
    parser.add_argument("--mac", choices=get_args(MacName), default="hmac-sha256")
    parser.add_argument("--tls", type=Path, metavar="FOLDER", help="serve https; certificates are made in it")
    parser.add_argument("--client-certificate", action="store_true", help="and ask for client.pem")
    parser.add_argument("--fault", choices=FAULTS, action="append", default=[], help="one question each")
    parser.add_argument("--many", action="store_true", help="a code may be shown more than once")
    asked = parser.parse_args()
    simulated = Simulated(mac=asked.mac, faults=deque(asked.fault), once=not asked.many)
    if asked.secret_file:
        simulated.secret = asked.secret_file.read_bytes().strip()
    tls = make_tls(asked.tls) if asked.tls else None
    with GatewaySimulator(simulated, tls, client_needed=asked.client_certificate, port=asked.port) as gateway:
        print(f"{gateway.url}\ncodes: {', '.join(INVENTED)}", flush=True)  # noqa: T201  said to who started it
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
