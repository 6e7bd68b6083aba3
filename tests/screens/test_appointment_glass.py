"""Appointments on a real (offscreen) window: nothing spills over, and every way on is where a finger finds it."""

from itertools import pairwise

import pytest

from screens import samples
from screens.appointment.samples import STATES
from screens.frame.presenter import frame_view
from screens.visit import Terminal
from tests.screens import laid_out
from tests.screens.conftest import Finger

pytestmark = pytest.mark.window


@pytest.fixture
def app(terminal_window):
    from screens.terminal_app import TerminalApp

    app = TerminalApp(lambda intent, value: None)
    app._to_do.clear()  # no other screen is rehearsed
    terminal_window.add_widget(app.build())
    yield app
    app.on_stop()


def show(app, name, theme, language):
    terminal = Terminal(now=samples.NOW, theme=theme, language=language, hall=samples.hall())
    screen, view = STATES[name](terminal)
    app.show(screen, view, frame_view(terminal, ways=("home", "back"), staff="", warn=True, warning=15))
    laid_out.settle()
    return view


@pytest.mark.parametrize("theme", ["normal", "large", "contrast"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_spills_over_and_every_way_on_can_be_touched(app, theme, language):
    for name in STATES:
        view = show(app, name, theme, language)
        seen = app.describe()
        ways = {way.intent for way in (view.main, view.second, view.third) if way.intent}
        assert ways <= {control["intent"] for control in seen["controls"]}, name
        assert view.title in seen["texts"], name
        screen = app.screen("appointment")
        assert laid_out.spilling(screen) == [], name
        assert overlapping([child for child in screen.children[0].children if child.height > 1]) == [], name


def overlapping(stacked):
    """Parts of a column that reach into the one below, or out of the column."""
    column = stacked[0].parent
    parts = sorted(stacked, key=lambda part: part.y)
    out = [part for part in parts if part.y < column.y - 1 or part.top > column.top + 1]
    return out + [above for below, above in pairwise(parts) if above.y < below.top - 1]


def test_an_appointment_is_touched_on_its_card(app, steady_clock):
    touched = []
    app._on_touched = lambda intent, value: touched.append((intent, value))
    show(app, "appointment-several", "normal", "zh")
    finger = Finger(app)
    finger.frames(2)
    steady_clock(1)
    finger.tap("check_in", "a-2")
    assert ("check_in", "a-2") in touched


def test_a_card_with_nothing_to_do_takes_no_touch(app):
    show(app, "appointment-late", "normal", "zh")
    assert all(c["intent"] != "check_in" for c in app.describe()["controls"])


def test_a_screen_that_is_left_shows_nobodys_number(app):
    show(app, "appointment-checked-in", "normal", "zh")
    screen = app.screen("appointment")
    screen.view = type(screen.view)()
    laid_out.settle()
    assert "B012" not in every_text(screen)
    assert all(tile.card.number == "" for tile in screen._tiles)


def every_text(widget):
    own = [widget.text] if getattr(widget, "text", "") else []
    return own + [text for child in widget.children for text in every_text(child)]
