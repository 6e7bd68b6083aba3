"""Typing a number: places, groups, what is ready to be looked up, and what nobody else may see."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens import samples
from screens.effects import IdentifyTyped, Show
from screens.events import PersonKnown, Touched
from screens.theme.tokens import THEMES
from screens.typein.presenter import MOST, PLACES, TypeinPresenter
from screens.typein.samples import NUMBER, STATES
from screens.visit import Terminal, Visit
from screens.words.words import LANGUAGES, words_of

ZH = words_of("zh")


def typing(purpose: str = "number", typed: str = "", **given: object) -> tuple[TypeinPresenter, Terminal]:
    visit = Visit(purpose=purpose, typed=typed, source="typed")  # type: ignore[arg-type]
    terminal = replace(Terminal(now=samples.NOW, visit=visit), **given)  # type: ignore[arg-type]
    keys = count(1)
    return TypeinPresenter(terminal, lambda: f"key-{next(keys)}"), terminal


def type_in(presenter: TypeinPresenter, text: str) -> None:
    for char in text:
        assert presenter.handle(Touched("digit", char)) == ()


def shown(presenter: TypeinPresenter) -> str:
    return "".join((" " if place.gap else "") + (place.char or "_") for place in presenter.view.places)


def test_an_id_number_is_shown_in_groups_with_the_places_to_come() -> None:
    presenter, _ = typing()
    assert shown(presenter) == "______ ________ ____"
    type_in(presenter, NUMBER[:9])
    assert shown(presenter) == "370102 199_____ ____"
    assert [at for at, place in enumerate(presenter.view.places) if place.next] == [9]
    assert presenter.view.status == ZH("typein.missing", count=9)
    type_in(presenter, NUMBER[9:17])
    assert presenter.view.status == ZH("typein.missing_one")
    type_in(presenter, "X")
    assert shown(presenter) == "370102 19900101 001X"
    assert presenter.view.tone == "ok"


def test_an_appointment_number_is_shown_in_fours_until_it_can_only_be_an_id_number() -> None:
    presenter, _ = typing("checkin")
    type_in(presenter, NUMBER[:10])
    assert shown(presenter) == "3701 0219 90_"
    type_in(presenter, NUMBER[10:14])
    assert shown(presenter) == "370102 19900101 ____"


def test_x_stands_in_the_last_place_only() -> None:
    presenter, terminal = typing()
    type_in(presenter, "X")
    assert terminal.visit.typed == ""
    type_in(presenter, NUMBER[:17])
    assert presenter.view.takes_x
    type_in(presenter, "X")
    assert terminal.visit.typed == NUMBER
    assert not presenter.view.takes_x


@pytest.mark.parametrize("digit", ["", "12", "x", "a", "٣", "１", " ", "-"])
def test_nothing_but_a_digit_is_taken(digit: str) -> None:
    presenter, terminal = typing(typed="3701")
    presenter.handle(Touched("digit", digit))
    assert terminal.visit.typed == "3701"


def test_a_whole_number_is_looked_up_under_a_key_of_its_own() -> None:
    presenter, terminal = typing(typed=NUMBER[:17])
    assert not presenter.view.ready
    assert presenter.handle(Touched("submit")) == ()
    type_in(presenter, "X")
    assert presenter.view.ready
    assert presenter.handle(Touched("submit")) == (IdentifyTyped("key-1", NUMBER),)
    terminal.visit.card = "reading"  # as the journey has it
    assert not presenter.view.ready
    assert presenter.handle(Touched("submit")) == ()
    presenter.handle(Touched("delete"))
    assert terminal.visit.typed == NUMBER
    terminal.visit.card = "failed"
    assert presenter.handle(Touched("submit")) == (IdentifyTyped("key-2", NUMBER),)


@pytest.mark.parametrize("length", range(PLACES + 1))
def test_for_a_check_in_an_appointment_number_will_do(length: int) -> None:
    presenter, terminal = typing("checkin", NUMBER[:length])
    effects = presenter.handle(Touched("submit"))
    if 4 <= length <= MOST:
        assert effects == (Show("appointment"),)
        assert terminal.visit.typed == NUMBER[:length]
    elif length == PLACES:
        assert effects == (IdentifyTyped("key-1", NUMBER),)
    else:
        assert effects == ()
        assert not presenter.view.ready


@pytest.mark.parametrize("length", range(4, MOST + 1))
def test_for_a_number_only_an_id_number_will_do(length: int) -> None:
    presenter, _ = typing("number", NUMBER[:length])
    assert not presenter.view.ready
    assert presenter.handle(Touched("submit")) == ()


@pytest.mark.parametrize(("purpose", "screen"), [("number", "confirm"), ("checkin", "appointment")])
def test_whoever_is_known_goes_on_and_the_number_is_gone(purpose: str, screen: str) -> None:
    presenter, terminal = typing(purpose, NUMBER)
    assert presenter.handle(PersonKnown(samples.person())) == (Show(screen),)
    assert terminal.visit.typed == ""


@pytest.mark.parametrize(
    "code", [f"id_number.{why}" for why in ("length", "characters", "region", "birth_date", "check_digit")]
)
def test_what_is_wrong_with_a_number_is_told_until_it_is_changed(code: str) -> None:
    presenter, terminal = typing(typed=NUMBER)
    terminal.visit.card, terminal.visit.card_code = "failed", code
    assert presenter.view.status == ZH(f"{code}.title")
    assert presenter.view.status_line == ZH(f"{code}.line")
    assert code in presenter.view.code
    presenter.handle(Touched("delete"))
    assert (terminal.visit.typed, terminal.visit.card) == (NUMBER[:-1], "")
    assert presenter.view.code == ""


def test_what_is_typed_can_be_hidden_and_shown() -> None:
    presenter, _ = typing(typed=NUMBER)
    presenter.handle(Touched("hide"))
    assert not set(NUMBER) & {place.char for place in presenter.view.places}
    presenter.handle(Touched("hide"))
    assert "".join(place.char for place in presenter.view.places) == NUMBER


def test_erasing_takes_one_place_and_clearing_all() -> None:
    presenter, terminal = typing(typed="3701")
    presenter.handle(Touched("delete"))
    assert terminal.visit.typed == "370"
    presenter.handle(Touched("clear"))
    assert terminal.visit.typed == ""
    presenter.handle(Touched("delete"))
    assert terminal.visit.typed == ""


def test_coming_here_begins_with_nothing() -> None:
    presenter, terminal = typing(typed=NUMBER)
    terminal.visit.card = "failed"
    presenter.handle(Touched("hide"))
    presenter.enter()
    assert (terminal.visit.typed, terminal.visit.card) == ("", "")
    assert presenter.view.hide == ZH("typein.hide")


def test_for_a_check_in_whoever_was_known_before_is_not_any_more() -> None:
    presenter, terminal = typing("checkin")
    terminal.visit.person, terminal.visit.appointments = samples.person(), ()
    presenter.enter()
    assert terminal.visit.person is None
    assert terminal.visit.appointments is None


def test_after_too_many_tries_nothing_is_looked_up_for_a_while() -> None:
    presenter, terminal = typing(typed=NUMBER, refused_until=30.0)
    assert presenter.handle(Touched("submit")) == ()
    assert "30" in presenter.view.status
    terminal.monotonic = 30.0
    assert presenter.handle(Touched("submit")) != ()


def test_neither_view_nor_effect_nor_speech_gives_the_number_away() -> None:
    presenter, terminal = typing(typed=NUMBER)
    (effect,) = presenter.handle(Touched("submit"))
    for said in (repr(presenter.view), repr(effect), repr(presenter.say()), repr(terminal.visit)):
        assert NUMBER not in said
        assert "19900101" not in said
        assert "'3'" not in said


@settings(max_examples=60)
@given(
    st.sampled_from(["number", "checkin"]),
    st.lists(st.sampled_from([*"0123456789X", "delete", "clear", "hide", "submit"]), max_size=60),
)
def test_whatever_is_touched_the_number_stays_one_that_can_be(purpose: str, touches: list[str]) -> None:
    presenter, terminal = typing(purpose)
    for touch in touches:
        effects = presenter.handle(Touched("digit", touch) if len(touch) == 1 else Touched(touch))
        typed = terminal.visit.typed
        assert len(typed) <= PLACES
        assert typed.isdecimal() or typed == "" or (len(typed) == PLACES and typed[:-1].isdecimal())
        assert sum(bool(place.char) for place in presenter.view.places) == len(typed)
        for effect in effects:
            assert isinstance(effect, Show) or (isinstance(effect, IdentifyTyped) and effect.number == typed)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", STATES)
def test_every_designed_state_is_worded_in_both_languages(name: str, theme: str) -> None:
    for language in LANGUAGES:
        view = STATES[name](Terminal(theme=theme, language=language))  # type: ignore[arg-type]
        assert view.title
        assert view.status
        assert view.status_icon
        assert view.reassurance or (theme == "large" and view.status_line), "what to do comes first"
        assert view.main


@pytest.mark.parametrize("card", ["", "reading", "failed"])
@pytest.mark.parametrize("purpose", ["number", "checkin"])
def test_every_situation_is_said_aloud(purpose: str, card: str) -> None:
    presenter, terminal = typing(purpose)
    terminal.visit.card, terminal.visit.card_code = card, "id_number.length"  # type: ignore[assignment]
    for language in LANGUAGES:
        assert presenter.say().said(words_of(language))
