"""What a clerk at a window may do, and what then happens. Part of ``decide``; changes nothing."""

from datetime import datetime
from typing import assert_never

from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import ENDED, State, Ticket
from hall.queue.plan import Plan
from hall.queue.policy import next_ticket
from hall.queue.refusal import Outcome, Refusal, busy, not_open, not_yours, wrong_state


def at_window(state: State, command: c.OfWindow, now: datetime, plan: Plan) -> Outcome:
    """The events that a command of a known window causes on an open day, or a Refusal."""
    window, desk = command.window, state.desk(command.window)
    match command:
        case c.CallNext():
            return _call_next(state, command, now, plan)
        case c.OpenWindow():
            return () if desk.state == "open" else (e.WindowOpened(now, window),)
        case c.PauseWindow():
            if desk.state == "closed":
                return not_open(desk, command)
            return () if desk.state == "paused" else (e.WindowPaused(now, window),)
        case c.CloseWindow():
            if desk.current:
                return busy(state, desk.current)
            return () if desk.state == "closed" else (e.WindowClosed(now, window),)
        case c.Return():
            return _return(state, command, now, plan)
        case c.Resume():
            return _resume(state, command, now)
        case c.Abandon():
            return _abandon(state, command, now, plan)
        case c.ViewCertificate():
            return _view_certificate(state, command, now)
        case _:
            if desk.current is None:
                return Refusal("window.no_current", {"window": window})
            return _on_current(state, state.tickets[desk.current], command, now, plan)


# -- calling ----------------------------------------------------------------------------------------------


def _call_next(state: State, command: c.CallNext, now: datetime, plan: Plan) -> Outcome:
    window, desk = command.window, state.desk(command.window)
    if desk.state != "open":
        return not_open(desk, command)
    if desk.current:
        return busy(state, desk.current)
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
        return wrong_state(ticket)
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
        return not_yours(ticket)
    if ticket.state != "missed":
        return wrong_state(ticket)
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
        return wrong_state(ticket)
    if ticket.window != command.window:
        return not_yours(ticket)
    desk = state.desk(command.window)
    if desk.current:
        return busy(state, desk.current)
    if desk.state == "closed":
        return not_open(desk, command)
    return (e.TicketResumed(now, ticket.id, command.window),)


def _abandon(state: State, command: c.Abandon, now: datetime, plan: Plan) -> Outcome:
    if (ticket := state.tickets.get(command.ticket)) is None:
        return Refusal("ticket.unknown", {"ticket": command.ticket})
    if ticket.state in ENDED:
        return wrong_state(ticket)
    held = ticket.state in ("called", "serving", "parked")
    if ticket.window != command.window if held else ticket.queue not in plan.serves[command.window]:
        return not_yours(ticket)
    return (e.TicketAbandoned(now, ticket.id, command.window, command.reason),)


# -- what the citizen agreed to show ----------------------------------------------------------------------


def _view_certificate(state: State, command: c.ViewCertificate, now: datetime) -> Outcome:
    """One view each, and only by the window that has the ticket now."""
    if (ticket := state.tickets.get(command.ticket)) is None:
        return Refusal("ticket.unknown", {"ticket": command.ticket})
    if state.desk(command.window).current != ticket.id:
        return not_yours(ticket)
    if not 1 <= command.place <= ticket.certificates:
        return Refusal("certificates.gone", {"number": ticket.number})
    if command.place in ticket.viewed:
        return Refusal("certificates.viewed", {"number": ticket.number, "place": str(command.place)})
    return (e.CertificateViewed(now, ticket.id, command.window, command.place),)
