"""The desk puts right what got lost: keys that changed, documents that age, terminals that lag or were forgotten.

The broker is a dictionary of what is retained, the terminals answer as told; database, keys and signatures are real.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from hall.wire.link import Will
from provisioning.centre.desk import Desk
from provisioning.centre.desk_mending import ASK_EVERY, COUNT_AFTER, LAGGING
from provisioning.centre.documents import RENEW, VALID, Documents
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.outbound import Outbound
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.centre.vault import Vault
from provisioning.wire import topics
from provisioning.wire.documents import Document, open_command, open_document
from provisioning.wire.messages import Ack, Event, EventBatch, Health, Presence, Reported, Said
from tests.unit.provisioning.centre.fleet_rows import add_hall
from tests.unit.provisioning.centre.rollout_scene import APPROVER, Clock, fleet_wide, terminal_row

NAMES = ("k1", "k2", "k3")


@dataclass
class Broker:
    """Keeps what is retained and lists the rest; hands on what ``say`` is given."""

    retained: dict[str, bytes] = field(default_factory=dict)
    passed: list[tuple[str, bytes]] = field(default_factory=list)

    def dial(
        self,
        subscribe: tuple[tuple[str, int], ...],
        on_message: Callable[[str, bytes], None],
        on_state: Callable[[bool], None],
        will: Will,
    ) -> "Broker":
        self.say, self.connected = on_message, on_state
        return self

    def start(self) -> None: ...

    def close(self) -> None: ...

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool:
        if retain:
            self.retained[topic] = payload
        else:
            self.passed.append((topic, payload))
        return True


class Hall:
    """Three terminals that are enrolled, and the desk they talk to."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.clock, self.broker = database, Clock(), Broker()
        add_hall(database, "h")
        with database.write() as connection:
            connection.execute(insert(t.terminals), [terminal_row(name, "h") for name in NAMES])
        self.vault, self.failing = Vault(folder / "vault.key"), False
        self.wake()
        with database.write() as connection:
            first = [self.rollouts.first(connection, name) for name in NAMES]
        self.outbound.publish(first)
        for name in NAMES:
            self.present(name)
        self.pass_time(1)
        self.answer(*NAMES)

    def wake(self) -> None:
        """The centre starts (again) and its broker is there."""
        self.keys = SigningKeys(self.database, self.vault, self.clock)
        self.documents = Documents(self.keys, self.clock)
        self.fleet = Fleet(self.database, self.clock)
        self.fleet.load()
        self.outbound = Outbound(self.fleet, self.clock)
        self.rollouts = Rollouts(self.database, self.documents, self.fleet, self.outbound.publish, self.clock)
        self.desk = Desk(
            self.database,
            self.documents,
            self.keys,
            self.fleet,
            self.rollouts,
            self.outbound,
            {"main": self.broker.dial},
            self.clock,
            events=self.keep,
            together=self.keep_all,
        )
        self.broker.connected(True)
        self.pass_time(1)

    def keep(self, device: str, batch: EventBatch) -> Ack:
        if self.failing:
            raise StoreFailed("away")
        if device == "k2" and batch.events[0].type == "strange":
            raise RuntimeError("this one cannot be kept")
        return Ack(stream=batch.stream, seq=batch.events[-1].seq)

    def keep_all(self, batches: Sequence[tuple[str, EventBatch]]) -> Sequence[Ack]:
        return [self.keep(device, batch) for device, batch in batches]

    def pass_time(self, seconds: float, *, step: float = 1.0) -> None:
        over = self.clock.at + seconds
        while self.clock.at < over:
            self.clock.at = min(over, self.clock.at + step)
            self.desk.turn()

    # -- terminals ----------------------------------------------------------------------------------------

    def live(self, name: str) -> Live:
        found = self.fleet.get(name)
        assert found is not None
        return found

    def document(self, name: str) -> Document:
        now = datetime.fromtimestamp(self.clock(), UTC)
        return open_document(self.broker.retained[topics.desired(name)], self.keys.public(), name, 0, now)

    def say(self, topic: str, message: Said) -> None:
        self.broker.say(topic, message.model_dump_json().encode())
        self.desk.turn()

    def present(self, name: str) -> None:
        at = datetime.fromtimestamp(self.clock(), UTC)
        self.say(topics.status(name), Presence(on=True, sid="s", at=at))

    def answer(self, *names: str, keys: tuple[str, ...] | None = None) -> None:
        """They run what they were told."""
        for name in names:
            document = self.document(name)
            self.report(name, document.rev, document.etag, tuple(document.keys) if keys is None else keys)

    def report(self, name: str, rev: int, etag: str, keys: tuple[str, ...]) -> None:
        at = datetime.fromtimestamp(self.clock(), UTC)
        same = {"rev": rev, "running": rev, "good": rev, "highest": rev}
        self.say(
            topics.reported(name),
            Reported(device=name, sid="s", etag=etag, state="confirmed", keys=keys, at=at, **same),
        )

    def healthy(self, *names: str, rev: int | None = None) -> None:
        at = datetime.fromtimestamp(self.clock(), UTC)
        for name in names:
            running = self.live(name).running if rev is None else rev
            self.say(topics.health(name), Health(sid="s", at=at, up_seconds=1, rev=running))

    def orders(self) -> list[tuple[str, str]]:
        """Device and verb of what was ordered since the last look."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        found: list[tuple[str, str]] = [
            (device, open_command(payload, self.keys.public(), device, now).verb)
            for topic, payload in self.broker.passed
            if topic.endswith("/cmd") and (device := topic.split("/")[3])
        ]
        self.broker.passed.clear()
        return found

    def acknowledged(self) -> list[tuple[str, int]]:
        found = [
            (topic.split("/")[3], Ack.model_validate_json(payload).seq)
            for topic, payload in self.broker.passed
            if topic.endswith("/ack")
        ]
        self.broker.passed.clear()
        return found

    def revisions(self) -> list[int]:
        return [self.document(name).rev for name in NAMES]


@pytest.fixture
def hall(database: Database, tmp_path: Path) -> Hall:
    return Hall(database, tmp_path)


# -- documents ---------------------------------------------------------------------------------------------


def test_after_a_rotation_of_keys_everybody_is_told_of_them_once(hall: Hall) -> None:
    assert hall.revisions() == [1, 1, 1]
    hall.keys.rotate()
    hall.pass_time(3)
    assert hall.revisions() == [2, 2, 2]
    assert set(hall.document("k1").keys) == set(hall.keys.public())
    hall.answer("k1", "k2")
    hall.answer("k3", keys=("old",))  # it does not say so: it is not told for ever
    hall.pass_time(10)
    assert hall.revisions() == [2, 2, 2]
    hall.keys.rotate()
    hall.pass_time(3)
    assert hall.revisions() == [3, 3, 3]


def test_one_that_is_still_changing_over_is_left_alone_until_it_has_settled(hall: Hall) -> None:
    number = start(hall)
    hall.pass_time(1)
    (told,) = [name for name in NAMES if hall.document(name).rev == 2]
    hall.keys.rotate()
    hall.pass_time(3)
    assert hall.document(told).rev == 2
    hall.answer(told)
    hall.pass_time(3)
    assert hall.document(told).rev == 3  # settled, with the keys of before
    hall.answer(*NAMES)
    finish(hall, number)
    assert {hall.document(name).settings["theme"] for name in NAMES} == {"large"}
    assert {frozenset(hall.document(name).keys) for name in NAMES} == {frozenset(hall.keys.public())}


def test_a_document_is_renewed_before_it_ends(hall: Hall) -> None:
    ends = hall.document("k1").expires
    hall.pass_time(VALID - RENEW, step=86400)
    hall.pass_time(2 * 3600, step=600)
    assert hall.revisions() == [2, 2, 2]
    assert hall.document("k1").expires > ends
    hall.answer(*NAMES)
    hall.pass_time(2 * 3600, step=600)
    assert hall.revisions() == [2, 2, 2]


def test_terminals_ahead_of_a_database_put_back_from_a_copy_are_overtaken(hall: Hall) -> None:
    copied, before = rows_of(hall), {name: hall.document(name).settings for name in NAMES}
    finish(hall, start(hall))
    hall.keys.rotate()
    hall.pass_time(3)
    hall.answer(*NAMES)
    told = hall.revisions()
    running = {name: hall.document(name) for name in NAMES}
    assert min(told) == 3
    put_back(hall, copied)
    hall.wake()
    assert hall.live("k1").rev == 1
    for name in NAMES:  # what the broker has retained of them
        hall.present(name)
        hall.report(name, running[name].rev, running[name].etag, tuple(running[name].keys))
    hall.pass_time(3)
    assert all(now > then for now, then in zip(hall.revisions(), told, strict=True))
    assert all(hall.document(name).settings == before[name] for name in NAMES)
    signed_by = json.loads(hall.broker.retained[topics.desired("k1")])["kid"]
    assert signed_by in running["k1"].keys  # whom it trusts since the rotation that nobody remembers
    hall.answer(*NAMES)
    assert all(hall.live(name).converged for name in NAMES)
    settled = hall.revisions()
    hall.pass_time(5)
    assert hall.revisions() == settled


def test_a_broker_that_lost_everything_has_all_documents_again(hall: Hall) -> None:
    before = dict(hall.broker.retained)
    hall.broker.connected(False)
    hall.desk.turn()
    assert {live.presence for live in hall.fleet} == {"unknown"}
    hall.broker.retained.clear()
    hall.broker.connected(True)
    hall.pass_time(2)
    documents = {topics.desired(name) for name in NAMES}
    assert {topic: hall.broker.retained[topic] for topic in documents} == {
        topic: before[topic] for topic in documents
    }


def test_one_that_comes_and_does_not_know_its_document_is_sent_it_again(hall: Hall) -> None:
    with hall.database.write() as connection:
        connection.execute(insert(t.terminals).values(terminal_row("k9", "h")))
        issued = hall.rollouts.first(connection, "k9")
    hall.desk.changed(["k9"])
    hall.outbound.publish([issued])
    hall.pass_time(1)
    del hall.broker.retained[topics.desired("k9")]
    hall.present("k9")
    hall.pass_time(1)
    assert hall.document("k9").rev == 1


# -- asking ------------------------------------------------------------------------------------------------


def test_who_lags_behind_its_own_health_is_asked_now_and_then(hall: Hall) -> None:
    hall.pass_time(LAGGING + 5, step=5)
    hall.orders()
    hall.healthy("k1", "k3")
    hall.healthy("k2", rev=7)
    hall.pass_time(3)
    assert hall.orders() == [("k2", "resync")]
    hall.pass_time(50)
    assert hall.orders() == []
    for _ in range(int(ASK_EVERY / 30)):  # none of them falls silent
        hall.healthy("k1", "k3")
        hall.healthy("k2", rev=7)
        hall.pass_time(30, step=5)
    assert hall.orders() == [("k2", "resync")]
    hall.healthy("k2")
    hall.pass_time(10)
    assert hall.orders() == []


def test_whose_status_the_broker_lost_is_asked_for_it(hall: Hall) -> None:
    hall.wake()
    hall.present("k1")
    hall.present("k3")
    hall.pass_time(COUNT_AFTER + 2)
    assert hall.orders() == [("k2", "resync")]
    assert hall.live("k2").presence == "unknown"


# -- events ------------------------------------------------------------------------------------------------


def batch(*seqs: int, type: str = "agent.started") -> EventBatch:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    return EventBatch(stream="agent", events=tuple(Event(seq=n, at=at, type=type) for n in seqs))


def events(hall: Hall, *batches: tuple[str, EventBatch]) -> list[tuple[str, int]]:
    """They come in one turn; what is acknowledged."""
    hall.broker.passed.clear()
    for name, one in batches:
        hall.broker.say(topics.events(name), one.model_dump_json().encode())
    hall.desk.turn()
    return hall.acknowledged()


def test_events_of_a_turn_are_acknowledged_each(hall: Hall) -> None:
    assert events(hall, ("k1", batch(1, 2)), ("k2", batch(5))) == [("k1", 2), ("k2", 5)]


def test_one_that_cannot_be_kept_does_not_hold_up_the_others(hall: Hall) -> None:
    strange = batch(3, type="strange")
    assert events(hall, ("k1", batch(1)), ("k2", strange), ("k3", batch(2))) == [("k1", 1), ("k3", 2)]


def test_nothing_is_acknowledged_while_the_database_is_away(hall: Hall) -> None:
    hall.failing = True
    assert events(hall, ("k1", batch(1)), ("k2", batch(1))) == []
    assert events(hall, ("k1", batch(1))) == []
    hall.failing = False
    assert events(hall, ("k1", batch(1)), ("k2", batch(1))) == [("k1", 1), ("k2", 1)]


# -- scenes ------------------------------------------------------------------------------------------------


def start(hall: Hall) -> int:
    """A rollout of one terminal after the other."""
    row = {column.name: "" for column in t.drafts.columns if column.name != "id"} | {
        "title": "大字",
        "state": "approved",
        "changes": [fleet_wide({"theme": "large"})],
        "plan": {"soak_seconds": 0, "waves": ["1", "2", "100%"]},
        "created": 0.0,
        "changed": 0.0,
        "reviewed": 0.0,
        "version": 1,
    }
    with hall.database.write() as connection:
        draft = connection.execute(insert(t.drafts).values(row).returning(t.drafts.c.id)).scalar_one()
    return hall.rollouts.start(draft, APPROVER)


def finish(hall: Hall, number: int) -> None:
    for _ in range(30):
        hall.pass_time(1)
        hall.answer(*NAMES)
    with hall.database.read() as connection:
        assert connection.scalar(select(t.rollouts.c.state).where(t.rollouts.c.id == number)) == "done"


COPIED = (t.terminals, t.documents, t.layers, t.layer_history, t.signing_keys)


def rows_of(hall: Hall) -> dict[str, list[dict[str, object]]]:
    """A copy of the database."""
    hall.fleet.flush()
    with hall.database.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in COPIED
        }


def put_back(hall: Hall, rows: dict[str, list[dict[str, object]]]) -> None:
    with hall.database.write() as connection:
        for table in (*COPIED, t.targets, t.rollouts, t.drafts):
            connection.execute(table.delete())
            if rows.get(table.name):
                connection.execute(insert(table), rows[table.name])
