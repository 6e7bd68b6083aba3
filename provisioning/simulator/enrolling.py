"""Simulated terminals enrol as real ones do: own keys, over HTTP, polling until somebody lets them in.

Blocking, a few threads at a time. On loopback sixty of them share an address, as a hall's terminals do behind their
router, so the centre's limits for one address are met as in life.
"""

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from provisioning.simulator.terminal import Identity
from provisioning.wire.documents import prove, unseal
from provisioning.wire.messages import EnrolAnswer, EnrolRequest, EnrolTicket, Grant, Secrets

PER_ADDRESS = 50
WORKERS = 8
ANSWER = 30.0  # seconds for one request
GIVE_UP = 900.0  # seconds: as long as a code is good
MOST = 1_000_000  # bytes of an answer


class NotEnrolled(Exception):
    """The centre does not let it in, or cannot be reached. The message says why."""

    code = "simulator.not_enrolled"


class Centre:
    """HTTP to a centre. ``tls``: whom to trust, for https."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a centre's URL looks like https://fleet.example.cn")
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None

    @contextmanager
    def line(self, number: int = 0) -> Iterator["Line"]:
        """One connection, that of the ``number``-th terminal."""
        source = (_address(number), 0) if self._host == "127.0.0.1" else None
        connection = (
            http.client.HTTPSConnection(
                self._host, self._port, timeout=ANSWER, source_address=source, context=self._tls
            )
            if self._tls
            else http.client.HTTPConnection(self._host, self._port, timeout=ANSWER, source_address=source)
        )
        with closing(connection):
            yield Line(connection)

    def upload(self, path: str, content: bytes, kind: str) -> bool:
        """A result of a command, to its one-time address."""
        with self.line() as line:
            status, _ = line.ask("PUT", path, content, {"X-Tongyuan-Masked": "1"} if kind == "masked" else {})
        return 200 <= status < 300


class Line:
    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and body; told to come later, it does. Raises OSError, HTTPException."""
        while True:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            content = answer.read(MOST)
            if answer.status not in (429, 503):
                return answer.status, content
            time.sleep(min(float(answer.headers.get("Retry-After") or 1), ANSWER))

    def json(self, method: str, path: str, value: Any, proof: str = "") -> bytes:
        """Raises NotEnrolled for any answer but a good one."""
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Proof {proof}"} if proof else {}
        )
        status, content = self.ask(
            method, path, None if value is None else json.dumps(value).encode(), headers
        )
        if not 200 <= status < 300:
            raise NotEnrolled(f"{method} {path.split('/')[2]}: {status} {content[:200]!r}")
        return content


def enrol(
    centre: Centre,
    serial: str,
    number: int = 0,
    *,
    shown: Callable[[EnrolTicket], None] = lambda ticket: None,
    over: Callable[[], bool] = lambda: False,
    tls: ssl.SSLContext | None = None,
) -> Identity:
    """Let in, or NotEnrolled. ``shown``: what its screen would show while it waits. ``tls``: for the broker.

    ``over``: asked between two polls; True gives up.
    """
    key, seal_key = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    asked = EnrolRequest(
        public_key=key.public_key().public_bytes_raw().hex(),
        seal_key=seal_key.public_key().public_bytes_raw().hex(),
        serial=serial,
        app="simulated",
        model="simulator",
    )
    try:
        with centre.line(number) as line:
            raw = line.json("POST", "/v1/enrolments", asked.model_dump())
            ticket = EnrolTicket.model_validate_json(raw)
            shown(ticket)
            grant = _granted(line, ticket, key, over)
            identity = _identity(grant, seal_key, tls)
            proof = prove(key, "claimed", ticket.id, datetime.now(UTC))
            line.json("POST", f"/v1/enrolments/{ticket.id}/claimed", {}, proof)
    except (OSError, http.client.HTTPException) as error:
        raise NotEnrolled(f"{serial}: {error}") from error
    return identity


def enrol_all(
    centre: Centre,
    serials: Sequence[str],
    *,
    enrolled: Callable[[int, Identity], None] = lambda number, identity: None,
    shown: Callable[[EnrolTicket], None] = lambda ticket: None,
    over: Callable[[], bool] = lambda: False,
    workers: int = WORKERS,
    tls: ssl.SSLContext | None = None,
) -> list[Identity]:
    """All of them, in order. ``enrolled`` is called on the workers' threads. Raises NotEnrolled for the first."""

    def one(number: int) -> Identity:
        if over():
            raise NotEnrolled("given up")
        identity = enrol(centre, serials[number], number, shown=shown, over=over, tls=tls)
        enrolled(number, identity)
        return identity

    with ThreadPoolExecutor(workers, thread_name_prefix="enrol") as pool:
        return list(pool.map(one, range(len(serials))))


def serial_of(number: int, prefix: str = "SIM") -> str:
    """Serial of the ``number``-th simulated terminal."""
    return f"{prefix}-{number:05d}"


def table(count: int, per_hall: int = 20, *, prefix: str = "SIM") -> tuple[list[str], str]:
    """``(ids of halls, CSV)`` with which ``count`` simulated terminals are pre-authorised."""
    lines, halls = ["serial,terminal,hall,role,name"], []
    for number in range(count):
        hall = f"sim-{number // per_hall:04d}"
        if number % per_hall == 0:
            halls.append(hall)
        place = number % per_hall
        role = "terminal" if place < per_hall - 4 else "hall-board" if place < per_hall - 2 else "voice"
        lines.append(f"{serial_of(number, prefix)},{hall}-{place:02d},{hall},{role},模拟终端{place:02d}")
    return halls, "\n".join([*lines, ""])


def _granted(line: Line, ticket: EnrolTicket, key: Ed25519PrivateKey, over: Callable[[], bool]) -> Grant:
    until = time.monotonic() + GIVE_UP
    while time.monotonic() < until and not over():
        proof = prove(key, "enrolment", ticket.id, datetime.now(UTC))
        answer = EnrolAnswer.model_validate_json(line.json("GET", f"/v1/enrolments/{ticket.id}", None, proof))
        if answer.grant is not None:
            return answer.grant
        if answer.state != "pending":
            raise NotEnrolled(f"the centre says {answer.state}")
        time.sleep(ticket.poll_seconds)
    raise NotEnrolled("nobody let it in")


def _identity(grant: Grant, seal_key: X25519PrivateKey, tls: ssl.SSLContext | None) -> Identity:
    mine = Secrets.model_validate_json(unseal(grant.sealed, seal_key))
    parts = urlsplit(grant.broker.url)
    if parts.scheme == "mqtts" and tls is None:
        tls = ssl.create_default_context(cadata=grant.broker.ca)
    return Identity(
        grant.device,
        grant.keys,
        parts.hostname or "",
        parts.port or (8883 if parts.scheme == "mqtts" else 1883),
        mine.broker_password,
        tls if parts.scheme == "mqtts" else None,
    )


def _address(number: int) -> str:
    hall = number // PER_ADDRESS
    return f"127.{16 + hall // 65_025 % 200}.{1 + hall // 255 % 255}.{1 + hall % 254}"
