"""How one document gives way to the next."""

from datetime import UTC, datetime, timedelta

import pytest

from provisioning.agent.inputs import KioskDied, Received, SettingsChanged
from provisioning.wire.documents import LONGEST
from provisioning.wire.hand_over import hand_over
from tests.unit.provisioning.agent.machine import Machine, key, public


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    made.confirm_first()
    return made


def test_the_first_document_is_on_the_glass_at_once_and_confirmed_when_it_was_well_long_enough() -> None:
    machine = Machine()
    machine.boot()
    machine.connect()
    machine.push(1)
    assert machine.started[-1].revision == 1
    machine.wait(19)
    assert machine.state == "probation"
    machine.wait(2)
    assert (machine.reported.state, machine.reported.good, machine.reported.running) == ("confirmed", 1, 1)


def test_a_change_waits_for_the_citizen_at_the_glass(machine: Machine) -> None:
    machine.busy = True
    machine.push(2)
    machine.wait(300)
    assert (machine.reported.state, machine.reported.running) == ("staged", 1)
    machine.busy = False
    machine.wait(30)
    assert (machine.reported.state, machine.reported.running) == ("confirmed", 2)


def test_who_came_since_the_last_look_does_not_see_the_screen_go_dark(machine: Machine) -> None:
    for rev in range(2, 20):
        machine.wait(
            0.7 * rev + 0.05
        )  # sooner or later after the last answer, which said that nobody was there
        machine.busy = True
        machine.push(rev)
        assert machine.started[-1].revision == rev - 1
        machine.busy = False
        machine.wait(60)
        assert machine.reported.running == rev


def test_now_waits_for_nobody(machine: Machine) -> None:
    machine.busy = True
    machine.push(2, apply={"when": "now"})
    assert machine.started[-1].revision == 2


def test_a_change_for_the_night_waits_for_its_window(machine: Machine) -> None:
    machine.push(2, apply={"when": "window", "window": "22:00-05:00"})
    machine.wait(9.9 * 3600)
    assert machine.state == "staged"
    machine.wait(900)
    assert machine.state == "confirmed"


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("dies", "trial.crash_loop"),
        ("refuses", "trial.settings"),
        ("black", "trial.no_frame"),
        ("silent", "trial.silent"),
        ("no printer", "trial.device_worse"),
    ],
)
@pytest.mark.parametrize("net", [True, False])
def test_what_is_not_well_falls_back_by_itself(machine: Machine, manner: str, code: str, net: bool) -> None:
    machine.push(2, settings={"kiosk": manner})
    assert machine.started[-1].revision in (1, 2)
    if not net:
        machine.cut()
    machine.wait(70)
    assert machine.started[-1].revision == 1
    if not net:
        machine.connect()
    reported = machine.reported
    assert (reported.state, reported.rev, reported.running, reported.good) == ("rolled_back", 2, 1, 1)
    assert reported.fault is not None
    assert reported.fault.code == code or (not net and reported.fault.code == "trial.no_broker")
    machine.wait(3600)
    assert machine.started[-1].revision == 1  # and it is not tried again


def test_a_net_that_is_cut_in_probation_sends_it_home(machine: Machine) -> None:
    machine.push(2)
    machine.cut()
    machine.wait(70)
    assert machine.started[-1].revision == 1
    machine.connect()
    assert machine.reported.fault is not None
    assert machine.reported.fault.code == "trial.no_broker"


def test_no_change_is_begun_while_the_broker_is_away(machine: Machine) -> None:
    machine.busy = True
    machine.push(2)
    machine.cut()
    machine.busy = False
    machine.wait(600)
    assert machine.started[-1].revision == 1
    machine.connect()
    machine.wait(30)
    assert machine.state == "confirmed"


def test_a_device_that_was_lost_before_the_change_does_not_speak_against_it(machine: Machine) -> None:
    machine.devices["printer"] = "fault.printer_gone"
    machine.wait(20)
    machine.push(2, settings={"kiosk": "no printer"})
    machine.wait(30)
    assert machine.state == "confirmed"


def test_paper_that_runs_out_in_probation_does_not_speak_against_it(machine: Machine) -> None:
    machine.push(2)
    machine.devices["printer"] = "fault.paper_out"
    machine.wait(30)
    assert machine.state == "confirmed"


