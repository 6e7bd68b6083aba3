"""No, and why: the answer to a command that may not happen, and those that are said in more than one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hall.queue import commands as c
from hall.queue import events as e
from hall.queue.model import Desk, State, Ticket, TicketId


@dataclass(frozen=True, slots=True)
class Refusal:
    """No, and why."""

    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


Outcome: TypeAlias = tuple[e.Event, ...] | Refusal


def busy(state: State, current: TicketId) -> Refusal:
    ticket = state.tickets[current]
    return Refusal("window.busy", {"number": ticket.number, "ticket": ticket.id, "state": ticket.state})


def not_open(desk: Desk, command: c.OfWindow) -> Refusal:
    return Refusal("window.not_open", {"window": command.window, "state": desk.state})


def wrong_state(ticket: Ticket) -> Refusal:
    return Refusal("ticket.wrong_state", {"number": ticket.number, "state": ticket.state})


def not_yours(ticket: Ticket) -> Refusal:
    return Refusal(
        "ticket.not_yours",
        {"number": ticket.number, "queue": ticket.queue, "window": ticket.window or ""},
    )
