"""The engine of rollouts, over real databases: what it tells terminals, what it keeps, what it undoes."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.rollout_book import SILENT
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.rollouts import RolloutRefused
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed
from tests.unit.provisioning.centre.fleet_rows import fails, open_alerts
from tests.unit.provisioning.centre.rollout_scene import (
    APPROVER,
    QUICK,
    Scene,
    fleet_wide,
    hall_wide,
    terminal_row,
)

HALLS = {"north": ["n1", "n2", "n3", "n4", "n5:board"], "south": ["s1", "s2", "s3", "s4"]}
NOTICE = {"theme": "large"}


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Scene:
    return Scene(database, tmp_path, HALLS)


def test_a_change_reaches_every_terminal_once_and_becomes_the_layer(scene: Scene) -> None:
    draft = scene.draft(fleet_wide(NOTICE))
    number = scene.rollouts.start(draft, APPROVER)
    assert scene.row(t.drafts, draft).state == "rolling"
    assert scene.run(number) == "done"
    assert scene.times_told == dict.fromkeys(scene.names, 1)
    assert {one.settings["theme"] for one in scene.told.values()} == {"large"}
    assert set(scene.states(number).values()) == {"confirmed"}
    (layer,) = scene.rows(select(t.layers))
    assert (layer._mapping["values"], layer.version) == (NOTICE, 1)
    assert scene.rows(select(t.layer_history.c.draft)) == [(draft,)]
    assert scene.row(t.drafts, draft).state == "applied"
    actions = [row.action for row in scene.rows(select(t.audit).order_by(t.audit.c.id))]
    assert actions == ["rollout.started", "rollout.done"]


def test_the_first_wave_is_one_terminal_and_nobody_else_is_told_until_it_is_confirmed(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    for _ in range(10):
        scene.rollouts.tick()
    (canary,) = scene.times_told
    scene.report(canary, "staged")
    scene.report(canary, "probation")
    scene.rollouts.tick()
    assert set(scene.times_told) == {canary}
    assert scene.states(number)[canary] == "probation"
    scene.report(canary, "confirmed")
    for _ in range(6):
        scene.rollouts.tick()
    assert len(scene.times_told) > 1


def test_only_those_whose_settings_change_are_reached(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(hall_wide("south", NOTICE)), APPROVER)
    assert scene.run(number) == "done"
    assert set(scene.times_told) == {"s1", "s2", "s3", "s4"}
    with pytest.raises(RolloutRefused, match=r"rollout\.nothing"):
        scene.rollouts.start(scene.draft(hall_wide("south", NOTICE, base=1)), APPROVER)


def test_a_bad_change_stops_at_the_canary_and_is_taken_back(scene: Scene) -> None:
    earlier = {name: told.settings for name, told in scene.told.items()}
    bad = dict.fromkeys(scene.names, "rolled_back config.crash_loop")
    draft = scene.draft(fleet_wide(NOTICE))
    number = scene.rollouts.start(draft, APPROVER)
    assert scene.run(number, bad) == "aborted"
    (canary,) = scene.times_told
    assert scene.times_told[canary] == 2
    assert scene.told[canary].settings == earlier[canary]
    assert scene.told[canary].rev == 3
    row = scene.row(t.rollouts, number)
    assert row.reason.startswith("rollout.failures")
    assert scene.row(t.drafts, draft).state == "returned"
    assert Counter(scene.states(number).values()) == {"reverted": 1, "skipped": 8}
    assert scene.rows(select(t.layers)) == []
    told = {"rollout": number, "reason": row.reason}
    assert open_alerts(scene.database) == [(f"rollout-{number}", "", "rollout.failures", told)]


def test_a_rollout_that_could_not_tell_that_it_stops_has_not_stopped_yet(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    bad = dict.fromkeys(scene.names, "rolled_back config.crash_loop")
    with monkeypatch.context() as broken:
        broken.setattr("provisioning.centre.rollout_release.note", fails)
        with pytest.raises(StoreFailed):
            scene.run(number, bad)
    assert (scene.row(t.rollouts, number).state, open_alerts(scene.database)) == ("running", [])
    scene.flush()
    scene.awake()  # the centre starts anew, and nobody is heard yet
    assert scene.run(number) == "aborted"
    assert [code for _, _, code, _ in open_alerts(scene.database)] == ["rollout.failures"]


def test_an_abort_takes_back_those_confirmed_and_those_under_way(scene: Scene) -> None:
    earlier = {name: told.etag for name, told in scene.told.items()}
    plan = Plan(waves=("100%",), soak_seconds=0, same_failures=9, hall_failures=9, failures=1)
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE), plan=plan), APPROVER)
    scene.run(number, {"n2": "silent", "s1": "rolled_back x"}, turns=4)
    reached = set(scene.times_told)
    assert {"n2", "s1"} < reached
    scene.rollouts.abort(number, APPROVER, "not this one")
    assert scene.run(number) == "aborted"
    assert {name: scene.told[name].etag for name in reached} == {name: earlier[name] for name in reached}
    assert {one.state for one in scene.rows(select(t.targets.c.state))} <= {"reverted", "skipped"}


def test_a_paused_rollout_releases_nothing_until_it_is_resumed(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    scene.rollouts.pause(number, APPROVER, "look at it first")
    assert scene.run(number) == "paused"
    assert scene.times_told == {}
    scene.rollouts.resume(number, APPROVER)
    assert scene.run(number) == "done"
    with pytest.raises(RolloutRefused, match=r"rollout\.state"):
        scene.rollouts.resume(number, APPROVER)


def test_a_large_rollout_that_is_paused_forgets_whom_it_was_about_to_tell(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provisioning.centre.rollout_release.LARGE", 1)
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE), plan=Plan(unstaged=True)), APPROVER)
    scene.rollouts.tick(3)
    scene.rollouts.tick(3)
    assert len(scene.times_told) == 6
    scene.rollouts.pause(number, APPROVER)
    scene.rollouts.tick(3)
    assert len(scene.times_told) == 6


def test_failures_that_were_looked_at_do_not_stop_it_again(scene: Scene) -> None:
    plan = Plan(soak_seconds=0, on_failure="pause")
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE), plan=plan), APPROVER)
    assert scene.run(number, dict.fromkeys(scene.names, "rejected config.schema")) == "paused"
    scene.rollouts.resume(number, APPROVER)
    assert scene.run(number) == "done"
    assert Counter(scene.states(number).values()) == {"confirmed": 8, "skipped": 1}


def test_one_who_is_away_is_waited_for_and_gets_it_through_the_gate_afterwards(scene: Scene) -> None:
    scene.online("n1", False)
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    assert scene.run(number) == "done"
    assert scene.states(number)["n1"] == "waiting"
    assert "n1" not in scene.times_told
    scene.online("n1")
    scene.run(number, turns=1)
    scene.rollouts.tick()
    assert scene.told["n1"].settings["theme"] == "large"
    assert scene.states(number)["n1"] in ("pending", "confirmed")


def test_after_a_restart_it_goes_on_where_it_was(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    scene.rollouts.tick()
    (canary,) = scene.times_told
    scene.awake()
    for name in scene.names:
        scene.online(name)
    assert scene.run(number, turns=1) == "running"
    scene.report(canary, "confirmed")
    assert scene.run(number) == "done"
    assert scene.times_told == dict.fromkeys(scene.names, 1)


def test_what_a_terminal_said_before_a_crash_is_found_again(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    scene.rollouts.tick()
    (canary,) = scene.times_told
    scene.report(canary, "confirmed")
    scene.fleet.flush()  # and the targets were not written any more
    scene.awake()
    assert scene.states(number)[canary] == "confirmed"


def test_who_enrols_meanwhile_comes_in_the_last_wave(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    scene.clock.at += 10
    with scene.database.write() as connection:
        connection.execute(
            insert(t.terminals).values(terminal_row("n9", "north") | {"enrolled": scene.clock.at})
        )
        issued = scene.rollouts.first(connection, "n9")
    scene.fleet.refresh(["n9"])
    scene.publish([issued])
    assert "theme" not in scene.told["n9"].settings or scene.told["n9"].settings["theme"] != "large"
    scene.online("n9")
    scene.report("n9", "confirmed")
    assert scene.run(number) == "done"
    assert scene.told["n9"].settings["theme"] == "large"
    last = scene.rows(select(t.targets.c.wave).where(t.targets.c.terminal == "n9"))
    assert last == [(4,)]


def test_who_enrols_in_the_last_moment_is_not_forgotten(scene: Scene) -> None:
    plan = Plan(unstaged=True)
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE), plan=plan), APPROVER)
    scene.rollouts.tick()
    with scene.database.write() as connection:
        connection.execute(
            insert(t.terminals).values(terminal_row("n9", "north") | {"enrolled": scene.clock.at})
        )
        issued = scene.rollouts.first(connection, "n9")
    scene.fleet.refresh(["n9"])
    scene.publish([issued])
    scene.online("n9")
    scene.report("n9", "confirmed")
    for name in scene.names:
        scene.report(name, "confirmed")
    scene.rollouts.tick()  # would be the end, in the same second
    assert scene.states(number)["n9"] == "waiting"
    assert scene.run(number) == "done"
    assert scene.told["n9"].settings["theme"] == "large"


def test_two_rollouts_share_no_terminal_and_no_layer(scene: Scene) -> None:
    scene.rollouts.start(scene.draft(hall_wide("south", NOTICE)), APPROVER)
    with pytest.raises(RolloutRefused, match=r"rollout\.conflict"):
        scene.rollouts.start(scene.draft(fleet_wide({"text_scale": 1.5})), APPROVER)
    other = scene.rollouts.start(scene.draft(hall_wide("north", NOTICE)), APPROVER)
    assert scene.run(other) == "done"


def test_a_draft_that_others_have_overtaken_is_refused(scene: Scene) -> None:
    assert scene.run(scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)) == "done"
    with pytest.raises(RolloutRefused, match=r"rollout\.stale"):
        scene.rollouts.start(scene.draft(fleet_wide({"theme": "dark"})), APPROVER)


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "rolling", "applied"])
def test_only_an_approved_draft_is_rolled_out(scene: Scene, state: str) -> None:
    with pytest.raises(RolloutRefused, match=r"rollout\.not_approved"):
        scene.rollouts.start(scene.draft(fleet_wide(NOTICE), state=state), APPROVER)


def test_an_approver_of_one_hall_cannot_reach_another(scene: Scene) -> None:
    southern = Actor("zhao", "approver", ("south",))
    with pytest.raises(Forbidden):
        scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), southern)
    with pytest.raises(Forbidden):
        scene.rollouts.restore(["n1"], southern)
    with pytest.raises(Forbidden):
        scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), Actor("sun", "operator"))
    number = scene.rollouts.start(scene.draft(hall_wide("south", NOTICE)), southern)
    with pytest.raises(Forbidden):
        scene.rollouts.pause(number, Actor("zhou", "operator", ("north",)))


def test_all_can_be_rolled_back(scene: Scene) -> None:
    earlier = {name: told.etag for name, told in scene.told.items()}
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    scene.run(number)
    back = scene.rollouts.rollback(number, APPROVER)
    assert scene.row(t.rollouts, back).kind == "rollback"
    assert scene.run(back) == "done"
    assert {name: told.etag for name, told in scene.told.items()} == earlier
    assert scene.rows(select(t.layers.c.version)) == [(2,)]
    with pytest.raises(RolloutRefused, match=r"rollout\.superseded"):
        scene.rollouts.rollback(number, APPROVER)


def test_one_terminal_goes_back_and_stays_there_until_a_rollout_comes_by(scene: Scene) -> None:
    earlier = scene.told["n1"].etag
    scene.run(scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER))
    scene.flush()
    assert scene.rollouts.restore(["n1"], APPROVER) == ["n1"]
    assert (scene.told["n1"].etag, scene.told["n1"].rev) == (earlier, 3)
    pinned = select(t.terminals.c.id).where(t.terminals.c.pinned)
    assert scene.rows(pinned) == [("n1",)]
    scene.report("n1", "confirmed")
    again = scene.rollouts.start(
        scene.draft(fleet_wide({"theme": "large", "text_scale": 1.5}, base=1)), APPROVER
    )
    assert scene.run(again) == "done"
    assert scene.told["n1"].settings["theme"] == "large"
    assert scene.rows(pinned) == []


def test_a_terminal_without_an_earlier_document_is_left_alone(scene: Scene) -> None:
    assert scene.rollouts.restore(["n1"], APPROVER) == []
    assert scene.times_told == {}


def test_unstaged_reaches_all_in_one_go(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE), plan=Plan(unstaged=True)), APPROVER)
    scene.rollouts.tick()
    assert scene.times_told == dict.fromkeys(scene.names, 1)
    assert scene.run(number, turns=2) == "running"


def test_settings_too_large_for_a_terminal_count_as_refused(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide({"notice": "长" * 30_000})), APPROVER)
    assert scene.run(number) == "aborted"
    assert scene.times_told == {}
    assert "config.too_large" in {row.code for row in scene.rows(select(t.targets.c.code))}


def test_a_rollout_waits_for_the_new_revision_when_a_document_is_issued_anew(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    scene.rollouts.tick()
    (canary,) = scene.times_told
    assert scene.rollouts.reissue([canary], "keys") == 1
    assert scene.told[canary].settings["theme"] == "large"
    scene.report(canary, "confirmed")
    assert scene.states(number)[canary] == "confirmed"


def test_a_retired_terminal_holds_nothing_up(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    scene.rollouts.tick()
    (canary,) = scene.times_told
    with scene.database.write() as connection:
        connection.execute(update(t.terminals).where(t.terminals.c.id == canary).values(state="retired"))
    scene.fleet.refresh([canary])
    assert scene.run(number, {canary: "silent"}) == "done"
    assert scene.states(number)[canary] == "skipped"


def test_progress_counts_each_wave(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE), plan=QUICK), APPROVER)
    scene.rollouts.tick()
    first, *_, last = scene.rollouts.progress(number)
    assert first.states == {"pending": 1}
    assert set(last.states) == {"waiting"}
    with pytest.raises(RolloutRefused, match=r"rollout\.unknown"):
        scene.rollouts.progress(number + 1)


def silent_canary(scene: Scene, plan: Plan = QUICK) -> tuple[int, str]:
    """A rollout whose first terminal was told and has not said a word."""
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE), plan=plan), APPROVER)
    assert scene.run(number, dict.fromkeys(scene.names, "silent"), turns=3) == "running"
    (canary,) = scene.times_told
    return number, canary


def test_a_terminal_that_is_there_and_never_answers_has_failed_in_the_end(scene: Scene) -> None:
    number, canary = silent_canary(scene)
    scene.clock.at += SILENT - 5
    scene.rollouts.tick()
    assert scene.states(number)[canary] == "pending"
    scene.clock.at += 10
    assert scene.run(number) == "aborted"
    (row,) = scene.rows(select(t.targets).where(t.targets.c.terminal == canary))
    assert (row.state, row.code) == ("reverted", "rollout.silent")


def test_one_that_waits_for_its_citizen_or_is_away_is_waited_for(scene: Scene) -> None:
    number, canary = silent_canary(scene)
    scene.online(canary, False)
    scene.clock.at += 9 * SILENT
    scene.rollouts.tick()
    assert scene.states(number)[canary] == "pending"
    scene.online(canary)  # the time it was away is not held against it
    scene.rollouts.tick()
    assert scene.states(number)[canary] == "pending"
    scene.report(canary, "staged")
    scene.clock.at += 9 * SILENT
    scene.rollouts.tick()
    assert scene.states(number)[canary] == "staged"
    scene.report(canary, "confirmed")
    assert scene.run(number) == "done"


def test_one_that_falls_silent_in_its_probation_has_failed_behind_its_deadline(scene: Scene) -> None:
    number, canary = silent_canary(scene, Plan(soak_seconds=0, on_failure="pause"))
    scene.report(canary, "probation")
    scene.clock.at += SILENT + 100
    scene.rollouts.tick()
    assert scene.states(number)[canary] == "probation"
    scene.clock.at += 100
    assert scene.run(number) == "paused"
    assert scene.states(number)[canary] == "rejected"
    scene.report(canary, "confirmed")  # late is better than never
    assert scene.states(number)[canary] == "confirmed"


@pytest.mark.parametrize("restarted", [False, True])
def test_a_rollout_waits_for_the_document_that_took_the_place_of_its_own(
    scene: Scene, restarted: bool
) -> None:
    number, canary = silent_canary(scene)
    assert scene.rollouts.reissue([canary], "renewed") == 1
    assert scene.told[canary].settings["theme"] == "large"
    if restarted:
        scene.flush()
        scene.awake()
        for name in scene.names:
            scene.online(name)
    scene.report(canary, "confirmed")
    assert scene.states(number)[canary] == "confirmed"
    assert scene.run(number) == "done"


@pytest.mark.parametrize("word", ["confirmed", "silent"])
def test_one_that_comes_in_again_on_a_new_disk_gets_the_change_after_all(scene: Scene, word: str) -> None:
    number = scene.rollouts.start(scene.draft(fleet_wide(NOTICE)), APPROVER)
    assert scene.run(number, dict.fromkeys(scene.names, word), turns=1) == "running"
    (canary,) = scene.times_told
    scene.clock.at += 1
    with scene.database.write() as connection:
        connection.execute(
            update(t.terminals).where(t.terminals.c.id == canary).values(enrolled=scene.clock.at)
        )
        issued = scene.rollouts.first(connection, canary)
    scene.publish([issued])
    assert "theme" not in scene.told[canary].settings
    scene.report(canary, "confirmed")
    scene.clock.at += 10
    assert scene.run(number) == "done"
    assert {told.settings["theme"] for told in scene.told.values()} == {"large"}
    assert set(scene.states(number).values()) == {"confirmed"}


def test_a_rollout_that_cannot_go_on_does_not_hold_up_another(scene: Scene) -> None:
    broken = scene.rollouts.start(scene.draft(hall_wide("north", NOTICE)), APPROVER)
    sound = scene.rollouts.start(scene.draft(hall_wide("south", NOTICE)), APPROVER)
    scene.rollouts._book.open[broken].plan = None  # type: ignore[assignment]  # as a fault of ours would
    assert scene.run(sound) == "done"
    assert set(scene.states(sound).values()) == {"confirmed"}


def test_who_enrolled_before_the_clock_was_set_back_is_found_as_soon(scene: Scene) -> None:
    number = scene.rollouts.start(scene.draft(hall_wide("north", NOTICE)), APPROVER)
    scene.rollouts.tick()
    with scene.database.write() as connection:
        row = terminal_row("n9", "north") | {"enrolled": scene.clock.at}
        connection.execute(insert(t.terminals).values(row))
        scene.rollouts.first(connection, "n9")
    scene.fleet.refresh(["n9"])
    scene.clock.at -= 3600
    scene.rollouts.tick()
    assert "n9" in scene.states(number)
