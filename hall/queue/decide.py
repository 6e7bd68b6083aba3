"""Whether a command may happen now, and what then happens. Changes nothing.

Refusals are values: a code (a key of the message catalogue) and the facts to say it with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias, assert_never

from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.evolve import evolve
from hall.queue.model import Desk, State, Ticket, TicketId
from hall.queue.plan import Plan
from hall.queue.policy import next_ticket

ENDED = ("finished", "abandoned")
AFTER_CLOSING = (c.OpenDay, c.CloseDay, c.ReportPaper, c.CallStaff)  # what still works on a closed day


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, and why."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


Outcome: TypeAlias = tuple[e.Event, ...] | Refusal


def decide(state: State, command: c.Command, now: datetime, plan: Plan) -> Outcome:
    """The events that ``command`` causes, or a Refusal. No events: it is so already.

    The first accepted command of a day closes the day before and opens the new one. The day is the date on the
    hall's wall by ``now``; a clock that goes back keeps the day.
    """
    today = plan.day(now)
    if state.day is not None and today <= state.day:
        return _decide(state, command, now, plan)
    over = _close(state, now, "day.over")
    if isinstance(command, c.CloseDay):
        return over
    opening = (*over, e.DayOpened(now, today))
    for event in opening:
        state = evolve(state, event)
    outcome = _decide(state, command, now, plan)
    return outcome if isinstance(outcome, Refusal) else (*opening, *outcome)


def _decide(state: State, command: c.Command, now: datetime, plan: Plan) -> Outcome:
    if not state.open and not isinstance(command, AFTER_CLOSING):
        return Refusal("hall.closed", {"opens": plan.opens(now)})
    match command:
        case c.Take():
            return _take(state, command, now, plan)
        case c.ReportPaper():
            return _report_paper(state, command, now)
        case c.OpenDay():
            return () if state.open else (e.DayReopened(now, _day(state)),)
        case c.CloseDay():
            return _close(state, now, "closed")
        case c.CallStaff():
            return (e.StaffCalled(now, command.place, command.reason),)
        case _:
            if command.window not in plan.windows:
                return Refusal("window.unknown", {"window": command.window})
            return _at_window(state, command, now, plan)


def _at_window(state: State, command: c.OfWindow, now: datetime, plan: Plan) -> Outcome:
    window, desk = command.window, state.desk(command.window)
    match command:
        case c.CallNext():
            return _call_next(state, command, now, plan)
        case c.OpenWindow():
            return () if desk.state == "open" else (e.WindowOpened(now, window),)
        case c.PauseWindow():
            if desk.state == "closed":
                return _not_open(desk, command)
            return () if desk.state == "paused" else (e.WindowPaused(now, window),)
        case c.CloseWindow():
            if desk.current:
                return _busy(state, desk.current)
            return () if desk.state == "closed" else (e.WindowClosed(now, window),)
        case c.Return():
            return _return(state, command, now, plan)
        case c.Resume():
            return _resume(state, command, now)
        case c.Abandon():
            return _abandon(state, command, now, plan)
        case _:
            if desk.current is None:
                return Refusal("window.no_current", {"window": window})
            return _on_current(state, state.tickets[desk.current], command, now, plan)


# -- numbers and paper ------------------------------------------------------------------------------------


def _take(state: State, command: c.Take, now: datetime, plan: Plan) -> Outcome:
    if (queue := plan.queues.get(command.queue)) is None:
        return Refusal("queue.unknown", {"queue": command.queue})
    if not plan.gives_numbers(command.queue, now):
        whole = not plan.hall.open_at(plan.local(now))
        opens = plan.opens(now, command.queue)
        return Refusal("hall.closed" if whole else "queue.closed", {"queue": command.queue, "opens": opens})
    ordinal = state.lanes(command.queue).issued + 1
    if queue.quota is not None and ordinal > queue.quota:
        return Refusal("queue.quota_reached", {"queue": command.queue, "quota": str(queue.quota)})
    person = None if queue.identity == "none" else command.person
    if person is None and queue.identity == "required":
        return Refusal("person.required", {"queue": command.queue})
    if person and plan.policy.one_per_person and (held := state.persons.get((command.queue, person))):
        return Refusal("person.already_waiting", {"number": state.tickets[held[0]].number, "ticket": held[0]})
    day = _day(state).isoformat().replace("-", "")
    number = f"{queue.prefix}{ordinal:0{queue.digits}d}"
    while (ticket := TicketId(f"{day}-{number}")) in state.tickets:
        ordinal += 1  # only where prefixes were changed during the day
        number = f"{queue.prefix}{ordinal:0{queue.digits}d}"
    return (
        e.TicketTaken(
            at=now,
            ticket=ticket,
            number=number,
            ordinal=ordinal,
            queue=command.queue,
            priority=command.priority,
            paper=command.paper,
            person=person,
            item=command.item,
            catalogue=command.catalogue,
        ),
    )


def _report_paper(state: State, command: c.ReportPaper, now: datetime) -> Outcome:
    """One job prints the one unmarked paper; another may only try when it is sure that none came out."""
    if (ticket := state.tickets.get(command.ticket)) is None:
        return Refusal("ticket.unknown", {"ticket": command.ticket})
    same_job = command.job == ticket.job
    if not command.copy:
        if same_job and command.state == ticket.paper:
            return ()
        allowed = {
            "none": True,
            "reserved": True,
            "printing": same_job and command.state != "printing",
            "failed": not same_job or command.state != "printing",
            "unknown": same_job and command.state != "printing",
            "printed": False,
        }[ticket.paper]
        if not allowed:
            facts = {"number": ticket.number, "paper": ticket.paper, "job": command.job}
            return Refusal("paper.wrong_state", facts)
    return (e.PaperReported(now, ticket.id, command.job, command.state, command.copy, command.code),)


# -- calling ----------------------------------------------------------------------------------------------


def _call_next(state: State, command: c.CallNext, now: datetime, plan: Plan) -> Outcome:
    window, desk = command.window, state.desk(command.window)
    if desk.state != "open":
        return _not_open(desk, command)
    if desk.current:
        return _busy(state, desk.current)
    found = next_ticket(state, window, plan.serves[window], plan.policy)
    if found is None:
        return Refusal("queue.nobody_waiting", {"window": window})
    ticket = state.tickets[found]
    return (e.TicketCalled(now, ticket.id, ticket.number, ticket.queue, window),)


def _on_current(
    state: State,
    ticket: Ticket,
    command: c.Recall | c.Miss | c.Start | c.Finish | c.Park | c.Transfer,
    now: datetime,
    plan: Plan,
) -> Outcome:
    window = command.window
    if ticket.state != "called" and isinstance(command, c.Recall | c.Miss | c.Start):
        return _wrong_state(ticket)
    match command:
        case c.Recall():
            if ticket.round > plan.policy.max_recalls:
                return Refusal(
                    "recall.limit", {"number": ticket.number, "limit": str(plan.policy.max_recalls)}
                )
            return (e.TicketRecalled(now, ticket.id, ticket.number, ticket.queue, window, ticket.round + 1),)
        case c.Miss():
            return (e.TicketMissed(now, ticket.id, window),)
        case c.Start():
            return (e.TicketStarted(now, ticket.id, window),)
        case c.Finish():
            started = () if ticket.state == "serving" else (e.TicketStarted(now, ticket.id, window),)
            since = ticket.started_at or ticket.since
            handled = ticket.spent + max(0.0, (now - since).total_seconds())
            return (*started, e.TicketFinished(now, ticket.id, window, round(handled, 3)))
        case c.Park():
            return (e.TicketParked(now, ticket.id, window, command.papers, command.reason),)
        case c.Transfer():
            return _transfer(state, ticket, command, now, plan)
        case _:
            assert_never(command)


def _transfer(state: State, ticket: Ticket, command: c.Transfer, now: datetime, plan: Plan) -> Outcome:
    if command.queue not in plan.queues:
        return Refusal("queue.unknown", {"queue": command.queue})
    if (to := command.to) is not None:
        if to not in plan.windows:
            return Refusal("window.unknown", {"window": to})
        if to == command.window or command.queue not in plan.serves[to]:
            return Refusal("window.not_serving", {"window": to, "queue": command.queue})
        if state.desk(to).state == "closed":
            return Refusal("window.not_open", {"window": to, "state": "closed"})
    return (e.TicketTransferred(now, ticket.id, command.window, command.queue, to, command.reason),)


# -- tickets that are not at the window -------------------------------------------------------------------


def _return(state: State, command: c.Return, now: datetime, plan: Plan) -> Outcome:
    if (ticket := state.tickets.get(command.ticket)) is None:
        return Refusal("ticket.unknown", {"ticket": command.ticket})
    if ticket.queue not in plan.serves[command.window]:
        return _not_yours(ticket)
    if ticket.state != "missed":
        return _wrong_state(ticket)
    if plan.policy.one_per_person and ticket.person:
        held = state.persons.get((ticket.queue, ticket.person))
        if held is not None:
            return Refusal(
                "person.already_waiting", {"number": state.tickets[held[0]].number, "ticket": held[0]}
            )
    return (e.TicketReturned(now, ticket.id, command.window, plan.policy.return_after),)


def _resume(state: State, command: c.Resume, now: datetime) -> Outcome:
    if (ticket := state.tickets.get(command.ticket)) is None:
        return Refusal("ticket.unknown", {"ticket": command.ticket})
    if ticket.state != "parked":
        return _wrong_state(ticket)
    if ticket.window != command.window:
        return _not_yours(ticket)
    desk = state.desk(command.window)
    if desk.current:
        return _busy(state, desk.current)
    if desk.state == "closed":
        return _not_open(desk, command)
    return (e.TicketResumed(now, ticket.id, command.window),)


def _abandon(state: State, command: c.Abandon, now: datetime, plan: Plan) -> Outcome:
    if (ticket := state.tickets.get(command.ticket)) is None:
        return Refusal("ticket.unknown", {"ticket": command.ticket})
    if ticket.state in ENDED:
        return _wrong_state(ticket)
    held = ticket.state in ("called", "serving", "parked")
    if ticket.window != command.window if held else ticket.queue not in plan.serves[command.window]:
        return _not_yours(ticket)
    return (e.TicketAbandoned(now, ticket.id, command.window, command.reason),)


# -- the day ----------------------------------------------------------------------------------------------


def _close(state: State, now: datetime, reason: str) -> tuple[e.Event, ...]:
    if not state.open:
        return ()
    left = sorted(ticket.id for ticket in state.tickets.values() if ticket.state not in ENDED)
    return (e.DayClosed(now, _day(state), reason, tuple(left)),)


def _day(state: State) -> date:
    assert state.day is not None, "decide opens the day before anything else"
    return state.day


# -- refusals said in more than one place -----------------------------------------------------------------


def _busy(state: State, current: TicketId) -> Refusal:
    ticket = state.tickets[current]
    return Refusal("window.busy", {"number": ticket.number, "ticket": ticket.id, "state": ticket.state})


def _not_open(desk: Desk, command: c.OfWindow) -> Refusal:
    return Refusal("window.not_open", {"window": command.window, "state": desk.state})


def _wrong_state(ticket: Ticket) -> Refusal:
    return Refusal("ticket.wrong_state", {"number": ticket.number, "state": ticket.state})


def _not_yours(ticket: Ticket) -> Refusal:
    return Refusal(
        "ticket.not_yours",
        {"number": ticket.number, "queue": ticket.queue, "window": ticket.window or ""},
    )
