"""The terminal's screens on a real (offscreen) window: whole, readable, touchable, and gone when they should be."""

import gc
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from config.hall import Hall
from config.load import load
from kiosk.journey import Journey
from screens import samples
from screens.designed import states
from screens.events import (
    Faulted,
    HallChanged,
    PaperPrinted,
    PersonKnown,
    Presented,
    QueueInfo,
    Ticked,
    TicketIssued,
    Touched,
)
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.words.words import LANGUAGES
from tests.screens.conftest import Finger

pytestmark = pytest.mark.window


class Kiosk:
    """A journey with its screens: what the wiring does, without devices."""

    def __init__(self, window, theme="normal"):
        from screens.terminal_app import TerminalApp

        keys = count(1)
        self.journey = Journey(make_key=lambda: f"key-{next(keys)}", theme=theme)
        self.app = TerminalApp(lambda intent, value: self.see(Touched(intent, value)))
        self.root = self.app.build()
        window.add_widget(self.root)
        self.seconds = 0
        self.effects = []
        self.see(Ticked(samples.NOW, 0.0), HallChanged(samples.hall()))

    def see(self, *events):
        for event in events:
            self.effects += self.journey.handle(event)
            self.app.show(self.journey.screen, self.journey.view, self.journey.frame)

    def wait(self, seconds):
        for _ in range(seconds):
            self.seconds += 1
            self.see(Ticked(samples.NOW + timedelta(seconds=self.seconds), float(self.seconds)))

    @property
    def screen(self):
        return self.app.describe()["screen"]


@pytest.fixture
def kiosk(terminal_window, steady_clock):
    made = Kiosk(terminal_window)
    Finger(made.app).frames(40)  # all screens built
    yield made
    made.app.on_stop()


@pytest.fixture
def finger(kiosk, steady_clock):
    class Unhurried(Finger):
        def tap(self, intent, value=None):
            steady_clock(1.0)
            super().tap(intent, value)

    return Unhurried(kiosk.app)


# -- the look ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_spills_over_its_card_or_the_glass_in_any_state(kiosk, finger, theme, language):
    from tests.screens.laid_out import spilling

    for name, (screen, view, frame) in states(Terminal(now=samples.NOW, theme=theme, language=language)):
        kiosk.app.show(screen, view, frame)
        finger.frames(6)
        assert spilling(kiosk.root) == [], name


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_halls_own_words_fit(kiosk, finger, theme, language):
    from tests.screens.laid_out import spilling

    hall = load(Path(__file__).parents[2] / "config" / "sites" / "qingyuan" / "hall.toml", Hall)
    zones = {zone.id: zone for zone in hall.zones}
    offered = tuple(
        QueueInfo(
            q.id, q.name, q.name_en, q.about, q.about_en, q.icon, 88, 120, 135, zones[q.zone].name, "10–12", q.identity,
            zone_en=zones[q.zone].name_en,
        )
        for q in hall.queues
    )  # fmt: skip
    kiosk.see(HallChanged(replace(samples.hall(), name=hall.name, name_en=hall.name_en, queues=offered)))
    if theme != "normal":
        kiosk.see(Touched(theme))
    if language != "zh":
        kiosk.see(Touched("language"))
    kiosk.see(Presented(), PersonKnown(samples.person()))
    for page in range(4):
        kiosk.see(Touched("page", str(page)))
        finger.frames(6)
        assert spilling(kiosk.root) == [], page
    for queue in offered:
        kiosk.see(Touched("queue", queue.id))
        assert kiosk.screen == "confirm"
        finger.frames(6)
        assert spilling(kiosk.root) == [], queue.id
        kiosk.see(Touched("back"))


@pytest.mark.parametrize("theme", THEMES)
def test_every_control_is_large_enough_and_within_the_glass(kiosk, finger, theme):
    for name, (screen, view, frame) in states(Terminal(now=samples.NOW, theme=theme)):
        kiosk.app.show(screen, view, frame)
        finger.frames(6)
        for control in kiosk.app.describe()["controls"]:
            assert control["h"] >= THEMES[theme].target, (name, control)
            assert control["w"] >= 104, (name, control)
            assert control["x"] - control["w"] / 2 >= 0, (name, control)
            assert control["x"] + control["w"] / 2 <= 1080, (name, control)
            assert control["y"] - control["h"] / 2 >= 0, (name, control)
            assert control["y"] + control["h"] / 2 <= 1920, (name, control)


@pytest.mark.parametrize("theme", ["large", "contrast"])
def test_a_theme_switched_to_looks_like_one_started_with(terminal_window, steady_clock, theme):
    """Two kv bindings on one property would let the wrong one win after a switch."""
    from screens.theme.theme import install_theme

    install_theme(THEMES["normal"])
    switched = Kiosk(terminal_window)
    Finger(switched.app).frames(40)
    install_theme(THEMES[theme])
    started = Kiosk(terminal_window, theme)
    Finger(started.app).frames(40)
    for _name, (screen, view, frame) in states(Terminal(now=samples.NOW, theme=theme)):
        for kiosk in (switched, started):
            kiosk.app.show(screen, view, frame)
        Finger(switched.app).frames(6)
        assert looks(switched.root) == looks(started.root), screen
    for kiosk in (switched, started):
        kiosk.app.on_stop()


