"""Enrolment of simulated terminals against a small HTTP server that answers as a centre does."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from provisioning.centre import preauthorise
from provisioning.simulator.enrolling import Centre, NotEnrolled, enrol, enrol_all, serial_of, table
from provisioning.simulator.terminal import Identity
from provisioning.wire.documents import proven, seal
from provisioning.wire.messages import BrokerAccess, EnrolAnswer, EnrolRequest, EnrolTicket, Grant, Secrets

KEY = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()


class Played:
    """A centre that lets in whoever asks twice, and remembers what it was told."""

    def __init__(self) -> None:
        self.asked: dict[str, EnrolRequest] = {}
        self.polls: dict[str, int] = {}
        self.claimed: list[str] = []
        self.addresses: set[str] = set()
        self.refuse = False
        self.busy = 0
        self.uploads: list[tuple[str, bytes, bool]] = []  # path, content, masked

    def post(self, path: str, body: Any, proof: str) -> tuple[int, Any]:
        now = datetime.now(UTC)
        if path == "/v1/enrolments":
            if self.busy:
                self.busy -= 1
                return 429, {}
            asked = EnrolRequest.model_validate(body)
            self.asked[asked.serial] = asked
            until = now + timedelta(minutes=15)
            ticket = EnrolTicket(
                id=asked.serial, code="ABCD2345", expires=until, url="http://x", poll_seconds=0
            )
            return 201, ticket.model_dump(mode="json")
        serial = path.split("/")[3]
        assert proven(proof, self.asked[serial].public_key, "claimed", serial, now)
        self.claimed.append(serial)
        return 200, {}

    def get(self, path: str, proof: str) -> tuple[int, Any]:
        serial = path.split("/")[3]
        asked = self.asked[serial]
        assert proven(proof, asked.public_key, "enrolment", serial, datetime.now(UTC))
        self.polls[serial] = self.polls.get(serial, 0) + 1
        if self.refuse:
            return 200, EnrolAnswer(state="refused").model_dump(mode="json")
        if self.polls[serial] < 2:
            return 200, EnrolAnswer(state="pending").model_dump(mode="json")
        secret = Secrets(broker_password=f"password of {serial}").model_dump_json()
        grant = Grant(
            device=serial.lower(),
            hall="qy",
            keys={"a": KEY},
            broker=BrokerAccess(url="mqtt://broker.example:1884"),
            sealed=seal(secret.encode(), asked.seal_key),
            desired="{}",
        )
        return 200, EnrolAnswer(state="approved", grant=grant).model_dump(mode="json")


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def centre(played: Played) -> Iterator[Centre]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self, status: int, value: Any) -> None:
            played.addresses.add(self.client_address[0])
            body = json.dumps(value).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0.01")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _proof(self) -> str:
            return (self.headers.get("Authorization") or "").removeprefix("Proof ")

        def do_POST(self) -> None:
            self._answer(*played.post(self.path, json.loads(self._body()), self._proof()))

        def do_GET(self) -> None:
            self._answer(*played.get(self.path, self._proof()))

        def do_PUT(self) -> None:
            masked = self.headers.get("X-Tongyuan-Masked") == "1"
            played.uploads.append((self.path, self._body(), masked))
            self._answer(204 if "good" in self.path else 404, None)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Centre(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_polls_until_it_is_let_in_and_says_when_it_has_its_grant(centre: Centre, played: Played) -> None:
    shown: list[str] = []
    identity = enrol(centre, "SIM-1", shown=lambda ticket: shown.append(ticket.code))
    assert identity == Identity("sim-1", {"a": KEY}, "broker.example", 1884, "password of SIM-1")
    assert (played.polls, played.claimed, shown) == ({"SIM-1": 2}, ["SIM-1"], ["ABCD2345"])
    assert "password of" not in repr(identity)


def test_many_come_in_order_each_with_its_own_key_a_hall_behind_one_address(
    centre: Centre, played: Played
) -> None:
    serials, heard = [serial_of(number) for number in range(120)], list[int]()
    found = enrol_all(centre, serials, enrolled=lambda number, _identity: heard.append(number))
    assert [identity.device for identity in found] == [serial.lower() for serial in serials]
    assert sorted(heard) == list(range(120))
    assert len({asked.public_key for asked in played.asked.values()}) == 120
    assert len(played.addresses) == 3


def test_told_to_come_later_it_does(centre: Centre, played: Played) -> None:
    played.busy = 2
    assert enrol(centre, "SIM-1").device == "sim-1"


def test_who_is_refused_or_gives_up_is_not_enrolled(centre: Centre, played: Played) -> None:
    with pytest.raises(NotEnrolled, match="nobody let it in"):
        enrol(centre, "SIM-2", over=lambda: True)
    played.refuse = True
    with pytest.raises(NotEnrolled, match="refused"):
        enrol(centre, "SIM-1")
    assert played.claimed == []


def test_a_centre_that_is_not_there_is_said() -> None:
    with pytest.raises(NotEnrolled, match="SIM-1"):
        enrol(Centre("http://127.0.0.1:1"), "SIM-1")
    with pytest.raises(ValueError, match="URL"):
        Centre("ftp://x")


def test_a_result_is_put_at_its_one_time_address(centre: Centre, played: Played) -> None:
    assert centre.upload("/v1/artefacts/good", b"picture", "screenshot")
    assert not centre.upload("/v1/artefacts/used", b"picture", "masked")
    assert played.uploads == [
        ("/v1/artefacts/good", b"picture", False),
        ("/v1/artefacts/used", b"picture", True),
    ]


def test_the_table_of_serials_is_one_the_centre_takes() -> None:
    halls, csv = table(45, per_hall=20)
    rows, faults = preauthorise.read(csv.encode())
    assert faults == []
    assert [serial for _line, serial, _place in rows] == [serial_of(number) for number in range(45)]
    assert (
        {place.hall for _line, _serial, place in rows} == set(halls) == {"sim-0000", "sim-0001", "sim-0002"}
    )
