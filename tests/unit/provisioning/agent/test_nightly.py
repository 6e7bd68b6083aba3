"""The nightly fresh start, and the settings' own window for changes."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.agent.nightly import wanted
from tests.unit.provisioning.agent.machine import Machine

HERE = ZoneInfo("Asia/Shanghai")
NIGHTLY = {"maintenance": {"nightly_restart": "04:30", "window": "22:00-05:00"}}


def running(settings: dict[str, Any]) -> Machine:
    machine = Machine()
    machine.confirm_first()
    machine.push(2, settings=settings)
    machine.wait(60)
    assert machine.reported.running == 2
    return machine


def test_the_screen_is_started_afresh_once_a_night_when_nobody_is_there() -> None:
    machine = running(NIGHTLY)
    begun = len(machine.started)
    machine.wait(16 * 3600)  # noon to four
    assert len(machine.started) == begun
    machine.wait(3600)
    assert [start.revision for start in machine.started[begun:]] == [2]
    machine.wait(23 * 3600)
    assert len(machine.started) == begun + 1


def test_somebody_at_the_glass_keeps_the_screen_and_after_three_hours_for_the_whole_night() -> None:
    machine = running(NIGHTLY)
    begun = len(machine.started)
    machine.busy = True
    machine.wait(20 * 3600)
    machine.busy = False
    machine.wait(3600)
    assert len(machine.started) == begun


def test_without_a_time_it_is_never_started_afresh() -> None:
    machine = running({})
    begun = len(machine.started)
    machine.wait(30 * 3600)
    assert len(machine.started) == begun


def test_a_change_without_a_window_of_its_own_waits_for_the_terminal_s() -> None:
    machine = running({"maintenance": {"window": "22:00-05:00"}})
    machine.push(3, apply={"when": "window"})
    machine.wait(9 * 3600)
    assert machine.state == "staged"
    machine.wait(3600)
    assert machine.reported.running == 3


@given(
    st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),
    st.floats(0, 86_400 * 3),
    st.sampled_from(["00:00", "04:30", "23:59"]),
)
def test_it_is_never_wanted_of_what_was_begun_after_its_time(naive: datetime, up: float, at: str) -> None:
    wall = naive.replace(tzinfo=HERE)
    settings = {"maintenance": {"nightly_restart": at}, "time_zone": "Asia/Shanghai"}
    if wanted(settings, wall, up):
        begun = wall - timedelta(seconds=up)
        hour, minute = map(int, at.split(":"))
        tonight = wall.replace(hour=hour, minute=minute, second=0, microsecond=0)
        latest = tonight if tonight <= wall else tonight - timedelta(days=1)
        assert begun < latest <= wall


@pytest.mark.parametrize("zone", ["", "Nowhere/Else"])
def test_a_zone_that_is_none_counts_as_the_product_s(zone: str) -> None:
    settings = {"maintenance": {"nightly_restart": "04:30"}, "time_zone": zone}
    assert wanted(settings, datetime(2026, 11, 23, 4, 40, tzinfo=HERE), 7200)
