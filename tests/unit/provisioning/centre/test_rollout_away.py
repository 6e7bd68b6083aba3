"""A wave whose terminals are away waits, says so after a while, and goes on without them when somebody says that."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from provisioning.centre.alerts import Alerts
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.rollouts import RolloutRefused
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed
from tests.unit.provisioning.centre.fleet_rows import fails, open_alerts
from tests.unit.provisioning.centre.rollout_scene import APPROVER, Scene, fleet_wide

NOTICE = {"theme": "large"}
OPERATOR = Actor("chen", "operator")
PLAN = Plan(waves=("4", "100%"), soak_seconds=60, patience_seconds=600)


class Held(Scene):
    """A rollout to twelve terminals, of whose first wave three went away when they had just been told."""

    def __init__(self, database: Database, folder: Path) -> None:
        halls = {hall: [f"{hall}{n}" for n in (1, 2, 3, 4)] for hall in ("a", "b", "c")}
        super().__init__(database, folder, halls)
        self.number = self.rollouts.start(self.draft(fleet_wide(NOTICE), plan=PLAN), APPROVER)
        self.rollouts.tick()
        self.there, *self.gone = sorted(self.times_told)
        for name in self.gone:
            self.online(name, False)
        self.report(self.there, "confirmed")
        self.flush()
        self.wave = [one.terminal for one in self.rows(select(t.targets)) if one.wave == 0]
        self.last = [one for one in self.names if one not in self.wave]

    def after(self, seconds: float) -> None:
        self.clock.at += seconds
        self.rollouts.tick()

    def alerts(self) -> list[tuple[str, dict[str, Any]]]:
        return [(code, detail) for _, _, code, detail in open_alerts(self.database)]

    def ran_on(self) -> bool:
        """Whether the second wave was told."""
        self.run(self.number, turns=3)
        self.after(61)
        self.run(self.number, turns=3)
        return bool(self.times_told.keys() & set(self.last))


@pytest.fixture
def held(database: Database, tmp_path: Path) -> Held:
    return Held(database, tmp_path)


def test_a_wave_that_waits_for_terminals_that_are_away_is_told_once_after_its_patience(held: Held) -> None:
    held.after(659)
    assert [one.id for one in held.rollouts.away(held.number)] == held.gone
    assert held.alerts() == []
    held.after(2)
    detail = {"rollout": held.number, "wave": 0, "away": 3, "terminals": held.gone}
    assert held.alerts() == [("rollout.waiting", detail)]
    assert held.row(t.rollouts, held.number).state == "running"
    (row,) = held.rows(select(t.alerts))
    alerts = Alerts(held.database, held.fleet, held.clock, lambda told: None)
    alerts.acknowledge(OPERATOR, [row.id])
    held.after(60)
    assert held.alerts() == []
    held.awake()  # the centre starts anew
    for name in held.names:
        held.online(name, name not in held.gone)
    held.after(60)
    assert held.alerts() == []


def test_the_alert_goes_when_they_are_back_and_the_wave_goes_on(held: Held) -> None:
    held.after(700)
    assert [code for code, _ in held.alerts()] == ["rollout.waiting"]
    for name in held.gone:
        held.online(name)
        held.report(name, "confirmed")
    assert held.ran_on()
    assert held.alerts() == []


def test_it_is_told_again_when_they_leave_again_unless_somebody_has_seen_it(held: Held) -> None:
    for times in (1, 2, 3):
        held.after(700)
        assert len(held.rows(select(t.alerts))) == min(times, 2)
        if times == 2:
            (row,) = held.rows(select(t.alerts).where(t.alerts.c.resolved.is_(None)))
            alerts = Alerts(held.database, held.fleet, held.clock, lambda told: None)
            alerts.acknowledge(OPERATOR, [row.id])
        held.online(held.gone[0])
        held.after(1)
        assert held.alerts() == []
        held.online(held.gone[0], False)


def test_nothing_is_said_of_terminals_that_the_centre_cannot_hear(held: Held) -> None:
    held.awake()
    held.online(held.there)
    held.after(9000)
    assert held.alerts() == []
    for name in held.gone:
        held.online(name, False)
    held.after(1)
    assert [code for code, _ in held.alerts()] == ["rollout.waiting"]


def test_an_alert_that_could_not_be_written_is_written_at_the_next_turn(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("provisioning.centre.happened.note", fails)
        with pytest.raises(StoreFailed):
            held.after(700)
    held.after(1)
    assert [code for code, _ in held.alerts()] == ["rollout.waiting"]


def test_an_operator_lets_it_go_on_without_them_and_they_get_it_when_they_are_back(held: Held) -> None:
    held.after(700)
    assert held.rollouts.go_on_without(held.number, OPERATOR, "the hall moves house") == 3
    assert held.rollouts.away(held.number) == ()
    assert held.ran_on()
    assert held.alerts() == []
    assert held.run(held.number, turns=200) == "done"
    states = held.states(held.number)
    assert {states[one] for one in held.gone} == {"pending"}
    first, second = held.rollouts.progress(held.number)
    assert first.states == {"pending": 3, "confirmed": 1}
    assert second.states == {"confirmed": 6, "waiting": 2}  # in the hall of which half is away
    for name in held.gone:
        held.online(name)
        held.report(name, "confirmed")
    for _ in range(4):
        held.run(held.number, turns=1)
    assert set(held.states(held.number).values()) == {"confirmed"}
    (entry,) = held.rows(select(t.audit).where(t.audit.c.action == "rollout.went_on"))
    assert (entry.who, entry.detail["reason"], entry.detail["wave"]) == ("chen", "the hall moves house", 0)
    assert set(entry.detail["terminals"]) == set(held.gone)


def test_that_it_goes_on_without_them_outlives_the_centre(held: Held) -> None:
    held.after(1)
    held.rollouts.go_on_without(held.number, OPERATOR)
    held.awake()
    for name in held.names:
        held.online(name, name not in held.gone)
    assert held.ran_on()
    assert {row.code for row in held.rows(select(t.targets).where(t.targets.c.terminal.in_(held.gone)))} == {
        "rollout.without"
    }


def test_one_that_was_left_behind_and_fails_has_failed(held: Held) -> None:
    held.after(1)
    held.rollouts.go_on_without(held.number, OPERATOR)
    for name in held.gone[:2]:
        held.online(name)
        held.report(name, "rolled_back", "trial.no_frame")
    held.after(1)
    assert held.row(t.rollouts, held.number).state == "aborting"


def test_in_the_last_wave_too_it_ends_without_them(held: Held) -> None:
    for name in held.gone:
        held.online(name)
        held.report(name, "confirmed")
    for name in held.last:
        held.online(name, False)
    held.run(held.number, turns=200)
    assert {one.id for one in held.rollouts.away(held.number)} == set(held.last)
    held.rollouts.go_on_without(held.number, OPERATOR)
    held.run(held.number, turns=2)
    assert held.row(t.rollouts, held.number).state == "done"
    assert {held.states(held.number)[one] for one in held.last} == {"waiting"}


def test_retired_terminals_are_not_waited_for(held: Held) -> None:
    with held.database.write() as db:
        mine = t.terminals.c.id.in_(held.gone)
        db.execute(update(t.terminals).where(mine).values(state="retired"))
    held.fleet.refresh(held.gone)
    assert held.ran_on()
    assert {held.states(held.number)[one] for one in held.gone} == {"skipped"}


def test_who_may_not_steer_it_cannot_let_it_go_on(held: Held) -> None:
    held.after(1)
    for actor in (Actor("li", "viewer"), Actor("zhou", "operator", ("a",))):
        with pytest.raises(Forbidden):
            held.rollouts.go_on_without(held.number, actor)


def test_one_that_waits_for_nobody_or_does_not_run_cannot_be_told_to_go_on(held: Held) -> None:
    held.after(1)
    held.rollouts.pause(held.number, OPERATOR)
    with pytest.raises(RolloutRefused, match=r"rollout\.state"):
        held.rollouts.go_on_without(held.number, OPERATOR)
    held.rollouts.resume(held.number, OPERATOR)
    for name in held.gone:
        held.online(name)
    held.after(1)
    with pytest.raises(RolloutRefused, match=r"rollout\.not_waiting"):
        held.rollouts.go_on_without(held.number, OPERATOR)
