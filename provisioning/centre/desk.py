"""The centre's desk: everything that terminals say comes here, everything they are told goes out from here.

Links parse on their own threads and put into one queue; one thread does the rest, so fleet and rollouts have one
writer. The broker is a cache: after every connect all documents are published again. Nothing a terminal sends can stop
it. What got lost it puts right by ``desk_mending``.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue

from hall.wire.link import Will
from provisioning.centre.broker_line import Dial, Plug
from provisioning.centre.desk_mending import AHEAD, Mending
from provisioning.centre.documents import CHUNK, Documents
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.heard import Dropped, Heard, Message, parse
from provisioning.centre.outbound import Outbound
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.wire import topics
from provisioning.wire.documents import sign_command
from provisioning.wire.messages import (
    Ack,
    Answer,
    CentreState,
    Command,
    EventBatch,
    Health,
    Presence,
    Reported,
    Verb,
)

log = logging.getLogger(__name__)

SUBSCRIBE = (
    # QoS 0 for what is retained or comes again anyway: a broker with its usual limits gives a QoS 1 subscriber only
    # the first 1,020 of 5,000 retained messages, and says nothing
    (topics.reported("+"), 0),
    (topics.status("+"), 0),
    (topics.health("+"), 0),
    (topics.events("+"), 1),
    (topics.answer("+"), 1),
    (topics.CENTRE_STATE, 1),
)
TURN = 0.05  # seconds the desk waits for something to happen
AT_ONCE = 2000  # messages handled before everything else gets its turn
WRITE_EVERY = 0.4  # seconds; terminals' state is on disk after at most this and a turn
TICK_EVERY = 0.1  # with CHUNK documents each: twice as many as are sent
SWEEP_EVERY = 1.0


Together = Callable[[Sequence[tuple[str, EventBatch]]], Sequence[Ack]]


@dataclass(frozen=True, slots=True)
class _Link:
    broker: str
    up: bool


class Desk:
    """``brokers``: how to reach each, by the name that halls use. ``now`` gives UTC seconds.

    ``events`` keeps a batch and gives what may be acknowledged, after its commit; ``together``, where it is given, does
    so for many in one transaction, all or none, and is asked first. ``answers`` takes the ends of commands (device,
    answer). All are called on the desk's thread.
    """

    def __init__(
        self,
        database: Database,
        documents: Documents,
        keys: SigningKeys,
        fleet: Fleet,
        rollouts: Rollouts,
        outbound: Outbound,
        brokers: Mapping[str, Dial],
        now: Callable[[], float],
        *,
        events: Callable[[str, EventBatch], Ack] | None = None,
        together: Together | None = None,
        answers: Callable[[str, Answer], object] | None = None,
    ) -> None:
        self._database, self._documents, self._keys = database, documents, keys
        self._fleet, self._rollouts, self._outbound, self._now = fleet, rollouts, outbound, now
        self._events, self._together, self._answers = events, together, answers
        self._mending = Mending(
            database,
            documents,
            keys,
            fleet,
            rollouts,
            outbound,
            lambda device: self.order(device, "resync"),
            now,
        )
        self._sid = secrets.token_hex(8)
        self.dropped = Dropped(now)
        self._inbox: SimpleQueue[tuple[str, Heard | _Link]] = SimpleQueue()
        self._links = {name: self._plug(name, dial) for name, dial in brokers.items()}
        self._up: set[str] = set()
        self._batches: list[tuple[str, EventBatch]] = []
        self._due = dict.fromkeys(("tick", "sweep", "write"), 0.0)
        self._trouble = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def start(self) -> None:
        for link in self._links.values():
            link.start()
        self._thread.start()

    def close(self) -> None:
        """Say goodbye, write everything, end. Idempotent."""
        if self._stop.is_set():
            return
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        for name, link in self._links.items():
            if name in self._up:
                self._tell_state(link, on=False)
            link.close()
        self._write()

    # -- for the rest of the centre -----------------------------------------------------------------------

    @property
    def connected(self) -> frozenset[str]:
        """Brokers that we are connected to."""
        return frozenset(self._up)

    def sign(self, command: Command) -> bytes:
        signer = self._keys.active()
        return sign_command(command, signer.kid, signer.key, signer.hand_overs)

    def say(self, device: str, topic: str, payload: bytes) -> bool:
        """Publish a command or an acknowledgement. False: nobody will get it."""
        return self._outbound.say(device, topic, payload)

    def order(self, device: str, verb: Verb, *, seconds: float = 60.0) -> bool:
        """The centre's own order, with nobody waiting for its answer."""
        at = datetime.fromtimestamp(self._now(), UTC)
        command = Command(
            id=secrets.token_hex(16),
            device=device,
            verb=verb,
            issued=at,
            expires=at + timedelta(seconds=seconds),
        )
        return self.say(device, topics.command(device), self.sign(command))

    def changed(self, ids: Sequence[str]) -> None:
        """The registry has other rows for these, committed."""
        self._fleet.changed(ids)

    def retire(self, device: str) -> None:
        """Its row says retired, committed: order it to wipe, clear its topics. Its credential may go after this."""
        live = self._fleet.get(device)
        self.order(device, "wipe", seconds=7 * 86400.0)
        self._fleet.changed([device])
        self._outbound.drop(device)
        links = self._links.values() if live is None else filter(None, [self._links.get(live.broker)])
        self._bury([device], links)

    # -- links' threads -----------------------------------------------------------------------------------

    def _plug(self, name: str, dial: Dial) -> Plug:
        def on_message(topic: str, payload: bytes) -> None:
            if (heard := parse(topic, payload, self.dropped)) is not None:
                self._inbox.put((name, heard))

        def on_state(up: bool) -> None:
            self._inbox.put((name, _Link(name, up)))

        will = Will(topics.CENTRE_STATE, self._state(on=False))
        return dial(SUBSCRIBE, on_message, on_state, will)

    # -- the desk's thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.turn(TURN)
            except Exception:  # last resort of the desk's thread: terminals must not be left alone
                log.exception("desk=turn failed")
                self._stop.wait(1)

    def turn(self, wait: float = 0.0) -> None:
        """Everything that is to be done now: messages, time, publishing, writing."""
        for _ in range(AT_ONCE):
            try:
                broker, what = self._inbox.get(timeout=wait) if wait else self._inbox.get_nowait()
            except Empty:
                break
            wait = 0.0
            self._guarded(lambda broker=broker, what=what: self._handle(broker, what))  # type: ignore[misc]
        self._guarded(self._keep_events)
        if self._is_due("sweep", SWEEP_EVERY):
            self._fleet.sweep()
            self._guarded(self._mending.look)
        if self._is_due("tick", TICK_EVERY):
            most = min(CHUNK, AHEAD - self._outbound.waiting)
            if most > 0:
                self._guarded(lambda: self._rollouts.tick(most))
            self._guarded(self._mending.reissue)
        self._guarded(lambda: self._outbound.pump(self._envelopes))
        if self._is_due("write", WRITE_EVERY):
            self._write()

    def _is_due(self, what: str, every: float) -> bool:
        at = self._now()
        if 0 <= at - self._due[what] < every:  # less than nothing: the clock was set back
            return False
        self._due[what] = at
        return True

    def _guarded(self, do: Callable[[], object]) -> None:
        """The database may be gone for a while: said once, tried again."""
        try:
            do()
        except StoreFailed as error:
            if error.code != self._trouble:
                log.error("desk=store code=%s %s", error.code, error)
            self._trouble = error.code
        except Exception:  # one message or one rollout must not take the others with it
            log.exception("desk=step failed")

    def _write(self) -> None:
        def write() -> None:
            self._fleet.flush()
            self._rollouts.flush()
            if self._trouble:
                log.info("desk=store is back")
                self._trouble = ""

        self._guarded(write)

    def _handle(self, broker: str, what: Heard | _Link) -> None:
        if isinstance(what, _Link):
            self._linked(broker, what.up)
        elif isinstance(what.message, CentreState):
            if not what.message.on and broker in self._up:
                self._tell_state(self._links[broker], on=True)  # our own late will
        elif (live := self._known(what)) is None:
            if self._fleet.retired(what.device):
                if what.message is not None and what.kind in ("reported", "status"):
                    self.dropped.add("retired", what.device)
                    self._bury([what.device], [self._links[broker]])
            else:
                self.dropped.add("unknown", what.device)
        elif live.broker != broker:
            self.dropped.add("broker", what.device)
        elif what.message is not None:
            self._from_terminal(broker, what.device, what.message)

    def _known(self, what: Heard) -> Live | None:
        """One that another process let in (``tongyuan fleet hall``) is looked up when it first says it is there."""
        live = self._fleet.get(what.device)
        if live is None and what.kind == "status" and not self._fleet.retired(what.device):
            self._fleet.refresh([what.device])
            live = self._fleet.get(what.device)
        return live

    def _from_terminal(self, broker: str, device: str, message: Message) -> None:
        match message:
            case Reported():
                self._reported(device, message)
            case Presence():
                self._mending.present(broker, device)
                if self._fleet.heard_presence(device, message):
                    live = self._fleet.get(device)
                    if message.on and live is not None and live.highest < live.rev:
                        self._outbound.seed([device])
                else:
                    self.dropped.add("late", device)
            case Health():
                self._fleet.heard_health(device, message)
            case EventBatch():
                self._batches.append((device, message))
            case Answer():
                if self._answers is not None:
                    self._answers(device, message)

    def _keep_events(self) -> None:
        """All of a turn in one transaction; where that fails, each by itself, so that one cannot hold up the others.

        What is not acknowledged comes again.
        """
        batches, self._batches = self._batches, []
        if self._together is not None and len(batches) > 1:
            try:
                for (device, _), ack in zip(batches, self._together(batches), strict=True):
                    self._acknowledge(device, ack)
                return
            except StoreFailed:
                raise
            except Exception:  # one of them: each by itself then
                log.exception("desk=events failed together, %d batches", len(batches))
        for device, batch in batches:
            self._guarded(lambda device=device, batch=batch: self._keep_one(device, batch))  # type: ignore[misc]

    def _keep_one(self, device: str, batch: EventBatch) -> None:
        if self._events is not None:
            self._acknowledge(device, self._events(device, batch))

    def _acknowledge(self, device: str, ack: Ack) -> None:
        self.say(device, topics.ack(device), ack.model_dump_json().encode())

    def _reported(self, device: str, said: Reported) -> None:
        live = self._fleet.get(device)
        if live is not None and said.highest > live.rev:
            self._mending.ahead(device)
        if not self._fleet.heard_reported(device, said):
            self.dropped.add("stale", device)
        elif (live := self._fleet.get(device)) is not None:
            self._rollouts.heard(live)

    # -- coming and going of a broker ---------------------------------------------------------------------

    def _linked(self, broker: str, up: bool) -> None:
        link = self._links[broker]
        self._fleet.link(broker, up)
        self._mending.linked(broker, up)
        if not up:
            self._up.discard(broker)
            self._outbound.attach(broker, None)
            return
        self._up.add(broker)
        self._tell_state(link, on=True)
        self._outbound.attach(broker, link)
        mine = [live.id for live in self._fleet if live.broker == broker]
        self._outbound.seed(mine)
        self._bury(sorted(self._fleet.all_retired), [link])
        log.info("desk=connected broker=%s terminals=%d", broker, len(mine))

    def _bury(self, devices: Sequence[str], links: Iterable[Plug]) -> None:
        """Clear every retained topic of these: nobody else would."""
        for link in links:
            for device in devices:
                for topic in topics.RETAINED:
                    link.publish(topic(device), b"", qos=1, retain=True)

    def _envelopes(self, ids: Sequence[str]) -> Mapping[str, bytes]:
        with self._database.read() as connection:
            return self._documents.envelopes(connection, ids)

    def _state(self, *, on: bool) -> bytes:
        at = datetime.fromtimestamp(self._now(), UTC)
        return CentreState(on=on, sid=self._sid, at=at).model_dump_json().encode()

    def _tell_state(self, link: Plug, *, on: bool) -> None:
        link.publish(topics.CENTRE_STATE, self._state(on=on), qos=1, retain=True)
