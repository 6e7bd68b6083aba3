"""Search and browsing on a real (offscreen) window: every name can be read, every key hit, nothing is rebuilt."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from hall.catalogue.answers import SearchResult, Shelf
from screens import samples
from screens.browse import samples as browse_samples
from screens.browse.presenter import BrowsePresenter
from screens.events import Found, ListingFound, ShelvesFound, Touched
from screens.find import samples as find_samples
from screens.find.presenter import FindPresenter, FindView
from screens.find.samples import ENTRIES, LONG, VERSION, entries
from screens.frame.presenter import frame_view
from screens.theme.tokens import THEMES
from screens.visit import Terminal, Visit
from screens.words.words import LANGUAGES
from tests.screens.conftest import Finger
from tests.screens.laid_out import settle, spilling

pytestmark = pytest.mark.window

STATES = find_samples.STATES | browse_samples.STATES
LAYOUTS = ("normal", "large")  # high contrast is laid out as the normal look is
# As long as the model lets a name be, in wide and narrow characters, in words and without a break.
NAMES = (
    LONG.name,
    "超" * 30,
    "超" * 60,
    "超" * 110,
    "超" * 200,
    "W" * 200,
    "Approval of changes " * 9,
    "办" * 34,
)


class Glass:
    """One screen with its presenter, and the frame around it."""

    def __init__(self, app):
        self.app, self.finger = app, Finger(app)

    def show(self, screen, view, terminal):
        self.app.show(screen, view, _frame_of(terminal))
        self.finger.frames(1)
        settle()  # laid out to the end, but drawn once: drawing is what takes the time

    def spilling(self):
        return spilling(self.app.screen(self.app.describe()["screen"]))

    def sees_all_pages(self, screen, presenter, terminal):
        """Every one of NAMES, somewhere on the pages, whole."""
        read = set()
        for page in range(2 * len(NAMES)):
            presenter.handle(Touched("page", str(page)))
            self.show(screen, presenter.view, terminal)
            assert self.spilling() == [], page
            read |= {name for name in NAMES if self.finger.sees(name)}
            if not presenter.view.after_value:
                break
        assert read == set(NAMES)

    def controls(self):
        return self.app.describe()["controls"]


@pytest.fixture
def touched():
    return []


@pytest.fixture
def glass(terminal_window, steady_clock, touched):
    from screens.terminal_app import TerminalApp

    app = TerminalApp(lambda intent, value: touched.append((intent, value)))
    terminal_window.add_widget(app.build())
    yield Glass(app)
    app.on_stop()


def terminal(theme="normal", language="zh", **given):
    return Terminal(
        hall=samples.hall(), now=samples.NOW, theme=theme, language=language, catalogue=VERSION,
        catalogue_code=None, hot=find_samples.HOT, **given,
    )  # fmt: skip


def search(shown, *found, **given):
    presenter = FindPresenter(shown)
    presenter.handle(Touched("word", "社保卡"))
    presenter.handle(Found(VERSION, SearchResult("社保卡", found, total=len(found), **given)))
    return presenter


def box(control):
    return (
        control["x"] - control["w"] / 2,
        control["y"] - control["h"] / 2,
        control["x"] + control["w"] / 2,
        control["y"] + control["h"] / 2,
    )


def overlap(one, other):
    return (
        min(one[2], other[2]) - max(one[0], other[0]) > 1
        and min(one[3], other[3]) - max(one[1], other[1]) > 1
    )


def test_the_font_measured_with_is_the_one_that_is_shipped(glass):
    """Without it Chinese is a row of narrow boxes, and everything fits."""
    from kivy.core.text import Label

    assert Label(text="办" * 10, font_size=100).render()[0] == 1000


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_fits_is_large_enough_and_covers_nothing(glass, theme, language):
    for name, make in STATES.items():
        shown = terminal(theme, language)
        screen, view = make(shown)
        glass.show(screen, view, shown)
        assert glass.spilling() == [], name
        controls = glass.controls()
        for control in controls:
            assert control["h"] >= THEMES[theme].target, (name, control)
            assert control["w"] >= 104, (name, control)
            left, top, right, bottom = box(control)
            assert 0 <= left < right <= 1080, (name, control)
            assert 0 <= top < bottom <= 1920, (name, control)
        for one, other in combinations(controls, 2):
            assert not overlap(box(one), box(other)), (name, one, other)


def named(name, badged):
    """An entry whose every text is too long, with all badges or with none."""
    badges: dict[str, Any] = {"kiosk": True, "withdrawn": True, "nearness": "other"} if badged else {}
    return replace(LONG, id=name, name=name, name_en="", line="话" * 200, office="局" * 200, **badges)


@pytest.mark.parametrize("theme", LAYOUTS)
@pytest.mark.parametrize("suggestions", [(), ("社保卡丢了", "社会保险")])
def test_the_longest_names_are_read_whole_above_the_keypad(glass, theme, suggestions):
    shown = terminal(theme)
    presenter = search(shown, *(named(name, bool(suggestions)) for name in NAMES), suggestions=suggestions)
    glass.sees_all_pages("find", presenter, shown)


@pytest.mark.parametrize("theme", LAYOUTS)
@pytest.mark.parametrize("by", ["theme", "bundle", "queue"])
def test_the_longest_names_are_read_whole_in_a_list(glass, theme, by):
    shown = terminal(theme, visit=Visit(browsing=(by, "social")))
    presenter = BrowsePresenter(shown)
    presenter.enter()
    shelves = browse_samples.ALL if by == "bundle" else browse_samples.OFFICES
    presenter.handle(ShelvesFound(VERSION, by, shelves))
    presenter.handle(ListingFound(VERSION, by, "social", tuple(named(name, True) for name in NAMES)))
    glass.sees_all_pages("browse", presenter, shown)


@pytest.mark.parametrize("theme", LAYOUTS)
def test_the_longest_names_of_shelves_fit_their_cards_and_their_lists(glass, theme):
    shelves = tuple(Shelf(name, name, "", "bank-outline", 1234) for name in NAMES)
    shown = terminal(theme, visit=Visit(browsing=("office", "")))
    presenter = BrowsePresenter(shown)
    presenter.enter()
    presenter.handle(ShelvesFound(VERSION, "office", shelves))
    for page in ("0", "1"):
        presenter.handle(Touched("page", page))
        glass.show("browse", presenter.view, shown)
        assert glass.spilling() == []
    for shelf in shelves:
        presenter.handle(Touched("shelf", shelf.key))
        presenter.handle(ListingFound(VERSION, "office", shelf.key, entries(9)))
        glass.show("browse", presenter.view, shown)
        assert glass.spilling() == [], shelf.key[:4]
        presenter.handle(Touched("shelves"))


@pytest.mark.parametrize("theme", LAYOUTS)
@pytest.mark.parametrize("text", ["超" * 99, "w" * 99, "m" * 15, "社会保障卡怎么补办"])
def test_what_was_typed_never_runs_under_the_button_that_clears_it(glass, theme, text):
    shown = terminal(theme)
    presenter = FindPresenter(shown)
    presenter.handle(Touched("word", text))
    glass.show("find", presenter.view, shown)
    clear = next(control for control in glass.controls() if control["intent"] == "clear")
    [line] = [
        widget
        for widget in glass.app.screen("find").walk()
        if getattr(widget, "text", "") == presenter.view.typed
    ]
    assert line.to_window(line.right, 0)[0] + 16 <= clear["x"] - clear["w"] / 2
    assert clear["x"] + clear["w"] / 2 <= 1080 - 32  # the line's own edge


def test_every_letter_has_a_key_and_two_quick_touches_are_two_letters(glass, touched):
    shown = terminal()
    glass.show("find", FindPresenter(shown).view, shown)
    keys = [control for control in glass.controls() if control["intent"] == "key"]
    assert "".join(key["value"] for key in keys) == "abcdefghijklmnopqrstuvwxyz"
    touched.clear()
    for letter in ("s", "s", "k"):
        glass.finger.tap("key", letter)
    glass.finger.tap("delete")
    assert [touch for touch in touched if touch[0] != "stir"] == [
        ("key", "s"), ("key", "s"), ("key", "k"), ("delete", ""),
    ]  # fmt: skip


def test_a_letter_and_its_results_are_there_a_frame_later(glass):
    shown = terminal()
    presenter = search(shown, *entries(8))
    glass.show("find", presenter.view, shown)
    presenter.handle(Touched("key", "x"))
    glass.app.show("find", presenter.view, _frame_of(shown))
    glass.finger.frames(1)
    assert glass.finger.sees("社保卡X")
    presenter.handle(Found(VERSION, SearchResult("社保卡x", (LONG, ENTRIES[1]), total=2)))
    glass.app.show("find", presenter.view, _frame_of(shown))
    glass.finger.frames(1)
    assert glass.finger.sees(LONG.name)
    assert not glass.finger.sees(ENTRIES[2].name)


def test_tiles_and_chips_once_made_are_dealt_out_again(glass):
    shown = terminal()
    screen = glass.app.screen("find")

    def widgets(found):
        glass.show("find", search(shown, *found, suggestions=("社保卡丢了",)).view, shown)
        return {id(widget) for widget in screen.walk()}

    most = [LONG, *entries(8)]
    first = widgets(most)
    assert widgets(entries(2)[1:]) <= first
    assert widgets(most) == first


def test_every_key_has_its_letter_drawn_on_it(glass):
    shown = terminal()
    glass.show("find", FindPresenter(shown).view, shown)
    keys = [widget for widget in glass.app.screen("find").walk() if getattr(widget, "intent", "") == "key"]
    assert len(keys) == 26
    assert all(key.texture is not None and key.texture.width > 10 for key in keys)


def test_touching_a_result_a_word_or_a_way_says_which(glass, touched, steady_clock):
    shown = terminal()
    glass.show("find", FindPresenter(shown).view, shown)
    for intent, value in (("word", "公积金提取"), ("browse", "bundle")):
        steady_clock(1)
        glass.finger.tap(intent, value)
        assert touched[-1] == (intent, value)
    glass.show("find", search(shown, *entries(3)).view, shown)
    steady_clock(1)
    glass.finger.tap("open", entries(3)[2].id)
    assert touched[-1] == ("open", entries(3)[2].id)


def test_a_screen_that_is_left_shows_nothing_of_what_was_typed(glass):
    shown = terminal()
    glass.show("find", search(shown, *entries(3)).view, shown)
    glass.app.rehearse("browse")
    glass.show("browse", browse_samples.STATES["browse"](shown)[1], shown)
    screen = glass.app.screen("find")
    assert screen.view == FindView()
    assert not any("社保" in getattr(widget, "text", "") for widget in screen.walk())


def _frame_of(shown):
    return frame_view(shown, ways=("home", "back"), staff="", warn=False, warning=15)
