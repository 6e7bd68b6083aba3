"""The guide's page and its questions on a real (offscreen) window: whole, readable, touchable."""

from dataclasses import replace
from itertools import combinations

import pytest

from screens import samples
from screens.cases.samples import SAMPLES as CASES
from screens.events import Touched
from screens.frame.presenter import frame_view
from screens.guide.samples import ANSWERS, CARD, LONG, opened
from screens.guide.samples import SAMPLES as GUIDES
from screens.guide.sections import tabs
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.words.words import LANGUAGES
from tests.screens.conftest import Finger

pytestmark = pytest.mark.window


class Glass:
    """The app with a view on it, as the wiring would show it."""

    def __init__(self, window):
        from screens.terminal_app import TerminalApp

        self.touched = []
        self.app = TerminalApp(lambda intent, value: self.touched.append((intent, value)))
        self.root = self.app.build()
        window.add_widget(self.root)

    def show(self, terminal, screen, view):
        frame = frame_view(terminal, ways=("home", "back"), staff="", warn=False, warning=15)
        self.app.show(screen, view, frame)
        Finger(self.app).frames(3)
        return self.app.screen(screen)

    def controls(self):
        return [c for c in self.app.describe()["controls"] if c["y"] - c["h"] / 2 < 1920 - 200]


@pytest.fixture
def glass(terminal_window, steady_clock):
    made = Glass(terminal_window)
    yield made
    made.app.on_stop()


def situation(theme, language):
    terminal = Terminal(now=samples.NOW, theme=theme, language=language)
    terminal.hall = samples.hall()
    return terminal


def check(glass, terminal, screen, view, name):
    """Nothing spills, nothing overlaps, everything is large enough and below the header."""
    from tests.screens.laid_out import spilling  # opens Kivy: the window comes first, and with it the font

    shown = glass.show(terminal, screen, view)
    tokens = THEMES[terminal.theme]
    assert spilling(shown) == [], name
    top = shown.height
    content = shown.children[0]
    assert content.minimum_height <= top, name
    for control in glass.controls():
        assert control["h"] >= tokens.target, (name, control)
        assert control["w"] >= 104, (name, control)
        assert control["x"] - control["w"] / 2 >= 0, (name, control)
        assert control["x"] + control["w"] / 2 <= 1080, (name, control)
        assert control["y"] - control["h"] / 2 >= tokens.header, (name, control)
    for one, other in combinations(glass.controls(), 2):
        apart = (
            abs(one["x"] - other["x"]) >= (one["w"] + other["w"]) / 2 - 1
            or abs(one["y"] - other["y"]) >= (one["h"] + other["h"]) / 2 - 1
        )
        assert apart, (name, one, other)
    for card in blocks(shown):
        assert card.said.height <= card.height - 2 * 16, (name, card.text)


def blocks(shown):
    from screens.guide.blocks import BlockCard

    return [widget for widget in shown.walk() if isinstance(widget, BlockCard)]


@pytest.mark.parametrize(
    ("theme", "language"), [("normal", "zh"), ("large", "zh"), ("large", "en"), ("contrast", "en")]
)
def test_nothing_spills_or_overlaps_in_any_sample(glass, theme, language):
    for name, make in (*CASES, *GUIDES):
        terminal = situation(theme, language)
        screen, view = make(terminal)
        check(glass, terminal, screen, view, name)


@pytest.mark.parametrize("theme", ["normal", "large"])
@pytest.mark.parametrize("page", [CARD, LONG], ids=lambda page: page.id)
def test_every_page_of_every_section_fits(glass, theme, page):
    terminal = situation(theme, "zh")
    presenter = opened(terminal, page, answers=ANSWERS if page is CARD else ())
    for section in tabs(page):
        presenter.handle(Touched("section", section))
        check(glass, terminal, "guide", presenter.view, section)
        while presenter.view.after_value:
            presenter.handle(Touched("page", presenter.view.after_value))
            check(glass, terminal, "guide", presenter.view, (section, presenter.view.page))


