"""Commands to a terminal: once, allowed, answered."""

import pytest

from provisioning.agent import orders
from provisioning.agent.effects import CollectLogs, Put, Reboot, Wipe
from provisioning.agent.inputs import Answered, Received
from provisioning.wire.control import Done
from tests.unit.provisioning.agent.machine import Machine


@pytest.fixture
def machine() -> Machine:
    made = Machine()
    made.confirm_first()
    return made


def test_an_order_is_done_once_and_its_answer_said_again(machine: Machine) -> None:
    payload = machine.order("c1", "reboot")
    machine.tell(Received("cmd", payload))
    machine.tell(Received("cmd", payload))
    assert machine.other == [Reboot("c1")]
    machine.boot()
    machine.tell(Received("cmd", payload))
    assert machine.other == [Reboot("c1")]
    assert {(a.id, a.ok) for a in machine.answers} == {("c1", True)}  # said when it was back


def test_a_clock_set_back_does_not_make_an_old_order_good_again(machine: Machine) -> None:
    payload = machine.order("c1", "reboot")
    machine.tell(Received("cmd", payload))
    machine.wait(3600)
    machine.tell(Received("cmd", machine.order("c2", "identify")))  # a moment at which ids are let go
    machine.wall -= 3600
    machine.tell(Received("cmd", payload))
    assert machine.other == [Reboot("c1")]


@pytest.mark.parametrize("by", ["b", "stranger"])
def test_an_order_by_another_key_is_not_followed(machine: Machine, by: str) -> None:
    machine.tell(Received("cmd", machine.order("c1", "reboot", by=by)))
    assert machine.other == []
    assert machine.answers == []


def test_identify_and_a_test_page_are_the_kiosks_to_answer(machine: Machine) -> None:
    machine.tell(Received("cmd", machine.order("c1", "identify", {"seconds": "30"})))
    machine.tell(Received("cmd", machine.order("c2", "test_print")))
    assert [(a.id, a.ok) for a in machine.answers] == [("c1", True), ("c2", True)]


def test_a_picture_goes_to_its_one_time_address_and_nowhere_else(machine: Machine) -> None:
    machine.tell(Received("cmd", machine.order("c1", "screenshot", {"put": "/v1/artefacts/abc_-1"})))
    put = machine.other[-1]
    assert isinstance(put, Put)
    assert (put.path, put.content) == ("/v1/artefacts/abc_-1", b"hi")
    assert machine.answers == []
    machine.tell(Answered("c1", True, text="masked"))
    assert (machine.answers[-1].ok, machine.answers[-1].text) == (True, "masked")
    for number, path in enumerate(("https://elsewhere/x", "/v1/artefacts/../people", "//elsewhere/", "")):
        machine.tell(Received("cmd", machine.order(f"d{number}", "screenshot", {"put": path})))
        assert (machine.answers[-1].ok, machine.answers[-1].code) == (False, "command.args")


def test_a_picture_that_is_none_is_not_sent(machine: Machine) -> None:
    machine.tell(Received("cmd", machine.order("c1", "screenshot", {"put": "/v1/artefacts/abc"})))
    put = list(machine.other)
    machine.tell(Answered("c1", True, done=Done(ok=True, png="no base64")))
    assert machine.other == put
    assert (machine.answers[-1].ok, machine.answers[-1].code) == (False, "kiosk.garbled")


def test_logs_need_a_range_of_time(machine: Machine) -> None:
    args = {"put": "/v1/artefacts/x", "since": "2026-11-22T03:00:00Z", "until": "2026-11-22T04:00:00Z"}
    machine.tell(Received("cmd", machine.order("c1", "logs", args)))
    assert isinstance(machine.other[-1], CollectLogs)
    machine.tell(Received("cmd", machine.order("c2", "logs", args | {"until": "yesterday"})))
    assert (machine.answers[-1].id, machine.answers[-1].code) == ("c2", "command.args")


