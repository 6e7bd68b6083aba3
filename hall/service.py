"""The hall's command bus: decides at once, answers when the journal is durable.

Commands are decided one after another on the event loop, against a state that runs ahead of the disk. One
writer thread appends whatever was decided while its last append ran (group commit). An answer leaves only after
its events are on the disk; when they cannot be written, the state falls back to the durable one.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import islice
from operator import attrgetter
from typing import get_args

from hall.journal.chain import Head, Record
from hall.journal.codec import decode, encode
from hall.journal.errors import JournalError, SequenceTaken
from hall.journal.store import Answer, Store
from hall.journal.thread import DiskThread
from hall.problems import Reply, problem
from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.decide import decide
from hall.queue.evolve import evolve
from hall.queue.model import State, TicketId
from hall.queue.plan import Plan
from hall.queue.refusal import Refusal
from hall.replies import Replies

log = logging.getLogger(__name__)

MOST_WAITING = 4_096  # commands decided but not durable; more are asked to come again
MOST_AT_ONCE = 512  # commands in one transaction
REMEMBERED = timedelta(days=7)  # how long a repeated key gets its first answer

_VALUES = {
    cls: attrgetter("__class__.__name__", *(f.name for f in fields(cls)))
    for cls in (*get_args(c.OfWindow), c.Take, c.ReportPaper, c.OpenDay, c.CloseDay, c.CallStaff)
}


class PlanMismatch(Exception):
    """The settings lack a queue or a window that today's journal uses."""

    code = "hall.settings_changed"


@dataclass(frozen=True, slots=True)
class Commit:
    """Events that became durable together, and the state after them."""

    events: tuple[e.Event, ...]
    state: State


@dataclass(slots=True)
class _Job:
    """A command on its way to the disk."""

    key: str
    actor: str
    command: c.Command
    fingerprint: bytes
    waiting: list[asyncio.Future[Reply]] = field(default_factory=list)
    events: tuple[e.Event, ...] = ()
    records: tuple[Record, ...] = ()
    answer: Answer | None = None
    reply: Reply | None = None
    state: State | None = None


