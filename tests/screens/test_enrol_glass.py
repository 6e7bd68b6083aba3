"""Enrolment on the glass, and what lies over any screen: here I am."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zxingcpp

from screens import samples
from screens.designed import state
from screens.enrol.samples import CODE, STATES
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from tests.screens.conftest import DESIGN, Finger

pytestmark = pytest.mark.window


@pytest.fixture
def touched() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def app(terminal_window: Any, touched: list[tuple[str, str]]) -> Iterator[Any]:
    from screens.terminal_app import TerminalApp

    app = TerminalApp(lambda intent, value: touched.append((intent, value)), only="enrol")
    terminal_window.add_widget(app.build())
    yield app
    app.on_stop()


def shown(app: Any, name: str, **look: Any) -> Finger:
    app.show(*state(name, Terminal(now=samples.NOW, **look)))
    finger = Finger(app)
    finger.frames(4)
    return finger


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_code_can_be_read_and_scanned_in_every_look(app: Any, theme: str, language: str) -> None:
    finger = shown(app, "enrol-code", theme=theme, language=language)
    for said in (CODE.code[:4], CODE.code[4:], "14:32", CODE.fingerprint):
        assert finger.sees(said)
    assert [code.text for code in zxingcpp.read_barcodes(app.capture())] == [CODE.url]


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_lies_over_another(app: Any, name: str, theme: str, language: str) -> None:
    shown(app, name, theme=theme, language=language)
    screen = app.screen("enrol")
    boxes = [(w.text, *w.to_window(w.x, w.y), *w.to_window(w.right, w.top)) for w in _labels(screen)]
    for at, (one, left, bottom, right, top) in enumerate(boxes):
        for other, left_, bottom_, right_, top_ in boxes[at + 1 :]:
            apart = right <= left_ + 1 or right_ <= left + 1 or top <= bottom_ + 1 or top_ <= bottom + 1
            assert apart, f"{one!r} and {other!r}"


def test_the_only_screen_has_the_only_prepared_one(app: Any) -> None:
    Finger(app).frames(5)
    assert [screen.name for screen in app._manager.screens] == ["enrol"]


def test_the_bar_offers_looks_and_language(
    app: Any, touched: list[tuple[str, str]], steady_clock: Any
) -> None:
    finger = shown(app, "enrol-connecting")
    finger.tap("language")
    assert ("language", "") in touched


# -- here I am ------------------------------------------------------------------------------------------------


@pytest.fixture
def beacon(app: Any) -> Iterator[Any]:
    from screens.hereiam.view import Beacon

    made = Beacon(DESIGN, "qingyuan-t01", "一楼大厅 1 号自助终端", "Ground floor, terminal 1")
    yield made
    made.end()


@pytest.mark.parametrize("theme", THEMES)
def test_here_i_am_covers_everything(app: Any, beacon: Any, terminal_window: Any, theme: str) -> None:
    finger = shown(app, "enrol-code", theme=theme)
    beacon.show(10)
    finger.frames(3)
    picture = app.capture()
    assert zxingcpp.read_barcodes(picture) == []
    corners = [picture.getpixel(at) for at in ((0, 0), (1079, 0), (0, 1919), (1079, 1919))]
    assert len(set(corners)) == 1
    assert len(picture.getcolors(1 << 20)) > 2


def test_a_touch_ends_it_and_presses_nothing_below(
    app: Any, beacon: Any, touched: list[tuple[str, str]], steady_clock: Callable[[float], None]
) -> None:
    finger = shown(app, "enrol-code")
    before = app.capture().tobytes()
    control = next(one for one in app.describe()["controls"] if one["intent"] == "language")
    beacon.show(10)
    finger.frames(2)
    app.touch(control["x"], control["y"])
    finger.frames(3)
    assert not beacon.shown
    assert [intent for intent, _ in touched if intent != "stir"] == []
    assert app.capture().tobytes() == before


def test_it_ends_by_itself_and_asked_again_begins_anew(app: Any, beacon: Any) -> None:
    beacon.show(10)
    beacon._tick(6.0)
    beacon.show(10)
    beacon._tick(6.0)
    assert beacon.shown
    assert beacon._ticking.is_triggered
    beacon._tick(6.0)
    assert not beacon.shown
    assert not beacon._ticking.is_triggered
    beacon.end()


def test_it_counts_down(app: Any, beacon: Any, terminal_window: Any) -> None:
    beacon.show(10)
    beacon._tick(1.0)
    [stage] = [widget for widget in terminal_window.children if widget is not app._frame.parent]
    assert "9" in stage.children[0].view.left


def test_the_slowest_frame_is_forgotten_after_a_minute() -> None:
    from screens.frames import SLOT, SLOTS, Slowest

    slowest = Slowest()
    slowest.add(0.4)
    for _ in range(int(SLOT * (SLOTS - 1) / 0.5)):
        slowest.add(0.05)
        slowest.add(0.45 - 0.05)
    assert slowest.seconds == 0.4
    for _ in range(int(SLOT * (SLOTS + 1) / 0.05)):
        slowest.add(0.05)
    assert slowest.seconds == 0.05


def test_frames_that_are_drawn_are_counted(app: Any) -> None:
    from screens.frames import Frames

    frames = Frames()
    try:
        finger = shown(app, "enrol-connecting")
        drawn = frames.drawn
        assert drawn > 0
        shown(app, "enrol-code")
        assert frames.drawn > drawn
        finger.frames(2)
        assert frames.slowest_ms > 0
    finally:
        frames.close()


def _labels(widget: Any) -> Iterator[Any]:
    from screens.widgets.text import Words

    if widget.opacity == 0:
        return
    if isinstance(widget, Words) and widget.text:
        yield widget
    for child in widget.children:
        yield from _labels(child)
