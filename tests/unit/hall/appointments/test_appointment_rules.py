"""When an appointment can be checked in."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.appointments import Appointments
from hall.appointments.rules import Appointment, standing

ZONE = ZoneInfo("Asia/Shanghai")
TEN = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
APPOINTED = Appointment("20261123-07", "qingyuan", "social", TEN, TEN + timedelta(minutes=30), "ab" * 32)
POLICY = Appointments(early_minutes=30, grace_minutes=15)


def state(at: str, appointment: Appointment = APPOINTED, number: str = "") -> str:
    hour, minute = map(int, at.split(":"))
    now = TEN.replace(hour=hour, minute=minute)
    return standing(appointment, now, hall="qingyuan", number=number, policy=POLICY).state


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("09:29", "early"),
        ("09:30", "ready"),
        ("10:00", "ready"),
        ("10:30", "ready"),
        ("10:45", "ready"),
        ("10:46", "late"),
    ],
)
def test_check_in_begins_before_the_time_and_ends_a_grace_after_it(at: str, expected: str) -> None:
    assert state(at) == expected


def test_too_early_says_when_to_come_back() -> None:
    told = standing(APPOINTED, TEN.replace(hour=8), hall="qingyuan", number="", policy=POLICY)
    assert told.opens == TEN - timedelta(minutes=30)


def test_an_appointment_of_another_day_another_hall_or_cancelled_is_told_as_that() -> None:
    assert state("10:00", replace(APPOINTED, hall="tangyi")) == "wrong_hall"
    tomorrow = replace(APPOINTED, starts=TEN + timedelta(days=1), ends=TEN + timedelta(days=1, minutes=30))
    assert state("10:00", tomorrow) == "other_day"
    assert state("10:00", replace(APPOINTED, cancelled=True)) == "cancelled"


def test_what_is_checked_in_stays_so_even_when_it_is_late_or_cancelled() -> None:
    assert state("15:00", replace(APPOINTED, cancelled=True), number="A007") == "checked_in"


@given(st.integers(0, 24 * 60 - 1), st.integers(0, 600), st.integers(0, 600))
def test_the_states_of_a_day_follow_each_other_in_order(minute: int, early: int, grace: int) -> None:
    policy = Appointments(early_minutes=early, grace_minutes=grace)
    order = ["early", "ready", "late"]

    def at(m: int) -> int:
        now = TEN.replace(hour=m // 60, minute=m % 60)
        return order.index(standing(APPOINTED, now, hall="qingyuan", number="", policy=policy).state)

    assert at(max(0, minute - 1)) <= at(minute)


def test_nobodys_pseudonym_shows() -> None:
    assert APPOINTED.person not in repr(APPOINTED)
