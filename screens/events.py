"""What happened, as the presenters are told it. Past tense, frozen, no Kivy, no driver types.

A person's data never enters a presenter: a card read on the device thread becomes a ``Person`` with a
pseudonym and a masked name before it is posted.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hall.catalogue.answers import Elsewhere, Entry, SearchResult, Shelf
from hall.catalogue.model import Bundle, Guide, Section
from hall.wire.messages import AppointmentView, Assurance, PresentationView, Priority, Source

Identity = Literal["none", "optional", "required"]


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen at the glass, short-lived: enough to take a number, not enough to be recognised."""

    pseudonym: str = field(repr=False)  # keyed, changes daily; "" for nobody
    masked_name: str = field(repr=False)  # 张*三; "" where only a number was typed
    priority: Priority = "ordinary"  # what the card itself shows (age)
    source: Source = "id_card"
    assurance: Assurance = "high"


@dataclass(frozen=True, slots=True)
class QueueInfo:
    """One queue as the terminal offers it, live."""

    id: str
    name: str
    name_en: str
    about: str  # one plain line: what it is for
    about_en: str
    icon: str  # name in the Material Design Icons font, e.g. "shield-account-outline"
    waiting: int
    wait_low: int | None  # minutes; None: unknown
    wait_high: int | None
    zone: str
    windows: str  # "5–9"
    identity: Identity
    state: Literal["open", "closed", "quota", "paused"] = "open"
    opens: str = ""  # when closed now: "13:30", or "2026-11-24 09:00" on another day
    zone_en: str = ""


@dataclass(frozen=True, slots=True)
class HallInfo:
    """The hall as it is now: from the source, retained on the broker."""

    name: str = ""
    name_en: str = ""
    terminal: str = ""  # 一楼大厅 · 1 号自助终端
    terminal_en: str = ""
    queues: tuple[QueueInfo, ...] = ()
    notices: tuple[str, ...] = ()
    notices_en: tuple[str, ...] = ()
    open_now: bool = True
    opens: str = ""  # next opening: "13:30", or "2026-11-24 09:00" on another day
    hours: str = ""  # "09:00–12:00  13:00–17:00"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A number the hall has given."""

    id: str
    number: str
    queue: str
    queue_name: str
    queue_name_en: str
    ahead: int
    wait_low: int | None
    wait_high: int | None
    zone: str
    windows: str
    phone_url: str  # a page of the hall that follows this number
    zone_en: str = ""
    appointment: bool = False  # it is of the class of appointments, as the hall says


@dataclass(frozen=True, slots=True)
class Touched:
    """A finger released on something: the intent it carries, and its value (a queue's id, a page …).

    A value may be a digit of somebody's number, so it is never shown by itself.
    """

    intent: str
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ticked:
    """Once a second. ``now`` is in the hall's time zone; ``monotonic`` measures idleness."""

    now: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class HallChanged:
    hall: HallInfo


@dataclass(frozen=True, slots=True)
class HallLost:
    """The hall or its broker cannot be reached."""

    code: str


@dataclass(frozen=True, slots=True)
class HallBack:
    pass


@dataclass(frozen=True, slots=True)
class Presented:
    """A card was laid down, a code held up or a number typed; to know who it is takes a moment more.

    ``attempt`` is unique: an answer that names another is about somebody who has left.
    """

    source: Source = "id_card"
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class PersonKnown:
    """Who it was; with a ``presentation`` where certificates were asked for."""

    person: Person
    attempt: str = ""
    presentation: PresentationView | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class NotKnown:
    """Why nobody is known: fault.card_unreadable, code.expired, id_number.check_digit, hall.unreachable …"""

    code: str
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class ReaderChanged:
    code: str | None  # None: fine


@dataclass(frozen=True, slots=True)
class ScannerChanged:
    code: str | None  # None: codes can be read


@dataclass(frozen=True, slots=True)
class SlotChanged:
    """The slot for chip cards (PC/SC), where 社保卡 are read."""

    code: str | None  # None: fine


@dataclass(frozen=True, slots=True)
class CardInSlot:
    """A chip card was put into the slot or taken out; of a slot that is ill nothing is known, and nothing said."""

    there: bool


@dataclass(frozen=True, slots=True)
class PrinterChanged:
    code: str | None  # None: can print; fault.paper_out, fault.cover_open, fault.printer_silent …
    paper_low: bool = False


