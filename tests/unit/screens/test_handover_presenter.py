"""The code for the clerk's phone, without a window: asked for once, good for five minutes, and nothing beside it."""

import pytest

from screens import samples as hall_samples
from screens.certificates.samples import OF_A_PERSON, presentation, shown
from screens.effects import ShareCertificates, Show
from screens.events import Shared, ShareFailed, Ticked, Touched
from screens.handover.presenter import PATIENCE, HandoverPresenter
from screens.handover.samples import STATES, URL
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.words.words import LANGUAGES, words_of

IN_FORCE = tuple(c.id for c in OF_A_PERSON if c.status == "valid")


@pytest.fixture
def opened():
    situation = shown(Terminal(hall=hall_samples.hall(), now=hall_samples.NOW), presentation())
    situation.monotonic = 100.0
    keys = iter(f"k{at}" for at in range(1, 99))
    return situation, HandoverPresenter(situation, lambda: next(keys))


def tick(situation, presenter, seconds):
    situation.monotonic += seconds
    return presenter.handle(Ticked(hall_samples.NOW, situation.monotonic))


def test_without_a_choice_all_in_force_are_shared(opened):
    situation, presenter = opened
    assert presenter.enter() == (ShareCertificates("k1", "p-1", IN_FORCE),)
    assert situation.visit.asked == "k1"
    assert presenter.view.phase == "asking"


def test_those_that_were_chosen_are_shared_and_no_others(opened):
    situation, presenter = opened
    situation.visit.chosen = ("c3", "c1", "c4")
    assert presenter.enter() == (ShareCertificates("k1", "p-1", ("c1", "c3")),)


def test_the_code_is_shown_with_the_time_it_has_left_and_then_it_is_over(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(Shared("k1", URL))
    assert (presenter.view.phase, presenter.view.qr, presenter.view.left) == ("shown", URL, "还剩 5:00")
    tick(situation, presenter, 28)
    assert presenter.view.left == "还剩 4:32"
    assert presenter.view.share == pytest.approx(272 / 300)
    assert tick(situation, presenter, 271.9) == ()
    assert presenter.view.left == "还剩 0:01"
    tick(situation, presenter, 0.1)
    assert presenter.view.phase == "over"
    assert (situation.visit.share_url, presenter.view.qr) == ("", "")


def test_after_it_is_over_another_can_be_made(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(Shared("k1", URL, 60))
    tick(situation, presenter, 60)
    assert presenter.handle(Touched("again")) == (ShareCertificates("k2", "p-1", IN_FORCE),)
    presenter.handle(Shared("k1", URL))
    assert presenter.view.phase == "asking"
    presenter.handle(Shared("k2", URL))
    assert presenter.view.phase == "shown"


def test_an_answer_to_another_question_is_no_news(opened):
    situation, presenter = opened
    presenter.enter()
    assert presenter.handle(Shared("k0", URL)) == presenter.handle(ShareFailed("k0", "x")) == ()
    assert presenter.view.phase == "asking"
    assert situation.visit.share_url == ""


def test_a_second_answer_does_not_lengthen_the_time(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(Shared("k1", URL))
    tick(situation, presenter, 100)
    presenter.handle(Shared("k1", "http://elsewhere"))
    presenter.handle(ShareFailed("k1", "hall.silent"))
    assert (presenter.view.qr, presenter.view.left) == (URL, "还剩 3:20")


def test_nobody_can_ask_again_while_a_code_is_shown(opened):
    _, presenter = opened
    presenter.enter()
    assert presenter.handle(Touched("again")) == ()
    presenter.handle(Shared("k1", URL))
    assert presenter.handle(Touched("again")) == ()


@pytest.mark.parametrize("code", ["certificates.from_the_future", "hall.silent"])
def test_a_failure_is_said_and_can_be_tried_again(opened, code):
    _, presenter = opened
    presenter.enter()
    presenter.handle(ShareFailed("k1", code))
    assert presenter.view.phase == "failed"
    assert presenter.view.card.title == "二维码没有生成"
    assert presenter.handle(Touched("again")) == (ShareCertificates("k2", "p-1", IN_FORCE),)


def test_a_code_that_does_not_come_is_given_up(opened):
    situation, presenter = opened
    presenter.enter()
    tick(situation, presenter, PATIENCE)
    assert presenter.view.phase == "failed"
    presenter.handle(Shared("k1", URL))
    assert situation.visit.share_url == ""


def test_what_the_hall_has_forgotten_is_shown_to_it_again(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(ShareFailed("k1", "presentation.unknown"))
    assert presenter.view.card.main.intent == "present"
    assert presenter.handle(Touched("present")) == (Show("present"),)
    assert situation.visit.presentation is None


def test_closing_forgets_the_address(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(Shared("k1", URL))
    assert presenter.handle(Touched("close")) == (Show("certificates"),)
    assert (situation.visit.share_url, situation.visit.asked) == ("", "")


def test_nothing_of_anybody_stands_beside_the_code(opened):
    _, presenter = opened
    presenter.enter()
    presenter.handle(Shared("k1", URL))
    view = presenter.view
    texts = (view.title, view.line, view.left, view.done)
    for certificate in OF_A_PERSON:
        for secret in (certificate.name, certificate.number, certificate.issuer, "欧阳"):
            assert not any(secret in text for text in texts)
    assert URL not in repr(view)


def test_with_nothing_in_force_or_nobody_there_is_no_code(opened):
    situation, presenter = opened
    situation.visit.presentation = presentation(OF_A_PERSON[3:6])
    assert presenter.enter() == ()
    assert tick(situation, presenter, 1) == (Show("certificates"),)
    situation.visit.presentation = None
    assert presenter.enter() == ()
    assert presenter.handle(Touched("close")) == (Show("welcome"),)
    assert presenter.view == type(presenter.view)()


def test_each_phase_is_read_aloud_in_both_languages(opened):
    situation, presenter = opened
    assert not presenter.say()
    presenter.enter()
    said = [presenter.say().key]
    presenter.handle(Shared("k1", URL))
    said.append(presenter.say().key)
    tick(situation, presenter, 300)
    said.append(presenter.say().key)
    presenter.handle(Touched("again"))
    presenter.handle(ShareFailed("k2", "hall.silent"))
    said.append(presenter.say().key)
    assert said == ["say.handover_asking", "say.handover_shown", "say.handover_over", "say.handover_failed"]
    assert all(key in words_of(language) for key in said for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_designed_state_shows_its_phase(theme, language):
    shown_in = {
        make(Terminal(now=hall_samples.NOW, theme=theme, language=language))[1].phase
        for make in STATES.values()
    }
    assert shown_in == {"asking", "shown", "over", "failed"}
