"""The fleet at size: converging, one change to all, in waves, with failures; beside bare messages on the same broker.

Real mosquitto with the hardened configuration, a real centre's heart in a process of its own, the real agent in every
simulated terminal (one process). The floor: the same number of bare clients that answer each retained document of the
same size with one retained message, at the same pace. All share this machine's cores.
"""

import asyncio
import contextlib
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy import select

from bench.centre import Ground, ground
from bench.load import percentile
from provisioning.broker import private
from provisioning.broker.accounts import BrokerAccounts, Door
from provisioning.broker.packets import Message
from provisioning.broker.private import PrivateBroker
from provisioning.broker.probe import credentials
from provisioning.broker.session import Session, open_session
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.store.tables import documents, events, streams, targets
from provisioning.simulator import enrolling
from provisioning.simulator.behaviour import NAMED, Behaviour
from provisioning.simulator.enrolling import enrol_all, serial_of
from provisioning.simulator.fleet import DOOR, SimulatedFleet
from provisioning.simulator.seeding import seed
from provisioning.simulator.terminal import Identity
from provisioning.wire import topics
from provisioning.wire.documents import Apply

COUNT, QUICK, LARGE = 5000, 300, 10_000
RATE = 500.0  # documents a second
BYTES = 2000  # of a document: padded by the text of a notice
WAIT = 300.0  # seconds until a run is given up
PROMPT = Apply(when="now", probation_seconds=0.001, deadline_seconds=10)
"""An invented kiosk lives at once; what is measured is everything else."""
AT_ONCE = replace(NAMED["well"], start_seconds=0.0)
REFUSING = replace(NAMED["refusing"], start_seconds=0.0)


def figures(*, quick: bool) -> Iterator[dict[str, Any]]:
    yield enrolment(QUICK if quick else COUNT)
    for name, count, failing in (
        ("fleet", QUICK if quick else COUNT, False),
        ("fleet_failures", QUICK if quick else COUNT, True),
        *((("fleet_large", LARGE, False),) if not quick else ()),
    ):
        yield measure(name, count, failing=failing)


def measure(name: str, count: int, *, failing: bool = False) -> dict[str, Any]:
    """One run on a fresh broker and database."""
    _many_files(count)
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        broker = private.start(folder / "broker")
        stack.callback(broker.stop)
        base = ground(folder)
        stack.callback(base.database.close)
        begin = time.monotonic()
        identities = seed(
            base.database, base.keys, base.documents, broker.url, count, time.time(), apply=PROMPT
        )
        seeded = time.monotonic() - begin
        BrokerAccounts(base.database, {"main": Door.of(broker.folder, broker.reload)}, time.time).step()
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            run = Run(base, broker, identities, failing=failing)
            found = runner.run(run.failures() if failing else run.all())
        return {"figure": name, "terminals": count, "seeded_s": round(seeded, 1), **found}


def enrolment(count: int) -> dict[str, Any]:
    """Terminals that are expected by their serials come in over HTTP, all at once, and serve."""
    _many_files(count)
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        broker = private.start(folder / "broker")
        stack.callback(broker.stop)
        base = ground(folder)
        stack.callback(base.database.close)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return {"figure": "fleet_enrolment", "terminals": count} | runner.run(_enrol(base, broker, count))


async def _enrol(base: Ground, broker: PrivateBroker, count: int) -> dict[str, Any]:
    loop, times = asyncio.get_running_loop(), dict[str, float]()
    fleet = SimulatedFleet(time.time, behaviour=lambda number: AT_ONCE)

    def enrolled(_number: int, identity: Identity) -> None:
        """On a thread of the enrolment: the terminal boots at once."""
        loop.call_soon_threadsafe(fleet.add, identity)

    async with running_centre(base, broker, http=True) as centre:
        address = str((await centre.ask("expect", count=count))["url"])
        serials = [serial_of(number) for number in range(count)]
        begin = time.monotonic()
        try:
            await asyncio.to_thread(enrol_all, enrolling.Centre(address), serials, enrolled=enrolled)
            times["enrolled_s"] = time.monotonic() - begin
            await fleet.until(lambda: all(terminal.glass is not None for terminal in fleet.terminals), WAIT)
            times["serving_s"] = time.monotonic() - begin
            await centre.until("counts", lambda counts: bool(counts["online"] == count))
            times["online_s"] = time.monotonic() - begin
            await centre.until("counts", lambda counts: bool(counts["converged"] == count))
            times["confirmed_s"] = time.monotonic() - begin
            counts = _figures(await centre.ask("counts"))
        finally:
            await fleet.stop()
    return {name: round(seconds, 1) for name, seconds in times.items()} | counts


