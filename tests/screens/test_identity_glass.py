"""Holding a code up and typing a number on a real (offscreen) window: nothing is cut, every key is hit."""

from dataclasses import replace

import pytest

from screens import samples
from screens.frame.presenter import frame_view
from screens.present import samples as present_samples
from screens.theme.tokens import THEMES
from screens.typein import samples as typein_samples
from screens.typein.samples import NUMBER
from screens.visit import Terminal
from screens.words.words import LANGUAGES
from tests.screens.conftest import Finger
from tests.screens.laid_out import settle, spilling

pytestmark = pytest.mark.window

STATES = present_samples.STATES | typein_samples.STATES
LAYOUTS = ("normal", "large")  # high contrast is laid out as the normal look is
HEIGHT = 1920


@pytest.fixture
def touched():
    return []


@pytest.fixture
def app(terminal_window, steady_clock, touched):
    from screens.terminal_app import TerminalApp

    app = TerminalApp(lambda intent, value: touched.append((intent, value)), features=())
    terminal_window.add_widget(app.build())
    yield app
    app.on_stop()


def show(app, name, terminal):
    frame = frame_view(terminal, ways=("home", "back"), staff="", warn=True, warning=15)
    screen = name.partition("-")[0]
    view = STATES[name](terminal)
    app.show(screen, view, frame)
    Finger(app).frames(1)
    settle()
    return app.screen(screen), view


@pytest.mark.parametrize("theme", LAYOUTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_is_shown_whole_and_its_main_action_is_in_reach(app, theme, language):
    terminal = Terminal(now=samples.NOW, theme=theme, language=language)
    for name in STATES:
        screen, view = show(app, name, terminal)
        assert spilling(screen) == [], name
        main = "submit" if name.startswith("typein") else view.main.intent
        for control in app.describe()["controls"]:
            if main and control["intent"] == main:
                assert 0.2 * HEIGHT <= control["y"] <= 0.86 * HEIGHT, name


@pytest.mark.parametrize("theme", THEMES)
def test_every_key_is_large_and_says_its_digit(app, touched, theme):
    from screens.typein.view import TypeinPad

    screen, _ = show(app, "typein-last", Terminal(now=samples.NOW, theme=theme))
    (pad,) = [widget for widget in screen.walk() if isinstance(widget, TypeinPad)]
    assert sorted(key.value for key in pad.children) == sorted([*"0123456789X", ""])
    assert all(min(key.size) >= 110 for key in pad.children)
    touched.clear()
    for digit in NUMBER:
        Finger(app).tap("digit", digit)
    assert [value for intent, value in touched if intent == "digit"] == list(NUMBER)


def test_a_number_is_gone_from_the_glass_with_its_screen(app):
    terminal = Terminal(now=samples.NOW)
    screen, _ = show(app, "typein-whole", terminal)
    assert "".join(reversed([place.place.char for place in _places(screen)])) == NUMBER
    show(app, "present", terminal)
    settle()
    assert not any(place.place.char for place in _places(screen))


def _places(screen):
    from screens.typein.view import TypeinPlace

    return [widget for widget in screen.walk() if isinstance(widget, TypeinPlace)][::-1]


def test_a_picture_of_how_is_there_wherever_there_is_room(app):
    from screens.present.parts import HoldCode, HowPicture, InsertCard
    from screens.widgets.parts import LayCard

    drawn = {"code": HoldCode, "id_card": LayCard, "social_card": InsertCard}
    for name in ("present", "present-no-scanner", "present-social-only", "present-nothing"):
        screen, view = show(app, name, Terminal(now=samples.NOW))
        (picture,) = [widget for widget in screen.walk() if isinstance(widget, HowPicture)]
        shown = {type(child) for child in picture.children if child.opacity}
        assert shown == ({drawn[view.picture]} if view.picture else set()), name


def test_a_wait_after_too_many_tries_is_counted_on_the_glass(app):
    from screens.widgets.countdown import Countdown

    screen, _ = show(app, "present-refused", replace(Terminal(now=samples.NOW), monotonic=5.0))
    (ring,) = [widget for widget in screen.walk() if isinstance(widget, Countdown)]
    assert ring.text == "42"