@pytest.mark.parametrize("theme", ["normal", "large"])
@pytest.mark.parametrize("length", [13, 14, 55, 110, 200])
def test_a_name_of_any_length_stands_whole_above_the_sections(glass, theme, length):
    terminal = situation(theme, "zh")
    presenter = opened(terminal, CARD.model_copy(update={"name": "证" * length}))
    check(glass, terminal, "guide", presenter.view, length)
    title = next(text for text in glass.app.describe()["texts"] if text.startswith("证"))
    assert title.replace("\n", "") == "证" * length


FAULTS = [
    "fault.paper_out",
    "fault.cover_open",
    "fault.paper_jam",
    "fault.cutter",
    "fault.printer_silent",
    "fault.printer_offline",
    "fault.printer_hot",
    "fault.no_printer",
]


@pytest.mark.parametrize("theme", ["normal", "large"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_keeps_paper_and_numbers_back_is_told_in_its_place(glass, theme, language):
    for code in FAULTS:
        terminal = situation(theme, language)
        terminal.printer, terminal.link = code, "hall.unreachable"
        check(glass, terminal, "guide", opened(terminal, CARD).view, code)
    for state in ("closed", "quota", "paused"):
        terminal = situation(theme, language)
        queues = tuple(
            replace(q, state=state, opens="2026-11-27 09:00") if q.id == "social" else q
            for q in terminal.hall.queues
        )
        terminal.hall = replace(terminal.hall, queues=queues)
        check(glass, terminal, "guide", opened(terminal, CARD).view, state)
    terminal = situation(theme, language)
    terminal.hall = replace(terminal.hall, queues=())
    check(glass, terminal, "guide", opened(terminal, CARD).view, "unknown")


def touch(glass, steady_clock, intent, value=None):
    found = [c for c in glass.controls() if c["intent"] == intent and value in (None, c["value"])]
    steady_clock(1.0)
    glass.app.touch(found[0]["x"], found[0]["y"])
    Finger(glass.app).frames(1)
    return [touched for touched in glass.touched if touched[0] != "stir"]


def test_touches_say_what_was_touched(glass, steady_clock):
    terminal = situation("normal", "zh")
    glass.show(terminal, "guide", opened(terminal, CARD, answers=ANSWERS).view)
    touch(glass, steady_clock, "section", "fees")
    touch(glass, steady_clock, "tick")
    touch(glass, steady_clock, "change")
    touch(glass, steady_clock, "page")
    touch(glass, steady_clock, "take")
    assert touch(glass, steady_clock, "notice") == [
        ("section", "fees"), ("tick", "0"), ("change", ""), ("page", "1"), ("take", ""), ("notice", "")
    ]  # fmt: skip


def test_answers_say_which_option_was_touched(glass, steady_clock):
    terminal = situation("normal", "zh")
    screen, view = dict(CASES)["cases-second"](terminal)
    glass.show(terminal, screen, view)
    touch(glass, steady_clock, "answer", "other")
    touch(glass, steady_clock, "previous")
    assert touch(glass, steady_clock, "skip") == [("answer", "other"), ("previous", ""), ("skip", "")]


def test_what_cannot_be_touched_takes_no_touch(glass, steady_clock):
    terminal = situation("normal", "zh")
    terminal.link, terminal.printer = "hall.unreachable", "fault.paper_out"
    glass.show(terminal, "guide", opened(terminal, CARD, "place").view)
    assert not [c for c in glass.controls() if c["intent"] in ("take", "notice")]
    steady_clock(1.0)
    glass.app.touch(800, 1650)
    glass.app.touch(300, 1650)
    glass.app.touch(500, 800)  # a place to go to: nothing to touch
    assert not [touched for touched in glass.touched if touched[0] != "stir"]


def test_a_page_that_is_left_shows_nothing_of_it(glass):
    from screens.frame.presenter import FrameView
    from screens.welcome.presenter import WelcomeView

    terminal = situation("normal", "zh")
    shown = glass.show(terminal, "guide", opened(terminal, CARD, answers=ANSWERS).view)
    glass.app.show("welcome", WelcomeView(), FrameView())
    Finger(glass.app).frames(2)
    assert shown.view == type(shown.view)()
    assert not blocks(shown)
