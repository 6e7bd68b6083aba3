"""A fleet on a bad day: broker and centre killed, nets cut, clocks wrong, disks full, messages garbled.

The centre is the product's own process, the broker a real mosquitto, the agent of each simulated terminal the real one.
In the end everybody is where the centre says, what is confirmed runs, and every event was counted once.
"""

import asyncio
import contextlib
import hashlib
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bench.centre import ground
from provisioning.agent.agent import UNCONFIRMED
from provisioning.agent.effects import Publish
from provisioning.broker import private
from provisioning.centre.accounts import Accounts, Person
from provisioning.centre.rights import CENTRE
from provisioning.centre.rollout_plan import UNDER_WAY
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.simulator.behaviour import NAMED, Behaviour
from provisioning.simulator.fleet import SimulatedFleet
from provisioning.simulator.seeding import seed
from provisioning.simulator.terminal import Identity, SimulatedTerminal
from provisioning.wire import topics
from provisioning.wire.messages import EventBatch, Reported
from tests.e2e.fleet_rig import HANG, CentreProcess, Disk, Leaping
from tongyuan.ops import ENDED, Ops, OpsRefused

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

COUNT, PER_HALL = 72, 12
HOUR, CUT = 3600.0, 600.0  # seconds
PASSWORD = "synthetic-67-words"
APPLY = {"when": "now", "probation_seconds": 0.2, "deadline_seconds": 120}
LENIENT = {
    "failures": 1,
    "hall_failures": 99,
    "same_failures": 99,
    "success": 0,
    "least": 0,
    "soak_seconds": 0,
}


