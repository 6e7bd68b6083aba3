"""The idle timer, by numbers alone."""

from hypothesis import given
from hypothesis import strategies as st

from kiosk.idle import IdleTimer, Limits, Patience

LIMITS = Limits(idle=60, warning=15, done=20)


def test_nothing_is_said_until_the_warning():
    timer = IdleTimer(LIMITS)
    assert timer.patience(44.9) == Patience()
    assert timer.patience(45) == Patience(15)
    assert timer.patience(59.5) == Patience(1)
    assert timer.patience(60) == Patience(over=True)


def test_the_last_screen_counts_from_the_start():
    timer = IdleTimer(LIMITS)
    timer.stir(100)
    assert timer.patience(100, last_screen=True) == Patience(20)
    assert timer.patience(120, last_screen=True) == Patience(over=True)


def test_a_hold_stops_it_and_letting_go_starts_afresh():
    timer = IdleTimer(LIMITS)
    timer.hold(True, 10)
    assert timer.patience(500) == Patience()
    timer.hold(False, 500)
    assert timer.patience(544) == Patience()
    timer.hold(False, 559)
    assert timer.patience(560) == Patience(over=True)


@given(st.lists(st.floats(0, 10), max_size=30))
def test_who_keeps_touching_is_never_sent_away(pauses: list[float]):
    timer, now = IdleTimer(LIMITS), 0.0
    for pause in pauses:
        now += pause
        assert not timer.patience(now).over
        timer.stir(now)
