"""A terminal that has turned against its fleet, on a real mosquitto: the desk serves the others, and nothing leaks."""

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hall.wire.link import Link
from provisioning.broker.access import CENTRE
from provisioning.broker.accounts import BrokerAccounts, Door
from provisioning.broker.packets import Message
from provisioning.broker.private import PrivateBroker
from provisioning.broker.probe import credentials
from provisioning.broker.session import open_session
from provisioning.centre.cards import Cards, Reached
from provisioning.wire import topics
from provisioning.wire.messages import Event, EventBatch
from tests.e2e.test_desk import NAMES, PASSWORD, Centre, Terminal, centre_at, until
from tests.e2e.test_desk import broker as broker
from tests.e2e.test_desk import terminals as terminals

pytestmark = pytest.mark.broker

BAD, GOOD = NAMES[0], NAMES[1]


def batch(first: int) -> bytes:
    events = (Event(seq=first, at=datetime.now(UTC), type="x"),)
    return EventBatch(stream="agent", events=events).model_dump_json().encode()


def test_a_flood_of_one_terminal_leaves_the_desk_to_the_others(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "all there")
        health = {"sid": "s1", "at": datetime.now(UTC).isoformat(), "up_seconds": 1, "rev": 1}
        payload = json.dumps(health).encode()
        for _ in range(20_000):
            terminals[BAD].link.publish(topics.health(BAD), payload, qos=0)
        terminals[GOOD].link.publish(topics.events(GOOD), batch(1))
        rollout = centre.start_rollout({"screen": {"theme": "large"}})
        until(lambda: (GOOD, 1) in centre.batches, "an event of another terminal is kept")
        until(lambda: centre.desk.dropped.counts["flood"] > 10_000, "the flood was dropped")

        def done() -> bool:
            if not centre.live(BAD).converged:
                terminals[BAD].report()  # what it said in its flood was dropped with it
            return centre.state(rollout) == "done"

        until(done, "a rollout goes through", 90)
        heard = terminals[GOOD].heard
        until(lambda: any(topic == topics.ack(GOOD) for topic, _ in heard), "acknowledged")


def test_poison_that_one_terminal_retains_harms_nobody_also_when_the_centre_comes_back(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    link = terminals[BAD].link
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "all there")
    odd = (b"\x00" * 65_536, b"[" * 65_536, b'{"rev":' + b"9" * 5000 + b"}", "\U0001f4a3\u0000".encode())
    for topic in (topics.reported, topics.health, topics.events, topics.answer):
        for payload in odd:
            link.publish(topic(BAD), payload, retain=True)
    huge = {"device": BAD, "sid": "s1", "rev": 1, "state": "confirmed", "running": 1, "good": 1}
    huge |= {"highest": 2_000_000_000, "at": datetime.now(UTC).isoformat()}
    link.publish(topics.reported(BAD), json.dumps(huge).encode(), retain=True)
    with centre_at(tmp_path, broker) as centre:
        others = [name for name in NAMES if name != BAD]
        until(
            lambda: all(centre.live(n).converged and centre.live(n).online for n in others), "others are fine"
        )
        centre.fleet.flush()
        terminals[GOOD].link.publish(topics.events(GOOD), batch(1))
        until(lambda: (GOOD, 1) in centre.batches, "an event of another terminal is kept")
        until(lambda: centre.desk.dropped.counts["malformed"] > 0, "the poison was seen")


def test_a_message_larger_than_allowed_ends_its_own_connection_only(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "all there")
        terminals[BAD].link.publish(topics.reported(BAD), b"x" * 10_000_000, retain=True)
        until(lambda: not centre.live(BAD).online, "the broker has ended it")
        assert all(centre.live(name).online for name in NAMES[1:])
        terminals[BAD].link.close()  # or it would try for ever


