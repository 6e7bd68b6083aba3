"""``tongyuan fleet simulate``: enrol invented terminals at a running centre and keep them alive until told to stop."""

import asyncio
import resource
import signal
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import uvloop

from provisioning.simulator.behaviour import Behaviour, mix
from provisioning.simulator.enrolling import Centre, enrol_all, serial_of
from provisioning.simulator.fleet import SimulatedFleet
from provisioning.simulator.terminal import Identity
from provisioning.wire.messages import EnrolTicket

SAY_EVERY = 5.0  # seconds
FEW = 20  # so many codes are said for people to type; more are to be pre-authorised


def simulate(
    count: int,
    centre: str,
    behaviour: str = "well",
    *,
    prefix: str = "SIM",
    ca: Path | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Run ``count`` terminals against the centre at ``centre`` (URL) until SIGINT or SIGTERM.

    ``behaviour`` is as ``behaviour.mix`` reads it. Serials are ``prefix-00000`` and so on: pre-authorise them
    (``enrolling.table`` makes the CSV), or type the codes that are said. ``ca``: certificates of the centre and its
    broker. Raises ValueError, NotEnrolled, OSError.
    """
    tls = ssl.create_default_context(cafile=str(ca)) if ca else None
    at, wanted = Centre(centre, tls), mix(behaviour)
    _many_files(count)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(count, at, wanted, prefix, tls, say))


async def _run(
    count: int,
    centre: Centre,
    behaviour: Callable[[int], Behaviour],
    prefix: str,
    tls: ssl.SSLContext | None,
    say: Callable[[str], None],
) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, over.set)
    fleet = SimulatedFleet(time.time, behaviour=behaviour, upload=centre.upload)

    def shown(ticket: EnrolTicket) -> None:
        if count <= FEW:
            say(f"{ticket.code}  {ticket.url}")

    def enrolled(_number: int, identity: Identity) -> None:
        loop.call_soon_threadsafe(fleet.add, identity)

    enrolling = loop.run_in_executor(
        None,
        lambda: enrol_all(
            centre,
            [serial_of(number, prefix) for number in range(count)],
            enrolled=enrolled,
            shown=shown,
            over=over.is_set,
            workers=min(FEW, count),
            tls=tls,
        ),
    )
    try:
        while not over.is_set():
            say(" ".join(f"{state}={number}" for state, number in sorted(fleet.counts().items())))
            if enrolling.done():
                enrolling.result()  # raises what kept them out
            for error in fleet.broken():
                raise error
            await _either(over, SAY_EVERY)
    finally:
        over.set()
        await asyncio.gather(enrolling, return_exceptions=True)  # whoever stopped it knows why
        await fleet.stop()


async def _either(over: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        return


def _many_files(count: int) -> None:
    """Each terminal is a socket. Raises ValueError where this machine does not allow as many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 200
    if wanted > hard:
        raise ValueError(f"{count} terminals need {wanted} open files, {hard} are allowed (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
