"""The control socket over a real Unix socket, with a screen's thread played by the test."""

import base64
import io
import json
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.control import Control
from kiosk.local_socket import AT_ONCE, LONGEST
from provisioning.wire.control import Done, KioskHealth, ShowEnrolment


class Someone:
    """Answers what it is told to; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.raises: Exception | None = None
        self.printed: Future[Done] = Future()
        self.taken: Any = (Image.new("RGB", (8, 4), (200, 0, 0)), False)

    def health(self) -> KioskHealth:
        if self.raises is not None:
            raise self.raises
        return KioskHealth(busy=False, idle_seconds=3, frames=9, role="terminal")

    def identify(self, seconds: float) -> Done:
        self.asked.append(("identify", seconds))
        return Done(ok=True)

    def test_print(self) -> Future[Done]:
        self.asked.append("test_print")
        return self.printed

    def screenshot(self) -> Any:
        return self.taken

    def show_enrolment(self, what: ShowEnrolment) -> Done:
        self.asked.append(what)
        return Done(ok=True)


@pytest.fixture
def someone() -> Someone:
    return Someone()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "k.sock"


@pytest.fixture
def connection(path: Path, someone: Someone) -> Iterator["Connection[bytes, bytes]"]:
    control = Control(path, someone, lambda call: call())
    with Client(str(path), family="AF_UNIX") as made:
        yield made
    control.close()


def ask(connection: "Connection[bytes, bytes]", **request: Any) -> dict[str, Any]:
    connection.send_bytes(json.dumps(request).encode())
    answer: dict[str, Any] = json.loads(connection.recv_bytes())
    return answer


def test_only_this_account_may_ask(path: Path, connection: "Connection[bytes, bytes]") -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_health_is_what_the_role_says(connection: "Connection[bytes, bytes]") -> None:
    health = KioskHealth.model_validate(ask(connection, do="health"))
    assert (health.role, health.frames, health.idle_seconds) == ("terminal", 9, 3)


def test_identify_without_seconds_takes_the_usual_ones(
    connection: "Connection[bytes, bytes]", someone: Someone
) -> None:
    assert ask(connection, do="identify")["ok"]
    assert ask(connection, do="identify", seconds=3)["ok"]
    assert someone.asked == [("identify", 15.0), ("identify", 3.0)]


def test_a_test_page_is_answered_when_its_end_is_known(
    connection: "Connection[bytes, bytes]", someone: Someone
) -> None:
    threading.Timer(0.05, someone.printed.set_result, [Done(ok=False, code="fault.paper_out")]).start()
    answer = Done.model_validate(ask(connection, do="test_print"))
    assert (answer.ok, answer.code) == (False, "fault.paper_out")


@pytest.mark.parametrize("masked", [False, True])
def test_a_picture_comes_as_a_png_and_says_whether_it_is_masked(
    connection: "Connection[bytes, bytes]", someone: Someone, masked: bool
) -> None:
    someone.taken = (Image.new("RGB", (8, 4), (200, 0, 0)), masked)
    answer = Done.model_validate(ask(connection, do="screenshot"))
    picture = Image.open(io.BytesIO(base64.b64decode(answer.png)))
    assert (picture.format, picture.size, picture.getpixel((3, 3))) == ("PNG", (8, 4), (200, 0, 0))
    assert (answer.ok, answer.masked) == (True, masked)
    assert answer.png not in repr(answer)


def test_who_has_no_screen_says_so(connection: "Connection[bytes, bytes]", someone: Someone) -> None:
    someone.taken = Done(ok=False, code="kiosk.no_screen")
    assert Done.model_validate(ask(connection, do="screenshot")) == someone.taken


def test_enrolment_is_told_whole(connection: "Connection[bytes, bytes]", someone: Someone) -> None:
    told = ShowEnrolment(state="code", code="K7QM4XPD", url="https://x/e", seconds_left=9.5, fingerprint="7C")
    assert ask(connection, **told.model_dump())["ok"]
    assert someone.asked == [told]


HOSTILE = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b'{"do": "shell", "command": "reboot"}',
    b'{"do": "identify", "seconds": 1e9}',
    b'{"do": "identify", "seconds": "NaN"}',
    b'{"do": "identify", "seconds": -1}',
    b'{"do": "enrolment", "state": "hacked"}',
    b'{"do": "enrolment", "state": "code", "code": "' + b"x" * 300 + b'"}',
    b"[" * 20_000,
    b'{"do": ["health"]}',
]


@pytest.mark.parametrize("request_bytes", HOSTILE, ids=range(len(HOSTILE)))
def test_a_request_that_is_none_is_refused_and_the_next_one_answered(
    connection: "Connection[bytes, bytes]", someone: Someone, request_bytes: bytes
) -> None:
    connection.send_bytes(request_bytes)
    answer = Done.model_validate_json(connection.recv_bytes())
    assert (answer.ok, answer.code) == (False, "kiosk.bad_request")
    assert ask(connection, do="health")["frames"] == 9
    assert someone.asked == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(connection: "Connection[bytes, bytes]", request_bytes: bytes) -> None:
    connection.send_bytes(request_bytes)
    assert not Done.model_validate_json(connection.recv_bytes()).ok


def test_too_long_a_request_ends_its_connection_and_nothing_else(
    path: Path, connection: "Connection[bytes, bytes]"
) -> None:
    with Client(str(path), family="AF_UNIX") as other:
        with suppress(OSError):  # the line may be cut at its first bytes
            other.send_bytes(b" " * (LONGEST + 1))
        with pytest.raises((EOFError, OSError)):
            other.recv_bytes()
    assert ask(connection, do="health")["frames"] == 9


def test_more_than_so_many_at_once_are_turned_away(
    path: Path, connection: "Connection[bytes, bytes]"
) -> None:
    ask(connection, do="health")
    others = [Client(str(path), family="AF_UNIX") for _ in range(AT_ONCE - 1)]
    for other in others:
        ask(other, do="health")
    with Client(str(path), family="AF_UNIX") as one_more, pytest.raises((EOFError, OSError)):
        ask(one_more, do="health")
    for other in others:
        other.close()
    assert ask(connection, do="health")["frames"] == 9


def too_much(connection: "Connection[bytes, bytes]") -> None:
    """One is let go in the middle of it, or behind it."""
    connection.send_bytes(b" " * (LONGEST + 1))
    connection.recv_bytes()


def test_those_who_have_left_take_nobodys_place(path: Path, connection: "Connection[bytes, bytes]") -> None:
    for _ in range(3 * AT_ONCE):
        with Client(str(path), family="AF_UNIX") as one:
            assert ask(one, do="health")["frames"] == 9
            with pytest.raises((EOFError, OSError)):
                too_much(one)


def test_a_mistake_is_told_by_its_code_and_survived(
    connection: "Connection[bytes, bytes]", someone: Someone
) -> None:
    someone.raises = ZeroDivisionError("a name: 王某")
    answer = Done.model_validate(ask(connection, do="health"))
    assert (answer.ok, answer.code) == (False, "fault.internal")
    someone.raises = None
    assert ask(connection, do="health")["frames"] == 9


def test_a_screen_that_hangs_is_told_and_what_was_asked_of_it_is_never_done_later(
    path: Path, someone: Someone
) -> None:
    asleep: list[Callable[[], None]] = []
    control = Control(path, someone, asleep.append, answer=0.01)
    with Client(str(path), family="AF_UNIX") as connection:
        for do in ("health", "test_print", "identify"):
            answer = Done.model_validate(ask(connection, do=do))
            assert (answer.ok, answer.code) == (False, "kiosk.silent")
    control.close()
    for call in asleep:
        call()
    assert len(asleep) == 3
    assert someone.asked == []


def test_a_page_that_never_ends_is_told(path: Path, someone: Someone) -> None:
    control = Control(path, someone, lambda call: call(), printed=0.01)
    with Client(str(path), family="AF_UNIX") as connection:
        assert ask(connection, do="test_print")["code"] == "kiosk.silent"
    control.close()


def test_a_socket_that_cannot_be_made_is_an_error_of_the_system(tmp_path: Path, someone: Someone) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="file"):
        Control(tmp_path / "file" / "k.sock", someone, lambda call: call())
