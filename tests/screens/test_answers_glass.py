"""What may leave the machine as a picture: nothing of a citizen, nor of one who has just left."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zxingcpp

from config.kiosk import Kiosk
from kiosk.masking import GREY
from kiosk.standing import Standing
from screens import samples
from screens.designed import state
from screens.visit import Terminal
from tests.screens.conftest import Finger

pytestmark = pytest.mark.window


class Role:
    def __init__(self) -> None:
        self.stands = Standing("welcome", idle_seconds=60)

    def standing(self) -> Standing:
        return self.stands


@pytest.fixture
def role() -> Role:
    return Role()


@pytest.fixture
def app(terminal_window: Any) -> Iterator[Any]:
    from screens.terminal_app import TerminalApp

    app = TerminalApp(lambda intent, value: None)
    terminal_window.add_widget(app.build())
    Finger(app).frames(2)
    yield app
    app.on_stop()


@pytest.fixture
def answers(app: Any, role: Role, tmp_path: Path) -> Iterator[Any]:
    from kiosk.roles.answers import Answers

    settings = Kiosk.model_validate(
        {
            "role": "terminal",
            "id": "t1",
            "name": "1 号自助终端",
            "state_dir": tmp_path,
            "source": {
                "hall": "small",
                "url": "http://127.0.0.1:1",
                "token_file": tmp_path / "t",
                "broker_file": tmp_path / "b",
            },
        }
    )
    made = Answers(settings, role, app)
    yield made
    made.close()


def test_an_idle_screen_is_shown_as_it_is(answers: Any, app: Any) -> None:
    app.show(*state("welcome", Terminal(now=samples.NOW)))
    Finger(app).frames(2)
    picture, masked = answers.screenshot()
    assert not masked
    assert picture.tobytes() == app.capture().tobytes()


@pytest.mark.parametrize(
    "stands", [Standing("choose", busy=True), Standing("welcome", busy=False, idle_seconds=1.9)]
)
def test_while_somebody_is_there_and_shortly_after_all_but_the_frame_is_grey(
    answers: Any, app: Any, role: Role, stands: Standing
) -> None:
    role.stands = stands
    app.show(*state("welcome", Terminal(now=samples.NOW)))
    picture, masked = answers.screenshot()
    assert masked
    left, top, right, bottom = app.private
    assert (left, right) == (0, 1080)
    assert picture.getpixel((40, (top + bottom) // 2)) == GREY
    assert picture.getpixel((2, top - 10)) == picture.getpixel((2, 5)) != GREY
    colours = {colour: n for n, colour in picture.crop(app.private).getcolors(1 << 20)}
    assert colours[GREY] > 0.9 * (right - left) * (bottom - top)


def test_of_what_is_a_citizens_own_nothing_is_left(answers: Any, app: Any, role: Role) -> None:
    role.stands = replace(role.stands, busy=True)
    bodies = set()
    for name in ("choose-shut", "identify-reading", "certificate", "handover", "appointment", "done"):
        app.show(*state(name, Terminal(now=samples.NOW)))
        Finger(app).frames(3)
        picture, masked = answers.screenshot()
        assert masked
        bodies.add(picture.crop(app.private).tobytes())
    assert len(bodies) == 1


def test_what_was_asked_to_be_drawn_is_drawn_first(answers: Any, app: Any) -> None:
    app.show(*state("welcome", Terminal(now=samples.NOW)))
    Finger(app).frames(4)
    before, _ = answers.screenshot()
    app.show(*state("welcome", Terminal(now=samples.NOW, language="en")))  # no frame since
    after, _ = answers.screenshot()
    assert after.tobytes() != before.tobytes()


def test_a_screen_that_was_left_this_moment_is_not_in_the_picture(answers: Any, app: Any) -> None:
    app.show(*state("handover", Terminal(now=samples.NOW)))
    Finger(app).frames(4)
    assert zxingcpp.read_barcodes(answers.screenshot()[0]) != []
    app.show(*state("welcome", Terminal(now=samples.NOW)))  # no frame since
    assert zxingcpp.read_barcodes(answers.screenshot()[0]) == []
