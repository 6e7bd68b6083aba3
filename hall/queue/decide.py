"""Whether a command may happen now, and what then happens. Changes nothing.

Refusals are values: a code (a key of the message catalogue) and the facts to say it with.
"""

from datetime import date, datetime

from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.evolve import evolve
from hall.queue.model import ENDED, State, TicketId
from hall.queue.plan import Plan
from hall.queue.refusal import Outcome, Refusal, wrong_state
from hall.queue.window_commands import at_window

AFTER_CLOSING = (c.OpenDay, c.CloseDay, c.ReportPaper, c.CallStaff)  # what still works on a closed day


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
        case c.Attach():
            return _attach(state, command, now)
        case c.OpenDay():
            return () if state.open else (e.DayReopened(now, _day(state)),)
        case c.CloseDay():
            return _close(state, now, "closed")
        case c.CallStaff():
            return (e.StaffCalled(now, command.place, command.reason),)
        case _:
            if command.window not in plan.windows:
                return Refusal("window.unknown", {"window": command.window})
            return at_window(state, command, now, plan)


# -- numbers and paper ------------------------------------------------------------------------------------


def _take(state: State, command: c.Take, now: datetime, plan: Plan) -> Outcome:
    if (queue := plan.queues.get(command.queue)) is None:
        return Refusal("queue.unknown", {"queue": command.queue})
    if not plan.gives_numbers(command.queue, now):
        whole = not plan.hall.open_at(plan.local(now))
        opens = plan.opens(now, command.queue)
        return Refusal("hall.closed" if whole else "queue.closed", {"queue": command.queue, "opens": opens})
    if command.appointment and (held_by := state.appointments.get(command.appointment)):
        return Refusal("appointment.checked_in", {"number": state.tickets[held_by].number, "ticket": held_by})
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
            item_name=command.item_name,
            appointment=command.appointment,
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


def _attach(state: State, command: c.Attach, now: datetime) -> Outcome:
    if (ticket := state.tickets.get(command.ticket)) is None:
        return Refusal("ticket.unknown", {"ticket": command.ticket})
    if ticket.state in ENDED:
        return wrong_state(ticket)
    return (e.CertificatesAttached(now, ticket.id, command.count),)


# -- the day ----------------------------------------------------------------------------------------------


def _close(state: State, now: datetime, reason: str) -> tuple[e.Event, ...]:
    if not state.open:
        return ()
    left = sorted(ticket.id for ticket in state.tickets.values() if ticket.state not in ENDED)
    return (e.DayClosed(now, _day(state), reason, tuple(left)),)


def _day(state: State) -> date:
    assert state.day is not None, "decide opens the day before anything else"
    return state.day