def test_one_crash_is_no_proof(machine: Machine) -> None:
    machine.push(2)
    machine.wait(10)
    machine.tell(KioskDied(machine.started[-1].run, -11))
    machine.wait(60)
    assert (machine.reported.state, machine.reported.running) == ("confirmed", 2)


def test_an_overtaken_trial_is_not_confirmed_and_the_newest_wins(machine: Machine) -> None:
    machine.push(2)
    machine.wait(10)
    machine.push(3)
    machine.wait(60)
    assert [r.rev for r in machine.reports if r.state == "confirmed"][-1] == 3
    assert 2 not in {r.rev for r in machine.reports if r.state == "confirmed"}


def test_overtaken_by_one_for_the_night_it_goes_home_when_idle(machine: Machine) -> None:
    machine.push(2)
    machine.wait(10)
    machine.busy = True
    machine.wait(4)
    machine.push(3, apply={"when": "window", "window": "22:00-05:00"})
    machine.wait(10)
    assert machine.started[-1].revision == 2  # somebody is at the glass
    machine.busy = False
    machine.wait(20)
    assert machine.started[-1].revision == 1
    assert (machine.reported.state, machine.reported.rev, machine.reported.running) == ("staged", 3, 1)


def test_a_staged_document_gives_way_to_a_newer_one(machine: Machine) -> None:
    machine.busy = True
    machine.push(2)
    machine.push(3)
    machine.busy = False
    machine.wait(40)
    assert [s.revision for s in machine.started][-2:] == [1, 3]


def test_the_power_may_go_once_in_a_trial_and_not_twice(machine: Machine) -> None:
    machine.push(2)
    machine.boot()
    assert machine.started[-1].revision == 2
    machine.boot()
    assert machine.started[-1].revision == 1
    assert machine.reported.fault is not None
    assert machine.reported.fault.code == "trial.attempts"


def test_a_power_cut_without_any_net_boots_the_last_good_one(machine: Machine) -> None:
    machine.broker = False
    machine.boot()
    assert machine.started[-1].revision == 1


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "config.malformed"),
        (b"x" * (LONGEST + 1), "config.too_large"),
    ],
)
def test_noise_is_refused_and_what_stands_is_said_again(machine: Machine, payload: bytes, code: str) -> None:
    machine.tell(Received("desired", payload))
    refused, stands = machine.reports[-2:]
    assert refused.fault is not None
    assert (refused.state, refused.fault.code) == ("rejected", code)
    assert (stands.state, stands.rev) == ("confirmed", 1)


def test_each_kind_of_wrong_document_is_refused_with_its_code(machine: Machine) -> None:
    past = datetime.fromtimestamp(machine.wall, UTC) - timedelta(seconds=1)
    wrong = [
        (machine.document(2, by="b"), "config.unknown_key"),
        (machine.document(2, device="h12-k04"), "config.wrong_device"),
        (machine.document(2, expires=past), "config.expired"),
        (machine.document(2, settings={"kiosk": "invalid"}), "config.schema"),
        (machine.document(1, settings={"other": 1}), "config.old_revision"),
    ]
    for payload, code in wrong:
        machine.tell(Received("desired", payload))
        fault = machine.reports[-2].fault
        assert fault is not None
        assert fault.code == code
        assert machine.reported.highest == 1
        assert machine.started[-1].revision == 1


def test_an_older_one_is_refused_after_a_restart_too(machine: Machine) -> None:
    old = machine.document(2)
    machine.push(3)
    machine.wait(30)
    machine.boot()
    machine.tell(Received("desired", old))
    assert machine.reports[-2].fault is not None
    assert (machine.reports[-2].rev, machine.reports[-2].fault.code) == (2, "config.old_revision")
    assert machine.reported.highest == 3


def test_keys_are_replaced_when_the_document_that_names_them_is_confirmed(machine: Machine) -> None:
    machine.push(2, keys={"a": public("a"), "b": public("b")})
    machine.push(3, by="b")
    assert machine.reports[-2].fault is not None
    assert machine.reports[-2].fault.code == "config.unknown_key"  # not before it is confirmed
    machine.wait(30)
    machine.push(3, by="b", keys={"b": public("b")})
    machine.wait(30)
    assert machine.reported.keys == ("b",)
    machine.push(4, by="a")
    assert machine.reports[-2].fault is not None
    assert machine.reports[-2].fault.code == "config.unknown_key"


