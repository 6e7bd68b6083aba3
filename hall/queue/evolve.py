"""What an event makes of a hall's day. Believes every event: whether it may happen was decided before."""

from datetime import datetime
from typing import assert_never

from hall.queue import events as e
from hall.queue.calls import announce
from hall.queue.lanes import BAD_PAPER, enter_lane, leave_lane
from hall.queue.model import (
    EMPTY,
    Desk,
    Lane,
    State,
    Ticket,
    TicketId,
    WindowId,
)

PACE_WEIGHT = 0.2  # of the newest handling time in a queue's average: about the last ten count


def evolve(state: State, event: e.Event) -> State:
    """The state after ``event``; ``state`` itself stays as it is."""
    if isinstance(event, e.TicketTaken):
        return _taken(state, event)
    state = state._replace(seq=state.seq + 1)
    match event:
        case e.PaperReported():
            return _paper(state, event)
        case e.TicketCalled():
            return _called(state, event)
        case e.TicketStarted():
            started = state.tickets[event.ticket]._replace(
                state="serving", since=event.at, started_at=event.at
            )
            return _put(state, started)
        case e.TicketFinished():
            return _finished(state, event)
        case e.TicketRecalled():
            recalled = state.tickets[event.ticket]._replace(round=event.round)
            return announce(_put(state, recalled), event)
        case e.TicketMissed():
            return _missed(state, event)
        case e.TicketReturned():
            return _returned(state, event)
        case e.TicketParked():
            return _parked(state, event)
        case e.TicketResumed():
            return _resumed(state, event)
        case e.TicketTransferred():
            return _transferred(state, event)
        case e.TicketAbandoned():
            return _abandoned(state, event.ticket, event.at)
        case e.CertificatesAttached():
            ticket = state.tickets[event.ticket]
            return _put(state, ticket._replace(certificates=ticket.certificates + event.count))
        case e.CertificateViewed():
            ticket = state.tickets[event.ticket]
            return _put(state, ticket._replace(viewed=(*ticket.viewed, event.place)))
        case e.WindowOpened():
            return _desk(state, event.window, state.desk(event.window)._replace(state="open"))
        case e.WindowPaused():
            return _desk(state, event.window, state.desk(event.window)._replace(state="paused"))
        case e.WindowClosed():
            return _window_closed(state, event.window)
        case e.StaffCalled():
            return state
        case e.DayOpened():
            return State(seq=state.seq, day=event.day, open=True)
        case e.DayReopened():
            return state._replace(open=True)
        case e.DayClosed():
            return _day_closed(state, event)
        case _:
            assert_never(event)


# -- a ticket's way ---------------------------------------------------------------------------------------


def _taken(state: State, event: e.TicketTaken) -> State:
    ticket = Ticket(
        id=event.ticket,
        number=event.number,
        queue=event.queue,
        priority=event.priority,
        taken_at=event.at,
        arrival=state.arrivals,
        state="waiting",
        since=event.at,
        paper="reserved" if event.paper else "none",
        lane="ordinary" if event.priority == "ordinary" else "priority",
        person=event.person,
        item=event.item,
        item_name=event.item_name,
    )
    lanes = state.lanes(event.queue)
    if ticket.lane == "ordinary":
        lanes = lanes._replace(issued=event.ordinal, ordinary=lanes.ordinary.append(ticket.id))
    else:
        lanes = lanes._replace(issued=event.ordinal, priority=lanes.priority.append(ticket.id))
    taken = state._replace(
        seq=state.seq + 1,
        arrivals=state.arrivals + 1,
        tickets=state.tickets.set(ticket.id, ticket),
        queues=state.queues.set(event.queue, lanes),
    )
    if event.appointment:
        taken = taken._replace(appointments=taken.appointments.set(event.appointment, ticket.id))
    return _claim(taken, ticket) if ticket.person else taken


def _called(state: State, event: e.TicketCalled) -> State:
    ticket = state.tickets[event.ticket]
    streak = state.lanes(ticket.queue).streak
    if ticket.lane == "priority":
        streak = streak + 1 if state.lanes(ticket.queue).ordinary else 0
    elif ticket.lane == "ordinary":
        streak = 0
    state = leave_lane(state, ticket)
    lanes = state.lanes(ticket.queue)._replace(streak=streak)
    state = state._replace(queues=state.queues.set(ticket.queue, lanes))
    called = ticket._replace(
        state="called", since=event.at, lane="", window=event.window, round=1, started_at=None
    )
    state = _at_desk(_put(state, called), event.window, ticket.id)
    return announce(state, event)


def _finished(state: State, event: e.TicketFinished) -> State:
    ticket = state.tickets[event.ticket]
    lanes = state.lanes(ticket.queue)
    pace = event.handled if lanes.pace is None else lanes.pace + PACE_WEIGHT * (event.handled - lanes.pace)
    desk = state.desk(event.window)
    state = _put(state, ticket._replace(state="finished", since=event.at))
    state = state._replace(queues=state.queues.set(ticket.queue, lanes._replace(pace=pace)))
    state = _desk(state, event.window, desk._replace(current=None, served=desk.served + 1))
    return _release(state, ticket)


def _missed(state: State, event: e.TicketMissed) -> State:
    ticket = state.tickets[event.ticket]
    lanes = state.lanes(ticket.queue)
    state = _put(state, ticket._replace(state="missed", since=event.at))
    lanes = lanes._replace(missed=lanes.missed.append(ticket.id))
    state = state._replace(queues=state.queues.set(ticket.queue, lanes))
    return _release(_at_desk(state, event.window, None), ticket)


