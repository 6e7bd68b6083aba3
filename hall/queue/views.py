"""What people may see of a hall's day: tickets, windows, the hall, calls. Computed, never stored."""

from collections.abc import Iterable
from datetime import datetime
from math import ceil, floor

from hall.queue.line import Line
from hall.queue.model import CallRecord, Lanes, QueueId, State, Ticket, TicketId, WindowId
from hall.queue.plan import Plan
from hall.queue.policy import ahead, callable_now, newcomer_ahead
from hall.wire.messages import (
    Call,
    HallView,
    NoticeView,
    QueueState,
    QueueView,
    TicketBrief,
    TicketView,
    WindowView,
    ZoneView,
)

LISTED = 40  # most tickets in one list of a clerk's pad; older ones are found by their number
SPREAD = 0.3  # an estimate is given as a range of so much below and above


def ticket_view(state: State, ticket: Ticket, plan: Plan, phone_path: str = "") -> TicketView:
    """One ticket as anyone may see it."""
    return TicketView.model_validate(ticket_facts(state, ticket, plan, phone_path))


def ticket_facts(state: State, ticket: Ticket, plan: Plan, phone_path: str = "") -> dict[str, object]:
    """What a TicketView holds, not checked again: for the answer that is given most."""
    queue = ticket.queue
    waiting, sign = ticket.lane != "", plan.signs[queue]
    before = ahead(state.lanes(queue), ticket, plan.policy) if waiting else 0
    low, high = wait(state, queue, before, plan) if waiting else (None, None)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "queue": queue,
        "queue_name": sign.name,
        "queue_name_en": sign.name_en,
        "state": ticket.state,
        "priority": ticket.priority,
        "paper": ticket.paper,
        "taken_at": ticket.taken_at,
        "ahead": before,
        "wait_low": low,
        "wait_high": high,
        "zone": sign.zone,
        "zone_en": sign.zone_en,
        "windows": ticket.window if ticket.lane == "directed" else sign.windows,
        "window": ticket.window,
        "phone_path": phone_path,
        "item": ticket.item,
        "item_name": ticket.item_name,
        "certificates": ticket.certificates,
    }


def wait(state: State, queue: QueueId, before: int, plan: Plan) -> tuple[int | None, int | None]:
    """Minutes until a ticket with ``before`` others ahead is called, low and high; None: no window is open.

    Handling time (measured today, else as configured) shared by the open windows that serve the queue.
    """
    servers = 0
    for window in plan.servers[queue]:
        if (desk := state.windows.get(window)) is not None and desk.state == "open":
            servers += 1
    if not servers:
        return None, None
    pace = state.lanes(queue).pace
    minutes = (plan.queues[queue].service_minutes if pace is None else pace / 60) / servers
    return floor(before * minutes * (1 - SPREAD)), ceil((before + 1) * minutes * (1 + SPREAD))


def window_view(state: State, window: WindowId, plan: Plan, now: datetime) -> WindowView:
    """One window as its clerk and its window board see it."""
    settings, desk = plan.windows[window], state.desk(window)
    queues = [(queue, state.lanes(queue)) for queue in plan.serves[window]]
    counts = tuple(
        (str(queue), plan.queues[queue].name, callable_now(lanes, window)) for queue, lanes in queues
    )
    return WindowView(
        seq=state.seq,
        id=window,
        name=settings.name,
        name_en=settings.name_en,
        zone=settings.zone,
        state=desk.state,
        serves=plan.serves[window],
        current=ticket_view(state, state.tickets[desk.current], plan) if desk.current else None,
        recalls=max(0, state.tickets[desk.current].round - 1) if desk.current else 0,
        waiting=sum(count for _, _, count in counts),
        waiting_by_queue=counts,
        missed=_newest(state, (lanes.missed for _, lanes in queues), plan),
        parked=_briefs(state, desk.parked, plan),
        unprinted=_newest(state, (lanes.unprinted for _, lanes in queues), plan),
        served=desk.served,
        at=now,
    )


