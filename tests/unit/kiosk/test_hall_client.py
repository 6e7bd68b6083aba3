"""The hall client against a real HTTP server that misbehaves."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from hall.problems import CODES
from hall.wire.messages import Attach, Chosen, Document, FindAppointments, Present, ReportPaper, TakeTicket
from kiosk.hall_client import MOST_BYTES, HallClient, HallRefused, HallUnreachable


class FakeClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


TICKET = {
    "id": "20261123-A001",
    "number": "A001",
    "queue": "general",
    "queue_name": "综合受理",
    "queue_name_en": "General",
    "state": "waiting",
    "priority": "ordinary",
    "paper": "reserved",
    "taken_at": "2026-11-23T09:35:00+08:00",
    "ahead": 2,
    "wait_low": 10,
    "wait_high": 15,
    "zone": "A 区",
    "zone_en": "Zone A",
    "windows": "1–3",
}


class Scripted:
    """Answers with what is next in ``script``: a (status, body) pair, or None to hang up."""

    def __init__(self) -> None:
        self.cut = 0  # bytes that are promised and don't come
        self.script: list[tuple[int, Any] | None] = []
        self.seen: list[tuple[str, str | None, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                outer.seen.append((self.path, self.headers.get("Idempotency-Key"), body))
                step = outer.script.pop(0)
                if step is None:
                    self.connection.close()
                    return
                status, answer = step
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data) + outer.cut))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()


@pytest.fixture
def hall() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.server.shutdown()
    scripted.server.server_close()


@pytest.fixture
def client(hall: Scripted) -> Iterator[HallClient]:
    made = HallClient(f"http://127.0.0.1:{hall.server.server_address[1]}", "ty1.x.y", FakeClock())
    yield made
    made.close()


def test_a_retry_after_a_cut_connection_carries_the_same_key(hall: Scripted, client: HallClient) -> None:
    hall.script = [None, (503, {}), (201, TICKET)]
    assert client.take("key-1", TakeTicket(queue="general")).number == "A001"
    assert [key for _, key, _ in hall.seen] == ["key-1"] * 3
    assert len({json.dumps(body, sort_keys=True) for _, _, body in hall.seen}) == 1


def test_a_refusal_is_told_at_once_with_code_and_facts(hall: Scripted, client: HallClient) -> None:
    hall.script = [
        (409, {"title": "no", "status": 409, "code": "person.already_waiting", "facts": {"number": "A007"}})
    ]
    with pytest.raises(HallRefused) as refused:
        client.take("key-1", TakeTicket(queue="general"))
    assert (refused.value.code, refused.value.facts) == ("person.already_waiting", {"number": "A007"})
    assert len(hall.seen) == 1


def test_an_answer_that_is_not_the_halls_is_unreachable_not_a_crash(
    hall: Scripted, client: HallClient
) -> None:
    hall.script = [(404, b"<html>a captive portal</html>")] * 50
    with pytest.raises(HallUnreachable):
        client.take("key-1", TakeTicket(queue="general"))


def test_patience_ends_at_the_deadline(hall: Scripted, client: HallClient) -> None:
    hall.script = [(503, {})] * 100
    with pytest.raises(HallUnreachable):
        client.take("key-1", TakeTicket(queue="general"))
    assert 4 < len(hall.seen) < 40


def test_a_paper_report_has_a_key_of_its_job_and_state(hall: Scripted, client: HallClient) -> None:
    hall.script = [(200, {})]
    client.report_paper(
        "20261123-A001", ReportPaper(job="j1", state="unknown", copy=True, code="fault.power_lost")
    )
    [(path, key, body)] = hall.seen
    assert (path, key) == ("/v1/tickets/20261123-A001/paper", "j1.unknown")
    assert body == {"job": "j1", "state": "unknown", "copy": True, "code": "fault.power_lost"}


def test_what_was_sent_is_not_in_the_error(client: HallClient, hall: Scripted) -> None:
    hall.script = [None] * 50
    with pytest.raises(HallUnreachable) as failed:
        client.take("key-1", TakeTicket(queue="general", person="ab" * 32))
    assert "abab" not in str(failed.value)
    assert failed.value.__cause__ is None


@pytest.mark.parametrize("answer", [{"number": "A001"}, [], "A001", None, b""])
def test_an_answer_that_does_not_fit_is_unreachable_and_not_quoted(
    hall: Scripted, client: HallClient, answer: Any
) -> None:
    hall.script = [(200, answer)]
    with pytest.raises(HallUnreachable) as failed:
        client.take("key-1", TakeTicket(queue="general"))
    assert "A001" not in str(failed.value)
    assert failed.value.__cause__ is None


# -- who somebody is, and what they show ------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n"
SHOWN = {"source": "id_card", "assurance": "high", "person": "5a" * 32, "masked_name": "张*", "id": "abc"}
PRESENT = Present(purpose="certificates", document=Document(source="id_card", number="SECRETNUMBER"))


def test_presenting_is_retried_with_its_key_and_given_up_in_time_for_the_citizen(
    hall: Scripted, client: HallClient
) -> None:
    hall.script = [None, (503, {}), (201, SHOWN)]
    assert client.present("key-1", PRESENT).masked_name == "张*"
    assert {key for _, key, _ in hall.seen} == {"key-1"}
    assert hall.seen[0][2]["document"] == {"source": "id_card", "number": "SECRETNUMBER", "name": ""}
    clock = client._clock
    began = clock.now()
    hall.script = [(503, {})] * 100
    with pytest.raises(HallUnreachable) as failed:
        client.present("key-2", PRESENT)
    assert clock.now() - began <= 4.5
    assert "SECRET" not in str(failed.value)


def test_no_attempt_waits_longer_than_what_is_left_of_the_citizens_time(
    client: HallClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, waits = client._clock, []

    def silent(method: str, url: str, *, timeout: tuple[float, float], **rest: Any) -> requests.Response:
        waits.append(sum(timeout))
        clock.sleep(sum(timeout) * 0.4)
        raise requests.ConnectionError

    monkeypatch.setattr(client._session, "request", silent)
    with pytest.raises(HallUnreachable):
        client.present("key-1", PRESENT)
    assert len(waits) > 2
    assert waits[0] == pytest.approx(4.5)
    assert clock.now() <= 4.5


@pytest.mark.parametrize("code", ["code.replayed", "code.unreachable", "code.too_many", "certificates.gone"])
def test_what_the_hall_says_of_others_is_an_answer_and_not_asked_again(
    hall: Scripted, client: HallClient, code: str
) -> None:
    hall.script = [(CODES[code][0], {"title": "no", "status": CODES[code][0], "code": code})]
    with pytest.raises(HallRefused) as refused:
        client.present("key-1", PRESENT)
    assert (refused.value.code, len(hall.seen)) == (code, 1)


def test_the_rest_of_a_visit_with_certificates(hall: Scripted, client: HallClient) -> None:
    hall.script = [
        (200, PNG + b"face"),
        (201, {"path": "/c/x", "seconds": 300}),
        (200, {"ticket": "20261123-A01", "count": 2}),
        (204, b""),
        (200, {"appointments": []}),
        (200, {"ticket": "20261123-A01", "certificates": [], "gone": True}),
        (200, PNG + b"view"),
    ]
    assert client.face("abc", "c1") == PNG + b"face"
    assert client.share("s", "abc", Chosen(certificates=("c1",))).path == "/c/x"
    assert client.attach("a", "abc", Attach(certificates=("c1", "c2"), ticket="20261123-A01")).count == 2
    client.leave("abc")
    assert client.appointments("f", FindAppointments(number="AP-0001")).appointments == ()
    assert client.window_certificates("1").gone
    assert client.view_certificate("1", "v", "c1") == PNG + b"view"
    assert [(path, key) for path, key, _ in hall.seen] == [
        ("/v1/presentations/abc/certificates/c1/face", None),
        ("/v1/presentations/abc/share", "s"),
        ("/v1/presentations/abc/attach", "a"),
        ("/v1/presentations/abc/leave", "leave.abc"),
        ("/v1/appointments/find", "f"),
        ("/v1/windows/1/certificates", None),
        ("/v1/windows/1/certificates/c1/view", "v"),
    ]
    assert hall.seen[2][2] == {"certificates": ["c1", "c2"], "ticket": "20261123-A01"}


def test_a_picture_that_is_none_or_has_no_end_or_is_cut_is_not_shown(
    hall: Scripted, client: HallClient
) -> None:
    for answer in (b"<html>a captive portal</html>", PNG + bytes(MOST_BYTES)):
        hall.script = [(200, answer)] * 50
        with pytest.raises(HallUnreachable):
            client.face("abc", "c1")
    hall.cut = 9
    hall.script = [(200, PNG)] * 50
    with pytest.raises(HallUnreachable):
        client.face("abc", "c1")


def test_the_hall_sends_nobody_elsewhere(hall: Scripted, client: HallClient) -> None:
    hall.script = [(302, b"")] * 50
    with pytest.raises(HallUnreachable):
        client.present("key-1", PRESENT)
