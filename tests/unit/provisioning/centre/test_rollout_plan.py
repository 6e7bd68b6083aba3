"""Waves and the gate: whatever the fleet does, no hall is darkened and nothing goes on after too many failures."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.centre.rollout_plan import (
    FAILED,
    UNDER_WAY,
    WITHOUT,
    Advance,
    Candidate,
    Finish,
    Halls,
    Plan,
    Release,
    Soak,
    Standing,
    Stop,
    Target,
    Wait,
    assign,
    decide,
    releasable,
)

FLEET = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(["ticket", "board"]), st.booleans()),
    min_size=1,
    max_size=40,
).map(
    lambda some: [
        Candidate(f"t{number:02}", hall, role, online) for number, (hall, role, online) in enumerate(some)
    ]
)
PLANS = st.builds(
    Plan,
    waves=st.sampled_from([("1", "1%", "5%", "25%", "100%"), ("100%",), ("2", "50%"), ("10%",)]),
    soak_seconds=st.sampled_from([0, 5]),
    hall_failures=st.integers(1, 4),
    same_failures=st.integers(1, 3),
    on_failure=st.sampled_from(["abort", "pause"]),
)


class World:
    """Plays the engine and the terminals, and checks each step against the promises."""

    def __init__(self, fleet: list[Candidate], plan: Plan) -> None:
        waves = assign(fleet, plan, "seed")
        self.targets = {
            one.id: Target(one.id, one.hall, one.role, waves[one.id], "waiting", one.online) for one in fleet
        }
        self.rollout = Standing(plan, "running", 0)
        self.released: Counter[str] = Counter()
        self.now = 0.0

    @property
    def halls(self) -> Halls:
        return Halls(
            Counter(
                (one.hall, one.role) for one in self.targets.values() if one.online or one.state in UNDER_WAY
            )
        )

    def step(self) -> bool:
        halls = self.halls
        actions = decide(self.rollout, self.targets.values(), halls, self.now)
        assert actions == decide(self.rollout, reversed(list(self.targets.values())), halls, self.now), (
            "not deterministic"
        )
        for action in actions:
            match action:
                case Release(ids):
                    assert self.rollout.state == "running"
                    for one in ids:
                        target = self.targets[one]
                        assert target.online
                        assert target.state == "waiting"
                        assert target.wave <= self.rollout.wave
                        self.targets[one] = replace(target, state="pending")
                        self.released[one] += 1
                    self.nothing_is_darkened(halls, ids)
                case Soak(since):
                    self.rollout = replace(self.rollout, since=since)
                case Advance(wave):
                    assert wave == self.rollout.wave + 1
                    self.rollout = replace(self.rollout, wave=wave, since=None)
                case Stop(how, _, _):
                    self.rollout = replace(self.rollout, state="paused" if how == "pause" else "aborting")
                case Finish():
                    self.rollout = replace(self.rollout, state="done")
        return any(not isinstance(one, Wait) for one in actions)

    def nothing_is_darkened(self, halls: Halls, just: tuple[str, ...]) -> None:
        """Of all, never more than half. Of those that are there likewise, by what was released just now."""
        busy = Counter((one.hall, one.role) for one in self.targets.values() if one.state in UNDER_WAY)
        everybody = Counter((one.hall, one.role) for one in self.targets.values())
        for place, count in busy.items():
            assert count <= max(1, everybody[place] / 2)
        for hall, role in {(self.targets[one].hall, self.targets[one].role) for one in just}:
            if (size := halls.sizes[hall, role]) > 1:
                assert busy[hall, role] <= size / 2, "more than half of those that are there"
            else:
                in_hall = sum(count for place, count in busy.items() if place[0] == hall)
                assert in_hall == 1, "the only one goes alone"


@settings(max_examples=150, deadline=None)
@given(FLEET, PLANS, st.data())
def test_no_hall_is_darkened_and_nobody_is_reached_twice_and_a_stop_stops(
    fleet: list[Candidate], plan: Plan, data: st.DataObject
) -> None:
    world = World(fleet, plan)
    for _ in range(60):
        while world.step():
            pass
        stopped = dict(world.released) if world.rollout.state != "running" else None
        under_way = [one for one in world.targets.values() if one.state in UNDER_WAY and one.online]
        if world.rollout.state != "running":
            break
        happens = data.draw(st.sampled_from(["settle", "settle", "settle", "fail", "come", "go", "time"]))
        if happens in ("settle", "fail") and under_way:
            one = data.draw(st.sampled_from(under_way))
            state = "confirmed" if happens == "settle" else data.draw(st.sampled_from(sorted(FAILED)))
            code = "" if happens == "settle" else data.draw(st.sampled_from(["x", "y"]))
            world.targets[one.id] = replace(one, state=state, code=code)  # type: ignore[arg-type]
        elif happens in ("come", "go"):
            one = data.draw(st.sampled_from(list(world.targets.values())))
            world.targets[one.id] = replace(one, online=happens == "come")
        else:
            world.now += 5
    assert max(world.released.values(), default=0) <= 1
    if stopped is not None:
        world.now += 1000
        assert not world.step()
        assert dict(world.released) == stopped


@settings(max_examples=60, deadline=None)
@given(FLEET, PLANS)
def test_a_fleet_where_all_goes_well_gets_it_everywhere(fleet: list[Candidate], plan: Plan) -> None:
    world = World([replace(one, online=True) for one in fleet], plan)
    for _ in range(400):
        if not world.step():
            world.now += 5
        for one in list(world.targets.values()):
            if one.state in UNDER_WAY:
                world.targets[one.id] = replace(one, state="confirmed")
        if world.rollout.state == "done":
            break
    assert world.rollout.state == "done"
    assert {one.state for one in world.targets.values()} == {"confirmed"}


@settings(max_examples=60, deadline=None)
@given(FLEET, PLANS)
def test_failures_beyond_the_threshold_stop_it_within_the_wave(fleet: list[Candidate], plan: Plan) -> None:
    world = World([replace(one, online=True) for one in fleet], plan)
    for _ in range(100):
        wave = world.rollout.wave
        while world.step():
            pass
        for one in list(world.targets.values()):
            if one.state in UNDER_WAY:
                world.targets[one.id] = replace(one, state="rolled_back", code="config.crash_loop")
        if world.rollout.state != "running":
            break
    failed = [one for one in world.targets.values() if one.state in FAILED]
    assert world.rollout.state in ("paused", "aborting")
    assert failed
    assert {one.wave for one in failed} == {wave}
    assert set(world.released) == {one.id for one in failed}


@settings(max_examples=60, deadline=None)
@given(FLEET, PLANS)
def test_those_who_are_away_never_count_as_failed(fleet: list[Candidate], plan: Plan) -> None:
    world = World(fleet, plan)
    for _ in range(100):
        if not world.step():
            world.now += 5
        for one in list(world.targets.values()):
            if one.state in UNDER_WAY:  # it takes half of them off the net in the middle of it
                away = int(one.id[1:]) % 2 == 0
                world.targets[one.id] = (
                    replace(one, online=False) if away else replace(one, state="confirmed")
                )
    assert world.rollout.state in ("running", "done")


@given(FLEET, PLANS)
def test_waves_are_the_same_for_the_same_fleet_in_any_order(fleet: list[Candidate], plan: Plan) -> None:
    assert assign(fleet, plan, "s") == assign(reversed(fleet), plan, "s")
    assert assign(fleet, plan, "s").keys() == {one.id for one in fleet}


def test_the_usual_waves_of_a_thousand_terminals() -> None:
    fleet = [Candidate(f"t{n:04}", f"h{n % 50}", "ticket") for n in range(1000)]
    waves = assign(fleet, Plan(), "s")
    assert sorted(Counter(waves.values()).items()) == [(0, 1), (1, 9), (2, 40), (3, 200), (4, 750)]


def test_a_wave_is_spread_over_as_many_halls_as_it_has_terminals() -> None:
    fleet = [Candidate(f"t{n:04}", f"h{n % 50}", "ticket") for n in range(1000)]
    waves = assign(fleet, Plan(), "s")
    early = [one.hall for one in fleet if waves[one.id] <= 2]
    assert len(early) == 50
    assert len(set(early)) == 50


def test_the_first_terminal_is_one_that_is_there() -> None:
    fleet = [Candidate(f"t{n}", "h", "ticket", online=n == 7) for n in range(20)]
    assert [name for name, wave in assign(fleet, Plan(), "s").items() if wave == 0] == ["t7"]


def target(
    name: str, state: str, hall: str = "h", role: str = "ticket", code: str = "", online: bool = True
) -> Target:
    return Target(name, hall, role, 0, state, online, code)  # type: ignore[arg-type]


def confirmed(many: int) -> list[Target]:
    return [target(f"ok{n}", "confirmed", f"other{n}") for n in range(many)]


RUNNING = Standing(Plan(waves=("100%",)), "running", 0)


@pytest.mark.parametrize(
    ("failed", "code"),
    [
        (
            [target("a", "rejected", "h1", code="x"), target("b", "rejected", "h1", code="x")],
            "rollout.same_failures",
        ),
        ([target(n, "rejected", "h1", code=n) for n in "abc"], "rollout.hall_failures"),
        ([target(str(n), "rolled_back", f"h{n}", code=str(n)) for n in range(4)], "rollout.failures"),
    ],
)
def test_each_threshold_stops_it_with_its_own_reason(failed: list[Target], code: str) -> None:
    targets = [*failed, *confirmed(100)]
    (stop,) = decide(RUNNING, targets, Halls({}), 0)
    assert isinstance(stop, Stop)
    assert (stop.how, stop.code) == ("abort", code)
    assert isinstance(decide(RUNNING, [*failed[:1], *confirmed(100)], Halls({}), 0)[-1], Soak)


def test_the_only_one_of_its_role_waits_until_the_hall_is_quiet() -> None:
    sizes = Halls({("h", "ticket"): 4, ("h", "signage"): 1})
    busy = [target("t1", "probation"), target("s", "waiting", role="signage")]
    assert releasable(busy, sizes) == ()
    assert releasable(busy[1:], sizes) == ("s",)
    alone = [target("s", "probation", role="signage"), target("t1", "waiting")]
    assert releasable(alone, sizes) == ()


def test_terminals_under_way_in_another_rollout_count() -> None:
    waiting = [target("t1", "waiting")]
    assert releasable(waiting, Halls({("h", "ticket"): 4}, {("h", "ticket"): 1})) == ("t1",)
    assert releasable(waiting, Halls({("h", "ticket"): 4}, {("h", "ticket"): 2})) == ()


def test_those_switched_off_keep_no_hall_open() -> None:
    """Four in the hall, two of them off: of the other two one goes at a time."""
    waiting = [target("t1", "waiting"), target("t2", "waiting")]
    assert releasable(waiting, Halls({("h", "ticket"): 2})) == ("t1",)


def test_a_wave_soaks_before_the_next_one_and_again_after_news() -> None:
    rollout = Standing(Plan(soak_seconds=60), "running", 0)
    targets = [target("a", "confirmed"), replace(target("b", "waiting"), wave=1)]
    assert decide(rollout, targets, Halls({}), 100) == (Soak(100),)
    assert decide(replace(rollout, since=100), targets, Halls({}), 159) == ()
    assert decide(replace(rollout, since=100), targets, Halls({}), 160) == (Advance(1),)
    again = [target("a", "probation"), targets[1]]
    assert decide(replace(rollout, since=100), again, Halls({}), 160) == (Soak(None),)


def test_a_wave_that_is_away_for_the_most_part_waits() -> None:
    rollout = Standing(Plan(waves=("4", "100%"), soak_seconds=0), "running", 0)
    away = [target(n, "waiting", online=False) for n in "abc"]
    assert decide(rollout, [*away, target("d", "confirmed")], Halls({}), 0) == (Wait(("a", "b", "c")),)
    assert decide(rollout, [*away, target("d", "probation")], Halls({}), 0) == ()
    assert decide(rollout, [*away[:2], target("c", "confirmed"), target("d", "confirmed")], Halls({}), 0) == (
        Soak(0),
        Advance(1),
    )


def test_who_is_left_behind_counts_neither_as_confirmed_nor_as_failed() -> None:
    plan = Plan(waves=("9", "100%"), soak_seconds=0, failures=0.25, hall_failures=9, same_failures=9)
    rollout = Standing(plan, "running", 0)
    left = [target(n, "waiting", online=False, code=WITHOUT) for n in "abc"]
    left.append(target("d", "pending", online=False, code=WITHOUT))
    there = [target("e", "confirmed"), target("f", "confirmed")]
    assert decide(rollout, [*left, *there], Halls({}), 0) == (Soak(0), Advance(1))
    failed = target(
        "g", "rejected", code="x"
    )  # two of seven are too many, though those left behind are of the wave
    assert decide(rollout, [*left, *there, failed], Halls({}), 0) == (
        Stop("pause", "rollout.success", "2/3"),
    )
    back = target(
        "d", "probation", code=WITHOUT
    )  # it is back: it goes through the gate, and is waited for again
    assert decide(rollout, [*left[:3], back, *there], Halls({}), 0) == ()
    worse = [target(n, "rejected", f"h{n}", code=n) for n in "xy"]
    (stop,) = decide(rollout, [*left[:3], *there, *worse], Halls({}), 0)
    assert stop == Stop("abort", "rollout.failures", "2/7")


def test_a_wave_of_which_nobody_is_left_goes_on_without_a_soak() -> None:
    rollout = Standing(Plan(soak_seconds=60), "running", 0)
    gone = [target("a", "waiting", online=False, code=WITHOUT), replace(target("b", "waiting"), wave=1)]
    assert decide(rollout, gone, Halls({}), 0) == (Soak(0), Advance(1))


def test_a_wave_that_failed_as_a_whole_where_the_plan_allows_it_is_not_waited_for() -> None:
    plan = Plan(failures=1, hall_failures=9, same_failures=9, soak_seconds=0)
    (stop,) = decide(Standing(plan, "running", 0), [target("a", "rejected", code="x")], Halls({}), 0)
    assert stop == Stop("pause", "rollout.success", "0/1")


def test_unstaged_is_one_wave_of_all_without_a_gate() -> None:
    plan = Plan(unstaged=True)
    waves = assign([Candidate(f"t{n}", "h", "ticket") for n in range(9)], plan, "s")
    assert set(waves.values()) == {0}
    (release,) = decide(
        Standing(plan, "running", 0), [target(n, "waiting") for n in "abc"], Halls({("h", "ticket"): 3}), 0
    )
    assert release == Release(("a", "b", "c"))


@pytest.mark.parametrize("wave", ["0", "101%", "-1", "5 %", "", "1e3"])
def test_waves_that_mean_nothing_are_refused(wave: str) -> None:
    with pytest.raises(ValueError, match="waves"):
        Plan(waves=(wave,))