def test_the_same_settings_under_a_new_revision_need_no_restart(machine: Machine) -> None:
    starts = len(machine.started)
    machine.push(2, settings={"notice": "n1"}, keys={"b": public("b")})
    assert (machine.reported.state, machine.reported.rev, machine.reported.running) == ("confirmed", 2, 2)
    assert machine.reported.keys == ("b",)
    assert len(machine.started) == starts


PLACED = {"role": "terminal", "name": "一号", "policy": "standard"}


def on_the_glass(machine: Machine) -> int:
    machine.push(2, settings=PLACED)
    machine.wait(30)
    assert machine.state == "confirmed"
    return len(machine.started)


@pytest.mark.parametrize(
    "unread", [{"policy": "evening"}, {"maintenance": {"nightly_restart": ""}}, {"zones": ["east"]}]
)
def test_what_the_role_does_not_read_needs_no_restart_and_no_idle_moment(
    machine: Machine, unread: dict[str, object]
) -> None:
    starts = on_the_glass(machine)
    machine.busy = True
    machine.push(3, settings={**PLACED, **unread}, apply={"when": "window", "window": "01:00-02:00"})
    assert (machine.reported.state, machine.reported.rev, machine.reported.running) == ("confirmed", 3, 3)
    machine.wait(300)
    assert len(machine.started) == starts
    assert machine.state == "confirmed"
    machine.boot()
    assert machine.started[-1].settings == {**PLACED, **unread}  # and it is what a power cut comes back to


@pytest.mark.parametrize("read", [{"name": "二号"}, {"role": "voice"}, {"screen": {"theme": "large"}}])
def test_what_the_role_reads_is_tried(machine: Machine, read: dict[str, object]) -> None:
    starts = on_the_glass(machine)
    machine.push(3, settings={**PLACED, **read})
    machine.wait(30)
    assert len(machine.started) == starts + 1
    assert (machine.reported.state, machine.reported.running) == ("confirmed", 3)


def test_what_is_not_read_goes_on_top_of_a_rollback_without_a_restart(machine: Machine) -> None:
    on_the_glass(machine)
    machine.push(3, settings={**PLACED, "policy": "evening"})
    starts = len(machine.started)
    machine.tell(Received("cmd", machine.order("c1", "rollback")))
    machine.wait(30)
    assert (machine.reported.state, machine.reported.running, len(machine.started)) == (
        "rolled_back",
        2,
        starts,
    )


def test_the_halls_own_process_is_begun_anew_with_another_policy(machine: Machine) -> None:
    hall = PLACED | {"role": "hall"}
    machine.push(2, settings=hall)
    machine.wait(30)
    starts = len(machine.started)
    machine.push(3, settings=hall | {"policy": "evening"})
    machine.wait(30)
    assert len(machine.started) == starts + 1
    machine.push(4, settings=hall | {"policy": "evening", "screen": {"theme": "large"}})
    assert (machine.reported.state, machine.reported.running) == ("confirmed", 4)
    assert len(machine.started) == starts + 1


def test_a_full_disk_leaves_what_runs_alone_and_is_tried_again(machine: Machine) -> None:
    def full(step: str) -> None:
        raise OSError(28, "no space left on device")

    machine.disk.fault = full
    machine.push(2)
    fault = machine.reports[-2].fault
    assert fault is not None
    assert fault.code == "agent.disk"
    assert (machine.reported.state, machine.reported.highest) == ("confirmed", 1)
    machine.wait(600)
    assert machine.started[-1].revision == 1
    machine.disk.fault = lambda step: None
    machine.wait(200)
    assert (machine.reported.state, machine.reported.rev) == ("confirmed", 2)


def test_a_settings_file_that_somebody_changed_is_told_and_put_right_when_idle(machine: Machine) -> None:
    machine.busy = True
    machine.wait(20)
    machine.tell(SettingsChanged(machine.started[-1].run))
    assert machine.state == "drifted"
    starts = len(machine.started)
    machine.busy = False
    machine.wait(30)
    assert len(machine.started) == starts + 1
    assert machine.state == "confirmed"


