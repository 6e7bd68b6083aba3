"""What a presenter wants done. Imperative, frozen; the wiring carries them out and answers with events."""

from dataclasses import dataclass, field

from screens.events import Person, Priority, Ticket


@dataclass(frozen=True, slots=True)
class Show:
    """Go to another screen."""

    screen: str


@dataclass(frozen=True, slots=True)
class IssueTicket:
    """Take a number. ``key`` is made once a touch, so that a retry or a double touch is harmless."""

    key: str
    queue: str
    person: Person | None = field(repr=False)
    priority: Priority
    paper: bool


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Print the paper of ``ticket``; a ``copy`` says 补打 on it."""

    ticket: Ticket
    copy: bool = False


@dataclass(frozen=True, slots=True)
class WatchCard:
    """Start (or stop) looking for a card on the reader."""

    on: bool


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a message of the catalogue at this terminal (read aloud)."""

    key: str
    facts: tuple[tuple[str, str | tuple[str, str]], ...] = ()  # a pair: (Chinese, English)


@dataclass(frozen=True, slots=True)
class CallStaff:
    reason: str


@dataclass(frozen=True, slots=True)
class Forget:
    """Wipe whatever the process still holds of the person at the glass."""


Effect = Show | IssueTicket | PrintSlip | WatchCard | Say | CallStaff | Forget