class Fleet:
    """A centre, and ``COUNT`` terminals in halls of ``PER_HALL``. What each ever published is kept."""

    def __init__(self, centre: CentreProcess, database: Database) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Leaping)
        self.centre, self.database, self.loop = centre, database, loop
        self.disks = [Disk() for _ in range(COUNT)]
        self.sent: dict[str, dict[int, str]] = {}
        self.codes: Counter[str] = Counter()  # of faults that were reported
        self.terminals = SimulatedFleet(
            lambda: time.time() + loop.ahead,
            behaviour=garbled,
            said=self.hear,
            disk=lambda number: (self.disks[number].vault, self.disks[number].outbox),
        )

    async def people(self) -> tuple[Ops, Ops]:
        return await asyncio.to_thread(
            lambda: (Ops(self.centre.url, "one", PASSWORD), Ops(self.centre.url, "two", PASSWORD))
        )

    async def push(self, theme: str, **plan: Any) -> int:
        """A theme for the whole fleet, drafted by one and approved by another; the rollout's number."""
        one, two = await self.people()
        whole = {"waves": ["1", "25%", "100%"], **LENIENT, "apply": APPLY, **plan}
        return await asyncio.to_thread(
            lambda: two.approve(one.propose(theme, "fleet", "", {"screen": {"theme": theme}}, whole))
        )

    def state(self, rollout: int) -> str:
        with self.database.read() as connection:
            return str(connection.scalar(select(t.rollouts.c.state).where(t.rollouts.c.id == rollout)))

    async def until(self, so: Callable[[], bool], what: Callable[[], object]) -> None:
        assert await self.terminals.until(so, HANG), what()

    async def ended(self, rollout: int) -> str:
        await self.until(lambda: self.state(rollout) in ENDED, lambda: (self.targets(rollout), self.tail()))
        return self.state(rollout)

    def targets(self, rollout: int) -> dict[str, set[str]]:
        """Who is in each state."""
        found: dict[str, set[str]] = {}
        with self.database.read() as connection:
            for row in connection.execute(select(t.targets).where(t.targets.c.rollout == rollout)):
                found.setdefault(row.state, set()).add(row.terminal)
        return found

    async def settled(self, rollout: int) -> None:
        """Also who was away when it ended has heard of it."""
        await self.until(
            lambda: not self.targets(rollout).keys() & {"waiting", *UNDER_WAY},
            lambda: (self.targets(rollout), self.tail()),
        )

    def offline(self) -> set[str]:
        """Whom the centre knows to be away."""
        with self.database.read() as connection:
            return set(connection.scalars(select(t.terminals.c.id).where(~t.terminals.c.online)))

    def gaps(self) -> list[tuple[str, int, int]]:
        """Whose events people were told will never come: from which number to which."""
        with self.database.read() as connection:
            alerts = connection.execute(select(t.alerts).where(t.alerts.c.kind == "gap"))
            return [(one.terminal, one.detail["first"], one.detail["last"]) for one in alerts]

    def tail(self) -> str:
        return self.centre.log[-3000:]

    def wearing(self, theme: str) -> set[str]:
        """Who has it on the glass."""
        return names(one for one in self.terminals.terminals if _theme(one) == theme)

    def differing(self) -> list[tuple[str, object, object]]:
        """Terminals of which the centre's database does not say what stands on their own disk and glass."""
        with self.database.read() as connection:
            rows = {row.id: row for row in connection.execute(select(t.terminals))}
        found: list[tuple[str, object, object]] = []
        for one in self.terminals.terminals:
            row, standing, good = rows[one.identity.device], one.standing, one.good
            assert standing is not None
            assert good is not None
            ours = (standing.state, standing.rev, good.rev, good.rev if one.glass == good.settings else -1)
            theirs = (row.reported_state, row.reported_rev, row.good, row.running)
            if ours != theirs or (
                standing.state == "confirmed" and (row.rev, row.etag) != (good.rev, good.etag)
            ):
                found.append((one.identity.device, ours, (*theirs, row.rev)))
        return found

    async def honest(self) -> None:
        await self.until(lambda: self.differing() == [], lambda: (self.differing()[:5], self.tail()))

    async def counted_once(self, lost: dict[str, int] | None = None) -> None:
        """Every event that was ever numbered is at the centre, once, as it was; but for ``lost``, which is told."""
        await self.until(
            lambda: all(one.unsent == 0 for one in self.terminals.terminals),
            lambda: [(o.identity.device, o.unsent) for o in self.terminals.terminals if o.unsent][:5],
        )
        with self.database.read() as connection:
            rows = connection.execute(select(t.events)).all()
            streams = {row.terminal: row for row in connection.execute(select(t.streams))}
        kept: dict[str, dict[int, str]] = {}
        for row in rows:
            kept.setdefault(row.terminal, {})[row.seq] = _event(row.type, row.body)
        assert sum(map(len, kept.values())) == len(rows)
        assert {of: _digest(kept[of]) for of in sorted(kept)} == {
            of: _digest(self.sent[of]) for of in sorted(kept)
        }
        assert kept.keys() == self.sent.keys()
        for one in self.terminals.terminals:
            stream = streams[one.identity.device]
            assert stream.acked == one.numbered
            assert stream.lost == one.numbered - len(kept[one.identity.device])
        assert {of: row.lost for of, row in streams.items() if row.lost} == (lost or {})

    def proven(self) -> None:
        """Whatever the centre ever took for confirmed was confirmed: the terminal's own events say so."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(t.documents.c.terminal, t.documents.c.rev).where(t.documents.c.confirmed.is_not(None))
            ).all()
        said = {
            (device, json.loads(body)["revision"])
            for device, events in self.sent.items()
            for type, _, body in (text.partition(" ") for text in events.values())
            if type == "config.confirmed"
        }
        assert {(row.terminal, row.rev) for row in rows} == said

    def hear(self, device: str, publish: Publish) -> None:
        if publish.topic == topics.reported(device) and (
            fault := Reported.model_validate_json(publish.payload).fault
        ):
            self.codes[fault.code] += 1
        if publish.topic == topics.events(device):
            for event in EventBatch.model_validate_json(publish.payload).events:
                said = self.sent.setdefault(device, {}).setdefault(
                    event.seq, _event(event.type, dict(event.body))
                )
                assert said == _event(event.type, dict(event.body)), "a number has one meaning"


def names(terminals: Iterable[SimulatedTerminal]) -> set[str]:
    return {one.identity.device for one in terminals}


def _theme(terminal: SimulatedTerminal) -> str:
    """On its glass."""
    return str((terminal.glass or {}).get("screen", {}).get("theme", "normal"))


def _event(type: str, body: dict[str, Any]) -> str:
    return f"{type} {json.dumps(body, sort_keys=True)}"


def _digest(events: dict[int, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(events.items())).encode()).hexdigest()


def garbled(number: int) -> Behaviour:
    """A quarter of all hear and say everything twice, or in the wrong order."""
    return NAMED["garbled"] if number % 4 == 0 else NAMED["well"]


def story(tmp_path: Path, tell: Callable[[Fleet], Awaitable[None]]) -> None:
    """A fleet that has converged; then ``tell``."""
    with contextlib.ExitStack() as stack:
        broker = private.start(tmp_path / "broker")
        stack.callback(broker.stop)
        base = ground(tmp_path)
        stack.callback(base.database.close)
        identities = seed(
            base.database, base.keys, base.documents, broker.url, COUNT, time.time(), per_hall=PER_HALL
        )
        accounts = Accounts(base.database, time.time)
        accounts.create(CENTRE, Person("one", "甲", "operator"), PASSWORD)
        accounts.create(CENTRE, Person("two", "乙", "approver"), PASSWORD)
        centre = CentreProcess(tmp_path, broker)
        stack.callback(centre.stop)
        centre.start()
        with asyncio.Runner(loop_factory=Leaping) as runner:
            runner.run(_whole(centre, base.database, identities, tell))


async def _whole(
    centre: CentreProcess,
    database: Database,
    identities: list[Identity],
    tell: Callable[[Fleet], Awaitable[None]],
) -> None:
    fleet = Fleet(centre, database)
    await fleet.terminals.add_all(identities)
    try:
        await fleet.until(lambda: fleet.terminals.counts()["confirmed"] == COUNT, fleet.terminals.counts)
        await fleet.honest()
        await tell(fleet)
        assert fleet.terminals.broken() == []
    finally:
        await fleet.terminals.stop()


def test_a_fleet_on_its_worst_day_converges_and_nothing_is_confirmed_that_does_not_run(
    tmp_path: Path,
) -> None:
    async def tell(fleet: Fleet) -> None:
        terminals, centre = fleet.terminals.terminals, fleet.centre
        # clocks an hour back, disks full, a net cut: then a rollout
        for number, one in enumerate(terminals):
            if number % 9 == 1:
                one.behaviour = replace(one.behaviour, skew=-HOUR)
        full, away = terminals[2::18], terminals[5::12]
        for number in range(2, COUNT, 18):
            fleet.disks[number].full = True
        for one in away:
            one.cut(until_mended=True)
        # known to be away, or one of them might be the first wave
        await fleet.until(lambda: fleet.offline() == names(away), fleet.offline)
        rollout = await fleet.push("large")
        await fleet.until(lambda: len(fleet.wearing("large")) >= COUNT // 5, lambda: fleet.targets(rollout))
        await asyncio.to_thread(centre.broker.kill)  # in the middle of it
        await asyncio.to_thread(centre.broker.start)
        await fleet.until(lambda: len(fleet.wearing("large")) >= COUNT // 3, lambda: fleet.targets(rollout))
        assert fleet.state(rollout) == "running"
        await asyncio.to_thread(centre.kill)
        centre.ahead(-HOUR)
        await asyncio.to_thread(centre.start)
        await fleet.until(lambda: fleet.codes["agent.disk"] > 0, lambda: fleet.targets(rollout))
        assert {_theme(one) for one in (*full, *away)} == {"normal"}
        # the net is back after ten minutes, and the disks have room
        fleet.loop.ahead += CUT
        centre.ahead(CUT)
        for disk in fleet.disks:
            disk.full = False
        for one in away:
            one.mend()
        assert await fleet.ended(rollout) == "done", fleet.targets(rollout)
        await fleet.settled(rollout)
        await fleet.honest()
        confirmed = fleet.targets(rollout)["confirmed"]
        assert len(confirmed) >= COUNT // 2
        # a disk that has room again takes what it had refused, also when the rollout is over
        assert confirmed <= fleet.wearing("large") <= confirmed | names(full)
        # whoever had to fall back gets it with the next change
        assert await fleet.ended(await fleet.push("contrast")) == "done"
        await fleet.until(lambda: len(fleet.wearing("contrast")) == COUNT, lambda: fleet.wearing("contrast"))
        await fleet.honest()
        assert fleet.terminals.counts()["confirmed"] == COUNT
        await fleet.counted_once()
        fleet.proven()

    story(tmp_path, tell)


def test_a_full_disk_of_the_centre_loses_no_event_and_a_lost_outbox_is_told_as_a_gap(tmp_path: Path) -> None:
    async def tell(fleet: Fleet) -> None:
        terminals, centre = fleet.terminals.terminals, fleet.centre
        await fleet.counted_once()
        rollout = await fleet.push("large", waves=["100%"])
        await fleet.until(lambda: len(fleet.wearing("large")) >= 3, lambda: fleet.targets(rollout))
        centre.full(True)
        for one in terminals[::3]:
            one.power_cut()
        await fleet.until(lambda: all(one.unsent for one in terminals[::3]), fleet.tail)
        with pytest.raises(OpsRefused, match=r"centre\.(store|disk)"):
            await fleet.people()
        centre.full(False)
        await fleet.until(lambda: not fleet.terminals.counts()["probation"], fleet.terminals.counts)
        fleet.loop.ahead += UNCONFIRMED  # what had no acknowledgement is sent again
        assert await fleet.ended(rollout) == "done", fleet.targets(rollout)
        await fleet.until(lambda: len(fleet.wearing("large")) == COUNT, lambda: fleet.targets(rollout))
        await fleet.honest()
        await fleet.counted_once()
        fleet.proven()
        # an outbox is lost: its numbers are not used again, and the centre is told what it will never get
        unlucky = terminals[7]
        before = unlucky.numbered
        fleet.disks[7].outbox.forget()
        unlucky.power_cut()
        await fleet.until(lambda: unlucky.numbered > before and not unlucky.unsent, lambda: unlucky.numbered)
        device = unlucky.identity.device
        fresh = [number for number in fleet.sent[device] if number > before]
        await fleet.counted_once({device: min(fresh) - 1 - before})
        await fleet.until(lambda: fleet.gaps() != [], fleet.tail)
        assert fleet.gaps() == [(device, before + 1, min(fresh) - 1)]

    story(tmp_path, tell)
