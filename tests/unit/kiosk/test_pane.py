"""The pane over its real Unix socket, with a screen of paper."""

import io
import json
import stat
import threading
from collections.abc import Iterator
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kiosk import pane as panes
from kiosk.pane import Pane, PaneClient


class FakeScreen:
    def __init__(self) -> None:
        self.touched: list[tuple[float, float]] = []
        self.broken: Exception | None = None

    def describe(self) -> dict[str, Any]:
        if self.broken is not None:
            raise self.broken
        return {
            "screen": "welcome",
            "controls": [
                {"intent": "queue", "value": "a", "x": 10, "y": 20, "disabled": True},
                {"intent": "queue", "value": "b", "x": 30, "y": 40, "disabled": False},
                {"intent": "home", "value": "", "x": 50, "y": 60},
            ],
        }

    def capture(self) -> Image.Image:
        return Image.new("RGB", (8, 4), (200, 0, 0))

    def touch(self, x: float, y: float) -> None:
        self.touched.append((x, y))


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "panes" / "t1.sock"


@pytest.fixture
def pane(path: Path, screen: FakeScreen) -> Iterator[Pane]:
    made = Pane(path, screen, lambda call: call())
    yield made
    made.close()


@pytest.fixture
def client(path: Path, pane: Pane) -> Iterator[PaneClient]:
    made = PaneClient(path)
    yield made
    made.close()


def test_only_this_account_may_look(path: Path, pane: Pane) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_socket_left_by_a_process_that_was_killed_is_replaced(path: Path, screen: FakeScreen) -> None:
    path.parent.mkdir()
    path.write_text("left behind")
    pane = Pane(path, screen, lambda call: call())
    client = PaneClient(path)
    assert client.describe()["screen"] == "welcome"
    client.close()
    pane.close()
    assert not path.exists()


def test_one_sees_what_the_screen_describes(client: PaneClient, screen: FakeScreen) -> None:
    assert client.describe() == screen.describe()


def test_a_frame_is_a_png_of_the_screen(client: PaneClient) -> None:
    picture = Image.open(io.BytesIO(client.frame()))
    assert (picture.format, picture.size, picture.getpixel((3, 3))) == ("PNG", (8, 4), (200, 0, 0))


def test_a_tap_arrives_where_it_was_meant(client: PaneClient, screen: FakeScreen) -> None:
    client.tap(3, 4.5)
    assert screen.touched == [(3.0, 4.5)]


def test_a_press_finds_its_control_by_intent_and_value_and_leaves_disabled_ones_alone(
    client: PaneClient, screen: FakeScreen
) -> None:
    assert client.press("queue", "b")
    assert client.press("queue")
    assert client.press("home")
    assert not client.press("queue", "a")
    assert not client.press("nothing")
    assert screen.touched == [(30, 40), (30, 40), (50, 60)]


@pytest.mark.parametrize("broken", [ZeroDivisionError("a bug"), OSError("no picture"), ValueError("x")])
def test_an_exception_in_the_screen_is_told_and_the_pane_lives(
    client: PaneClient, screen: FakeScreen, broken: Exception
) -> None:
    screen.broken = broken
    with pytest.raises(RuntimeError, match=type(broken).__name__):
        client.describe()
    screen.broken = None
    assert client.describe()["screen"] == "welcome"


def test_a_screen_that_does_not_answer_is_told_too(
    path: Path, screen: FakeScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panes, "ANSWER", 0.01)
    asleep: list[Any] = []
    pane = Pane(path, screen, asleep.append)
    client = PaneClient(path)
    with pytest.raises(RuntimeError, match="TimeoutError"):
        client.describe()
    assert len(asleep) == 1
    client.close()
    pane.close()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b'{"do": "reboot"}',
        b'{"do": "tap", "x": 1}',
        b'{"do": "tap", "x": "a", "y": 1}',
        b"{}",
        b"[]",
        b"\xff",
    ],
)
def test_a_request_that_is_none_gets_words_and_the_next_one_an_answer(
    path: Path, pane: Pane, screen: FakeScreen, request_bytes: bytes
) -> None:
    with Client(str(path), family="AF_UNIX") as connection:
        connection.send_bytes(request_bytes)
        assert set(json.loads(connection.recv_bytes())) == {"error"}
        connection.send_bytes(b'{"do": "describe"}')
        assert json.loads(connection.recv_bytes())["screen"] == "welcome"
    assert screen.touched == []


def test_several_may_look_at_once_and_one_who_leaves_disturbs_nobody(path: Path, pane: Pane) -> None:
    first, second = PaneClient(path), PaneClient(path)
    first.describe()
    first.close()
    assert second.describe()["screen"] == "welcome"
    second.close()


@pytest.mark.parametrize("patience", [0.0, 30.0])
def test_a_kiosk_that_is_started_anew_is_waited_for_as_long_as_one_has_patience(
    path: Path, screen: FakeScreen, patience: float
) -> None:
    path.parent.mkdir()
    dying = Listener(str(path), family="AF_UNIX")
    client = PaneClient(path, patience=patience)
    held = dying.accept()
    dying.close()
    successor: list[Pane] = []

    def die() -> None:
        held.recv_bytes()
        held.close()
        successor.append(Pane(path, screen, lambda call: call()))

    death = threading.Thread(target=die)
    death.start()
    if patience:
        assert client.describe() == screen.describe()
    else:
        with pytest.raises(EOFError):
            client.describe()
    death.join()
    client.close()
    successor[0].close()
