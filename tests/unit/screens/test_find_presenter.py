"""Search: what a touch does, what is shown of it, and that nothing typed can break the screen."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.catalogue.answers import Entry, SearchResult
from screens.effects import OpenGuide, Search, Show
from screens.events import Found, Ticked, Touched
from screens.find.chips import MOST, rows_of
from screens.find.presenter import MOST_TYPED, PATIENCE, FindPresenter
from screens.find.result_card import card_of, dealt, ending, within
from screens.find.samples import ENTRIES, LONG, STATES, VERSION, entries
from screens.samples import NOW
from screens.theme.tokens import LARGE, NORMAL, THEMES
from screens.visit import Terminal
from screens.words.notices import columns
from screens.words.words import LANGUAGES, words_of


def able(**given) -> Terminal:
    return Terminal(now=NOW, catalogue=VERSION, catalogue_code=None, hot=("社保卡", "退休"), **given)


def typing(terminal: Terminal, letters: str) -> FindPresenter:
    presenter = FindPresenter(terminal)
    presenter.enter()
    for letter in letters:
        presenter.handle(Touched("key", letter))
    return presenter


def found(text: str, count: int = 8, **given) -> Found:
    return Found(VERSION, SearchResult(text, entries(count), total=count, **given))


def test_every_key_asks_for_what_stands_there_now():
    presenter = FindPresenter(able())
    assert presenter.handle(Touched("key", "s")) == (Search("s"),)
    assert presenter.handle(Touched("key", "b")) == (Search("sb"),)
    assert presenter.handle(Touched("delete")) == (Search("s"),)
    assert presenter.view.typed == "S"


def test_nothing_is_asked_once_nothing_is_typed():
    terminal = able()
    presenter = typing(terminal, "s")
    presenter.handle(found("s"))
    assert presenter.handle(Touched("delete")) == ()
    assert presenter.handle(Touched("delete")) == ()
    assert (terminal.visit.query, terminal.visit.found) == ("", None)
    assert presenter.view.mode == "start"


def test_clear_starts_again():
    terminal = able()
    presenter = typing(terminal, "sbk")
    presenter.handle(found("sbk"))
    assert presenter.view.clear
    assert presenter.handle(Touched("clear")) == ()
    assert presenter.view.mode == "start"
    assert presenter.view.clear == ""


def test_a_word_takes_the_place_of_what_was_typed():
    terminal = able()
    presenter = typing(terminal, "xyz")
    assert presenter.handle(Touched("word", "社保卡")) == (Search("社保卡"),)
    assert terminal.visit.query == "社保卡"


def test_a_late_answer_to_an_older_text_changes_nothing():
    presenter = typing(able(), "sb")
    presenter.handle(found("sb"))
    before = presenter.view
    presenter.handle(Touched("key", "k"))
    presenter.handle(found("s", 2))
    assert presenter.view.cards == before.cards
    presenter.handle(found("sbk", 2))
    assert len(presenter.view.cards) == 2


def test_what_was_found_stays_until_the_next_answer():
    """A list that went blank at every key would flicker."""
    presenter = typing(able(), "sb")
    presenter.handle(found("sb"))
    cards = presenter.view.cards
    presenter.handle(Touched("key", "k"))
    assert presenter.view.mode == "results"
    assert presenter.view.cards == cards


def test_an_answer_that_does_not_come_is_said():
    terminal = able()
    presenter = typing(terminal, "sbk")
    assert presenter.view.mode == "start"
    terminal.monotonic += PATIENCE
    presenter.handle(Ticked(NOW, terminal.monotonic))
    assert presenter.view.mode == "waiting"
    assert presenter.view.state.second.intent == "staff"
    presenter.handle(found("sbk"))
    assert presenter.view.mode == "results"


def test_coming_back_finds_the_page_one_left():
    terminal = able()
    presenter = typing(terminal, "sbk")
    presenter.handle(found("sbk", 20))
    presenter.handle(Touched("page", "2"))
    shown = presenter.view
    assert presenter.enter() == ()
    assert presenter.view == shown


def test_a_question_left_unanswered_is_asked_again():
    terminal = able()
    typing(terminal, "sbk")
    assert FindPresenter(terminal).enter() == (Search("sbk"),)


def test_a_new_answer_begins_at_its_first_page():
    presenter = typing(able(), "sb")
    presenter.handle(found("sb", 20))
    presenter.handle(Touched("page", "3"))
    presenter.handle(Touched("key", "k"))
    presenter.handle(found("sbk", 20))
    assert presenter.view.before_value == ""


def test_a_result_opens_at_the_section_asked_about():
    presenter = typing(able(), "sbk")
    presenter.handle(found("sbk", 3, section="place"))
    id = presenter.view.cards[1].id
    assert presenter.handle(Touched("open", id)) == (OpenGuide(id, "place"),)
    assert presenter.handle(Touched("open", "something-else")) == ()


def test_a_way_to_browse_is_remembered():
    terminal = able()
    terminal.visit.browsing_page = 4
    assert FindPresenter(terminal).handle(Touched("browse", "office")) == (Show("browse"),)
    assert (terminal.visit.browsing, terminal.visit.browsing_page) == (("office", ""), 0)
    assert FindPresenter(terminal).handle(Touched("browse", "moon")) == ()


@pytest.mark.parametrize("key", ["", "ab", "社", "é", " ", "<"])
def test_only_single_letters_and_digits_are_keys(key):
    terminal = able()
    assert FindPresenter(terminal).handle(Touched("key", key)) == ()
    assert terminal.visit.query == ""


def test_nobody_types_without_end():
    terminal = able()
    presenter = typing(terminal, "a" * 100)
    assert len(terminal.visit.query) == MOST_TYPED
    assert presenter.handle(Touched("key", "b")) == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_nearest_names_are_told_as_such(language):
    presenter = typing(able(language=language), "zzz")
    presenter.handle(Found(VERSION, SearchResult("zzz", entries(3), near=True)))
    assert presenter.view.hint == words_of(language)("find.near")
    assert presenter.view.hint_tone == "amber"
    assert presenter.say().key == "say.find_near"


def test_more_names_than_are_listed_is_said():
    presenter = typing(able(), "s")
    presenter.handle(Found(VERSION, SearchResult("s", entries(20), total=53)))
    assert "53" in presenter.view.hint
    assert "20" in presenter.view.hint


def test_a_terminal_without_a_catalogue_leads_to_the_general_desk_or_to_staff():
    terminal = replace(able(), catalogue_code="catalogue.damaged")
    presenter = FindPresenter(terminal)
    view = presenter.view
    assert view.mode == "missing"
    assert (view.state.main.intent, view.state.second.intent) == ("take", "staff")
    assert "catalogue.damaged" in view.state.code
    assert presenter.handle(Touched("key", "s")) == ()
    assert presenter.handle(Touched("take")) == (Show("choose"),)
    terminal.link = "hall.unreachable"
    assert presenter.view.state.main.text == ""  # no numbers are given either


def test_what_is_read_aloud_names_the_first_three():
    presenter = typing(able(), "sbk")
    presenter.handle(found("sbk"))
    said = presenter.say()
    for language in LANGUAGES:
        text = said.said(words_of(language))
        assert "8" in text
        assert (ENTRIES[0].name if language == "zh" else ENTRIES[0].name_en) in text
        assert (ENTRIES[3].name if language == "zh" else ENTRIES[3].name_en) not in text


def test_what_is_typed_does_not_get_into_a_log():
    presenter = typing(able(), "zhangsan")
    assert "zhangsan" not in repr(presenter.view).lower()


def test_badges_are_words():
    terminal = able()
    words = {badge.word for entry in ENTRIES for badge in card_of(entry, terminal).badges}
    assert words == {"可自助", "已取消", "一件事", "其他地区"}
    assert card_of(ENTRIES[6], terminal).where.startswith("聊城市")


@pytest.mark.parametrize("theme", THEMES)
def test_a_name_is_never_cut(theme):
    terminal = able(theme=theme)
    for name in (LONG.name, "超" * 200, "W" * 200):
        card = card_of(replace(LONG, name=name), terminal)
        assert card.name == name
        assert card.slots == 2


def test_cards_are_dealt_in_order_and_none_is_lost():
    cards = [replace(card_of(LONG, able()), id=str(at), slots=1 + at % 2) for at in range(11)]
    pages = dealt(cards, 3)
    assert [card.id for page in pages for card in page] == [card.id for card in cards]
    assert all(sum(card.slots for card in page) <= 3 for page in pages)
    assert dealt((), 3) == ((),)


@given(st.text(max_size=80), st.integers(0, 60))
def test_a_line_that_is_too_long_ends_in_dots(text, most):
    line = within(text, most)
    assert columns(line) <= most
    assert line in ("", " ".join(text.split())) or line.endswith("…")


@given(st.text("aM社", max_size=60), st.integers(2, 40))
def test_of_what_is_too_long_to_show_the_end_is_shown(text, most):
    shown = ending(text, most)
    assert shown == text or (shown[0] == "…" and text.endswith(shown[1:]))
    assert columns(shown) <= most


@given(st.lists(st.text("社保a卡丢了 退休b", max_size=40)), st.integers(1, 2))
def test_chips_fit_their_rows(texts, rows):
    for tokens in (NORMAL, LARGE):
        made = rows_of(texts, tokens, rows)
        shown = [text for row in made for text in row]
        assert len(made) <= rows
        assert all(0 < len(row) <= MOST for row in made)
        assert len(set(shown)) == len(shown)
        assert set(shown) <= set(texts)


touches = st.one_of(
    st.builds(Touched, st.just("key"), st.sampled_from("abz09é")),
    st.builds(Touched, st.sampled_from(["delete", "clear", "take", "staff", "no-such-thing"])),
    st.builds(
        Touched, st.just("word"), st.sampled_from(["社保卡", "<b>[color]", "\u202e反\x00", "长" * 99, ""])
    ),
    st.builds(Touched, st.just("page"), st.sampled_from(["0", "1", "99", "-1", "x", "９"])),
    st.builds(Touched, st.just("open"), st.sampled_from([ENTRIES[0].id + "-0", "nothing"])),
    st.builds(Touched, st.just("browse"), st.sampled_from(["theme", "queue", ""])),
    st.sampled_from(["answer", "late", "language", "large", "near", "again"]),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(touches, max_size=25))
def test_any_touches_in_any_order_keep_the_view_whole(steps):
    terminal = able()
    presenter = FindPresenter(terminal)
    for step in steps:
        match step:
            case "answer":
                presenter.handle(found(terminal.visit.query, 9))
            case "near":
                near = SearchResult(
                    terminal.visit.query, (LONG, *entries(3)), near=True, suggestions=("社保",)
                )
                presenter.handle(Found(VERSION, near))
            case "late":
                terminal.monotonic += 1
            case "language":
                terminal.language = "en" if terminal.language == "zh" else "zh"
            case "large":
                terminal.theme = "normal" if terminal.theme == "large" else "large"
            case "again":
                presenter.enter()
            case Touched():
                asked = [effect.text for effect in presenter.handle(step) if isinstance(effect, Search)]
                assert all(text == terminal.visit.query for text in asked)
        view = presenter.view
        assert view.mode in ("start", "results", "waiting")
        assert terminal.visit.query.upper().endswith(view.typed.lstrip("…"))
        assert bool(view.clear) == bool(terminal.visit.query)
        assert view.hint
        assert view.delete
        if view.mode == "results":
            assert 1 <= sum(card.slots for card in view.cards) <= view.slots
        if view.mode == "start":
            assert len(view.ways) == 6
            assert view.chips
        if terminal.visit.query == "":
            assert view.mode == "start"
        presenter.say().said(terminal.words)


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_designed_state_says_something(name, language):
    screen, view = STATES[name](Terminal(now=NOW, language=language))
    assert screen == "find"
    assert view.mode
    assert view.hint or view.state.title


def test_no_window_is_needed_to_decide():
    code = (
        "import sys; import screens.find.presenter, screens.browse.presenter; sys.exit('kivy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_entry_without_anything_but_a_name_is_still_a_card():
    bare = Entry("x", "guide", "某事项", "", "", "", "", "home")
    card = card_of(bare, able())
    assert (card.name, card.line, card.where, card.badges) == ("某事项", "", "", ())
