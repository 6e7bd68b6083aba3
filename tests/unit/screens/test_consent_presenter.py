"""Consent without a window: nothing goes with a number that was not touched, or that no number can take along."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screens import samples as hall_samples
from screens.certificates.samples import MANY_MATERIALS, OF_A_PERSON, presentation, shown
from screens.consent.presenter import ConsentPresenter
from screens.consent.samples import STATES
from screens.effects import Show
from screens.events import Touched
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.words.words import LANGUAGES, words_of

IN_FORCE = tuple(c.id for c in OF_A_PERSON if c.status == "valid")


def asked(page=None, **given):
    base = Terminal(hall=hall_samples.hall(), now=hall_samples.NOW)
    situation = replace(shown(base, presentation(), page), **given)
    presenter = ConsentPresenter(situation)
    presenter.enter()
    return situation, presenter


def ids(presenter):
    seen = [card.id for card in presenter.view.cards]
    while presenter.view.after_value:
        presenter.handle(Touched("page", presenter.view.after_value))
        seen += [card.id for card in presenter.view.cards]
    return tuple(seen)


def test_without_a_guide_nothing_is_ticked_and_there_is_nothing_to_agree_to():
    situation, presenter = asked()
    assert situation.visit.chosen == ()
    assert presenter.view.main == ""
    assert presenter.view.missing == "请先选要出示的证照"
    assert presenter.handle(Touched("agree")) == ()
    assert not situation.visit.agreed


def test_from_a_guide_those_that_spare_something_are_ticked():
    situation, presenter = asked(MANY_MATERIALS)
    assert set(situation.visit.chosen) == {"c1", "c2", "c3", "c8"}
    assert presenter.view.main == "同意，随号出示 4 份"
    assert [card.chosen for card in presenter.view.cards][:4] == [True] * 4


def test_only_those_in_force_are_offered():
    _, presenter = asked()
    assert sorted(ids(presenter)) == sorted(IN_FORCE)


def test_one_that_is_not_offered_cannot_be_chosen():
    situation, presenter = asked()
    for wrong in ("c4", "c99", ""):
        presenter.handle(Touched("toggle", wrong))
    assert situation.visit.chosen == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([c.id for c in OF_A_PERSON]), max_size=12))
def test_exactly_what_was_touched_an_odd_number_of_times_goes(touches):
    situation, presenter = asked()
    for value in touches:
        presenter.handle(Touched("toggle", value))
    odd = {value for value in IN_FORCE if touches.count(value) % 2}
    assert set(situation.visit.chosen) == odd
    assert len(situation.visit.chosen) == len(odd)
    assert bool(presenter.view.main) == bool(odd)


def test_agreed_without_a_guide_it_leads_to_choosing_a_queue():
    situation, presenter = asked()
    presenter.handle(Touched("toggle", "c1"))
    assert presenter.handle(Touched("agree")) == (Show("choose"),)
    assert situation.visit.agreed
    assert situation.visit.chosen == ("c1",)
    assert not situation.visit.for_item


def test_agreed_on_a_guide_it_leads_straight_to_its_confirmation():
    situation, presenter = asked(MANY_MATERIALS)
    assert presenter.handle(Touched("agree")) == (Show("confirm"),)
    assert situation.visit.for_item
    assert situation.visit.queue == "social"


def test_a_guide_whose_queue_is_shut_says_so_and_leads_to_the_others():
    page = MANY_MATERIALS.model_copy(update={"queue": "medical"})
    situation, presenter = asked(page, hall=hall_samples.hall(shut=True))
    assert "13:30" in presenter.view.note
    assert presenter.handle(Touched("agree")) == (Show("choose"),)
    assert not situation.visit.for_item


@pytest.mark.parametrize(
    "given",
    [
        {"link": "hall.unreachable"},
        {"hall": replace(hall_samples.hall(), open_now=False, opens="13:00")},
        {"hall": replace(hall_samples.hall(), queues=())},
    ],
    ids=["lost", "closed", "no queue"],
)
@pytest.mark.parametrize("page", [None, MANY_MATERIALS], ids=["alone", "guide"])
def test_when_no_number_can_be_taken_it_says_so_and_nothing_is_agreed(given, page):
    situation, presenter = asked(page, **given)
    presenter.handle(Touched("toggle", "c9"))
    assert presenter.view.note.replace("\n", "") == "现在取不了号，证照没法随号出示。可以给工作人员看"
    assert (presenter.view.main, presenter.view.missing) == ("", "")
    assert presenter.handle(Touched("agree")) == ()
    assert not situation.visit.agreed
    assert presenter.say().key == "say.consent_no_number"


def test_only_looking_takes_everything_back():
    situation, presenter = asked(MANY_MATERIALS)
    situation.visit.agreed = True
    assert presenter.handle(Touched("only_here")) == (Show("certificates"),)
    assert (situation.visit.agreed, situation.visit.chosen) == (False, ())


def test_what_was_chosen_is_still_chosen_on_coming_back():
    situation, presenter = asked(MANY_MATERIALS)
    presenter.handle(Touched("toggle", "c2"))
    presenter.enter()
    assert set(situation.visit.chosen) == {"c1", "c3", "c8"}


def test_a_choice_from_another_presentation_is_dropped():
    situation, presenter = asked()
    situation.visit.chosen = ("of-another", "c4")
    presenter.enter()
    assert situation.visit.chosen == ()


def test_it_says_in_three_lines_what_will_happen():
    for language in LANGUAGES:
        _, presenter = asked(language=language)
        assert len(presenter.view.promises) == 3
        assert "…" not in "".join(promise.text for promise in presenter.view.promises)


def test_without_a_presentation_there_is_nothing_to_agree_to():
    situation, presenter = asked()
    situation.visit.presentation = None
    presenter.enter()
    assert presenter.handle(Touched("agree")) == (Show("welcome"),)
    assert presenter.view == type(presenter.view)()


def test_what_is_read_aloud_is_there_in_both_languages():
    _, presenter = asked()
    assert all(presenter.say().said(words_of(language)) for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_designed_state_has_its_question_and_a_way_out(theme, language):
    for make in STATES.values():
        _, view = make(
            Terminal(hall=hall_samples.hall(), now=hall_samples.NOW, theme=theme, language=language)
        )
        assert view.title
        assert view.second
        assert view.cards
