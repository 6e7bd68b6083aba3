"""The centre's desk with a real mosquitto and terminals on real connections: also when the broker is killed."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from hall.wire.link import Link, Will
from provisioning.broker import passwords, private
from provisioning.broker.private import PrivateBroker
from provisioning.centre.broker_line import BrokerLine
from provisioning.centre.desk import Desk
from provisioning.centre.documents import Documents
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.outbound import Outbound
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.centre.vault import Vault
from provisioning.wire import topics
from provisioning.wire.documents import open_command, open_document
from provisioning.wire.messages import Ack, Answer, EventBatch, Presence, Reported
from tests.unit.provisioning.centre.rollout_scene import APPROVER, fleet_wide, terminal_row

pytestmark = pytest.mark.broker

NAMES = [f"k{number:02}" for number in range(12)]
PASSWORD = "synthetic"


def until(holds: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
    """Real sockets, so real time; looked at often, never slept through."""
    over = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < over, f"not within {seconds:g} s: {what}"
        pause.wait(0.02)


@dataclass
class Terminal:
    """Confirms whatever it is rightly told."""

    name: str
    broker: PrivateBroker
    keys: dict[str, str]
    sid: str = "s1"
    rev: int = 0
    heard: list[tuple[str, bytes]] = field(default_factory=list)

    def start(self) -> "Terminal":
        host = self.broker.url.removeprefix("mqtt://")
        self.link = Link(
            f"mqtt://{self.name}:{PASSWORD}@{host}",
            self.name,
            subscribe=(
                (topics.desired(self.name), 1),
                (topics.command(self.name), 1),
                (topics.ack(self.name), 1),
            ),
            on_message=self.on_message,
            on_state=self.on_state,
            will=Will(topics.status(self.name), self.presence(False)),
            reconnect=(0.1, 1.0),
        )
        self.link.start()
        return self

    def presence(self, on: bool) -> bytes:
        return Presence(on=on, sid=self.sid, boot=1, at=datetime.now(UTC)).model_dump_json().encode()

    def on_state(self, up: bool) -> None:
        if up:
            self.link.publish(topics.status(self.name), self.presence(True), retain=True)
            self.report()

    def on_message(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))
        if topic == topics.desired(self.name) and payload:
            document = open_document(payload, self.keys, self.name, self.rev, datetime.now(UTC))
            self.rev, self.etag = document.rev, document.etag
            self.report()

    def report(self) -> None:
        if self.rev:
            said = Reported(
                device=self.name,
                sid=self.sid,
                rev=self.rev,
                etag=self.etag,
                state="confirmed",
                running=self.rev,
                good=self.rev,
                highest=self.rev,
                at=datetime.now(UTC),
            )
            self.link.publish(topics.reported(self.name), said.model_dump_json().encode(), retain=True)

    def cut(self) -> None:
        """A pulled cable: nothing is said, and paho, whose thread has ended, does not come back."""
        client = self.link._client
        assert client is not None
        client.loop_stop()
        line = client.socket()
        assert line is not None
        line.close()

    def commands(self) -> list[str]:
        here = topics.command(self.name)
        found = [payload for topic, payload in self.heard if topic == here]
        return [open_command(one, self.keys, self.name, datetime.now(UTC)).verb for one in found]


class Centre:
    """The real parts, wired as the service does."""

    def __init__(self, folder: Path, broker: PrivateBroker) -> None:
        self.database = Database(f"sqlite:///{folder / 'centre.sqlite'}")
        self.database.prepare()
        self.keys = SigningKeys(self.database, Vault(folder / "vault.key"), time.time)
        self.documents = Documents(self.keys, time.time)
        self.fleet = Fleet(self.database, time.time)
        self.fleet.load()
        outbound = Outbound(self.fleet, time.time)
        self.rollouts = Rollouts(self.database, self.documents, self.fleet, outbound.publish, time.time)
        self.batches: list[tuple[str, int]] = []
        self.answers: list[tuple[str, str]] = []
        self.outbound = outbound
        self.desk = Desk(
            self.database,
            self.documents,
            self.keys,
            self.fleet,
            self.rollouts,
            outbound,
            {"main": BrokerLine(broker.centre_url)},
            time.time,
            events=self.events,
            answers=lambda device, answer: self.answers.append((device, answer.id)),
        )

    def events(self, device: str, batch: EventBatch) -> Ack:
        self.batches += [(device, event.seq) for event in batch.events]
        return Ack(stream=batch.stream, seq=batch.events[-1].seq)

    def live(self, name: str) -> Live:
        found = self.fleet.get(name)
        assert found is not None
        return found

    def converged(self) -> bool:
        return all(live.converged and live.online for live in self.fleet)

    def start_rollout(self, values: dict[str, object], base: int = 0) -> int:
        with self.database.write() as connection:
            draft: int = connection.execute(
                insert(t.drafts)
                .values(
                    title="公告",
                    state="approved",
                    changes=[fleet_wide(dict(values), base)],
                    plan=Plan(soak_seconds=0).model_dump(mode="json"),
                    author="li",
                    created=0.0,
                    changed=0.0,
                    reviewer="wang",
                    reviewed=0.0,
                    remark="",
                    version=1,
                )
                .returning(t.drafts.c.id)
            ).scalar_one()
        return self.rollouts.start(draft, APPROVER)

    def state(self, rollout: int) -> str:
        with self.database.read() as connection:
            return str(connection.scalar(select(t.rollouts.c.state).where(t.rollouts.c.id == rollout)))


@contextmanager
def centre_at(folder: Path, broker: PrivateBroker) -> Iterator[Centre]:
    centre = Centre(folder, broker)
    centre.desk.start()
    try:
        yield centre
    finally:
        centre.desk.close()
        centre.database.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    try:
        running = private.start(tmp_path / "broker")
    except private.BrokerFailed as error:
        pytest.skip(str(error))
    users = passwords.read(running.passwords)
    kept = passwords.hashed(PASSWORD)
    passwords.write(running.passwords, users | dict.fromkeys([*NAMES, "stranger"], kept))
    running.reload()
    yield running
    running.stop()


@pytest.fixture
def terminals(tmp_path: Path, broker: PrivateBroker) -> Iterator[dict[str, Terminal]]:
    """Twelve terminals in three halls, enrolled and told their first document, connected."""
    with_centre = Centre(tmp_path, broker)
    with with_centre.database.write() as connection:
        for number, name in enumerate(NAMES):
            connection.execute(insert(t.terminals).values(terminal_row(name, f"hall{number % 3}")))
            with_centre.rollouts.first(connection, name)
    with_centre.database.close()
    made = {name: Terminal(name, broker, with_centre.keys.public()).start() for name in NAMES}
    yield made
    for one in made.values():
        one.link.close()


def test_a_rollout_reaches_everybody_over_a_real_broker(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        number = centre.start_rollout({"theme": "large"})
        until(lambda: centre.state(number) == "done", "rollout done")
        assert {one.rev for one in terminals.values()} == {2}
    database = Database(f"sqlite:///{tmp_path / 'centre.sqlite'}")
    with database.read() as connection:
        kept = connection.execute(select(t.terminals.c.reported_rev, t.terminals.c.reported_state)).all()
    database.close()
    assert set(kept) == {(2, "confirmed")}


def test_one_that_another_process_let_in_is_known_as_soon_as_it_comes(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "all there")
        beside = Database(f"sqlite:///{tmp_path / 'centre.sqlite'}")
        with beside.write() as connection:
            connection.execute(insert(t.terminals).values(terminal_row("stranger", "hall0")))
        beside.close()
        late = Terminal("stranger", broker, centre.keys.public()).start()
        until(lambda: (live := centre.fleet.get("stranger")) is not None and live.online, "it is known")
        late.link.close()


def test_a_broker_killed_in_mid_rollout_is_filled_again_and_the_rollout_goes_on(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        number = centre.start_rollout({"theme": "large"})
        until(lambda: any(one.rev == 2 for one in terminals.values()), "one was told")
        broker.kill()
        until(lambda: not centre.desk.connected, "the cut is seen")
        assert {live.presence for live in centre.fleet} == {"unknown"}
        broker.start()
        until(lambda: centre.state(number) == "done", "rollout done", 80)  # its link comes back by and by
        until(centre.converged, "all confirmed")
        with centre.database.read() as connection:
            states = set(connection.scalars(select(t.targets.c.state)))
        assert states == {"confirmed"}
        late = Terminal(NAMES[0], broker, centre.keys.public())
        terminals[NAMES[0]].link.close()
        terminals[NAMES[0]] = late.start()
        until(lambda: late.rev == 2, "the retained document is there again")


def test_a_service_that_ends_and_begins_again_goes_on(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        number = centre.start_rollout({"theme": "large"})
        until(lambda: any(one.rev == 2 for one in terminals.values()), "one was told")
    with centre_at(tmp_path, broker) as centre:
        until(lambda: centre.state(number) == "done", "rollout done")


def test_a_terminal_that_is_cut_off_is_offline_by_its_will_until_it_is_back(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        terminals[NAMES[0]].cut()
        until(lambda: not centre.live(NAMES[0]).online, "its will")
        assert centre.live(NAMES[1]).online
        terminals[NAMES[0]].link.close()
        terminals[NAMES[0]] = Terminal(NAMES[0], broker, centre.keys.public(), sid="s2").start()
        until(lambda: centre.live(NAMES[0]).sid == "s2" and centre.live(NAMES[0]).online, "its next session")


def test_a_second_session_counts_whatever_the_will_of_the_one_it_cut_off_says(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        first = terminals[NAMES[0]]
        terminals[NAMES[0]] = Terminal(
            NAMES[0], broker, centre.keys.public(), sid="s2"
        ).start()  # the broker cuts the first one off
        first.link.close()
        until(
            lambda: centre.live(NAMES[0]).sid == "s2" and centre.live(NAMES[0]).online,
            "the new session, whatever the first one's will said meanwhile",
        )
        assert centre.live(NAMES[1]).online


def sent(one: Terminal, seq: int) -> None:
    """One event, until it is acknowledged: the broker has then all that the centre had said before."""
    event = {"seq": seq, "at": datetime.now(UTC), "type": "agent.started"}
    batch = EventBatch.model_validate({"stream": "agent", "events": [event]})
    one.link.publish(topics.events(one.name), batch.model_dump_json().encode())

    def acknowledged() -> bool:
        acks = [payload for topic, payload in one.heard if topic == topics.ack(one.name)]
        return [Ack.model_validate_json(ack) for ack in acks] == [Ack(stream="agent", seq=seq)]

    until(acknowledged, "the acknowledgement")


def test_events_are_acknowledged_and_answers_handed_on(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        one = terminals[NAMES[3]]
        sent(one, 7)
        assert centre.batches == [(one.name, 7)]
        answer = Answer(id="c1", ok=True, at=datetime.now(UTC))
        one.link.publish(topics.answer(one.name), answer.model_dump_json().encode())
        until(lambda: centre.answers == [(one.name, "c1")], "the answer")


def test_rubbish_and_strangers_change_nothing(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        bad = terminals[NAMES[0]].link
        for kind in (topics.reported, topics.status, topics.health, topics.events, topics.answer):
            bad.publish(kind(NAMES[0]), b"\x00[[[")
        forged = Reported(
            device=NAMES[1],
            sid="x",
            rev=9,
            state="rejected",
            running=0,
            good=0,
            highest=9,
            at=datetime.now(UTC),
        )
        bad.publish(topics.reported(NAMES[0]), forged.model_dump_json().encode())
        stranger = Terminal("stranger", broker, {}).start()
        until(lambda: centre.desk.dropped.counts["malformed"] >= 5, "rubbish counted")
        until(lambda: centre.desk.dropped.counts["foreign"] == 1, "the forgery counted")
        until(lambda: centre.desk.dropped.counts["unknown"] >= 1, "the stranger counted")
        stranger.link.close()
        assert centre.live(NAMES[1]).reported_state == "confirmed"
        number = centre.start_rollout({"theme": "large"})
        until(lambda: centre.state(number) == "done", "the desk lives")


def test_a_retired_terminal_is_wiped_and_leaves_nothing_behind(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "first documents confirmed")
        gone = terminals[NAMES[5]]
        with centre.database.write() as connection:
            connection.execute(
                update(t.terminals).where(t.terminals.c.id == gone.name).values(state="retired")
            )
        centre.desk.retire(gone.name)
        until(lambda: gone.commands() == ["wipe"], "the order to wipe")
        gone.link.publish(
            topics.status(gone.name), gone.presence(False), retain=True
        )  # its will comes afterwards
        until(lambda: 1 not in list(gone.link._under_way.values()), "the broker has its will")
        until(lambda: (topics.desired(gone.name), b"") in gone.heard, "its document is cleared")
        sent(terminals[NAMES[1]], 1)  # and the centre has seen the will, which came before
        assert centre.desk.dropped.counts["retired"] >= 1
    left: list[str] = []
    last = topics.status(NAMES[1])
    reader = Link(
        broker.centre_url,
        "centre",
        subscribe=(*((topic(gone.name), 0) for topic in topics.RETAINED), (last, 0)),
        on_message=lambda topic, payload: left.append(topic),
    )
    reader.start()
    until(lambda: last in left, "the retained message that is asked for last")
    reader.close()
    assert set(left) == {last}
