"""The circuit breaker against a plain model, and what it says to operations."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hall.codes.breaker import OK, Breaker, Standing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAILURES, REST, WINDOW = 3, 10.0, 60.0


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def told() -> list[Standing]:
    return []


@pytest.fixture
def breaker(clock: Seconds, told: list[Standing]) -> Breaker:
    return Breaker(clock, FAILURES, REST, window=WINDOW, wall=lambda: NOON, changed=told.append)


def break_it(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        assert breaker.allow()
        breaker.failed("code.unreachable")


def test_a_row_of_failures_opens_it_and_says_since_when(breaker: Breaker, told: list[Standing]) -> None:
    break_it(breaker)
    assert not breaker.allow()
    assert breaker.state() == Standing("resting", "code.unreachable", 3, NOON)
    assert told == [Standing("resting", "code.unreachable", 3, NOON)]


def test_a_success_between_failures_keeps_it_closed(breaker: Breaker) -> None:
    for _ in range(5):
        breaker.failed("code.unreachable")
        breaker.failed("code.unreachable")
        breaker.succeeded()
    assert breaker.state() == OK


def test_failures_far_apart_do_not_open_it(breaker: Breaker, clock: Seconds) -> None:
    for _ in range(10):
        breaker.failed("code.unreachable")
        clock.now += WINDOW / 2 + 1
    assert breaker.allow()
    assert breaker.state().failures == 10


def test_after_the_rest_one_call_is_the_trial_and_the_others_wait(breaker: Breaker, clock: Seconds) -> None:
    break_it(breaker)
    clock.now += REST
    assert breaker.state().state == "trying"
    assert [breaker.allow() for _ in range(4)] == [True, False, False, False]


def test_a_good_trial_closes_it_and_ops_hear_both_changes_once(
    breaker: Breaker, clock: Seconds, told: list[Standing]
) -> None:
    break_it(breaker)
    clock.now += REST
    assert breaker.allow()
    breaker.succeeded()
    assert all(breaker.allow() for _ in range(10))
    assert [standing.state for standing in told] == ["resting", "ok"]


def test_a_bad_trial_rests_again_in_full_and_quietly(
    breaker: Breaker, clock: Seconds, told: list[Standing]
) -> None:
    break_it(breaker)
    clock.now += REST
    assert breaker.allow()
    clock.now += 3
    breaker.failed("code.garbled_answer")
    clock.now += REST - 0.1
    assert not breaker.allow()
    assert breaker.state() == Standing("resting", "code.garbled_answer", 4, NOON)
    clock.now += 0.2
    assert breaker.allow()
    assert len(told) == 1


def test_a_late_failure_of_an_old_call_does_not_prolong_the_rest(breaker: Breaker, clock: Seconds) -> None:
    break_it(breaker)
    clock.now += REST - 1
    breaker.failed("code.unreachable")
    clock.now += 1
    assert breaker.allow()


def test_a_trial_nobody_answers_for_makes_room_for_another(breaker: Breaker, clock: Seconds) -> None:
    break_it(breaker)
    clock.now += REST
    assert breaker.allow()
    clock.now += REST
    assert breaker.allow()


def test_many_threads_after_a_rest_get_one_trial_between_them(breaker: Breaker, clock: Seconds) -> None:
    break_it(breaker)
    clock.now += REST
    start, answers = Barrier(8), list[bool]()

    def ask() -> None:
        start.wait()
        answers.append(breaker.allow())

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 7 + [True]


@pytest.mark.parametrize(("failures", "rest"), [(0, 1.0), (1, 0.0), (1, -1.0)])
def test_senseless_limits_are_refused(failures: int, rest: float) -> None:
    with pytest.raises(ValueError, match="breaker"):
        Breaker(Seconds(), failures, rest)


class BreakerMachine(RuleBasedStateMachine):
    """Any order of calls, answers and waiting, beside a model in plain words."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Seconds()
        self.breaker = Breaker(self.clock, FAILURES, REST, window=WINDOW)
        self.failures: list[float] = []  # times, since the last success
        self.open, self.quiet_until, self.trial = False, 0.0, False

    @rule(seconds=st.sampled_from([0.5, 4.0, REST, 25.0, WINDOW + 1]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def ask(self) -> None:
        expected = not self.open or self.clock.now >= self.quiet_until
        assert self.breaker.allow() == expected
        if self.open and expected:
            self.trial, self.quiet_until = True, self.clock.now + REST

    @rule()
    def succeed(self) -> None:
        self.breaker.succeeded()
        self.failures.clear()
        self.open = self.trial = False

    @rule()
    def fail(self) -> None:
        self.breaker.failed("code.unreachable")
        self.failures.append(self.clock.now)
        recent = [at for at in self.failures if self.clock.now - at <= WINDOW]
        if self.trial or (not self.open and len(recent) >= FAILURES):
            self.open, self.trial, self.quiet_until = True, False, self.clock.now + REST

    @invariant()
    def stands_as_the_model(self) -> None:
        standing = self.breaker.state()
        trying = self.open and (self.trial or self.clock.now >= self.quiet_until)
        assert standing.state == ("trying" if trying else "resting" if self.open else "ok")
        assert standing.failures == len(self.failures)
        assert bool(standing.code) == bool(standing.since) == bool(self.failures)

    @precondition(lambda self: self.open)
    @invariant()
    def says_why_it_rests(self) -> None:
        assert self.breaker.state().code == "code.unreachable"


TestBreakerMachine = BreakerMachine.TestCase
TestBreakerMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
