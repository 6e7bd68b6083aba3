"""A simulated fleet against the real desk, database and mosquitto: it converges, whatever the network does.

The real agent runs in each terminal. What is awaited is awaited by looking, with a bound that only a hang reaches.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bench.centre import Ground, Heart, ground, running
from provisioning.agent.effects import Publish
from provisioning.broker import private
from provisioning.broker.private import PrivateBroker
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.store.tables import events, layers, streams, terminals
from provisioning.simulator.behaviour import NAMED, Behaviour, mix
from provisioning.simulator.fleet import SimulatedFleet
from provisioning.simulator.seeding import seed
from provisioning.simulator.terminal import Identity
from provisioning.wire import topics
from provisioning.wire.documents import Apply
from provisioning.wire.messages import EventBatch

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

HANG = 90.0  # seconds
APPLY = Apply(when="now", probation_seconds=0.2, deadline_seconds=HANG)  # nothing here fails by being late
COUNT = 200
GARBLED = NAMED["garbled"]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    made = private.start(tmp_path / "broker")
    yield made
    made.stop()


@pytest.fixture
def base(tmp_path: Path) -> Ground:
    return ground(tmp_path)


def seeded(base: Ground, broker: PrivateBroker, count: int) -> list[Identity]:
    return seed(base.database, base.keys, base.documents, broker.url, count, time.time(), apply=APPLY)


def story(
    base: Ground,
    broker: PrivateBroker,
    tell: Callable[[Heart, SimulatedFleet, list[Identity]], Awaitable[None]],
    behaviour: Callable[[int], Behaviour] = lambda number: NAMED["well"],
    count: int = COUNT,
    said: Callable[[str, Publish], None] = lambda device, publish: None,
) -> None:
    """Seed ``count`` terminals, start the centre, connect all, then ``tell`` what happens."""
    identities = seeded(base, broker, count)

    async def whole(heart: Heart) -> None:
        fleet = SimulatedFleet(time.time, behaviour=behaviour, said=said)
        await fleet.add_all(identities)
        try:
            assert await fleet.until(lambda: all_there(heart, count), HANG), fleet.counts()
            await tell(heart, fleet, identities)
            assert fleet.broken() == []
        finally:
            await fleet.stop()

    with running(base, broker.folder, broker.url) as heart:
        asyncio.run(whole(heart))


def all_there(heart: Heart, count: int = COUNT) -> bool:
    """Everybody runs what they were told, and a rollout would find them online."""
    counts = heart.fleet.counts()
    return counts.converged == counts.online == count


def large(heart: Heart, plan: Plan) -> int:
    return heart.change({"screen": {"theme": "large"}}, plan)


def themes(fleet: SimulatedFleet) -> list[str]:
    return [
        str((terminal.glass or {}).get("screen", {}).get("theme", "normal")) for terminal in fleet.terminals
    ]


async def ended(heart: Heart, fleet: SimulatedFleet, rollout: int) -> str:
    assert await fleet.until(lambda: heart.state(rollout) in ("done", "aborted"), HANG), (
        heart.rollouts.progress(rollout),
        fleet.counts(),
    )
    return heart.state(rollout)


async def all_large(heart: Heart, fleet: SimulatedFleet) -> None:
    """In the end: who was cut off when the rollout was over gets it when they are back."""
    assert await fleet.until(
        lambda: themes(fleet) == ["large"] * COUNT and heart.fleet.counts().converged == COUNT, HANG
    ), (fleet.counts(), heart.fleet.counts())


def test_all_converge_though_messages_come_twice_and_out_of_order(
    base: Ground, broker: PrivateBroker
) -> None:
    async def tell(heart: Heart, fleet: SimulatedFleet, _: list[Identity]) -> None:
        rollout = large(heart, Plan(unstaged=True, apply=APPLY))
        assert await ended(heart, fleet, rollout) == "done"
        assert themes(fleet) == ["large"] * COUNT
        assert heart.fleet.counts().converged == COUNT
        # nothing is confirmed at the centre that is not on the terminal's own disk
        for terminal in fleet.terminals:
            live, good = heart.fleet.get(terminal.identity.device), terminal.good
            assert live is not None
            assert good is not None
            assert (live.running, live.rev) == (good.rev, good.rev)

    story(base, broker, tell, lambda number: GARBLED)


def test_no_event_is_lost_or_counted_twice_when_everything_comes_twice(
    base: Ground, broker: PrivateBroker
) -> None:
    sent: dict[str, dict[int, str]] = {}

    def listen(device: str, publish: Publish) -> None:
        if publish.topic == topics.events(device):
            for event in EventBatch.model_validate_json(publish.payload).events:
                sent.setdefault(device, {})[event.seq] = (
                    f"{event.type} {json.dumps(event.body, sort_keys=True)}"
                )

    async def tell(heart: Heart, fleet: SimulatedFleet, _: list[Identity]) -> None:
        await ended(heart, fleet, large(heart, Plan(unstaged=True, apply=APPLY)))
        assert await fleet.until(lambda: all(t.unsent == 0 for t in fleet.terminals), HANG)
        with heart.database.read() as connection:
            acked = {row.terminal: row.acked for row in connection.execute(select(streams))}
            rows = connection.execute(select(events)).all()
        kept: dict[str, dict[int, str]] = {}
        for row in rows:
            kept.setdefault(row.terminal, {})[row.seq] = f"{row.type} {json.dumps(row.body, sort_keys=True)}"
        assert len(rows) == sum(map(len, sent.values()))
        assert digest(kept) == digest(sent)
        assert acked == {device: max(numbers) for device, numbers in sent.items()}
        assert min(map(len, sent.values())) >= 3

    story(base, broker, tell, lambda number: GARBLED, count=60, said=listen)


def digest(of: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()


def test_failures_stop_in_the_first_waves_and_everybody_touched_is_back(
    base: Ground, broker: PrivateBroker
) -> None:
    async def tell(heart: Heart, fleet: SimulatedFleet, _: list[Identity]) -> None:
        before = {t.identity.device: t.good.settings if t.good else None for t in fleet.terminals}
        rollout = large(heart, Plan(soak_seconds=0, apply=APPLY))
        assert await ended(heart, fleet, rollout) == "aborted"

        def all_back() -> bool:
            return themes(fleet) == ["normal"] * COUNT and heart.fleet.counts().converged >= COUNT - failed()

        def failed() -> int:
            return sum(t.standing is not None and t.standing.state == "rolled_back" for t in fleet.terminals)

        assert await fleet.until(all_back, HANG), (fleet.counts(), heart.fleet.counts())
        waves = heart.rollouts.progress(rollout)
        touched = sum(
            n for wave in waves for state, n in wave.states.items() if state not in ("waiting", "skipped")
        )
        assert 1 <= touched <= COUNT * 0.3
        assert before == {t.identity.device: t.good.settings if t.good else None for t in fleet.terminals}
        with heart.database.read() as connection:
            released = connection.execute(select(layers.c["values"])).scalar_one()
        assert "screen" not in released

    story(base, broker, tell, mix("well=3,refusing=1"))


def test_a_broker_killed_in_mid_rollout_loses_nobody(base: Ground, broker: PrivateBroker) -> None:
    async def tell(heart: Heart, fleet: SimulatedFleet, _: list[Identity]) -> None:
        rollout = large(heart, Plan(unstaged=True, apply=APPLY))
        assert await fleet.until(lambda: themes(fleet).count("large") >= 20, HANG)
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        assert await ended(heart, fleet, rollout) == "done"
        await all_large(heart, fleet)

    story(base, broker, tell)


def test_a_centre_that_ends_in_mid_rollout_goes_on_where_it_was(
    base: Ground, broker: PrivateBroker, tmp_path: Path
) -> None:
    identities = seeded(base, broker, COUNT)

    async def whole() -> None:
        fleet = SimulatedFleet(time.time, behaviour=mix("well"))
        await fleet.add_all(identities)
        try:
            with running(base, broker.folder, broker.url, rate=100) as heart:
                assert await fleet.until(lambda: all_there(heart), HANG), fleet.counts()
                rollout = large(heart, Plan(soak_seconds=0, apply=APPLY))
                assert await fleet.until(lambda: themes(fleet).count("large") >= 10, HANG)
                assert heart.state(rollout) == "running"
            again = ground(tmp_path)
            with running(again, broker.folder, broker.url) as heart:
                assert await ended(heart, fleet, rollout) == "done"
                await all_large(heart, fleet)
            with base.database.read() as connection:  # and so it is written
                assert set(connection.scalars(select(terminals.c.reported_state))) == {"confirmed"}
        finally:
            await fleet.stop()

    asyncio.run(whole())


def test_a_power_cut_in_probation_falls_back_or_confirms_and_nothing_hangs(
    base: Ground, broker: PrivateBroker
) -> None:
    async def tell(heart: Heart, fleet: SimulatedFleet, _: list[Identity]) -> None:
        rollout = large(
            heart, Plan(unstaged=True, failures=1, hall_failures=99, same_failures=99, apply=APPLY)
        )
        assert await fleet.until(lambda: fleet.counts()["probation"] > 0, HANG)
        for terminal in fleet.terminals:
            if terminal.standing is not None and terminal.standing.state == "probation":
                terminal.power_cut()
        assert await ended(heart, fleet, rollout) == "done"
        assert await fleet.until(lambda: heart.fleet.counts().converged == COUNT, HANG), fleet.counts()

    story(base, broker, tell)
