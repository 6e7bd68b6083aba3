"""One simulated terminal on an asyncio loop: the real agent, an invented kiosk, a real connection to the broker.

What a runner does with threads and processes is done here with callbacks of the loop; the agent cannot tell.
"""

import asyncio
import contextlib
import logging
import random
import secrets
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from hall.wire.expiry import first_to_end
from provisioning.agent import inputs
from provisioning.agent.agent import About, Agent
from provisioning.agent.changeover import Check
from provisioning.agent.effects import (
    AskKiosk,
    CollectLogs,
    Effect,
    Order,
    Publish,
    Put,
    Reboot,
    StartKiosk,
    Wipe,
)
from provisioning.agent.inputs import Input
from provisioning.agent.kept import Standing
from provisioning.agent.outbox import MemoryOutbox, Outbox
from provisioning.agent.vault import MemoryVault, Vault
from provisioning.broker.packets import Message, Will
from provisioning.broker.session import Session, open_session
from provisioning.simulator.behaviour import Behaviour
from provisioning.simulator.kiosk import InventedKiosk
from provisioning.wire import topics
from provisioning.wire.documents import Document

log = logging.getLogger(__name__)

BACK_OFF = (0.5, 30.0)  # seconds between two attempts to connect, doubling, with jitter
KEEPALIVE = 60  # seconds
SOONEST = 0.01  # seconds: a timer that is due already waits this long, so that nothing spins


@dataclass(frozen=True, slots=True)
class Identity:
    """What enrolment gave: who it is, whom it trusts, and how it signs in."""

    device: str
    keys: Mapping[str, str]
    host: str
    port: int
    password: str = field(repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)


def fresh_disk(number: int) -> tuple[Vault, Outbox]:
    """In memory, and never full."""
    return MemoryVault(), MemoryOutbox()


@dataclass(frozen=True, slots=True)
class World:
    """What all terminals of a process share. ``wall``: UTC seconds. ``upload``: carries a result to the centre and
    tells whether that went well. ``said``: hears everything a terminal publishes. ``door``: how many connect at once.
    ``disk``: of the n-th terminal.
    """

    wall: Callable[[], float]
    check: Check
    door: asyncio.Semaphore
    upload: Callable[[str, bytes, str], bool] | None = None
    said: Callable[[str, Publish], None] = lambda device, publish: None
    disk: Callable[[int], tuple[Vault, Outbox]] = fresh_disk