def looks(widget):
    """What can be seen of a widget, with all below it."""
    if widget.opacity == 0 or not getattr(widget, "shown", True):
        return []
    told = [
        (name, list(value) if isinstance(value, list | tuple) else value)
        for name in (
            "size",
            "color",
            "font_size",
            "fill",
            "edge",
            "edge_width",
            "radius",
            "padding",
            "spacing",
            "text",
        )
        if (value := getattr(widget, name, None)) is not None
    ]
    return [(type(widget).__name__, told), *(look for child in widget.children for look in looks(child))]


def test_a_pressed_control_shows_it_in_the_next_frame(kiosk, finger):
    from screens.finger import Finger as Touch

    take = next(c for c in kiosk.app.describe()["controls"] if c["intent"] == "take")
    before = kiosk.app.capture().getpixel((take["x"], take["y"] + 120))
    touch = Touch(take["x"], 1920 - take["y"])
    touch.down()
    finger.frames(1)
    assert kiosk.app.capture().getpixel((take["x"], take["y"] + 120)) != before
    touch.up()
    finger.frames(1)
    assert kiosk.screen == "choose"


def test_the_picture_is_what_the_theme_says(kiosk, finger):
    kiosk.see(Touched("contrast"))
    finger.frames(3)
    picture = kiosk.app.capture()
    assert picture.size == (1080, 1920)
    assert picture.getpixel((8, 400)) == (0, 0, 0)
    kiosk.see(Touched("contrast"))
    finger.frames(3)
    assert kiosk.app.capture().getpixel((8, 400)) == (0xF1, 0xF4, 0xF7)


# -- the journey ------------------------------------------------------------------------------------------


def walk(kiosk, finger):
    finger.tap("take")
    finger.tap("queue", "social")
    kiosk.see(Presented(), PersonKnown(samples.person()))
    finger.frames(2)
    assert finger.sees(samples.person().masked_name)
    finger.tap("confirm")
    key = kiosk.effects[-1].key if hasattr(kiosk.effects[-1], "key") else kiosk.effects[-2].key
    kiosk.see(TicketIssued(key, samples.ticket()), PaperPrinted("t-1"))
    finger.frames(2)
    assert finger.sees("B012")
    finger.tap("finish")
    assert kiosk.screen == "welcome"


def test_a_number_is_taken_by_touch_and_card(kiosk, finger):
    walk(kiosk, finger)


def test_nothing_of_a_citizen_is_left_on_any_screen(kiosk, finger):
    walk(kiosk, finger)
    for name in ("choose", "confirm", "printing", "done", "fault", "identify"):
        screen = kiosk.app.screen(name)
        assert screen.view == type(screen.view)()
        shown = str(looks(screen))
        assert samples.person().masked_name not in shown
        assert "B012" not in shown


def test_twenty_journeys_leave_no_widget_behind(kiosk, finger):
    from kivy.uix.widget import Widget

    def alive():
        gc.unfreeze()  # what the app has settled down with is looked at too
        gc.collect()
        return sum(issubclass(type(thing), Widget) for thing in gc.get_objects())

    walk(kiosk, finger)
    before = alive()
    for _ in range(20):
        walk(kiosk, finger)
    assert alive() == before


def test_two_taps_within_a_third_of_a_second_count_once(kiosk, steady_clock):
    hasty = Finger(kiosk.app)
    steady_clock(1.0)
    hasty.tap("take")
    hasty.app.touch(300, 560)  # where a queue has come to lie under the finger
    hasty.frames(2)
    assert kiosk.screen == "choose"
    steady_clock(0.4)
    hasty.app.touch(300, 560)
    assert kiosk.screen != "choose"


def test_a_deserted_screen_covers_itself_and_any_touch_uncovers_it(kiosk, finger):
    finger.tap("take")
    kiosk.wait(50)
    finger.frames(2)
    assert {c["intent"] for c in kiosk.app.describe()["controls"]} == {"stay", "home"}
    kiosk.app.touch(300, 560)  # on a queue, were it not covered
    finger.frames(2)
    assert kiosk.screen == "choose"
    assert "queue" in {c["intent"] for c in kiosk.app.describe()["controls"]}


def test_language_and_type_change_on_the_spot(kiosk, finger):
    finger.tap("take")
    finger.tap("language")
    assert finger.sees("What is it about?")
    finger.tap("large")
    assert len([c for c in kiosk.app.describe()["controls"] if c["intent"] == "queue"]) == 4
    finger.tap("home")
    assert finger.sees("您好，要办什么事？")


def test_a_control_that_is_not_shown_takes_no_touch(kiosk, finger):
    finger.tap("take")
    pager = next(c for c in kiosk.app.describe()["controls"] if c["intent"] == "page")
    assert pager["value"] == "1"
    kiosk.app.touch(150, pager["y"])  # where "previous" will be
    finger.frames(2)
    assert finger.sees("综合受理")


def test_a_mistake_of_ours_is_told_in_words(kiosk, finger):
    finger.tap("take")
    kiosk.see(Faulted("fault.internal"))
    finger.frames(2)
    assert finger.sees("出了点问题")
    assert finger.sees("fault.internal")


def test_a_smaller_window_shows_the_same_and_is_touched_in_the_same_places(terminal_window, steady_clock):
    terminal_window.size = (540, 960)
    Finger(None).frames(2)
    kiosk = Kiosk(terminal_window)
    finger = Finger(kiosk.app)
    finger.frames(40)
    take = next(c for c in kiosk.app.describe()["controls"] if c["intent"] == "take")
    assert take["w"] <= 500
    assert kiosk.app.capture().size == (540, 960)
    finger.tap("take")
    assert kiosk.screen == "choose"
    kiosk.app.on_stop()
