"""What may be asked of a hall: imperative, one class for each wish. Who asks is the service's business."""

from dataclasses import dataclass, field
from typing import TypeAlias

from hall.queue.model import PaperReport, QueueId, TicketId, WindowId
from hall.wire.messages import Priority


@dataclass(frozen=True, slots=True)
class Take:
    """A number for someone. ``person`` is the day's pseudonym of a known person."""

    queue: QueueId
    priority: Priority = "ordinary"
    person: str | None = field(default=None, repr=False)
    paper: bool = True
    item: str | None = None
    catalogue: str | None = None
    item_name: str | None = None
    appointment: str | None = None  # checked in with it


@dataclass(frozen=True, slots=True)
class ReportPaper:
    """What became of a ticket's paper; ``copy`` is a second paper, 补打."""

    ticket: TicketId
    job: str
    state: PaperReport
    copy: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Attach:
    """The citizen agreed that whoever serves ``ticket`` sees ``count`` (more) certificates."""

    ticket: TicketId
    count: int


@dataclass(frozen=True, slots=True)
class CallNext:
    window: WindowId


@dataclass(frozen=True, slots=True)
class Recall:
    window: WindowId


@dataclass(frozen=True, slots=True)
class Miss:
    window: WindowId


@dataclass(frozen=True, slots=True)
class Return:
    """A missed ticket comes back."""

    window: WindowId
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Start:
    window: WindowId


@dataclass(frozen=True, slots=True)
class Finish:
    window: WindowId


@dataclass(frozen=True, slots=True)
class Park:
    window: WindowId
    papers: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    window: WindowId
    ticket: TicketId


@dataclass(frozen=True, slots=True)
class Transfer:
    """Send the current ticket to ``queue``, or to the window ``to`` of it."""

    window: WindowId
    queue: QueueId
    to: WindowId | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Abandon:
    window: WindowId
    ticket: TicketId
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ViewCertificate:
    """Look at the certificate number ``place`` (from 1) of the current ticket: once."""

    window: WindowId
    ticket: TicketId
    place: int


@dataclass(frozen=True, slots=True)
class OpenWindow:
    window: WindowId


@dataclass(frozen=True, slots=True)
class PauseWindow:
    window: WindowId


@dataclass(frozen=True, slots=True)
class CloseWindow:
    window: WindowId


@dataclass(frozen=True, slots=True)
class OpenDay:
    """Open the hall's day by hand; the first command of a day does it by itself."""


@dataclass(frozen=True, slots=True)
class CloseDay:
    """Close the hall's day; whoever is left is abandoned."""


@dataclass(frozen=True, slots=True)
class CallStaff:
    """Someone at ``place`` wants a person."""

    place: str
    reason: str = ""


OfWindow: TypeAlias = (
    CallNext
    | Recall
    | Miss
    | Return
    | Start
    | Finish
    | Park
    | Resume
    | Transfer
    | Abandon
    | ViewCertificate
    | OpenWindow
    | PauseWindow
    | CloseWindow
)
Command: TypeAlias = Take | ReportPaper | Attach | OfWindow | OpenDay | CloseDay | CallStaff
