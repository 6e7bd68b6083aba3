"""Browsing: ways, shelves, lists, and the ways back."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.catalogue.answers import Shelf
from screens import samples
from screens.browse.presenter import PATIENCE, BrowsePresenter
from screens.browse.samples import ALL, OFFICES, STATES, THEMES
from screens.effects import Browse, OpenGuide, Show
from screens.events import ListingFound, ShelvesFound, Touched
from screens.find.samples import VERSION, entries
from screens.samples import NOW
from screens.visit import Terminal, Visit
from screens.words.words import LANGUAGES, words_of


def able(*browsing: str, **given) -> Terminal:
    by, key = (*browsing, "", "")[:2]
    visit = Visit(browsing=(by, key))
    return Terminal(
        hall=samples.hall(), now=NOW, catalogue=VERSION, catalogue_code=None, visit=visit, **given
    )


def on_shelves(terminal: Terminal, shelves=THEMES) -> BrowsePresenter:
    presenter = BrowsePresenter(terminal)
    presenter.enter()
    presenter.handle(ShelvesFound(VERSION, terminal.visit.browsing[0], shelves))
    return presenter


def on_list(terminal: Terminal, count: int = 14) -> BrowsePresenter:
    presenter = on_shelves(terminal)
    presenter.handle(Touched("shelf", "社会保障"))
    presenter.handle(ListingFound(VERSION, "theme", "社会保障", entries(count)))
    return presenter


def test_entering_asks_for_the_shelves_of_the_way_chosen():
    assert BrowsePresenter(able("office")).enter() == (Browse("office"),)


def test_entering_without_a_choice_begins_with_themes():
    assert BrowsePresenter(able()).enter() == (Browse("theme"),)


def test_coming_back_from_a_guide_shows_the_page_one_left_at_once():
    presenter = on_list(able("theme"))
    presenter.handle(Touched("page", "1"))
    before = presenter.view
    assert before.before_value == "0"
    assert presenter.enter() == ()
    assert presenter.view == before


def test_what_an_older_catalogue_said_is_asked_again():
    terminal = able("theme")
    presenter = on_list(terminal)
    terminal.visit = Visit(browsing=("theme", "社会保障"))
    terminal.catalogue = "2026112301-00000000"
    assert presenter.enter() == (Browse("theme"), Browse("theme", "社会保障"))
    assert presenter.view.mode == ""


def test_a_shelf_leads_to_its_list_and_the_list_back_to_the_shelves():
    terminal = able("theme")
    presenter = on_shelves(terminal)
    assert presenter.handle(Touched("shelf", "社会保障")) == (Browse("theme", "社会保障"),)
    presenter.handle(ListingFound(VERSION, "theme", "社会保障", entries(3)))
    view = presenter.view
    assert (view.mode, view.title, len(view.cards)) == ("listing", "社会保障", 3)
    assert view.up
    assert not view.tabs
    presenter.handle(Touched("shelves"))
    assert presenter.view.mode == "shelves"
    assert presenter.view.tabs


def test_the_way_back_leads_to_the_page_that_the_shelf_was_on():
    presenter = on_shelves(able("theme"))
    presenter.handle(Touched("page", "1"))
    presenter.handle(Touched("shelf", THEMES[-1].key))
    presenter.handle(Touched("shelves"))
    assert THEMES[-1].key in {card.key for card in presenter.view.shelves}


def test_a_way_with_one_shelf_opens_it_at_once_and_keeps_the_ways_at_hand():
    presenter = BrowsePresenter(able("bundle"))
    presenter.enter()
    assert presenter.handle(ShelvesFound(VERSION, "bundle", ALL)) == (Browse("bundle", "all"),)
    presenter.handle(ListingFound(VERSION, "bundle", "all", entries(3)))
    view = presenter.view
    assert (view.mode, view.title) == ("listing", "一件事")
    assert view.tabs
    assert not view.up
    assert presenter.handle(Touched("shelves")) == ()


def test_another_way_is_a_touch_away():
    presenter = on_shelves(able("theme"))
    assert presenter.handle(Touched("browse", "office")) == (Browse("office"),)
    assert presenter.view.mode == ""
    presenter.handle(ShelvesFound(VERSION, "theme", THEMES))  # a late answer to the way left
    assert presenter.view.mode == ""
    presenter.handle(ShelvesFound(VERSION, "office", OFFICES))
    assert presenter.view.mode == "shelves"
    assert [tab.by for tab in presenter.view.tabs if tab.on] == ["office"]


def test_what_people_do_at_a_queue_opens_at_once_under_its_name():
    presenter = BrowsePresenter(able("queue", "social"))
    assert presenter.enter() == (Browse("queue", "social"),)
    presenter.handle(ListingFound(VERSION, "queue", "social", entries(3)))
    view = presenter.view
    assert view.mode == "listing"
    assert "社会保障" in view.title
    assert not view.tabs
    assert not view.up
    terminal = able("queue", "social", language="en")
    presenter = BrowsePresenter(terminal)
    presenter.enter()
    assert "Social security" in presenter.view.title


def test_a_list_opens_what_is_on_it_and_nothing_else():
    presenter = on_list(able("theme"))
    id = presenter.view.cards[0].id
    assert presenter.handle(Touched("open", id)) == (OpenGuide(id),)
    assert presenter.handle(Touched("open", "elsewhere")) == ()
    assert presenter.handle(Touched("shelf", "no such shelf")) == ()


def test_an_empty_shelf_says_so_and_leads_to_the_search():
    presenter = BrowsePresenter(able("queue", "social"))
    presenter.enter()
    presenter.handle(ListingFound(VERSION, "queue", "social", ()))
    assert presenter.view.mode == "state"
    assert presenter.view.state.main.intent == "find"
    assert presenter.handle(Touched("find")) == (Show("find"),)
    assert presenter.say().key == "say.browse_empty"


def test_an_answer_that_does_not_come_is_said():
    terminal = able("theme")
    presenter = BrowsePresenter(terminal)
    presenter.enter()
    assert presenter.view.mode == ""
    terminal.monotonic += PATIENCE
    assert presenter.view.mode == "state"
    assert presenter.view.state.second.intent == "staff"


def test_a_terminal_without_a_catalogue_asks_for_nothing():
    terminal = replace(able("theme"), catalogue_code="catalogue.none")
    presenter = BrowsePresenter(terminal)
    assert presenter.enter() == ()
    assert presenter.handle(Touched("browse", "office")) == ()
    assert presenter.handle(Touched("take")) == (Show("choose"),)
    assert presenter.view.state.title


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_there_is_read_aloud_by_number_and_first_names(language):
    words = words_of(language)
    shelves = on_shelves(able("theme")).say().said(words)
    assert str(len(THEMES)) in shelves
    assert words.pick(THEMES[2].name, THEMES[2].name_en) in shelves
    listing = on_list(able("theme")).say().said(words)
    assert "14" in listing
    assert words.pick(THEMES[0].name, THEMES[0].name_en) in listing


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_designed_state_says_something(name, language):
    screen, view = STATES[name](Terminal(now=NOW, language=language, hall=samples.hall()))
    assert screen == "browse"
    assert view.mode
    assert view.title or view.state.title


steps = st.one_of(
    st.builds(Touched, st.just("browse"), st.sampled_from(["theme", "office", "bundle", "queue", "x"])),
    st.builds(
        Touched, st.just("shelf"), st.sampled_from([THEMES[0].key, THEMES[11].key, OFFICES[0].key, "all"])
    ),
    st.builds(Touched, st.just("page"), st.sampled_from(["0", "1", "99", "-1", "x"])),
    st.builds(Touched, st.just("open"), st.sampled_from([entries(1)[0].id, "nothing"])),
    st.builds(Touched, st.sampled_from(["shelves", "no-such-thing", "take", "find"])),
    st.sampled_from(["shelves", "list", "empty", "late", "large", "language", "again", "old"]),
)
SHELVES: dict[str, tuple[Shelf, ...]] = {"theme": THEMES, "office": OFFICES, "bundle": ALL}


@settings(max_examples=80, deadline=None)
@given(st.lists(steps, max_size=25), st.sampled_from(["", "office", "queue"]))
def test_any_touches_in_any_order_keep_the_view_whole(doing, begun):
    terminal = able(begun, "social" if begun == "queue" else "")
    presenter = BrowsePresenter(terminal)
    presenter.enter()
    for step in doing:
        by, key = terminal.visit.browsing
        match step:
            case "shelves":
                presenter.handle(ShelvesFound(VERSION, by or "theme", SHELVES.get(by or "theme", ())))
            case "old":
                presenter.handle(ShelvesFound(VERSION, "kiosk", ALL))
            case "list" | "empty":
                presenter.handle(ListingFound(VERSION, by, key, entries(9 if step == "list" else 0)))
            case "late":
                terminal.monotonic += 1
            case "large":
                terminal.theme = "normal" if terminal.theme == "large" else "large"
            case "language":
                terminal.language = "en" if terminal.language == "zh" else "zh"
            case "again":
                presenter.enter()
            case Touched():
                asked = [effect for effect in presenter.handle(step) if isinstance(effect, Browse)]
                assert all(effect.by == terminal.visit.browsing[0] for effect in asked)
        view = presenter.view
        assert view.mode in ("", "shelves", "listing", "state")
        assert not (view.up and view.tabs)
        if view.mode == "shelves":
            tokens = terminal.tokens
            assert 1 <= len(view.shelves) <= tokens.shelf_columns * tokens.shelf_rows
        if view.mode == "listing":
            assert 1 <= sum(card.slots for card in view.cards) <= view.slots
        if view.mode == "state":
            assert view.state.title
            assert view.state.main.text or view.state.second.text
        presenter.say().said(terminal.words)
