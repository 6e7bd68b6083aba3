"""Who is next: the written policy of the queue.

1. A ticket that a colleague directed to this window comes first, the longest waiting before the others.
2. A window that serves several queues takes from the queue in which somebody has waited longest, counted from
   taking the number.
3. Inside a queue: tickets transferred to its front, in the order of their transfer; then the priority classes
   before ordinary tickets, but at most ``priority_streak`` in a row while an ordinary ticket waits. Inside a
   class the order is that of taking, with one exception:
4. A missed ticket that comes back stands behind ``return_after`` others of its class, or at the end when fewer
   wait.
"""

from collections.abc import Iterable

from config.hall import Policy
from hall.queue.line import Line
from hall.queue.model import EMPTY, Lanes, QueueId, State, Ticket, TicketId, WindowId


def next_ticket(state: State, window: WindowId, serves: Iterable[QueueId], policy: Policy) -> TicketId | None:
    """Whom ``window`` calls next, None when nobody waits for it."""
    queues = [lanes for queue in serves if (lanes := state.queues.get(queue)) is not None]
    directed = [line for lanes in queues if (line := lanes.directed.get(window))]
    if directed:
        return min((_first(line) for line in directed), key=lambda ticket: state.tickets[ticket].arrival)
    candidates = [
        (min(state.tickets[_first(line)].arrival for line in lines), lanes)
        for lanes in queues
        if (lines := [line for line in (lanes.transferred, lanes.priority, lanes.ordinary) if line])
    ]
    return (
        _head(min(candidates, key=lambda found: found[0])[1], policy.priority_streak) if candidates else None
    )


def callable_now(lanes: Lanes, window: WindowId) -> int:
    """How many of a queue ``window`` could call, those directed elsewhere left out."""
    here = lanes.transferred.size + lanes.priority.size + lanes.ordinary.size
    return here + lanes.directed.get(window, EMPTY).size if lanes.directed else here


def ahead(lanes: Lanes, ticket: Ticket, policy: Policy) -> int:
    """How many of its queue are called before a waiting ``ticket`` if nobody else comes.

    Those directed to other windows don't count. The interleaving of the two classes is computed, not played.
    """
    most, behind_streak = policy.priority_streak, max(0, policy.priority_streak - lanes.streak)
    match ticket.lane:
        case "directed" if ticket.window:
            return lanes.directed[ticket.window].index(ticket.id)
        case "transferred":
            return lanes.transferred.index(ticket.id)
        case "priority":
            place, ordinary = _place(lanes.priority, ticket.id), lanes.ordinary.size
            if most:
                turns = 0 if place < behind_streak else 1 + (place - behind_streak) // most
                ordinary = min(ordinary, turns)
            return lanes.transferred.size + place + ordinary
        case "ordinary":
            place = _place(lanes.ordinary, ticket.id)
            favoured = min(lanes.priority.size, behind_streak + most * place)
            return lanes.transferred.size + place + favoured
        case _:
            return 0


def newcomer_ahead(lanes: Lanes, policy: Policy) -> int:
    """How many are called before an ordinary ticket taken now."""
    behind_streak = max(0, policy.priority_streak - lanes.streak)
    favoured = min(lanes.priority.size, behind_streak + policy.priority_streak * lanes.ordinary.size)
    return lanes.transferred.size + lanes.ordinary.size + favoured


def _head(lanes: Lanes, most: int) -> TicketId:
    if lanes.transferred:
        return _first(lanes.transferred)
    if lanes.priority and (not lanes.ordinary or lanes.streak < most):
        return _first(lanes.priority)
    return _first(lanes.ordinary)


def _first(line: Line) -> TicketId:
    return TicketId(line.first)


def _place(line: Line, ticket: TicketId) -> int:
    """Most often it is asked for whoever has just joined."""
    return line.size - 1 if line.pieces[-1][-1] == ticket else line.index(ticket)
