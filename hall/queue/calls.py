"""A call as it goes out, and the last ones as a board keeps them."""

from hall.queue import events as e
from hall.queue.model import LAST_CALLS, CallRecord, State


def call_record(seq: int, event: e.TicketCalled | e.TicketRecalled) -> CallRecord:
    """The call that went out with ``event``, the event number ``seq``."""
    return CallRecord(
        seq=seq,
        kind="recalled" if isinstance(event, e.TicketRecalled) else "called",
        ticket=event.ticket,
        number=event.number,
        queue=event.queue,
        window=event.window,
        round=event.round if isinstance(event, e.TicketRecalled) else 1,
        at=event.at,
    )


def announce(state: State, event: e.TicketCalled | e.TicketRecalled) -> State:
    """The call is the newest; an earlier one of the same ticket makes room."""
    others = (call for call in state.calls if call.ticket != event.ticket)
    return state._replace(calls=(call_record(state.seq, event), *others)[:LAST_CALLS])
