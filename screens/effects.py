"""What a presenter wants done. Imperative, frozen; the wiring carries them out and answers with events."""

from dataclasses import dataclass, field

from hall.catalogue.answers import By
from hall.catalogue.model import Bundle, Guide, Section
from hall.wire.messages import Priority, Purpose
from screens.events import Person, Ticket


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
    item: str = ""  # id of the guide or bundle it is taken for
    item_name: str = ""
    catalogue: str = ""  # version that was read
    appointment: str = ""  # id of the appointment that is checked in with it
    presentation: str = field(default="", repr=False)  # whose certificates go with it …
    certificates: tuple[str, ...] = ()  # … and which: their ids in it


@dataclass(frozen=True, slots=True)
class PrintSlip:
    """Print the paper of ``ticket``; a ``copy`` says 补打 on it."""

    ticket: Ticket
    copy: bool = False
    item_name: str = ""
    catalogue: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """Look for cards and codes for ``purpose``, or stop (None). Answered with Presented, then PersonKnown, NotKnown."""

    purpose: Purpose | None
    item: str = ""  # guide that certificates are shown for


@dataclass(frozen=True, slots=True)
class IdentifyTyped:
    """Whose number this is that was typed. Answered like a card, with ``attempt``."""

    attempt: str
    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FetchFace:
    """The picture of one certificate; answered with FaceReady or FaceFailed."""

    key: str
    presentation: str = field(repr=False)
    certificate: str


@dataclass(frozen=True, slots=True)
class ShareCertificates:
    """A page for the counter clerk's phone; answered with Shared or ShareFailed."""

    key: str
    presentation: str = field(repr=False)
    certificates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LookUpAppointments:
    """Those of ``person``, or the one with ``number``; answered with AppointmentsFound or AppointmentsFailed."""

    key: str
    person: Person | None = field(default=None, repr=False)
    number: str = field(default="", repr=False)


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


# Questions to the catalogue. The journey writes into each which visit asks; the answer says it again.


@dataclass(frozen=True, slots=True)
class Search:
    """Look ``text`` up as it stands; answered with Found. The latest text alone counts."""

    text: str
    visit: int = 0


@dataclass(frozen=True, slots=True)
class Browse:
    """The shelves of ``by`` (ShelvesFound), or with a ``key`` what stands on one (ListingFound)."""

    by: By
    key: str = ""
    visit: int = 0


@dataclass(frozen=True, slots=True)
class OpenGuide:
    """Open a guide or a bundle; answered with GuideOpened or GuideMissing."""

    id: str
    section: Section | None = None
    visit: int = 0


@dataclass(frozen=True, slots=True)
class PrintNotice:
    """Print the one-time notice (一次性告知单) of a guide as the citizen's answers make it."""

    job: str
    page: Guide | Bundle
    members: tuple[Guide, ...]
    answers: tuple[tuple[str, str], ...]
    catalogue: str


Effect = (
    Show
    | IssueTicket
    | PrintSlip
    | Watch
    | Say
    | CallStaff
    | Forget
    | Search
    | Browse
    | OpenGuide
    | PrintNotice
    | IdentifyTyped
    | FetchFace
    | ShareCertificates
    | LookUpAppointments
)
