"""One certificate large, without a window: it comes, is shown for half a minute, and is gone whichever way it ends."""

import pytest

from screens import samples as hall_samples
from screens.certificate.presenter import LATE, PATIENCE, SHOWN, CertificatePresenter
from screens.certificate.samples import STATES
from screens.certificates.samples import OF_A_PERSON, presentation, shown
from screens.effects import FetchFace, Show
from screens.events import FaceFailed, FaceReady, Picture, Ticked, Touched
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.words.words import LANGUAGES, words_of

PICTURE = Picture(2, 1, b"invent")


@pytest.fixture
def opened():
    situation = shown(Terminal(hall=hall_samples.hall(), now=hall_samples.NOW), presentation())
    situation.visit.looking_at = "c1"
    situation.monotonic = 100.0
    keys = iter(f"k{at}" for at in range(1, 99))
    return situation, CertificatePresenter(situation, lambda: next(keys))


def tick(situation, presenter, seconds):
    situation.monotonic += seconds
    return presenter.handle(Ticked(hall_samples.NOW, situation.monotonic))


def test_it_asks_for_the_picture_that_was_touched(opened):
    situation, presenter = opened
    assert presenter.enter() == (FetchFace("k1", "p-1", "c1"),)
    assert situation.visit.asked == "k1"
    assert presenter.view.phase == "loading"
    assert presenter.view.name == OF_A_PERSON[0].name


def test_it_is_shown_for_half_a_minute_counted_down_and_then_gone(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(FaceReady("k1", PICTURE))
    assert (presenter.view.phase, presenter.view.picture, presenter.view.seconds) == ("shown", PICTURE, SHOWN)
    assert tick(situation, presenter, 29.5) == ()
    assert presenter.view.seconds == 1
    assert tick(situation, presenter, 0.5) == (Show("certificates"),)
    assert (situation.visit.face, situation.visit.looking_at, situation.visit.asked) == (None, "", "")
    assert presenter.view.picture is None


def test_a_touch_closes_it_and_lets_it_go(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(FaceReady("k1", PICTURE))
    assert presenter.handle(Touched("close")) == (Show("certificates"),)
    assert situation.visit.face is None


def test_an_answer_to_another_question_is_no_news(opened):
    situation, presenter = opened
    presenter.enter()
    assert presenter.handle(FaceReady("k0", PICTURE)) == presenter.handle(FaceFailed("k0", "x")) == ()
    assert presenter.view.phase == "loading"
    assert situation.visit.face is None


def test_a_second_answer_changes_nothing(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(FaceReady("k1", PICTURE))
    tick(situation, presenter, 10)
    presenter.handle(FaceReady("k1", Picture(1, 1, b"rgb")))
    presenter.handle(FaceFailed("k1", "certificates.no_face"))
    assert (presenter.view.picture, presenter.view.seconds) == (PICTURE, 20)


def test_a_picture_that_comes_after_it_was_closed_is_not_kept(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(Touched("close"))
    presenter.handle(FaceReady("k1", PICTURE))
    presenter.handle(FaceReady("", PICTURE))
    assert situation.visit.face is None


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("certificates.no_face", "这份证照没有图样"),
        ("certificates.from_the_future", "这份证照没有图样"),
        ("hall.silent", "证照图样还没来"),
    ],
)
def test_a_failure_is_said_in_its_words_and_can_be_tried_again(opened, code, title):
    _, presenter = opened
    presenter.enter()
    presenter.handle(FaceFailed("k1", code))
    card = presenter.view.card
    assert (presenter.view.phase, card.title) == ("failed", title)
    assert code in card.code
    assert presenter.handle(Touched("again")) == (FetchFace("k2", "p-1", "c1"),)
    assert presenter.view.phase == "loading"


def test_a_picture_that_does_not_come_is_given_up(opened):
    situation, presenter = opened
    presenter.enter()
    assert tick(situation, presenter, PATIENCE - 0.1) == ()
    assert presenter.view.phase == "loading"
    tick(situation, presenter, 0.1)
    assert presenter.view.phase == "failed"
    assert LATE in presenter.view.card.code
    presenter.handle(FaceReady("k1", PICTURE))
    assert situation.visit.face is None


def test_what_the_hall_has_forgotten_is_shown_to_it_again(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(FaceFailed("k1", "presentation.unknown"))
    assert presenter.view.card.main.intent == "present"
    assert presenter.handle(Touched("present")) == (Show("present"),)
    assert situation.visit.presentation is None


def test_present_is_no_way_out_of_another_failure(opened):
    situation, presenter = opened
    presenter.enter()
    presenter.handle(FaceFailed("k1", "certificates.no_face"))
    assert presenter.handle(Touched("present")) == ()
    assert situation.visit.presentation is not None


def test_a_certificate_that_is_not_there_leads_back(opened):
    situation, presenter = opened
    situation.visit.looking_at = "c99"
    assert presenter.enter() == ()
    assert tick(situation, presenter, 1) == (Show("certificates"),)
    situation.visit.presentation = None
    assert presenter.enter() == ()
    assert presenter.handle(Touched("close")) == (Show("welcome"),)
    assert presenter.view == type(presenter.view)()


def test_one_that_is_expired_says_so_beside_its_picture(opened):
    situation, presenter = opened
    situation.visit.looking_at = "c4"
    presenter.enter()
    assert presenter.view.state.text == "已过期，2024-03-01 到期"


def test_a_view_never_shows_the_picture_in_its_repr(opened):
    _, presenter = opened
    presenter.enter()
    presenter.handle(FaceReady("k1", PICTURE))
    assert "invent" not in repr(presenter.view) + repr(FaceReady("k1", PICTURE)) + repr(PICTURE)


def test_each_phase_is_read_aloud(opened):
    _, presenter = opened
    assert not presenter.say()
    presenter.enter()
    said = [presenter.say().key]
    presenter.handle(FaceReady("k1", PICTURE))
    said.append(presenter.say().key)
    presenter.enter()
    presenter.handle(FaceFailed("k2", "certificates.no_face"))
    said.append(presenter.say().key)
    assert said == ["say.certificate_loading", "say.certificate_shown", "say.certificate_failed"]
    assert all(key in words_of(language) for key in said for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_designed_state_shows_something(theme, language):
    phases = {
        name: make(Terminal(now=hall_samples.NOW, theme=theme, language=language))[1].phase
        for name, make in STATES.items()
    }
    assert set(phases.values()) == {"loading", "shown", "failed"}
