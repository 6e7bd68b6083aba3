"""A shared service of certificates, simulated over real sockets: the embedded library's people, signed JSON, faults.

Product code: integrators try their settings against it, tests their failures. It speaks what
``config.certificates.Shared`` asks for by default, with the states below.
``python -m hall.certificates.shared_simulator --help``
"""

import argparse
import base64
import json
import ssl
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from time import time
from typing import Any, get_args

from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.people import everybody
from hall.certificates.port import Certificate
from hall.codes.port import Company, Holder
from hall.codes.signing import answer_signature, question_signature, same
from hall.codes.simulated_tls import TlsFiles, make_tls
from hall.codes.suites import MacName
from hall.wire.messages import CertificateStatus

GOOD, NOTHING = "0", "2001"
STATES: dict[str, CertificateStatus] = {
    "1": "valid",
    "2": "suspended",
    "3": "revoked",
}  # for ListFields.states
LINES = "surface"  # for ListFields.lines
FAULTS = (
    *("slow", "hang", "drip", "reset", "500", "503", "redirect"),
    *("not_json", "wrong_json", "wrong_signature", "unsigned", "oversized", "unmapped"),
    *("somebody_else", "no_picture", "wrong_picture"),
)
LIST_PATH, FACE_PATH = "/CertShare/queryCertInfoByHolderCode", "/CertShare/downloadUrl"
MOST_SKEW = 60.0  # seconds a question may be older or newer than this


@dataclass
class Simulated:
    """What the service knows and how it behaves; may be changed while it runs. ``faults`` are spent one a question."""

    library: EmbeddedLibrary
    secret: bytes = b"simulated"
    mac: MacName = "hmac-sha256"
    faults: deque[str] = field(default_factory=deque)
    slow_seconds: float = 5.0
    asked: Counter[str] = field(default_factory=Counter)  # questions by fault, "" for none

    def listed(self, number: str, type_code: str) -> dict[str, Any]:
        found = [one for one in self._of(number) if type_code in ("", one.kind.code)]
        if not found:
            return {"head": {"status": NOTHING}}
        return {"head": {"status": GOOD}, "data": [_entry(one) for one in found]}

    def face(self, identifier: str) -> dict[str, Any]:
        every = (one for kept in everybody() for one in self._of(kept.number))
        found = next((one for one in every if one.identifier == identifier), None)
        if found is None:
            return {"head": {"status": NOTHING}}
        picture = base64.b64encode(self.library.face(found)).decode()
        return {"head": {"status": GOOD}, "data": {"content": picture}}

    def _of(self, number: str) -> tuple[Certificate, ...]:
        """By an ID number or a credit code, whichever it is."""
        return self.library.certificates(Holder(number, "")) or self.library.certificates(
            Holder("", "", company=Company("", number))
        )