def hall_view(state: State, plan: Plan, now: datetime) -> HallView:
    """The hall as boards and terminals show it."""
    hall = plan.hall
    open_now = _day_runs(state, plan, now) and any(plan.gives_numbers(q, now) for q in plan.queues)
    return HallView(
        seq=state.seq,
        hall=hall.id,
        name=hall.name,
        name_en=hall.name_en,
        time_zone=hall.time_zone,
        day=state.day,
        open_now=open_now,
        opens="" if open_now else plan.opens(now),
        hours=plan.hours(now),
        queues=tuple(_queue_view(state, queue, plan, now) for queue in plan.queues),
        zones=tuple(ZoneView(id=z.id, name=z.name, name_en=z.name_en) for z in hall.zones),
        notices=tuple(NoticeView(zh=n.zh, en=n.en) for n in hall.notices),
        calls=tuple(call_view(call, plan) for call in state.calls if _known(call, plan)),
        at=now,
    )


def call_view(call: CallRecord, plan: Plan) -> Call:
    """A call as boards and the voice give it out."""
    queue, window = plan.queues[call.queue], plan.windows[call.window]
    return Call(
        seq=call.seq,
        kind=call.kind,
        ticket=call.ticket,
        number=call.number,
        queue=call.queue,
        queue_name=queue.name,
        queue_name_en=queue.name_en,
        window=call.window,
        window_name=window.name,
        window_name_en=window.name_en,
        zone=window.zone,
        round=call.round,
        at=call.at,
    )


def _queue_view(state: State, queue_id: QueueId, plan: Plan, now: datetime) -> QueueView:
    queue, lanes, sign = plan.queues[queue_id], state.lanes(queue_id), plan.signs[queue_id]
    given = _queue_state(state, queue_id, lanes, plan, now)
    low, high = wait(state, queue_id, newcomer_ahead(lanes, plan.policy), plan)
    return QueueView(
        id=queue.id,
        prefix=queue.prefix,
        name=queue.name,
        name_en=queue.name_en,
        about=queue.about,
        about_en=queue.about_en,
        icon=queue.icon,
        identity=queue.identity,
        waiting=lanes.waiting,
        wait_low=low,
        wait_high=high,
        zone=sign.zone,
        zone_en=sign.zone_en,
        windows=sign.windows,
        state=given,
        opens=plan.opens(now, queue_id) if given == "closed" else "",
    )


def _queue_state(state: State, queue: QueueId, lanes: Lanes, plan: Plan, now: datetime) -> QueueState:
    """``paused``: numbers are given, but its windows are all paused or closed, at least one paused."""
    if not (_day_runs(state, plan, now) and plan.gives_numbers(queue, now)):
        return "closed"
    quota = plan.queues[queue].quota
    if quota is not None and lanes.issued >= quota:
        return "quota"
    desks = {state.desk(w).state for w in plan.servers[queue]}
    return "paused" if "paused" in desks and "open" not in desks else "open"


def _day_runs(state: State, plan: Plan, now: datetime) -> bool:
    """Whether a number could open or continue the day: only a day closed by hand says no."""
    return state.open or state.day is None or plan.day(now) > state.day


def _known(call: CallRecord, plan: Plan) -> bool:
    """Queues and windows may leave the settings in the middle of a day."""
    return call.queue in plan.queues and call.window in plan.windows


def _newest(state: State, lines: Iterable[Line], plan: Plan) -> tuple[TicketBrief, ...]:
    found = (state.tickets[TicketId(one)] for line in lines for one in line.last(LISTED))
    newest = sorted(found, key=lambda ticket: ticket.since, reverse=True)[:LISTED]
    return tuple(_brief(ticket, plan) for ticket in newest)


def _briefs(state: State, tickets: Iterable[TicketId], plan: Plan) -> tuple[TicketBrief, ...]:
    return tuple(_brief(state.tickets[ticket], plan) for ticket in tickets)


def _brief(ticket: Ticket, plan: Plan) -> TicketBrief:
    return TicketBrief(
        id=ticket.id,
        number=ticket.number,
        queue=ticket.queue,
        queue_name=plan.queues[ticket.queue].name,
        priority=ticket.priority,
        state=ticket.state,
        paper=ticket.paper,
        since=ticket.since,
        papers_here=ticket.papers_here,
    )
