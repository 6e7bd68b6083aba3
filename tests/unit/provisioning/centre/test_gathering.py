"""What the desk hears of events: kept, acknowledged, and an end of orders where they tell of one."""

from datetime import UTC, datetime

import pytest

from provisioning.centre.collection import Collection
from provisioning.centre.commands import Commands
from provisioning.centre.gathering import Gathering
from provisioning.centre.rights import Actor
from provisioning.centre.store.database import Database
from provisioning.wire.messages import Event, EventBatch
from tests.unit.provisioning.centre.fleet_rows import add_terminal

AT = 1_795_374_000.0
OPERATOR = Actor("陈工", "operator")


class Office:
    def __init__(self, database: Database) -> None:
        for name in ("qy-k1", "qy-k2"):
            add_terminal(database, name, "qy")
        self.commands = Commands(database, lambda: AT, lambda body: b"signed", lambda *_: True)
        self.gathering = Gathering(Collection(database, lambda: AT), self.commands.answered)

    def states(self) -> list[tuple[str, str, str]]:
        return [(row["terminal"], row["state"], row["code"]) for row in self.commands.listed(OPERATOR)]


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def ended(body: dict[str, object], seq: int = 1, stream: str = "agent") -> EventBatch:
    event = Event(seq=seq, at=datetime.fromtimestamp(AT, UTC), type="command.ended", body=body)
    return EventBatch(stream=stream, events=(event,))


def test_an_answer_that_nobody_heard_is_in_the_event_behind_it(office: Office) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "reboot")
    [order] = office.commands.listed(OPERATOR)
    batch = ended({"id": order["id"], "ok": True, "code": "", "text": ""})
    assert office.gathering.take("qy-k1", batch).seq == 1
    assert office.states() == [("qy-k1", "done", "")]
    assert office.gathering.take("qy-k1", batch).seq == 1  # the same again changes nothing
    assert office.states() == [("qy-k1", "done", "")]


def test_nobody_answers_for_another(office: Office) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "reboot")
    [order] = office.commands.listed(OPERATOR)
    office.gathering.take("qy-k2", ended({"id": order["id"], "ok": True}))
    assert office.states() == [("qy-k1", "sent", "")]


@pytest.mark.parametrize("body", [{}, {"id": 7, "ok": "perhaps"}, {"id": "x" * 5000, "ok": True}])
def test_an_event_that_makes_no_sense_as_an_answer_is_kept_all_the_same(
    office: Office, body: dict[str, object]
) -> None:
    office.commands.send(OPERATOR, ["qy-k1"], "reboot")
    assert office.gathering.take("qy-k1", ended(body)).seq == 1
    assert office.states() == [("qy-k1", "sent", "")]
