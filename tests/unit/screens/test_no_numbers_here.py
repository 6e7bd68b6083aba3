"""A terminal that gives no numbers offers none anywhere: other ways on stand in their place."""

from dataclasses import replace
from typing import Any

import pytest

from config.problems import SettingsError, validated
from config.settings import Settings
from screens import samples
from screens.certificates.presenter import CertificatesPresenter
from screens.certificates.samples import presentation
from screens.designed import states
from screens.effects import Show
from screens.events import Touched
from screens.fault.presenter import FaultPresenter
from screens.find.presenter import FindPresenter
from screens.find.state_card import missing
from screens.guide.actions import can_take, taking
from screens.guide.samples import CARD
from screens.offer import Offer
from screens.present.presenter import PresentPresenter
from screens.visit import Fault, Terminal

NONE = Offer(numbers=False)


def terminal(**given: Any) -> Terminal:
    return replace(Terminal(hall=samples.hall(), now=samples.NOW, offer=NONE), **given)


def nothing_shown(there: Terminal) -> Terminal:
    """Somebody who is known and has no certificates."""
    there.visit.presentation = presentation(certificates=())
    return there


def test_with_numbers_all_of_these_do_offer_one() -> None:
    usual = terminal(offer=Offer())
    assert missing(usual).main.intent == "take"
    assert can_take(usual, CARD)
    assert FindPresenter(usual).handle(Touched("take")) != ()
    assert PresentPresenter(usual).handle(Touched("take")) != ()
    assert CertificatesPresenter(nothing_shown(usual)).handle(Touched("take")) == (Show("choose"),)


def test_no_touch_leads_to_a_number() -> None:
    for presenter in (FindPresenter, PresentPresenter, CertificatesPresenter):
        assert presenter(nothing_shown(terminal())).handle(Touched("take")) == ()


def test_a_guide_says_that_numbers_are_given_elsewhere() -> None:
    there = terminal()
    assert not can_take(there, CARD)
    assert taking(there, CARD).button == ""
    assert "不取号" in taking(there, CARD).why.replace("\n", "")


def test_missing_guides_leave_a_person_to_ask() -> None:
    card = missing(terminal())
    assert (card.main.intent, card.second.intent) == ("", "staff")


@pytest.mark.parametrize("card", ["", "failed", "reading"])
@pytest.mark.parametrize("features", [frozenset[str](), frozenset({"typed"})])
def test_whoever_cannot_show_anything_is_led_to_a_person(card: Any, features: frozenset[str]) -> None:
    for reader in (None, "fault.device_absent"):
        there = terminal(reader=reader, features=features)
        there.visit.purpose, there.visit.card = "certificates", card
        there.visit.card_code = "code.unknown"
        view = PresentPresenter(there).view
        intents = [way.intent for way in (view.main, view.second, view.quiet) if way.intent]
        assert "take" not in intents
        assert len(intents) == len(set(intents))
        assert "ask_staff" in intents


@pytest.mark.parametrize("code", ["catalogue.damaged", "queue.closed", "fault.internal", "hall.silent"])
def test_a_fault_never_leads_to_choosing_a_queue(code: str) -> None:
    there = terminal()
    there.visit.fault = Fault(code)
    presenter = FaultPresenter(there)
    assert "choose" not in (presenter.view.main_intent, presenter.view.second_intent)
    assert presenter.view.second_intent == "ask_staff"
    assert presenter.handle(Touched("choose")) == ()


def test_its_first_screen_is_among_the_designed_ones() -> None:
    assert "welcome-no-numbers" in dict(states(Terminal(now=samples.NOW)))


@pytest.mark.parametrize(
    ("services", "key"),
    [
        ({"numbers": False, "checkin": True}, "services.checkin"),
        ({"numbers": False, "guides": False}, "services.numbers"),
    ],
)
def test_settings_that_leave_nothing_to_do_are_refused(services: dict[str, bool], key: str) -> None:
    told = {
        "role": "terminal",
        "name": "终端",
        "source": {"hall": "h", "url": "http://h"},
        "services": services,
    }
    with pytest.raises(SettingsError) as refused:
        validated(Settings, told)
    assert [problem.key for problem in refused.value.problems] == [key]