def _entry(certificate: Certificate) -> dict[str, Any]:
    decided = {status: code for code, status in STATES.items()}
    return {
        "cert_identifier": certificate.identifier,
        "cert_type_code": certificate.kind.code,
        "cert_name": certificate.kind.name,
        "certno": certificate.number,
        "name": certificate.holder,
        "holder_code": certificate.holder_number,
        "issue_org": certificate.issuer,
        "issue_date": _day(certificate.issued),
        "zzyxqqsrq": _day(certificate.valid_from),
        "zzyxqjzrq": _day(certificate.valid_to),
        "cert_status": decided.get(certificate.status, "1"),
        LINES: dict(certificate.lines),
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else "长期"


class SharedSimulator:
    """Listens on a free port of this machine while it is entered."""

    def __init__(self, simulated: Simulated, tls: TlsFiles | None = None, *, port: int = 0) -> None:
        self.simulated = simulated
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.simulated = simulated
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls.server, tls.server_key)
            self._server.context = context
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="shared-simulator"
        )

    def __enter__(self) -> "SharedSimulator":
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
    simulated: Simulated
    context: ssl.SSLContext | None = None

    def __init__(self, address: tuple[str, int], handler: type["_Handler"]) -> None:
        super().__init__(address, handler)
        self.over, self.nonces, self.lock = Event(), set[str](), Lock()

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
        if fault in ("500", "503"):
            return int(fault), b"<html>no</html>"
        if fault == "redirect":
            return 302, b""
        if not self._good_question(body):
            return 401, b'{"head":{"status":"401"}}'
        made_up = {
            "not_json": b"<html>welcome</html>",
            "wrong_json": b'{"head":{"status":"0"},"data":[["?"],7]}',
            "oversized": b'{"head":{"status":"0"},"pad":"' + b"x" * 600_000 + b'"}',
            "unmapped": b'{"head":{"status":"777"}}',
            "no_picture": b'{"head":{"status":"0"},"data":{}}',
            "wrong_picture": b'{"head":{"status":"0"},"data":{"content":"PDF-1.7?"}}',
        }
        if fault in made_up:
            return 200, made_up[fault]
        try:
            asked = json.loads(body)["data"]
            if self.path == LIST_PATH:
                result = self.server.simulated.listed(asked["holderCode"], asked.get("certTypeCode", ""))
            else:
                result = self.server.simulated.face(asked["certIdentifier"])
        except (ValueError, KeyError, TypeError):
            return 400, b'{"head":{"status":"400"}}'
        if fault == "somebody_else":
            for entry in result.get("data", ()):
                entry["holder_code"] = entry["holder_code"][::-1]
        return 200, json.dumps(result, ensure_ascii=False).encode()

    def _good_question(self, body: bytes) -> bool:
        simulated, asked = self.server.simulated, self.headers
        app, at, nonce = (asked.get(name, "") for name in ("X-App-Id", "X-Timestamp", "X-Nonce"))
        signature = question_signature(
            simulated.mac, simulated.secret, "POST", self.path, app, at, nonce, body
        )
        fresh = at.isdigit() and abs(int(at) / 1000 - time()) <= MOST_SKEW
        with self.server.lock:
            if not (same(asked.get("X-Signature", ""), signature) and fresh) or nonce in self.server.nonces:
                return False
            self.server.nonces.add(nonce)
        return True

    def _send(self, fault: str, status: int, content: bytes) -> None:
        simulated, at = self.server.simulated, str(round(time() * 1000))
        signature = answer_signature(
            simulated.mac, simulated.secret, status, at, self.headers.get("X-Nonce", ""), content
        )
        if fault == "wrong_signature":
            signature = "0" * len(signature)
        self.send_response_only(status)
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
            if fault == "drip" and self.server.over.wait(0.05):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: not even a simulator writes down what it is asked."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m hall.certificates.shared_simulator",
        description="A shared service of certificates to try settings with; its people are the embedded library's.",
    )
    parser.add_argument("--font", type=Path, required=True, help="font file that faces are drawn with")
    parser.add_argument("--port", type=int, default=8444)
    parser.add_argument("--secret-file", type=Path, help="the shared secret; unset: the word 'simulated'")
    parser.add_argument("--mac", choices=get_args(MacName), default="hmac-sha256")
    parser.add_argument("--tls", type=Path, metavar="FOLDER", help="serve https; certificates are made in it")
    parser.add_argument("--fault", choices=FAULTS, action="append", default=[], help="one question each")
    asked = parser.parse_args()
    library = EmbeddedLibrary(asked.font, today=lambda: datetime.now(UTC).date())
    simulated = Simulated(library, mac=asked.mac, faults=deque(asked.fault))
    if asked.secret_file:
        simulated.secret = asked.secret_file.read_bytes().strip()
    tls = make_tls(asked.tls) if asked.tls else None
    with SharedSimulator(simulated, tls, port=asked.port) as service:
        print(service.url, flush=True)  # noqa: T201  said to who started it
        try:
            Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