class SimulatedTerminal:
    """``run`` until ``stop``. ``cut`` and ``power_cut`` do to it what halls do."""

    def __init__(self, identity: Identity, behaviour: Behaviour, number: int, world: World) -> None:
        self.identity, self.behaviour, self._world = identity, behaviour, world
        self._kiosk = InventedKiosk(behaviour, number)
        self._vault, self._outbox = world.disk(number)
        self._chance = random.Random(number)
        self._loop = asyncio.get_running_loop()
        self._session: Session | None = None
        self._lost = asyncio.Event()
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self._stopped = False
        self._run = 0
        self._told: deque[Input] = deque()
        self._telling = False
        self._timer: asyncio.TimerHandle | None = None
        self._kiosk_timers: list[asyncio.TimerHandle] = []
        self._held: dict[bool, Callable[[], None]] = {}  # overtaken messages: True those on the way out
        self.agent = self._booted()

    # -- life ---------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until ``stop``, or until it was wiped."""
        self._carry_all(self.agent.start(self._loop.time(), self._wall()))
        away = asyncio.create_task(self._away()) if self.behaviour.away_every else None
        pause = BACK_OFF[0]
        try:
            while not self._stopped and not self.agent.over:
                await self._may_connect.wait()
                with contextlib.suppress(OSError, TimeoutError):
                    await self._connected()
                    pause = BACK_OFF[0]
                if self._session is not None:
                    self._session.cut()
                    self._session = None
                    self.tell(inputs.Disconnected())
                if not self._stopped and not self.agent.over:
                    await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
                    pause = min(pause * 2, BACK_OFF[1])
        finally:
            if away is not None:
                away.cancel()
            self._forget_timers()

    def stop(self) -> None:
        """Say goodbye; ``run`` returns. Idempotent."""
        self._stopped = True
        if self._session is not None:
            self._session.close()
        self._may_connect.set()
        self._lost.set()

    @property
    def online(self) -> bool:
        return self._session is not None

    @property
    def standing(self) -> Standing | None:
        """How it stands with what it was told last, by its own disk."""
        return self._vault.load().kept.standing

    @property
    def good(self) -> Document | None:
        """Its last known good document, by its own disk."""
        return self._vault.load().kept.good

    @property
    def glass(self) -> Mapping[str, Any] | None:
        """The settings on its glass."""
        return self.agent.settings

    @property
    def unsent(self) -> int:
        """Events that the centre has not acknowledged."""
        return self._outbox.depth()

    @property
    def numbered(self) -> int:
        """The highest number it gave to an event."""
        return self._outbox.last

    def behave(self, behaviour: Behaviour) -> None:
        """It is like that from now on."""
        self.behaviour = self._kiosk.behaviour = behaviour

    def cut(self, *, until_mended: bool = False) -> None:
        """The network is gone, without a word; with ``until_mended`` until ``mend``."""
        if until_mended:
            self._may_connect.clear()
        if self._session is not None:
            self._session.cut()

    def mend(self) -> None:
        self._may_connect.set()

    def power_cut(self) -> None:
        """Everything but the disk is gone, and it boots."""
        self.cut()
        self._forget_timers()
        self._told.clear()
        self._held.clear()
        if self._session is not None:
            self._session = None
        self.agent = self._booted()
        self._carry_all(self.agent.start(self._loop.time(), self._wall()))

    # -- to and from the agent ----------------------------------------------------------------------------

    def tell(self, event: Input) -> None:
        """One input; all effects of it are carried out before the next."""
        self._told.append(event)
        if self._telling:
            return
        self._telling = True
        try:
            while self._told:
                self._carry_all(self.agent.handle(self._told.popleft(), self._loop.time(), self._wall()))
        finally:
            self._telling = False

    def _booted(self) -> Agent:
        about = About(app="simulated", os="none")
        return Agent(
            self.identity.device,
            self.identity.keys,
            self._vault,
            self._outbox,
            check=self._world.check,
            about=about,
        )

    def _carry_all(self, effects: list[Effect]) -> None:
        for effect in effects:
            self._carry(effect)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._stopped and not self.agent.over and (due := self.agent.due) < float("inf"):
            soonest = self._loop.time() + SOONEST
            self._timer = self._loop.call_at(max(due, soonest), self.tell, inputs.Ticked())

    def _carry(self, effect: Effect) -> None:
        match effect:
            case Publish():
                self._world.said(self.identity.device, effect)
                self._garbled(lambda: self._publish(effect), out=True)
            case StartKiosk(run, revision, settings):
                self._start(run, revision, settings)
            case AskKiosk(run):
                self._loop.call_soon(self._answer, run)
            case Order(run, token, ask):
                done = self._kiosk.order(ask, self._loop.time())
                self._loop.call_soon(
                    self.tell,
                    inputs.Answered(token, done.ok, done.code, done=done if run == self._run else None),
                )
            case Put(token, path, content, kind):
                self._upload(token, path, content, kind)
            case CollectLogs(token, _since, _until, path):
                self._upload(token, path, b"no log: this terminal is simulated\n", "logs")
            case Reboot():
                self._loop.call_soon(self.power_cut)
            case Wipe():
                self._vault.erase()
                self._outbox.erase()
                self._loop.call_soon(self.stop)

    # -- the kiosk ----------------------------------------------------------------------------------------

    def _start(self, run: int, revision: int, settings: Mapping[str, Any] | None) -> None:
        for timer in self._kiosk_timers:
            timer.cancel()
        self._run = run
        self._kiosk.start(revision, settings, self._loop.time())
        ready = self.behaviour.start_seconds
        self._kiosk_timers = [self._loop.call_later(ready, self.tell, inputs.KioskStarted(run))]
        if (code := self._kiosk.ends) is not None:
            self._kiosk_timers.append(self._loop.call_later(ready, self.tell, inputs.KioskDied(run, code)))

    def _answer(self, run: int) -> None:
        if run != self._run:
            return
        health = self._kiosk.health(self._loop.time())
        self.tell(inputs.KioskSilent(run) if health is None else inputs.KioskSaid(run, health))

    # -- the broker ---------------------------------------------------------------------------------------

    async def _connected(self) -> None:
        """One connection from its beginning to its end."""
        me, sid = self.identity, secrets.token_hex(8)
        will = self.agent.will(sid, self._wall())
        self._lost.clear()
        async with self._world.door:
            session = await open_session(
                me.host,
                me.port,
                me.device,
                me.device,
                me.password,
                on_message=lambda message: self._garbled(lambda: self._received(message), out=False),
                on_lost=self._lost.set,
                will=Will(will.topic, will.payload),
                keepalive=KEEPALIVE,
                tls=me.tls,
            )
            try:
                await session.subscribe(self.agent.subscriptions())
            except BaseException:
                session.cut()
                raise
            self._session = session
            if session.certificate:
                broker = x509.load_der_x509_certificate(session.certificate)
                self.tell(inputs.Measured(expiry=first_to_end(broker, (), None, self._wall())))
            self.tell(inputs.Connected(sid))  # only now: an answer to what it says at once must reach it
        await self._lost.wait()

    def _publish(self, publish: Publish) -> None:
        if self._session is None:
            return
        with contextlib.suppress(ConnectionError):
            acked = self._session.send(publish.topic, publish.payload, publish.qos, publish.retain)
            if acked is not None:
                acked.add_done_callback(self._delivered)

    def _delivered(self, acked: "asyncio.Future[bytes]") -> None:
        if not acked.cancelled() and acked.exception() is None:
            self.tell(inputs.Delivered())

    def _received(self, message: Message) -> None:
        if (found := topics.device_of(message.topic)) is not None and found[0] == self.identity.device:
            self.tell(inputs.Received(found[1], message.payload))

    def _garbled(self, carry: Callable[[], None], *, out: bool) -> None:
        """Carry it now, twice, or behind the next one: what a bad network and a broker's repetitions do."""
        behaviour = self.behaviour
        if not behaviour.duplicated and not behaviour.reordered:
            carry()
            return
        held = self._held.pop(out, None)
        if held is None and self._chance.random() < behaviour.reordered:
            self._held[out] = carry
            self._loop.call_later(0.5, self._let_go, out, carry)
            return
        carry()
        if self._chance.random() < behaviour.duplicated:
            carry()
        if held is not None:
            held()

    def _let_go(self, out: bool, carry: Callable[[], None]) -> None:
        """Nothing overtook it: it comes late."""
        if self._held.get(out) is carry:
            del self._held[out]
            carry()

    # -- the rest -----------------------------------------------------------------------------------------

    def _upload(self, token: str, path: str, content: bytes, kind: str) -> None:
        upload = self._world.upload
        if upload is None:
            self._loop.call_soon(self.tell, inputs.Answered(token, False, "command.upload"))
            return
        done = self._loop.run_in_executor(None, upload, path, content, kind)
        done.add_done_callback(
            lambda it: self.tell(
                inputs.Answered(token, True, text="masked" if kind == "masked" else "")
                if it.exception() is None and it.result()
                else inputs.Answered(token, False, "command.upload")
            )
        )

    async def _away(self) -> None:
        every, seconds = self.behaviour.away_every, self.behaviour.away_seconds
        await asyncio.sleep(self._chance.uniform(0, every))
        while True:
            self.cut(until_mended=True)
            await asyncio.sleep(seconds)
            self.mend()
            await asyncio.sleep(every)

    def _forget_timers(self) -> None:
        for timer in (*self._kiosk_timers, *((self._timer,) if self._timer else ())):
            timer.cancel()
        self._kiosk_timers, self._timer = [], None

    def _wall(self) -> float:
        return self._world.wall() + self.behaviour.skew