def test_a_terminal_that_asks_for_everything_hears_its_own_and_nothing_of_the_broker(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    port = broker.settings.port
    for one in terminals.values():
        one.link.close()
    everything = [
        "#",
        "+/#",
        "$SYS/#",
        "$SYS/broker/version",
        "k/1/d/+/+",
        "k/1/d/#",
        "/#",
        "k/1/probe/#",
        "$share/g/#",
    ]

    async def heard_by(name: str, password: str) -> list[Message]:
        heard: list[Message] = []
        session = await open_session("127.0.0.1", port, name, name, password, on_message=heard.append)
        for topic in everything:
            try:
                await session.subscribe([(topic, 1)])
            except ConnectionError:
                session = await open_session("127.0.0.1", port, name, name, password, on_message=heard.append)
        await session.subscribe([(f"k/1/ping/{name}", 1)])
        word = f"fence {len(heard)}".encode()
        await session.publish(f"k/1/ping/{name}", word)
        async with asyncio.timeout(40):
            while not any(m.payload == word for m in heard):
                await asyncio.sleep(0.01)
        session.close()
        return heard

    with centre_at(tmp_path, broker) as centre:
        until(lambda: bool(centre.desk.connected), "the desk is there")
        own = {topics.desired(BAD), topics.CENTRE_STATE}
        mine: set[str] = set()

        def heard_its_own() -> bool:
            mine.update(m.topic for m in asyncio.run(heard_by(BAD, PASSWORD)))
            return mine >= own

        until(heard_its_own, "its own documents")
    assert mine <= {of(BAD) for of in topics.TO_DEVICE} | {topics.CENTRE_STATE, f"k/1/ping/{BAD}"}
    password = credentials(broker.centre_url)[1] or ""
    theirs = {m.topic for m in asyncio.run(heard_by(CENTRE, password))}
    assert topics.BROKER_VERSION in theirs  # there was something to hear


def test_trying_the_broker_again_throws_nobody_out(tmp_path: Path, broker: PrivateBroker) -> None:
    centre = Centre(tmp_path, broker)
    links: list[bool] = []
    linked = centre.desk._linked

    def watched(broker: str, up: bool) -> None:
        links.append(up)
        linked(broker, up)

    centre.desk._linked = watched  # type: ignore[method-assign]
    centre.desk.start()
    try:
        until(lambda: bool(centre.desk.connected), "the desk is there")
        accounts = BrokerAccounts(centre.database, {"main": Door.of(broker.folder, broker.reload)}, time.time)
        cards = Cards({"main": Reached(broker.centre_url)}, accounts, time.time, many=50)
        card = cards.probe(centre.desk.connected)["main"]
        assert [c for c in card.checks if c.grade == "leak"] == []
        assert {"broker.client_id", "broker.isolation_write"} <= {c.code for c in card.checks}
        assert links == [True]
    finally:
        centre.desk.close()
        centre.database.close()


def test_a_captured_order_is_not_carried_by_another_terminal(
    tmp_path: Path, broker: PrivateBroker, terminals: dict[str, Terminal]
) -> None:
    captured: list[bytes] = []
    with centre_at(tmp_path, broker) as centre:
        until(centre.converged, "all there")
        centre.desk.order(GOOD, "reboot")
        until(lambda: terminals[GOOD].commands() == ["reboot"], "the order came")
        captured += [payload for topic, payload in terminals[GOOD].heard if topic == topics.command(GOOD)]
        thief: Link = terminals[BAD].link
        thief.publish(topics.command(GOOD), captured[0], retain=True)
        thief.publish(topics.desired(GOOD), b"", retain=True)
        thief.publish(topics.events(BAD), batch(1))
        until(lambda: (BAD, 1) in centre.batches, "what the thief said after it was heard")
        centre.desk.order(GOOD, "resync")  # behind all that on the same broker
        until(lambda: "resync" in terminals[GOOD].commands(), "the fence came")
        assert terminals[GOOD].commands() == ["reboot", "resync"]
