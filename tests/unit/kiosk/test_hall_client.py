"""The hall client against a real HTTP server that misbehaves."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hall.wire.messages import ReportPaper, TakeTicket
from kiosk.hall_client import HallClient, HallRefused, HallUnreachable


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
        self.script: list[tuple[int, Any] | None] = []
        self.seen: list[tuple[str, str | None, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.seen.append((self.path, self.headers.get("Idempotency-Key"), body))
                step = outer.script.pop(0)
                if step is None:
                    self.connection.close()
                    return
                status, answer = step
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
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
