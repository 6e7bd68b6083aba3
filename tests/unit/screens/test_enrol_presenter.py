"""What the enrolment screen says, and what a terminal says that is asked which one it is."""

from dataclasses import fields
from datetime import datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.wire.control import ShowEnrolment
from screens.enrol.presenter import Enrolment, EnrolPresenter, Phase
from screens.hereiam.presenter import here_i_am
from screens.words.words import LANGUAGES, words_of

CODE = Enrolment("code", "K7QM4XPD", "https://x/e/K7QM4XPD", 900, "7C41 09E2", "https://x")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def presenter(clock: Clock) -> EnrolPresenter:
    return EnrolPresenter("TY-1", clock)


def test_it_knows_every_state_that_the_agent_can_tell() -> None:
    assert set(get_args(ShowEnrolment.model_fields["state"].annotation)) == set(get_args(Phase))


def test_until_it_is_told_anything_it_is_connecting(presenter: EnrolPresenter) -> None:
    assert presenter.view.phase == "connecting"
    assert all(presenter.view.steps)


def test_a_code_stands_in_two_groups_of_four_beside_its_page(presenter: EnrolPresenter) -> None:
    presenter.tell(CODE)
    view = presenter.view
    assert (view.groups, view.qr, view.left, view.share) == (("K7QM", "4XPD"), CODE.url, "15:00", 1.0)
    assert (view.fingerprint, view.centre) == ("7C41 09E2", "https://x")


def test_seconds_run_between_two_words_of_the_agent(presenter: EnrolPresenter, clock: Clock) -> None:
    presenter.tell(CODE)
    clock.now += 450.5
    assert presenter.view.left == "7:30"
    assert presenter.view.share == pytest.approx(0.5, abs=0.01)
    presenter.tell(Enrolment("code", CODE.code, CODE.url, 440))
    assert presenter.view.share == pytest.approx(440 / 900)


def test_a_code_that_is_over_is_not_shown_even_if_nobody_says_so(
    presenter: EnrolPresenter, clock: Clock
) -> None:
    presenter.tell(CODE)
    clock.now += 900
    view = presenter.view
    assert (view.phase, view.groups, view.qr) == ("expired", ("", ""), "")
    presenter.tell(Enrolment("code", "NEWCODE2", "https://x/e/NEWCODE2", 900))
    assert presenter.view.groups == ("NEWC", "ODE2")
    assert presenter.view.share == 1.0


@pytest.mark.parametrize("state", ["connecting", "approved", "expired", "refused", "failed"])
def test_a_code_is_on_the_glass_only_while_it_is_to_be_typed(presenter: EnrolPresenter, state: Phase) -> None:
    presenter.tell(Enrolment(state, "K7QM4XPD", "https://x/e", 900, fault="enrol.x"))
    view = presenter.view
    assert (view.groups, view.qr, view.left) == (("", ""), "", "")
    assert view.title
    assert view.line
    assert "enrol.x" in view.fault


def test_the_installer_chooses_language_and_look(presenter: EnrolPresenter) -> None:
    presenter.tell(CODE)
    presenter.touched("language")
    presenter.touched("contrast")
    presenter.touched("stir")
    assert (presenter.frame.language, presenter.frame.theme) == ("en", "contrast")
    assert presenter.view.title == words_of("en")("enrol.code.title")
    presenter.touched("large")
    assert presenter.frame.theme == "large"
    presenter.touched("large")
    assert presenter.frame.theme == "normal"
    assert [item.intent for item in presenter.frame.bar] == ["large", "contrast", "language"]


def test_the_time_is_shown_so_that_a_wrong_clock_is_seen(presenter: EnrolPresenter) -> None:
    presenter.tick(datetime(2026, 11, 23, 9, 5))
    assert (presenter.frame.time, presenter.frame.terminal) == ("09:05", "TY-1")


def test_codes_and_addresses_that_carry_them_stay_out_of_logs(presenter: EnrolPresenter) -> None:
    presenter.tell(CODE)
    assert "K7QM" not in repr(CODE) + repr(presenter.view)


@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32), st.floats(0, 120))
def test_every_terminal_says_its_whole_id_in_both_languages(id_: str, left: float) -> None:
    view = here_i_am(id_, "大厅", "Hall", left)
    assert view.id == id_
    assert (view.title, view.title_en) == tuple(words_of(one)("hereiam.title") for one in LANGUAGES)
    widths = {"number": 5, "hero": 13, "title": 20, "card": 32}
    assert len(id_) <= widths[view.size]
    assert all(getattr(view, one.name) for one in fields(view))