class Run:
    def __init__(
        self, base: Ground, broker: PrivateBroker, identities: Sequence[Identity], *, failing: bool
    ) -> None:
        self._base, self._broker, self._identities = base, broker, identities
        self._failing = failing
        self._fleet: SimulatedFleet

    async def all(self) -> dict[str, Any]:
        """Floor, converging, one change to all, one change in waves."""
        floor = await self._floor()
        async with self._centre() as centre:
            found: dict[str, Any] = {"converged_s": await self._converge(centre)}
            for theme, figure, plan in (
                ("large", "push", Plan(unstaged=True, apply=PROMPT)),
                ("contrast", "staged", Plan(soak_seconds=0, apply=PROMPT)),
            ):
                begin = time.monotonic()
                rollout = await centre.change(theme, plan)
                began = time.monotonic() - begin
                end = await self._end_of(centre, rollout)
                took = time.monotonic() - begin
                if end["state"] != "done":
                    raise RuntimeError(f"the rollout ended {end}")
                latencies, since_start = self._times(rollout)
                found |= {
                    f"{figure}_s": round(took, 2),
                    f"{figure}_begun_s": round(began, 2),
                    f"{figure}_p99_s": round(percentile(since_start, 0.99), 2),
                    f"{figure}_each_p50_ms": round(percentile(latencies, 0.5) * 1e3, 1),
                    f"{figure}_each_p99_ms": round(percentile(latencies, 0.99) * 1e3, 1),
                }
            found |= _figures(await centre.ask("counts"))
            lost = await self._lost()
        found["push_of_floor"] = round(found["push_p99_s"] / floor["floor_p99_s"], 2)
        return found | floor | lost | {"document_bytes": self._document_bytes()}

    async def failures(self) -> dict[str, Any]:
        """A fifth of all cannot use what is new: how far it comes, and whether everybody is back."""
        async with self._centre() as centre:
            converged = await self._converge(centre)
            before = {t.identity.device: t.good.etag if t.good else "" for t in self._fleet.terminals}
            begin = time.monotonic()
            rollout = await centre.change("large", Plan(soak_seconds=0, apply=PROMPT))
            end = await self._end_of(centre, rollout)
            took = time.monotonic() - begin

            def back() -> int:
                return sum(
                    t.good is not None
                    and t.good.etag == before[t.identity.device]
                    and t.glass == t.good.settings
                    for t in self._fleet.terminals
                )

            await self._fleet.until(lambda: back() == len(before), WAIT)
            with self._base.database.read() as connection:
                rows = connection.execute(select(targets).where(targets.c.rollout == rollout)).all()
            touched = [row for row in rows if row.released is not None]
            return {
                "converged_s": converged,
                "state": end["state"],
                "stopped_s": round(took, 2),
                "touched": len(touched),
                "wave": max((row.wave for row in touched), default=0),
                "of_waves": len(end["waves"]),
                "failed": sum(row.code != "" for row in rows),
                "on_last_good": back(),
            } | _figures(await centre.ask("counts"))

    # -- steps --------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def _centre(self) -> AsyncIterator["Centre"]:
        async with running_centre(self._base, self._broker) as centre:
            await centre.until("counts", lambda counts: bool(counts["connected"]))
            self._fleet = SimulatedFleet(time.time, behaviour=self._behaviour)
            try:
                yield centre
            finally:
                await self._fleet.stop()

    def _behaviour(self, number: int) -> Behaviour:
        return REFUSING if self._failing and number % 5 == 3 else AT_ONCE

    async def _converge(self, centre: "Centre") -> float:
        begin = time.monotonic()
        await self._fleet.add_all(self._identities)
        await centre.until("counts", lambda counts: bool(counts["converged"] == len(self._identities)))
        gc.freeze()  # what stands for the whole run need not be looked through in it
        return round(time.monotonic() - begin, 2)

    async def _end_of(self, centre: "Centre", rollout: int) -> dict[str, Any]:
        return await centre.until("rollout", lambda now: now["state"] in ("done", "aborted"), rollout=rollout)

    def _times(self, rollout: int) -> tuple[list[float], list[float]]:
        """Each terminal's time to confirmation, from its release and from the first one's, by the centre's clock."""
        with self._base.database.read() as connection:
            rows = connection.execute(
                select(targets.c.released, targets.c.ended).where(targets.c.rollout == rollout)
            ).all()
        first = min(row.released for row in rows)
        return [row.ended - row.released for row in rows], [row.ended - first for row in rows]

    async def _lost(self) -> dict[str, Any]:
        """Events at both ends: all that agents numbered are kept, each once."""
        await self._fleet.until(lambda: not any(t.unsent for t in self._fleet.terminals), WAIT)
        with self._base.database.read() as connection:
            acked = sum(connection.scalars(select(streams.c.acked)))
            kept = len(connection.execute(select(events.c.seq)).all())
        sent = sum(t.numbered for t in self._fleet.terminals)
        return {"events_sent": sent, "events_acked": acked, "events_kept": kept}

    def _document_bytes(self) -> int:
        with self._base.database.read() as connection:
            one = connection.scalar(select(documents.c.terminal).limit(1))
            return len(self._base.documents.envelope(connection, str(one)) or b"")

    async def _floor(self) -> dict[str, Any]:
        """Publish retained, answer retained, at the same pace: what the broker and a Python loop cost alone."""
        count, sent, back = len(self._identities), dict[str, float](), dict[str, float]()
        payload = b"x" * BYTES
        done = asyncio.Event()

        def returned(message: Message) -> None:
            device, kind = topics.device_of(message.topic) or ("", "")
            if kind == "reported" and device in sent:
                back.setdefault(device, time.perf_counter())
                if len(back) == count:
                    done.set()

        _, password = credentials(self._broker.centre_url)
        port = self._broker.settings.port
        centre = await open_session("127.0.0.1", port, "centre", "centre", password, on_message=returned)
        await centre.subscribe([(topics.reported("+"), 0)])
        echoes, door = list[Session](), asyncio.Semaphore(DOOR)
        await asyncio.gather(*(self._echo(identity, echoes, door) for identity in self._identities))
        begin = time.perf_counter()
        for number, identity in enumerate(self._identities):
            late = begin + number / RATE - time.perf_counter()
            if late > 0:
                await asyncio.sleep(late)
            sent[identity.device] = time.perf_counter()
            centre.send(topics.desired(identity.device), payload, 1, True)
        async with asyncio.timeout(WAIT):
            await done.wait()
        took = time.perf_counter() - begin
        latencies = [back[device] - at for device, at in sent.items()]
        for echo in echoes:
            echo.close()
        for identity in self._identities:
            for topic in topics.RETAINED:
                centre.send(topic(identity.device), b"", 1, True)
        await centre.publish(topics.CENTRE_STATE, b"", 1, True)
        centre.close()
        return {
            "floor_s": round(took, 2),
            "floor_p99_s": round(percentile([at - begin for at in back.values()], 0.99), 2),
            "floor_each_p50_ms": round(percentile(latencies, 0.5) * 1e3, 1),
            "floor_each_p99_ms": round(percentile(latencies, 0.99) * 1e3, 1),
        }

    @staticmethod
    async def _echo(identity: Identity, echoes: list[Session], door: asyncio.Semaphore) -> None:
        answer = b"y" * 400

        def echo(message: Message) -> None:
            if message.payload:
                session.send(topics.reported(identity.device), answer, 1, True)

        async with door:
            session = await open_session(
                identity.host,
                identity.port,
                identity.device,
                identity.device,
                identity.password,
                on_message=echo,
            )
            await session.subscribe([(topics.desired(identity.device), 1)])
        echoes.append(session)


class Centre:
    """The other process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, do: str, **more: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the centre's process ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def until(self, do: str, so: Callable[[dict[str, Any]], bool], **more: Any) -> dict[str, Any]:
        end = time.monotonic() + WAIT
        while True:
            answer = await self.ask(do, **more)
            if so(answer):
                return answer
            if time.monotonic() > end:
                raise RuntimeError(f"not within {WAIT:g} s: {answer}")
            await asyncio.sleep(0.2)

    async def change(self, theme: str, plan: Plan) -> int:
        values = {"screen": {"theme": theme}, "notices": [{"zh": "测" * 200, "en": "x" * 120}]}
        answer = await self.ask("change", values=values, plan=plan.model_dump(mode="json"))
        return int(answer["rollout"])


@contextlib.asynccontextmanager
async def running_centre(
    base: Ground, broker: PrivateBroker, *, http: bool = False
) -> AsyncIterator["Centre"]:
    """On the database of ``base``, at ``broker``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.centre_process",
        str(base.folder),
        str(broker.folder),
        broker.url,
        str(RATE),
        *(("http",) if http else ()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=1_000_000,
    )
    try:
        yield Centre(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def _figures(counts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in counts.items() if name != "connected"}


def _many_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 500
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, wanted), hard))
