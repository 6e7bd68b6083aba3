"""Invented kiosks and mixes of behaviours: the same each time, and as they say they are."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.simulator.behaviour import NAMED, Behaviour, mix
from provisioning.simulator.kiosk import InventedKiosk
from provisioning.wire.control import AskIdentify, AskScreenshot, AskTestPrint

FIRST, SECOND = {"role": "terminal"}, {"role": "terminal", "screen": {"theme": "large"}}


def kiosk(behaviour: Behaviour, number: int = 0) -> InventedKiosk:
    made = InventedKiosk(behaviour, number)
    made.start(1, FIRST, 0.0)
    return made


@given(st.integers(1, 400))
@settings(max_examples=30)
def test_any_first_so_many_of_a_mix_have_their_shares(count: int) -> None:
    of = mix("well=4,failing=1")
    found = Counter(of(number) for number in range(count))
    assert abs(found[NAMED["failing"]] - count / 5) <= 3
    assert found.total() == found[NAMED["failing"]] + found[NAMED["well"]]


@pytest.mark.parametrize("text", ["nobody", "well=0", "well=-1,busy=2", "well=x", ""])
def test_a_mix_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  float's own words for "x"
        mix(text)


def test_one_name_alone_is_everybody() -> None:
    assert {mix("crashing")(number) for number in range(50)} == {NAMED["crashing"]}


def test_what_is_wrong_with_new_settings_is_right_with_the_first_and_again_after_going_back() -> None:
    failing, refusing, hanging = (kiosk(NAMED[name]) for name in ("failing", "refusing", "hanging"))
    for settled in (True, False, True):
        for one in (failing, refusing, hanging):
            one.start(1 if settled else 2, FIRST if settled else SECOND, 10.0)
        health = failing.health(11.0)
        assert health is not None
        assert health.devices["printer"] == ("" if settled else "fault.printer_silent")
        assert refusing.ends == (None if settled else 2)
        assert (hanging.health(11.0) is not None) == settled


def test_the_screen_of_enrolment_is_not_its_first_settings() -> None:
    one = InventedKiosk(NAMED["failing"], 0)
    one.start(0, None, 0.0)
    one.start(1, FIRST, 1.0)
    assert not one.new


def test_a_busy_one_is_busy_for_its_share_and_idle_from_zero() -> None:
    one = kiosk(NAMED["busy"], 7)
    seen = [one.health(float(second)) for second in range(1200)]
    busy = [health for health in seen if health is not None and health.busy]
    assert len(busy) == pytest.approx(0.7 * 1200, abs=20)
    assert {health.idle_seconds for health in busy} == {0.0}
    idle = [health.idle_seconds for health in seen if health is not None and not health.busy]
    assert min(idle) < 2
    assert max(idle) < 37


def test_paper_runs_low_then_out_and_a_new_roll_goes_on_counting() -> None:
    behaviour = replace(NAMED["well"], slips_per_hour=3600, roll=100, roll_change_seconds=50)
    one, states, printed = kiosk(behaviour), [], []
    for second in range(400):
        health = one.health(float(second))
        assert health is not None
        states.append(health.paper.state)
        printed.append(health.paper.printed)
        assert health.devices["printer"] == ("fault.paper_out" if health.paper.state == "out" else "")
    changes = [now for before, now in zip([None, *states], states, strict=False) if now != before]
    assert changes[:5] == ["ok", "low", "out", "ok", "low"]
    assert printed == sorted(printed)
    assert printed[-1] > 200


def test_orders_are_answered_as_a_kiosk_would() -> None:
    idle, busy = kiosk(NAMED["well"]), kiosk(replace(NAMED["busy"], busy=1.0))
    assert idle.order(AskTestPrint(), 1.0).ok
    assert busy.order(AskTestPrint(), 1.0).code == "kiosk.busy"
    assert idle.order(AskIdentify(), 1.0).ok
    assert not idle.order(AskScreenshot(), 1.0).masked
    assert busy.order(AskScreenshot(), 1.0).masked
    assert idle.order(AskScreenshot(), 1.0).png