def _returned(state: State, event: e.TicketReturned) -> State:
    ticket = state.tickets[event.ticket]
    lanes = state.lanes(ticket.queue)
    lanes = lanes._replace(missed=lanes.missed.remove(ticket.id))
    state = state._replace(queues=state.queues.set(ticket.queue, lanes))
    state = _claim(state, ticket)
    lane: Lane = "ordinary" if ticket.priority == "ordinary" else "priority"
    return enter_lane(state, ticket._replace(since=event.at, window=None), lane, event.place)


def _parked(state: State, event: e.TicketParked) -> State:
    ticket = state.tickets[event.ticket]
    parked = ticket._replace(
        state="parked",
        since=event.at,
        spent=ticket.spent + _seconds(ticket.started_at or ticket.since, event.at),
        papers_here=event.papers,
    )
    desk = state.desk(event.window)
    desk = desk._replace(current=None, parked=(*desk.parked, ticket.id))
    return _desk(_put(state, parked), event.window, desk)


def _resumed(state: State, event: e.TicketResumed) -> State:
    ticket = state.tickets[event.ticket]
    resumed = ticket._replace(state="serving", since=event.at, started_at=event.at, papers_here=False)
    desk = state.desk(event.window)
    desk = desk._replace(current=ticket.id, parked=tuple(t for t in desk.parked if t != ticket.id))
    return _desk(_put(state, resumed), event.window, desk)


def _transferred(state: State, event: e.TicketTransferred) -> State:
    before = state.tickets[event.ticket]
    ticket = before._replace(queue=event.queue, since=event.at, window=event.to, started_at=None, spent=0.0)
    state = _claim(_release(_at_desk(state, event.window, None), before), ticket)
    return enter_lane(state, ticket, "directed" if event.to else "transferred", None)


def _abandoned(state: State, ticket_id: TicketId, at: datetime) -> State:
    ticket = state.tickets[ticket_id]
    match ticket.state:
        case "waiting":
            state = leave_lane(state, ticket)
        case "missed":
            lanes = state.lanes(ticket.queue)
            lanes = lanes._replace(missed=lanes.missed.remove(ticket.id))
            state = state._replace(queues=state.queues.set(ticket.queue, lanes))
        case "parked" if ticket.window:
            desk = state.desk(ticket.window)
            desk = desk._replace(parked=tuple(t for t in desk.parked if t != ticket.id))
            state = _desk(state, ticket.window, desk)
        case "called" | "serving" if ticket.window:
            state = _at_desk(state, ticket.window, None)
    gone = ticket._replace(state="abandoned", since=at, lane="", papers_here=False)
    return _release(_put(state, gone), ticket)


def _paper(state: State, event: e.PaperReported) -> State:
    """A printed copy stands for a paper that nobody was sure of; a copy that fails takes nothing away."""
    ticket = state.tickets[event.ticket]
    if event.copy and event.state != "printed":
        return state
    paper = ticket._replace(
        paper=event.state,
        job=ticket.job if event.copy else event.job,
        copies=ticket.copies + event.copy,
    )
    state = _put(state, paper)
    bad = paper.paper in BAD_PAPER
    if ticket.state != "waiting" or bad == (ticket.paper in BAD_PAPER):
        return state
    lanes = state.lanes(ticket.queue)
    unprinted = lanes.unprinted.append(ticket.id) if bad else lanes.unprinted.remove(ticket.id)
    return state._replace(queues=state.queues.set(ticket.queue, lanes._replace(unprinted=unprinted)))


# -- the day and the windows ------------------------------------------------------------------------------


def _day_closed(state: State, event: e.DayClosed) -> State:
    for ticket_id in event.left:
        state = _abandoned(state, ticket_id, event.at)
    windows = state.windows
    for window, desk in windows.items():
        windows = windows.set(window, desk._replace(state="closed"))
    return state._replace(open=False, windows=windows)


def _window_closed(state: State, window: WindowId) -> State:
    for queue, lanes in state.queues.items():
        for waiting in lanes.directed.get(window, EMPTY):
            ticket = state.tickets[TicketId(waiting)]
            state = enter_lane(leave_lane(state, ticket), ticket._replace(window=None), "transferred", None)
        assert window not in state.lanes(queue).directed
    return _desk(state, window, state.desk(window)._replace(state="closed"))


# -- small steps ------------------------------------------------------------------------------------------


def _put(state: State, ticket: Ticket) -> State:
    return state._replace(tickets=state.tickets.set(ticket.id, ticket))


def _desk(state: State, window: WindowId, desk: Desk) -> State:
    return state._replace(windows=state.windows.set(window, desk))


def _at_desk(state: State, window: WindowId, ticket: TicketId | None) -> State:
    return _desk(state, window, state.desk(window)._replace(current=ticket))


def _claim(state: State, ticket: Ticket) -> State:
    """The person holds this number of the queue; a transfer can bring a second one."""
    if ticket.person is None:
        return state
    key = (ticket.queue, ticket.person)
    return state._replace(persons=state.persons.set(key, (*state.persons.get(key, ()), ticket.id)))


def _release(state: State, ticket: Ticket) -> State:
    """The person may take another number of the queue, unless a second one is held."""
    key = (ticket.queue, ticket.person or "")
    if ticket.id not in (held := state.persons.get(key, ())):
        return state
    left = tuple(t for t in held if t != ticket.id)
    return state._replace(persons=state.persons.set(key, left) if left else state.persons.delete(key))


def _seconds(start: datetime, end: datetime) -> float:
    """Never less than nothing: the clock may have been put back between the two."""
    return max(0.0, (end - start).total_seconds())
