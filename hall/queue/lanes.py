"""Joining and leaving a lane of a queue, and the list of unprinted numbers that goes with it."""

from collections.abc import Callable

from hall.queue.line import Line
from hall.queue.model import EMPTY, Lane, Lanes, State, Ticket, WindowId

BAD_PAPER = ("failed", "unknown")  # the clerk must see that this number may have no paper


def enter_lane(state: State, ticket: Ticket, lane: Lane, place: int | None) -> State:
    """``ticket`` waits in ``lane`` behind ``place`` others, or at the end."""
    lanes = _with_lane(
        state.lanes(ticket.queue),
        lane,
        ticket.window,
        lambda line: line.append(ticket.id) if place is None else line.insert(place, ticket.id),
    )
    if ticket.paper in BAD_PAPER:
        lanes = lanes._replace(unprinted=lanes.unprinted.append(ticket.id))
    ticket = ticket._replace(state="waiting", lane=lane)
    return state._replace(
        queues=state.queues.set(ticket.queue, lanes), tickets=state.tickets.set(ticket.id, ticket)
    )


def leave_lane(state: State, ticket: Ticket) -> State:
    lanes = state.lanes(ticket.queue)
    lanes = _with_lane(lanes, ticket.lane, ticket.window, lambda line: line.remove(ticket.id))
    if ticket.paper in BAD_PAPER:
        lanes = lanes._replace(unprinted=lanes.unprinted.remove(ticket.id))
    return state._replace(queues=state.queues.set(ticket.queue, lanes))


def _with_lane(lanes: Lanes, lane: Lane, window: WindowId | None, change: Callable[[Line], Line]) -> Lanes:
    match lane:
        case "ordinary":
            return lanes._replace(ordinary=change(lanes.ordinary))
        case "priority":
            return lanes._replace(priority=change(lanes.priority))
        case "transferred":
            return lanes._replace(transferred=change(lanes.transferred))
        case "directed":
            assert window is not None
            line = change(lanes.directed.get(window, EMPTY))
            directed = lanes.directed.set(window, line) if line else lanes.directed.delete(window)
            return lanes._replace(directed=directed)
        case "":
            raise AssertionError("a ticket outside every lane cannot wait")
