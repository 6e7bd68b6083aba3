"""Web-hooks: signed, grouped, tried again, and harmless when they are dead."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Connection

from provisioning.centre.alerts import Alert
from provisioning.centre.notify import SIGNATURE, HookRefused, Notifier, signature
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.signs import Sign
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.centre.vault import Vault

ADMIN = Actor("root", "admin")


def alert(number: int, severity: str = "critical", hall: str = "qy") -> Alert:
    return Alert(number, f"k{number}", hall, Sign("paper_out", severity, "fault.paper_out"), 5.0)  # type: ignore[arg-type]


class Receiver:
    """Somebody's web-hook; ``status`` is what it answers next."""

    def __init__(self) -> None:
        self.status, self.got = 200, list[tuple[bytes, str]]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((body, self.headers[SIGNATURE]))
                self.send_response(receiver.status)
                self.send_header("Location", receiver.url)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alerts"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


class Store(Database):
    """That of the test; ``away``: it cannot be asked now."""

    def __init__(self, inner: Database) -> None:
        self.inner, self.away = inner, False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        if self.away:
            raise StoreFailed
        with self.inner.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.away:
            raise StoreFailed
        with self.inner.write() as connection:
            yield connection


class Office:
    def __init__(self, database: Database, vault: Vault) -> None:
        self.now, self.store = 1000.0, Store(database)
        self.notifier = Notifier(self.store, vault, lambda: self.now)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(database, Vault(tmp_path / "key"))


def test_a_hook_gets_all_alerts_of_a_turn_in_one_signed_letter(office: Office, receiver: Receiver) -> None:
    _, secret = office.notifier.add(ADMIN, receiver.url)
    office.notifier.tell([alert(1), alert(2)])
    office.notifier.work()
    ((body, signed),) = receiver.got
    assert [line["terminal"] for line in json.loads(body)["alerts"]] == ["k1", "k2"]
    assert signed == signature(secret.encode(), body)


def test_a_hook_gets_only_what_it_asked_for(office: Office, receiver: Receiver) -> None:
    office.notifier.add(ADMIN, receiver.url, least="critical", hall="qy")
    office.notifier.tell([alert(1, "warning"), alert(2, hall="ls")])
    office.notifier.work()
    assert receiver.got == []
    office.notifier.tell([alert(3)])
    office.notifier.work()
    assert len(receiver.got) == 1


def test_a_letter_that_is_not_taken_is_sent_again_with_pauses_and_then_given_up(
    office: Office, receiver: Receiver
) -> None:
    office.notifier.add(ADMIN, receiver.url)
    receiver.status = 500
    office.notifier.tell([alert(1)])
    times = []
    for _ in range(400):
        before = len(receiver.got)
        office.notifier.work()
        if len(receiver.got) > before:
            times.append(office.now - 1000)
        office.now += 1
    assert times == [0, 2, 12, 72, 372]


def test_a_letter_goes_nowhere_else_because_somebody_says_so(office: Office, receiver: Receiver) -> None:
    office.notifier.add(ADMIN, receiver.url)
    receiver.status = 302
    office.notifier.tell([alert(1)])
    office.notifier.work()
    assert len(receiver.got) == 1


def test_a_hook_that_is_taken_away_gets_nothing(office: Office, receiver: Receiver) -> None:
    hook, _ = office.notifier.add(ADMIN, receiver.url)
    office.notifier.disable(ADMIN, hook)
    office.notifier.tell([alert(1)])
    office.notifier.work()
    assert receiver.got == []


@pytest.mark.parametrize(
    "url", ["", "ftp://a/b", "http://example.org/x", "https://u:p@example.org/", "https://"]
)
def test_a_hook_that_is_not_safe_is_refused(office: Office, url: str) -> None:
    with pytest.raises(HookRefused):
        office.notifier.add(ADMIN, url)


def test_only_an_admin_makes_hooks(office: Office) -> None:
    with pytest.raises(Forbidden):
        office.notifier.add(Actor("op", "approver"), "https://example.org/")


def test_every_alert_stands_in_the_log(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.notifier.tell([alert(1)])
    assert "alert=1 state=open severity=critical kind=paper_out code=fault.paper_out" in caplog.text


def test_a_hook_that_does_not_answer_is_tried_once_a_pause_however_much_waits_for_it(
    office: Office, receiver: Receiver
) -> None:
    office.notifier.add(ADMIN, receiver.url)
    receiver.status = 500
    for number in range(20):
        office.notifier.tell([alert(number)])
        office.notifier.work()
    assert len(receiver.got) == 1
    office.now += 2
    office.notifier.work()
    assert len(receiver.got) == 2


def test_what_waits_for_a_hook_that_is_taken_away_is_not_sent_any_more(
    office: Office, receiver: Receiver
) -> None:
    hook, _ = office.notifier.add(ADMIN, receiver.url)
    receiver.status = 500
    office.notifier.tell([alert(1)])
    office.notifier.work()
    office.notifier.disable(ADMIN, hook)
    office.now += 400
    office.notifier.work()
    assert len(receiver.got) == 1


def test_alerts_wait_for_a_database_that_is_away(office: Office, receiver: Receiver) -> None:
    office.notifier.add(ADMIN, receiver.url)
    office.notifier.tell([alert(1)])
    office.store.away = True
    with pytest.raises(StoreFailed):
        office.notifier.work()
    office.store.away = False
    office.notifier.work()
    assert len(receiver.got) == 1