def test_what_takes_too_long_has_failed(machine: Machine) -> None:
    args = {"put": "/v1/artefacts/x", "since": "2026-11-22T03:00:00Z", "until": "2026-11-22T04:00:00Z"}
    machine.tell(Received("cmd", machine.order("c1", "logs", args)))
    machine.wait(61)
    assert (machine.answers[-1].id, machine.answers[-1].code) == ("c1", "command.timeout")
    machine.tell(Answered("c1", True))
    assert len(machine.answers) == 1


def test_an_order_that_a_power_cut_ended_is_answered_afterwards(machine: Machine) -> None:
    args = {"put": "/v1/artefacts/x", "since": "2026-11-22T03:00:00Z", "until": "2026-11-22T04:00:00Z"}
    machine.tell(Received("cmd", machine.order("c1", "logs", args)))
    machine.boot()
    assert (machine.answers[-1].id, machine.answers[-1].code) == ("c1", "agent.restarted")


def test_a_citizen_is_not_sent_away_unless_it_is_forced(machine: Machine) -> None:
    machine.busy = True
    machine.wait(20)
    starts = len(machine.started)
    machine.tell(Received("cmd", machine.order("c1", "restart_app")))
    assert (machine.answers[-1].ok, machine.answers[-1].code) == (False, "kiosk.busy")
    machine.tell(Received("cmd", machine.order("c2", "restart_app", {"force": "1"})))
    assert machine.answers[-1].ok
    assert len(machine.started) == starts + 1


def test_rollback_goes_to_what_was_confirmed_before_and_stays_there(machine: Machine) -> None:
    machine.tell(Received("cmd", machine.order("c1", "rollback")))
    assert machine.answers[-1].code == "command.nothing_before"
    second = machine.document(2)
    machine.tell(Received("desired", second))
    machine.wait(30)
    machine.tell(Received("cmd", machine.order("c2", "rollback")))
    machine.wait(10)
    assert machine.answers[-1].ok
    reported = machine.reported
    assert (reported.state, reported.rev, reported.running, reported.highest) == ("rolled_back", 1, 1, 2)
    machine.tell(Received("desired", second))
    machine.wait(60)
    assert machine.started[-1].revision == 1


def test_resync_says_everything_again(machine: Machine) -> None:
    said = len(machine.reports)
    machine.tell(Received("cmd", machine.order("c1", "resync")))
    assert len(machine.reports) == said + 1
    assert machine.answers[-1].ok


def test_after_a_wipe_the_agent_is_over(machine: Machine) -> None:
    machine.tell(Received("cmd", machine.order("c1", "wipe")))
    assert machine.answers[-1].ok
    assert isinstance(machine.other[-1], Wipe)
    assert machine.agent is not None
    assert machine.agent.over
    said = len(machine.sent)
    machine.push(2)
    assert len(machine.sent) == said


def test_an_order_is_not_begun_when_its_id_cannot_be_remembered(machine: Machine) -> None:
    def full(step: str) -> None:
        raise OSError(28, "no space left on device")

    machine.disk.fault = full
    machine.tell(Received("cmd", machine.order("c1", "reboot")))
    assert machine.other == []
    assert (machine.answers[-1].ok, machine.answers[-1].code) == (False, "agent.disk")


def test_answers_that_a_broken_connection_may_have_lost_are_said_again(machine: Machine) -> None:
    machine.tell(Received("cmd", machine.order("c1", "identify")))
    machine.cut()
    machine.connect()
    assert [a.id for a in machine.answers] == ["c1", "c1"]


def test_answers_that_are_old_by_now_are_not_said_again(machine: Machine) -> None:
    machine.tell(Received("cmd", machine.order("c1", "identify")))
    machine.cut()
    machine.wait(orders.SAID_AGAIN + 1)
    machine.connect()
    assert [a.id for a in machine.answers] == ["c1"]
