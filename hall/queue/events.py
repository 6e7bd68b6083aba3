"""What happened in a hall: past tense, complete, never changed. The journal is a list of these.

Every event carries ``at``, the server's own clock in UTC. Names and fields are the journal's format: a field may
be added with a default, never renamed or removed.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

from hall.queue.model import PaperReport, QueueId, TicketId, WindowId
from hall.wire.messages import Priority


@dataclass(frozen=True, slots=True)
class DayOpened:
    """A new day begins: numbers start again, windows are closed, nobody waits."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class DayReopened:
    """The same day goes on after it was closed by hand; numbers go on too."""

    at: datetime
    day: date


@dataclass(frozen=True, slots=True)
class DayClosed:
    """The day is over; the tickets in ``left`` are abandoned and all windows closed."""

    at: datetime
    day: date
    reason: str
    left: tuple[TicketId, ...]


@dataclass(frozen=True, slots=True)
class TicketTaken:
    """``ordinal`` is the running number inside the queue that ``number`` was made of."""

    at: datetime
    ticket: TicketId
    number: str
    ordinal: int
    queue: QueueId
    priority: Priority
    paper: bool
    person: str | None = field(default=None, repr=False)
    item: str | None = None
    catalogue: str | None = None
    item_name: str | None = None  # as the hall's catalogue has it
    appointment: str | None = None  # checked in with it


@dataclass(frozen=True, slots=True)
class PaperReported:
    at: datetime
    ticket: TicketId
    job: str
    state: PaperReport
    copy: bool
    code: str | None = None


@dataclass(frozen=True, slots=True)
class TicketCalled:
    at: datetime
    ticket: TicketId
    number: str
    queue: QueueId
    window: WindowId


@dataclass(frozen=True, slots=True)
class TicketRecalled:
    at: datetime
    ticket: TicketId
    number: str
    queue: QueueId
    window: WindowId
    round: int


@dataclass(frozen=True, slots=True)
class TicketMissed:
    at: datetime
    ticket: TicketId
    window: WindowId


@dataclass(frozen=True, slots=True)
class TicketReturned:
    """A missed ticket waits again, behind ``place`` others of its lane."""

    at: datetime
    ticket: TicketId
    window: WindowId
    place: int


@dataclass(frozen=True, slots=True)
class TicketStarted:
    at: datetime
    ticket: TicketId
    window: WindowId


@dataclass(frozen=True, slots=True)
class TicketFinished:
    """``handled``: seconds at windows, from the start (from the call, where nobody pressed start)."""

    at: datetime
    ticket: TicketId
    window: WindowId
    handled: float


@dataclass(frozen=True, slots=True)
class TicketParked:
    at: datetime
    ticket: TicketId
    window: WindowId
    papers: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TicketResumed:
    at: datetime
    ticket: TicketId
    window: WindowId


@dataclass(frozen=True, slots=True)
class TicketTransferred:
    """From ``window`` to the front of ``queue``, or to the window ``to`` of it."""

    at: datetime
    ticket: TicketId
    window: WindowId
    queue: QueueId
    to: WindowId | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TicketAbandoned:
    at: datetime
    ticket: TicketId
    window: WindowId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CertificatesAttached:
    """The citizen agreed to show ``count`` certificates at the window, after any agreed before. Not which."""

    at: datetime
    ticket: TicketId
    count: int


@dataclass(frozen=True, slots=True)
class CertificateViewed:
    """``window`` was shown the ticket's certificate number ``place``, counted from 1."""

    at: datetime
    ticket: TicketId
    window: WindowId
    place: int


@dataclass(frozen=True, slots=True)
class WindowOpened:
    at: datetime
    window: WindowId


@dataclass(frozen=True, slots=True)
class WindowPaused:
    at: datetime
    window: WindowId


@dataclass(frozen=True, slots=True)
class WindowClosed:
    """Tickets directed to the window go to the front of their queues."""

    at: datetime
    window: WindowId


@dataclass(frozen=True, slots=True)
class StaffCalled:
    at: datetime
    place: str
    reason: str = ""


Event: TypeAlias = (
    TicketTaken
    | PaperReported
    | TicketCalled
    | TicketRecalled
    | TicketMissed
    | TicketReturned
    | TicketStarted
    | TicketFinished
    | TicketParked
    | TicketResumed
    | TicketTransferred
    | TicketAbandoned
    | CertificatesAttached
    | CertificateViewed
    | WindowOpened
    | WindowPaused
    | WindowClosed
    | StaffCalled
    | DayOpened
    | DayReopened
    | DayClosed
)