class Service:
    """The one owner of a hall's state. All methods belong to the event loop's thread."""

    def __init__(self, store: Store, plan: Plan, clock: Callable[[], datetime], replies: Replies) -> None:
        """Replays today's journal. Raises JournalError or PlanMismatch."""
        self.plan = plan
        self.clock = clock
        self._store = store
        self._replies = replies
        self._listeners: list[Callable[[Commit], None]] = []
        start = store.day_start()
        self._state, self._head = State(seq=start), store.head()
        for record in store.read(start):
            self._state = evolve(self._state, decode(record))
            self._head = Head(record.seq, record.hash)
        _check(self._state, plan)
        self._ahead, self._tail = self._state, self._head
        self._jobs: dict[str, _Job] = {}
        self._queue: list[_Job] = []
        self._writing: list[_Job] = []
        self._thread = DiskThread()
        self._stopping = False

    @property
    def state(self) -> State:
        """What is durable. Nothing else is ever shown to anybody."""
        return self._state

    def subscribe(self, listener: Callable[[Commit], None]) -> None:
        """Tell ``listener`` of every commit, in order, right after it."""
        self._listeners.append(listener)

    def records(self, after: int, most: int) -> Iterator[Record]:
        """Up to ``most`` records of the journal behind number ``after``. Raises JournalError."""
        return islice(self._store.read(after), most)

    async def submit(self, key: str, actor: str, command: c.Command) -> Reply:
        """Do ``command`` once, however often it is sent with ``key``; everybody gets the first answer."""
        fingerprint = sha256(repr((actor, *_VALUES[type(command)](command))).encode()).digest()
        if (job := self._jobs.get(key)) is None:
            try:
                known = self._store.answer(key)
            except JournalError as error:
                return problem(error.code)
            if known is not None:
                return (
                    _again(known) if known.fingerprint == fingerprint else problem("idempotency.key_reused")
                )
            if self._stopping or len(self._queue) >= MOST_WAITING:
                return problem("hall.stopping" if self._stopping else "hall.busy")
            job = _Job(key, actor, command, fingerprint)
            self._decide(job)
            self._jobs[key] = job
            self._queue.append(job)
            if not self._writing and len(self._queue) == 1:
                asyncio.get_running_loop().call_soon(self._write)  # with whatever else has arrived
        elif job.fingerprint != fingerprint:
            return problem("idempotency.key_reused")
        return await _wait(job)

    def tidy(self) -> None:
        """Forget the answers to keys older than a week, soon."""
        before = self.clock() - REMEMBERED
        self._thread.do(partial(self._store.forget, before), _tidied)

    async def close(self) -> None:
        """Finish what was accepted, accept nothing more. The store stays open."""
        self._stopping = True
        while self._jobs:
            await asyncio.wait([_wait(job) for job in self._jobs.values()])
        self._thread.close()

    # -- deciding -----------------------------------------------------------------------------------------

    def _decide(self, job: _Job) -> None:
        """Nothing of the service changes before everything is worked out."""
        now, state, tail = self.clock(), self._ahead, self._tail
        outcome = decide(state, job.command, now, self.plan)
        if isinstance(outcome, Refusal):
            job.events, job.records = (), ()
            job.reply = problem(outcome.code, outcome.facts)
        else:
            records: list[Record] = []
            taken: TicketId | None = None
            for event in outcome:
                record = encode(event, tail, job.actor, job.key)
                records.append(record)
                tail = Head(record.seq, record.hash)
                state = evolve(state, event)
                if isinstance(event, e.TicketTaken):
                    taken = event.ticket
            job.events, job.records = outcome, tuple(records)
            job.reply = self._replies.accepted(job.command, state, taken, now)
        job.answer = Answer(job.key, job.fingerprint, job.reply.status, job.reply.body, now)
        job.state = self._ahead = state
        self._tail = tail

    # -- writing ------------------------------------------------------------------------------------------

    def _write(self) -> None:
        """Give the thread everything that was decided while it was busy."""
        self._writing, self._queue = self._queue[:MOST_AT_ONCE], self._queue[MOST_AT_ONCE:]
        records = [record for job in self._writing for record in job.records]
        answers = [job.answer for job in self._writing if job.answer]
        self._thread.do(partial(self._store.append, self._head.seq, records, answers), self._written)

    def _written(self, error: Exception | None) -> None:
        batch, self._writing = self._writing, []
        try:
            if error is None:
                self._settle(batch)
            elif isinstance(error, SequenceTaken):
                self._queue[:0] = batch
                self._catch_up()
            else:
                raise error
        except JournalError as failure:
            log.error("journal failed code=%s pending=%d: %s", failure.code, len(self._jobs), failure)
            self._give_up(problem(failure.code))
        except Exception:  # whatever it is: nobody may wait for ever
            log.exception("the journal's writer failed")
            self._give_up(problem("hall.internal"))
        if self._queue:
            self._write()

    def _settle(self, batch: list[_Job]) -> None:
        """``batch`` is durable: show it, answer, tell the listeners."""
        last = batch[-1]
        assert last.state is not None
        self._state = last.state
        events: list[e.Event] = []
        for job in batch:
            events += job.events
            if job.records:
                self._head = Head(job.records[-1].seq, job.records[-1].hash)
            self._resolve(job)
        if events:
            self._tell(Commit(tuple(events), self._state))

    def _catch_up(self) -> None:
        """Another process has appended: take its events in, and decide anew what was not written."""
        events: list[e.Event] = []
        for record in self._store.read(self._head.seq):
            events.append(event := decode(record))
            self._state = evolve(self._state, event)
            self._head = Head(record.seq, record.hash)
        self._ahead, self._tail = self._state, self._head
        if events:
            self._tell(Commit(tuple(events), self._state))
        again, self._queue = self._queue, []
        for job in again:
            known = self._store.answer(job.key)
            if known is None:
                self._decide(job)
                self._queue.append(job)
            else:
                same = known.fingerprint == job.fingerprint
                job.reply = _again(known) if same else problem("idempotency.key_reused")
                self._resolve(job)

    def _give_up(self, reply: Reply) -> None:
        """Nothing undurable happened: forget it, and say so to everybody who waits."""
        self._ahead, self._tail = self._state, self._head
        self._queue.clear()
        for job in tuple(self._jobs.values()):
            job.reply = reply
            self._resolve(job)

    def _resolve(self, job: _Job) -> None:
        del self._jobs[job.key]
        assert job.reply is not None
        for future in job.waiting:
            if not future.done():
                future.set_result(job.reply)

    def _tell(self, commit: Commit) -> None:
        for listener in self._listeners:
            try:
                listener(commit)
            except Exception:  # a listener's mistake must not stop the journal
                log.exception("a listener failed seq=%d", commit.state.seq)


def _wait(job: _Job) -> asyncio.Future[Reply]:
    """One future for each who waits: one who gives up must not take the answer away from the others."""
    future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    job.waiting.append(future)
    return future


def _tidied(error: Exception | None) -> None:
    if error is not None:
        log.warning("old answers are not forgotten: %s", error)


def _again(known: Answer) -> Reply:
    """The first answer once more."""
    media = "application/json" if known.status < 400 else "application/problem+json"
    return Reply(known.status, known.body, media)


def _check(state: State, plan: Plan) -> None:
    queues = {t.queue for t in state.tickets.values()} - plan.queues.keys()
    windows = set(state.windows) - plan.windows.keys()
    if queues or windows:
        missing = ", ".join(sorted([*queues, *windows]))
        raise PlanMismatch(
            f"the settings lack {missing}, which the journal of {state.day} uses; keep it that day"
        )
