"""The hall's command bus: what arrives while the disk writes is decided together and written together.

There is one state, and it is durable. A turn decides everything that has arrived, one command after another, and
hands the events to the thread that waits for the disk (group commit). Only then the state moves on and answers
leave; when nothing could be written, nothing has happened. To decide in one go is also what makes it quick: the
rules stay in the processor's cache, which they don't between two HTTP requests.
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
    for cls in (*get_args(c.OfWindow), c.Take, c.ReportPaper, c.Attach, c.OpenDay, c.CloseDay, c.CallStaff)
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
    waiting: list[asyncio.Future[Reply]] = field(default_factory=list)


@dataclass(slots=True)
class _Turn:
    """What was decided together; ``state`` and ``head`` are where the journal will be after it."""

    state: State
    head: Head
    events: list[e.Event] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    replies: list[tuple[_Job, Reply]] = field(default_factory=list)


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
        self._jobs: dict[str, _Job] = {}
        self._arrived: list[_Job] = []
        self._turn: _Turn | None = None  # on the disk's thread
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
        if (job := self._jobs.get(key)) is None:
            try:
                known = self._store.answer(key)
            except JournalError as error:
                return problem(error.code)
            if known is not None:
                return _again(known, actor, command)
            if self._stopping or len(self._arrived) >= MOST_WAITING:
                return problem("hall.stopping" if self._stopping else "hall.busy")
            job = self._jobs[key] = _Job(key, actor, command)
            self._arrived.append(job)
            if self._turn is None and len(self._arrived) == 1:
                asyncio.get_running_loop().call_soon(self._next_turn)  # with whatever else has arrived
        elif (job.actor, job.command) != (actor, command):
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

    # -- a turn -------------------------------------------------------------------------------------------

    def _next_turn(self) -> None:
        """Decide what has arrived and give it to the disk."""
        jobs, self._arrived = self._arrived[:MOST_AT_ONCE], self._arrived[MOST_AT_ONCE:]
        turn = self._turn = _Turn(self._state, self._head)
        for job in jobs:
            try:
                self._decide(job, turn)
            except Exception:  # a mistake in one rule must not stop the others
                log.exception("a command cannot be decided command=%s", type(job.command).__name__)
                self._resolve(job, problem("hall.internal"))
        append = partial(self._store.append, self._head.seq, turn.records, turn.answers)
        self._thread.do(append, self._written)

    def _decide(self, job: _Job, turn: _Turn) -> None:
        """Add ``job`` to ``turn``. Nothing of it changes before everything is worked out."""
        now, state, head = self.clock(), turn.state, turn.head
        outcome = decide(state, job.command, now, self.plan)
        if isinstance(outcome, Refusal):
            reply = problem(outcome.code, outcome.facts)
        else:
            records: list[Record] = []
            taken: TicketId | None = None
            for event in outcome:
                record = encode(event, head, job.actor, job.key)
                records.append(record)
                head = Head(record.seq, record.hash)
                state = evolve(state, event)
                if isinstance(event, e.TicketTaken):
                    taken = event.ticket
            reply = self._replies.accepted(job.command, state, taken, now)
            turn.state, turn.head = state, head
            turn.events += outcome
            turn.records += records
        fingerprint = _fingerprint(job.actor, job.command)
        turn.answers.append(Answer(job.key, fingerprint, reply.status, reply.body, now))
        turn.replies.append((job, reply))

    def _written(self, error: Exception | None) -> None:
        turn, self._turn = self._turn, None
        assert turn is not None
        if error is None:
            self._state, self._head = turn.state, turn.head
            for job, reply in turn.replies:
                self._resolve(job, reply)
            self._tell(turn.events)
        else:
            self._not_written([job for job, _ in turn.replies], error)
        if self._arrived:
            self._next_turn()

    def _not_written(self, jobs: list[_Job], error: Exception) -> None:
        """Decide again what another process was faster than; give up what the disk refuses, and say so."""
        try:
            if not isinstance(error, SequenceTaken):
                raise error
            self._catch_up()
            self._arrived[:0] = [job for job in jobs if not self._answered(job)]
        except JournalError as failure:
            log.error("journal failed code=%s commands=%d: %s", failure.code, len(jobs), failure)
            for job in jobs:
                self._resolve(job, problem(failure.code))
        except Exception:  # whatever it is: nobody may wait for ever
            log.exception("the journal's thread failed")
            for job in jobs:
                self._resolve(job, problem("hall.internal"))

    def _catch_up(self) -> None:
        """Another process has appended: take its events in."""
        events: list[e.Event] = []
        for record in self._store.read(self._head.seq):
            events.append(event := decode(record))
            self._state = evolve(self._state, event)
            self._head = Head(record.seq, record.hash)
        self._tell(events)

    def _answered(self, job: _Job) -> bool:
        """Whether another process has answered the key meanwhile; then it is the first answer here too."""
        known = self._store.answer(job.key)
        if known is not None:
            self._resolve(job, _again(known, job.actor, job.command))
        return known is not None

    def _resolve(self, job: _Job, reply: Reply) -> None:
        if self._jobs.pop(job.key, None) is None:
            return
        for future in job.waiting:
            if not future.done():
                future.set_result(reply)

    def _tell(self, events: list[e.Event]) -> None:
        if not events:
            return
        commit = Commit(tuple(events), self._state)
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


def _fingerprint(actor: str, command: c.Command) -> bytes:
    """What a key was used for, without saying for whom."""
    return sha256(repr((actor, *_VALUES[type(command)](command))).encode()).digest()


def _again(known: Answer, actor: str, command: c.Command) -> Reply:
    """The first answer once more, to the same command of the same actor."""
    if known.fingerprint != _fingerprint(actor, command):
        return problem("idempotency.key_reused")
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
