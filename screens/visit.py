"""What the terminal knows, and what it knows of the one citizen in front of it. No Kivy, no drivers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from hall.catalogue.answers import Elsewhere, Entry, SearchResult
from hall.catalogue.model import Bundle, Guide, Section
from hall.wire.messages import AppointmentView, PresentationView, Priority, Purpose, Source
from screens.events import HallInfo, Person, Picture, QueueInfo, Ticket
from screens.offer import Offer
from screens.theme.tokens import THEMES, ThemeName, Tokens
from screens.words.opening import opening
from screens.words.words import Language, Words, words_of

Facts = tuple[tuple[str, str], ...]
Paper = Literal["none", "printing", "printed", "failed", "unknown"]
Card = Literal["", "reading", "known", "failed"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the journey can't go on as it was; ``code`` is a key of the catalogue."""

    code: str
    facts: Facts = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """The guide or bundle in front of the citizen, whole, all of it of one catalogue version."""

    version: str
    page: Guide | Bundle
    members: tuple[Guide, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    instead: tuple[Entry, ...] = ()
    section: Section | None = None


@dataclass(slots=True)
class Visit:
    """One citizen's journey. Dropped whole when it ends: nothing of it outlives its screen."""

    queue: str = ""
    person: Person | None = field(default=None, repr=False)
    priority: Priority = "ordinary"
    purpose: Purpose = "number"  # what a card or a code is wanted for
    card: Card = ""  # how it stands with the card or the code
    card_code: str = ""
    source: Source = "id_card"  # what was presented last
    attempt: str = ""  # … and which time: other answers are no news
    typed: str = field(default="", repr=False)  # a number, as far as it is typed
    key: str = ""  # of the one IssueTicket of this visit's last confirm touch
    paper_wanted: bool = True
    ticket: Ticket | None = field(default=None, repr=False)
    paper: Paper = "none"
    paper_code: str = ""
    fault: Fault | None = None
    catalogue: str = ""  # version of the first answer of this visit; answers of another are no news
    query: str = field(default="", repr=False)  # as typed
    found: SearchResult | None = field(default=None, repr=False)
    found_page: int = 0  # of ``found``, as turned to
    browsing: tuple[str, str] = ("", "")  # by, key
    browsing_page: int = 0
    reading: Reading | None = None
    answers: tuple[tuple[str, str], ...] = ()  # case → option, in the order answered
    came_from: str = ""  # screen the guide was opened from: the way back
    opened_from: tuple[Reading, tuple[tuple[str, str], ...]] | None = None  # a guide that led to this one
    for_item: bool = False  # the number is taken for ``reading``
    notice: Paper = "none"
    notice_job: str = ""
    notice_code: str = ""
    presentation: PresentationView | None = field(default=None, repr=False)
    chosen: tuple[str, ...] = ()  # certificates that are to go with the ticket, by id
    agreed: bool = False  # the citizen has said so
    attached: int = 0  # certificates that went with the ticket
    attach_code: str = ""  # why they did not
    asked: str = ""  # key of the last question for a face, a share or appointments
    looking_at: str = ""  # certificate whose face is shown
    face: Picture | None = field(default=None, repr=False)
    face_code: str = ""
    face_until: float = 0.0  # Terminal.monotonic
    share_url: str = field(default="", repr=False)
    share_code: str = ""
    share_until: float = 0.0
    appointments: tuple[AppointmentView, ...] | None = None  # None: not known yet
    appointments_code: str = ""
    appointment: str = ""  # id of the one that is checked in

    @property
    def item(self) -> Reading | None:
        """What the number is taken for; None: for the queue alone."""
        return self.reading if self.for_item else None


@dataclass(slots=True)
class Terminal:
    """The terminal's own state; presenters read it, the journey keeps it true."""

    hall: HallInfo = HallInfo()  # noqa: RUF009  frozen
    link: str | None = None  # code while the hall cannot be reached
    reader: str | None = None  # code while cards cannot be read
    scanner: str | None = "fault.no_scanner"  # code while codes cannot be read
    slot: str | None = "fault.no_slot"  # code while chip cards (社保卡) cannot be read
    card_in_slot: bool = False  # somebody's, at the glass or gone
    printer: str | None = None  # code while nothing can be printed
    refused_until: float = 0.0  # too many tries: nobody is looked up before (monotonic)
    now: datetime | None = None
    monotonic: float = 0.0
    language: Language = "zh"
    theme: ThemeName = "normal"
    aloud: bool = False
    leaving: int | None = None  # seconds until a deserted journey ends, once they are shown
    features: frozenset[str] = frozenset()
    catalogue: str = ""  # version that can be read
    catalogue_code: str | None = "catalogue.none"  # why guides cannot be read; None: they can
    hot: tuple[str, ...] = ()
    phone_url: str = ""  # base of the pages that phones open
    offer: Offer = Offer()  # noqa: RUF009  frozen
    visit: Visit = field(default_factory=Visit)

    @property
    def words(self) -> Words:
        return words_of(self.language)

    @property
    def tokens(self) -> Tokens:
        return THEMES[self.theme]

    @property
    def queue(self) -> QueueInfo | None:
        """The queue that was chosen, as it is now."""
        return self.queue_of(self.visit.queue)

    @property
    def gives_numbers(self) -> bool:
        """Whether a number can be asked for here: not while the hall is away, nor where only other things are done."""
        return self.link is None and self.offer.numbers

    def queue_of(self, queue_id: str) -> QueueInfo | None:
        return next((q for q in self.hall.queues if q.id == queue_id), None)


def opens(terminal: Terminal, when: str) -> str:
    """When numbers are next given, as a line of its own; nothing where it is not known."""
    said = opening(when, terminal.now).said(terminal.words)
    return said[:1].upper() + said[1:]