@dataclass(frozen=True, slots=True)
class TicketIssued:
    key: str  # of the IssueTicket it answers
    ticket: Ticket
    attached: int = 0  # certificates that go with it
    attach_code: str = ""  # why those that should have do not


@dataclass(frozen=True, slots=True)
class TicketRefused:
    key: str
    code: str  # queue.quota_reached, hall.closed, person.already_waiting, hall.unreachable …
    facts: tuple[tuple[str, str], ...] = ()  # for the words: (("number", "A012"),)


@dataclass(frozen=True, slots=True)
class PaperPrinted:
    ticket: str


@dataclass(frozen=True, slots=True)
class PaperFailed:
    """Surely no paper (``sure``) or perhaps some (not ``sure``): never retried by itself."""

    ticket: str
    code: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Faulted:
    """Something inside the terminal failed; the citizen is told, and nothing more is assumed."""

    code: str


@dataclass(frozen=True, slots=True)
class StaffCalled:
    """The hall has taken note that help is wanted at this terminal."""


# -- the catalogue: each answer names the version it is from, and the visit that asked ----------------------


@dataclass(frozen=True, slots=True)
class CatalogueChanged:
    """Guides can be read (``code`` None), or not, and why. Posted between two citizens only."""

    version: str
    code: str | None = None  # catalogue.none, catalogue.damaged
    hot: tuple[str, ...] = ()  # words to start with


@dataclass(frozen=True, slots=True)
class Found:
    version: str
    result: SearchResult
    visit: int = 0


@dataclass(frozen=True, slots=True)
class ShelvesFound:
    """The ways to browse ``by``."""

    version: str
    by: str  # hall.catalogue.answers.By
    shelves: tuple[Shelf, ...]
    visit: int = 0


@dataclass(frozen=True, slots=True)
class ListingFound:
    """What stands on one shelf."""

    version: str
    by: str
    key: str
    entries: tuple[Entry, ...]
    visit: int = 0


@dataclass(frozen=True, slots=True)
class GuideOpened:
    version: str
    page: Guide | Bundle
    members: tuple[Guide, ...] = ()  # of a bundle
    elsewhere: tuple[Elsewhere, ...] = ()
    instead: tuple[Entry, ...] = ()  # where to go instead of a withdrawn item
    section: Section | None = None  # what was asked about
    visit: int = 0


@dataclass(frozen=True, slots=True)
class GuideMissing:
    """No answer to a question: what was asked for is not there, or nothing can be read."""

    version: str
    id: str
    code: str  # catalogue.unknown_guide, catalogue.damaged, catalogue.none, fault.internal
    visit: int = 0


@dataclass(frozen=True, slots=True)
class NoticePrinted:
    """The one-time notice (一次性告知单) of this job is on paper."""

    job: str


@dataclass(frozen=True, slots=True)
class NoticeFailed:
    job: str
    code: str
    sure: bool


# -- certificates and appointments: each answer carries the key of the question --------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels in rows from the top left, three bytes each; without any it is one that could not be read."""

    width: int = 0
    height: int = 0
    rgb: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class FaceReady:
    """A certificate as a picture, watermarked by the hall."""

    key: str
    picture: Picture = field(repr=False)


@dataclass(frozen=True, slots=True)
class FaceFailed:
    key: str
    code: str


@dataclass(frozen=True, slots=True)
class Shared:
    """The chosen certificates can be seen at ``url`` for ``seconds``."""

    key: str
    url: str = field(repr=False)
    seconds: int = 300


@dataclass(frozen=True, slots=True)
class ShareFailed:
    key: str
    code: str


@dataclass(frozen=True, slots=True)
class AppointmentsFound:
    key: str
    appointments: tuple[AppointmentView, ...] = ()


@dataclass(frozen=True, slots=True)
class AppointmentsFailed:
    key: str
    code: str


Event = (
    Touched
    | Ticked
    | HallChanged
    | HallLost
    | HallBack
    | Presented
    | PersonKnown
    | NotKnown
    | ReaderChanged
    | ScannerChanged
    | SlotChanged
    | CardInSlot
    | PrinterChanged
    | TicketIssued
    | TicketRefused
    | PaperPrinted
    | PaperFailed
    | Faulted
    | StaffCalled
    | CatalogueChanged
    | Found
    | ShelvesFound
    | ListingFound
    | GuideOpened
    | GuideMissing
    | NoticePrinted
    | NoticeFailed
    | FaceReady
    | FaceFailed
    | Shared
    | ShareFailed
    | AppointmentsFound
    | AppointmentsFailed
)