def test_without_a_last_good_one_a_kiosk_that_cannot_live_is_tried_again_with_pauses() -> None:
    machine = Machine()
    machine.boot()
    machine.connect()
    machine.push(1, settings={"kiosk": "dies"})
    machine.wait(5)
    assert machine.started[-1].settings is None  # the screen that says so
    assert machine.state == "rolled_back"
    machine.wait(70)
    assert 1 in [s.revision for s in machine.started[-3:]]
    machine.push(2)
    machine.wait(30)
    assert (machine.reported.state, machine.reported.rev) == ("confirmed", 2)


def test_the_first_kiosk_serves_on_without_a_broker_and_is_confirmed_when_it_comes() -> None:
    machine = Machine()
    machine.boot()
    machine.push(1)
    machine.wait(3600)
    assert [s.revision for s in machine.started] == [0, 1]
    machine.connect()
    machine.wait(30)
    assert machine.state == "confirmed"


def test_a_loop_of_crashes_of_the_last_good_one_goes_on_with_pauses_and_is_told_once(
    machine: Machine,
) -> None:
    for _ in range(6):
        machine.tell(KioskDied(machine.started[-1].run, 1))
        machine.wait(machine.agent.due - machine.mono if machine.agent else 0)
        machine.wait(0.5 + 2 ** min(6, machine.health[-1].restarts))
    types = [e.type for b in machine.batches for e in b.events]
    machine.wait(31)
    assert machine.started[-1].revision == 1
    assert machine.health[-1].restarts == 6
    machine.ack(10_000 if not types else machine.batches[-1].events[-1].seq)
    machine.wait(1)
    told = {e.seq for b in machine.batches for e in b.events if e.type == "kiosk.crash_loop"}
    assert len(told) == 1


def test_a_hung_kiosk_is_started_anew(machine: Machine) -> None:
    starts = len(machine.started)
    machine.push(2, settings={"kiosk": "silent"})
    machine.wait(65)
    assert machine.started[-1].revision == 1
    assert len(machine.started) >= starts + 2


def test_a_terminal_that_missed_rotations_walks_to_the_key_that_signs_and_obeys_it(machine: Machine) -> None:
    at = datetime.fromtimestamp(machine.wall, UTC)
    steps = [
        hand_over(by, key(by), to, public(to), at + timedelta(days=days))
        for by, to, days in (("a", "b", 1), ("b", "c", 2))
    ]
    machine.push(2, settings={"notice": "n1"}, keys={"a": public("a")}, keys_until=at)
    machine.cut()
    machine.wait(3 * 86400)
    machine.connect()
    machine.push(3, by="c")
    assert machine.reports[-2].fault is not None
    assert machine.reports[-2].fault.code == "config.unknown_key"
    machine.tell(Received("cmd", machine.order("c1", "resync", by="c", hand_overs=steps)))
    assert [answer.ok for answer in machine.answers] == [True]  # an order finds its way too: one to wipe must
    names = {"c": public("c"), "d": public("d")}
    machine.push(3, by="c", keys=names, keys_until=at + timedelta(days=2), hand_overs=steps)
    machine.wait(30)
    assert (machine.reported.state, machine.reported.rev, machine.reported.keys) == (
        "confirmed",
        3,
        ("c", "d"),
    )
    machine.boot()
    machine.push(4, by="b", hand_overs=steps[:1])
    assert machine.reports[-2].fault is not None
    assert (
        machine.reports[-2].fault.code == "config.unknown_key"
    )  # over reboots: a and b are no longer believed


@pytest.mark.parametrize("first", [True, False])
def test_a_disk_that_does_not_take_the_confirmation_is_tried_at_a_pace(first: bool) -> None:
    machine = Machine()
    if first:
        machine.boot()
        machine.connect()
    else:
        machine.confirm_first()
    rev = 1 if first else 2
    machine.push(rev)
    machine.wait(5)
    asked: list[float] = []
    answer = machine._answer

    def counted(run: int) -> None:
        asked.append(machine.mono)
        assert len(asked) < 100, "asked without a pause"
        answer(run)

    def full(step: str) -> None:
        raise OSError(28, "no space left on device")

    machine._answer = counted  # type: ignore[method-assign]
    machine.disk.fault = full
    machine.wait(40)
    assert machine.state == "probation"
    machine.disk.fault = lambda step: None
    machine.wait(10)
    assert (machine.reported.state, machine.reported.good) == ("confirmed", rev)
    assert len(asked) <= 30  # every two seconds
