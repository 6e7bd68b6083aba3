"""What another queue policy would have done yesterday: a hall's own journal, played again under both policies.

The day is played twice with the same pure rules that the hall runs (hall.queue): once under the policy it had, once
under the one proposed. Citizens come when they came, windows call when they called and take as long for a call as they
took; who is called, and who gets a number at all, is decided anew. That answers "who would have waited how long",
and is no forecast: people who were refused might have come again.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from config.hall import Hall, Policy
from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.decide import decide
from hall.queue.evolve import evolve
from hall.queue.model import State, TicketId
from hall.queue.plan import Plan
from hall.queue.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Waits:
    """Minutes from number to first call, of one class."""

    count: int
    median: float
    worst: float


@dataclass(frozen=True, slots=True)
class Played:
    """A day under one policy."""

    taken: int
    refused: dict[str, int]  # code to how often
    calls: tuple[str, ...]  # numbers in the order of their first call
    waits: dict[str, Waits]  # by priority class, "all" among them
    never_called: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """``before`` is the day as the present policy plays it, ``after`` as the proposed one does."""

    hall: str
    day: date
    events: int
    before: Played
    after: Played
    moved: tuple[
        tuple[str, int, int], ...
    ]  # number, place among the calls before and after; the largest moves first
    later: int  # tickets called later than before
    sooner: int
    faithful: float = field(default=1.0)  # share of the real calls that ``before`` calls in the same order

    @property
    def changes(self) -> bool:
        return self.before != self.after


def dry_run(hall: Hall, proposed: Policy, day: date, events: Sequence[e.Event]) -> DryRun:
    """Play ``events`` (one hall's day, in order) under ``hall.policy`` and under ``proposed``."""
    really = tuple(event.number for event in events if isinstance(event, e.TicketCalled))
    before = _play(hall, events)
    after = _play(hall.model_copy(update={"policy": proposed}), events)
    places_before = {number: place for place, number in enumerate(before.calls)}
    places_after = {number: place for place, number in enumerate(after.calls)}
    both = [(n, places_before[n], places_after[n]) for n in before.calls if n in places_after]
    moved = sorted((m for m in both if m[1] != m[2]), key=lambda m: -abs(m[1] - m[2]))
    same = sum(a == b for a, b in zip(dict.fromkeys(really), before.calls, strict=False))
    return DryRun(
        hall.id,
        day,
        len(events),
        before,
        after,
        tuple(moved[:50]),
        later=sum(a > b for _, b, a in moved),
        sooner=sum(a < b for _, b, a in moved),
        faithful=same / len(dict.fromkeys(really)) if really else 1.0,
    )


def _play(hall: Hall, events: Iterable[e.Event]) -> Played:
    plan, state = Plan(hall), State()
    refused: dict[str, int] = {}
    called: dict[TicketId, datetime] = {}
    names: dict[TicketId, TicketId] = {}  # a ticket of the real day to the one of ours that stands for it
    for event in events:
        command = _command(event, names, state)
        if command is None:
            continue
        outcome = decide(state, command, event.at, plan)
        if isinstance(outcome, Refusal):
            if isinstance(command, c.Take):
                refused[outcome.code] = refused.get(outcome.code, 0) + 1
            continue
        for follows in outcome:
            state = evolve(state, follows)
            if isinstance(follows, e.TicketTaken) and isinstance(event, e.TicketTaken):
                names[event.ticket] = follows.ticket
            if isinstance(follows, e.TicketCalled):
                called.setdefault(follows.ticket, follows.at)
    tickets = state.tickets
    waits: dict[str, list[float]] = {}
    for ticket, at in called.items():
        minutes = (at - tickets[ticket].taken_at).total_seconds() / 60
        for group in ("all", tickets[ticket].priority):
            waits.setdefault(group, []).append(minutes)
    return Played(
        len(tickets),
        refused,
        tuple(tickets[ticket].number for ticket in called),
        {
            group: Waits(len(w), round(statistics.median(w), 1), round(max(w), 1))
            for group, w in waits.items()
        },
        len(tickets) - len(called),
    )


def _command(event: e.Event, names: dict[TicketId, TicketId], state: State) -> c.Command | None:
    """What somebody wanted when ``event`` happened; None where nobody did, or the ticket does not exist now."""
    match event:
        case e.DayOpened() | e.DayReopened():
            return c.OpenDay()
        case e.DayClosed():
            return c.CloseDay()
        case e.TicketTaken():
            return c.Take(
                event.queue,
                event.priority,
                event.person,
                event.paper,
                item=event.item,
                appointment=event.appointment,
            )
        case e.TicketCalled():
            return c.CallNext(event.window)
        case e.TicketRecalled():
            return c.Recall(event.window)
        case e.TicketMissed():
            return c.Miss(event.window)
        case e.TicketStarted():
            return c.Start(event.window)
        case e.TicketFinished():
            return c.Finish(event.window)
        case e.TicketParked():
            return c.Park(event.window, event.papers)
        case e.TicketTransferred():
            return c.Transfer(event.window, event.queue, event.to)
        case e.TicketReturned():
            return _on(c.Return, event, names)
        case e.TicketResumed():
            return _on(c.Resume, event, names)
        case e.TicketAbandoned():
            current = state.desk(event.window).current
            ticket = names.get(event.ticket) if current is None else current
            return c.Abandon(event.window, ticket) if ticket else None
        case e.WindowOpened():
            return c.OpenWindow(event.window)
        case e.WindowPaused():
            return c.PauseWindow(event.window)
        case e.WindowClosed():
            return c.CloseWindow(event.window)
        case _:
            return None  # paper, certificates and calls for staff: no policy looks at them


def _on(
    command: type[c.Return] | type[c.Resume],
    event: e.TicketReturned | e.TicketResumed,
    names: dict[TicketId, TicketId],
) -> c.Command | None:
    ticket = names.get(event.ticket)
    return command(event.window, ticket) if ticket else None
