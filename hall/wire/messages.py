"""Everything that crosses a process boundary of a hall: HTTP bodies and MQTT payloads, in one place.

Requests refuse unknown fields; answers ignore fields of a newer version. No payload has room for a name, a
document number or an address.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

VERSION = 1

Priority = Literal["ordinary", "elder", "disabled", "veteran", "appointment", "staff"]
TicketState = Literal["waiting", "called", "serving", "missed", "parked", "finished", "abandoned"]
PaperState = Literal["none", "reserved", "printing", "printed", "failed", "unknown"]
WindowState = Literal["closed", "open", "paused"]
QueueState = Literal["open", "closed", "quota", "paused"]
Source = Literal["id_card", "social_card", "resident_code", "enterprise_code", "typed"]
Assurance = Literal["low", "substantial", "high"]  # how sure it is who somebody is: see hall.wire.identity
Purpose = Literal["number", "certificates", "checkin"]  # what somebody shows who they are for
CertificateStatus = Literal["valid", "expired", "revoked", "suspended", "not_yet"]
AppointmentState = Literal["ready", "early", "late", "other_day", "wrong_hall", "checked_in", "cancelled"]
ShortText = Annotated[str, StringConstraints(max_length=64)]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


# -- requests ---------------------------------------------------------------------------------------------


class TakeTicket(Request):
    """Take a number. ``person`` is a keyed pseudonym that changes daily (64 hex digits), never a number."""

    queue: Slug
    priority: Priority = "ordinary"
    person: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, repr=False
    )
    paper: bool = Field(default=True, description="False: the citizen keeps the number on screen or phone")
    item: Slug | None = Field(default=None, description="Code of the item the number was taken for")
    catalogue: Slug | None = Field(default=None, description="Catalogue version the citizen was reading")
    appointment: Slug | None = Field(
        default=None, description="Appointment that is checked in with it; the hall decides queue and class"
    )


class ReportPaper(Request):
    """What became of a ticket's paper. ``copy`` marks a second paper, 补打."""

    job: Slug
    state: Literal["printing", "printed", "failed", "unknown"]
    copy_: bool = Field(default=False, alias="copy")
    code: ShortText | None = Field(default=None, description="fault.paper_out and the like, when not printed")


class OpenWindow(Request):
    """Open a window, or come back from a pause."""


class Nothing(Request):
    """A command that needs no more than its address."""


class OnTicket(Request):
    """A command on one ticket of the window (return a missed one, resume a parked one, abandon)."""

    ticket: Slug
    reason: ShortText = ""


class Park(Request):
    """Park the ticket being served, with or without the papers staying at the window."""

    papers: bool = Field(default=False, description="True: the papers stay at the window")
    reason: ShortText = ""


class Transfer(Request):
    """Send the ticket being served to another queue, or to one window of it."""

    queue: Slug
    window: Slug | None = None
    reason: ShortText = ""


class CallForStaff(Request):
    """Someone at a terminal wants a person."""

    reason: ShortText = ""


MOST_CODE = 4_096  # characters of a code held up; scanners send no more


class Document(Request):
    """What a card said, or what was typed. Lives in the hall's memory for the length of one presentation."""

    source: Literal["id_card", "social_card", "typed"]
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{8,18}$")] = Field(repr=False)
    name: Annotated[str, StringConstraints(max_length=120)] = Field(default="", repr=False)


class Present(Request):
    """Somebody at a terminal shows who they are: exactly one of ``code`` and ``document``."""

    purpose: Purpose
    code: Annotated[str, StringConstraints(min_length=1, max_length=MOST_CODE)] | None = Field(
        default=None, repr=False, description="What the scanner read, as it stands: an opaque token"
    )
    document: Document | None = Field(default=None, repr=False)
    item: Slug | None = Field(default=None, description="Guide it is for; stands in the watermark by name")

    @model_validator(mode="after")
    def _one(self) -> "Present":
        if (self.code is None) == (self.document is None):
            raise ValueError("give exactly one of code and document")
        return self


class Chosen(Request):
    """Certificates of a presentation, by their ids in it."""

    certificates: Annotated[tuple[Slug, ...], Field(min_length=1, max_length=40)]


class Attach(Chosen):
    """The citizen agrees that whoever serves ``ticket`` sees these certificates."""

    ticket: Slug


class FindAppointments(Request):
    """Appointments of a person (today's pseudonym) or with a number: exactly one of them."""

    person: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, repr=False
    )
    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{4,32}$")] | None = Field(
        default=None, repr=False, description="Number of the appointment itself (预约号)"
    )

    @model_validator(mode="after")
    def _one(self) -> "FindAppointments":
        if (self.person is None) == (self.number is None):
            raise ValueError("give exactly one of person and number")
        return self


class BookedAppointment(Request):
    """One appointment as the office's booking system hands it over. The number is not kept."""

    id: Slug
    person: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{8,18}$")] = Field(
        repr=False, description="Number of the person's document; kept as the pseudonym of the day only"
    )
    queue: Slug
    starts: AwareDatetime
    ends: AwareDatetime
    item: Slug | None = Field(default=None, description="Guide it is for")
    hall: Slug | None = Field(default=None, description="Where it is; unset: this hall")
    hall_name: ShortText = ""
    cancelled: bool = False

    @model_validator(mode="after")
    def _forward(self) -> "BookedAppointment":
        if not 2000 <= self.starts.year < 3000:  # days in other time zones are days too
            raise ValueError("starts is in no year that anybody lives in")
        if not timedelta(0) < self.ends - self.starts <= timedelta(hours=12):
            raise ValueError("ends must come after starts, by twelve hours at most")
        return self


class BookAppointments(Request):
    """Appointments to add or replace, all or none."""

    appointments: Annotated[tuple[BookedAppointment, ...], Field(min_length=1, max_length=50)]


# -- answers and retained state ---------------------------------------------------------------------------


class TicketView(Answer):
    """One ticket as anyone may see it."""

    id: str
    number: str
    queue: str
    queue_name: str
    queue_name_en: str
    state: TicketState
    priority: Priority
    paper: PaperState
    taken_at: datetime
    ahead: int = Field(description="Tickets that will be called before this one; 0 once called")
    wait_low: int | None = Field(description="Minutes, estimated; null: unknown")
    wait_high: int | None
    zone: str
    zone_en: str
    windows: str = Field(description="Window numbers that call this queue, e.g. 5–7")
    window: str | None = Field(default=None, description="Where it was called to")
    phone_path: str = Field(default="", description="Path of the hall's page that follows this number")
    item: str | None = None
    item_name: str | None = Field(default=None, description="Name of the item, from the hall's catalogue")
    certificates: int = Field(default=0, description="Certificates the citizen agreed to show at the window")


class TicketBrief(Answer):
    """A ticket in a clerk's list."""

    id: str
    number: str
    queue: str
    queue_name: str
    priority: Priority
    state: TicketState
    paper: PaperState
    since: datetime
    papers_here: bool = False


class WindowView(Answer):
    """One window as its clerk and its window board see it."""

    v: int = VERSION
    seq: int
    id: str
    name: str
    name_en: str
    zone: str
    state: WindowState
    serves: tuple[str, ...]
    current: TicketView | None
    recalls: int = 0
    waiting: int = Field(description="Tickets this window could call now")
    waiting_by_queue: tuple[tuple[str, str, int], ...] = Field(description="(queue id, name, waiting)")
    missed: tuple[TicketBrief, ...] = ()
    parked: tuple[TicketBrief, ...] = ()
    unprinted: tuple[TicketBrief, ...] = Field(
        default=(), description="Waiting tickets whose paper failed or is unknown"
    )
    served: int = 0
    at: datetime


class Call(Answer):
    """A number was called, or called again."""

    v: int = VERSION
    seq: int
    kind: Literal["called", "recalled"]
    ticket: str
    number: str
    queue: str
    queue_name: str
    queue_name_en: str
    window: str
    window_name: str
    window_name_en: str
    zone: str
    round: int = Field(description="1 for the call, 2 for the first recall")
    at: datetime


class QueueView(Answer):
    """One queue, live."""

    id: str
    prefix: str
    name: str
    name_en: str
    about: str
    about_en: str
    icon: str
    identity: Literal["none", "optional", "required"]
    waiting: int
    wait_low: int | None
    wait_high: int | None
    zone: str
    zone_en: str
    windows: str
    state: QueueState
    opens: str = ""


class NoticeView(Answer):
    zh: str
    en: str = ""


class ZoneView(Answer):
    id: str
    name: str
    name_en: str


class HallView(Answer):
    """The hall as boards and terminals show it; retained on the broker."""

    v: int = VERSION
    seq: int = Field(description="Sequence number of the last journal event that this shows")
    hall: str
    name: str
    name_en: str
    time_zone: str
    day: date | None
    open_now: bool
    opens: str = Field(default="", description="Next opening, HH:MM, or YYYY-MM-DD HH:MM on another day")
    hours: str = ""
    queues: tuple[QueueView, ...]
    zones: tuple[ZoneView, ...]
    notices: tuple[NoticeView, ...] = ()
    calls: tuple[Call, ...] = Field(default=(), description="Last calls, newest first")
    at: datetime


class ServiceState(Answer):
    """Whether the hall process is there; the will carries the same ``sid``."""

    v: int = VERSION
    on: bool
    sid: str


class DayKey(Answer):
    """The key of today's pseudonyms. Kept in memory only."""

    day: date
    key: str = Field(repr=False, description="64 hex digits")


class Problem(Answer):
    """RFC 9457 problem document. ``code`` is a key of the message catalogue."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str
    facts: dict[str, str] = Field(default_factory=dict)


# -- who somebody is, and what they show ------------------------------------------------------------------


class CertificateView(Answer):
    """One certificate in summary (GB/T 36903-2018), holder and number masked."""

    id: str = Field(description="Random, inside its presentation; says nothing by itself")
    kind: str = Field(description="证照类型代码: the type's code in GB/T 36903")
    name: str = Field(description="证照类型名称, as people and guides name it")
    name_en: str = ""
    icon: str = Field(default="card-account-details-outline", description="Name in Material Design Icons")
    holder: str = Field(repr=False, description="Masked")
    number: str = Field(repr=False, description="Masked")
    issuer: str = Field(repr=False)
    valid_from: date | None = Field(default=None, repr=False)
    valid_to: date | None = Field(default=None, repr=False, description="Last day; null: no end (长期)")
    status: CertificateStatus = "valid"
    doubtful: bool = Field(default=False, description="The identifier's check character is wrong: a warning")
    stands_for: tuple[str, ...] = Field(
        default=(), description="Names of materials in guides that it can stand in for, its own among them"
    )


class CompanyView(Answer):
    """For whom somebody acts who holds an enterprise code."""

    name: str = Field(repr=False)
    code: str = Field(repr=False, description="Unified social credit code: public, so not masked")
    agent: str = Field(repr=False, description="Masked name of the agent")
    authority: str = Field(repr=False, description="What the agent may do for the company")
    authority_until: date | None = None


class PresentationView(Answer):
    """What showing a code or a card came to. ``id`` is "" where nothing is kept (purposes but certificates)."""

    id: str = Field(repr=False)
    source: Source
    assurance: Assurance
    person: str = Field(repr=False, description="Pseudonym of the day")
    masked_name: str = Field(repr=False)
    priority: Priority = "ordinary"
    seconds: int = Field(default=0, description="Until the hall forgets it by itself")
    certificates: tuple[CertificateView, ...] = Field(default=(), repr=False)
    certificates_code: str = Field(default="", description="Why there is no list: certificates.unreachable …")
    company: CompanyView | None = Field(default=None, repr=False)


class ShareView(Answer):
    """A page of the hall that shows chosen certificates to whoever scans its address."""

    path: str = Field(repr=False, description="Path below the hall's phone address")
    seconds: int


class AttachedView(Answer):
    """What the window may look at."""

    ticket: str
    count: int


class WindowCertificate(Answer):
    certificate: CertificateView = Field(repr=False)
    viewed: bool = Field(description="Its face was shown at the window; there is one view each")


class WindowCertificates(Answer):
    """What the citizen at the window agreed to show. Empty with ``gone``: it was agreed, and is no more there."""

    ticket: str | None
    certificates: tuple[WindowCertificate, ...] = Field(default=(), repr=False)
    gone: bool = False


class AppointmentView(Answer):
    """One appointment as its holder may see it, and whether it can be checked in now."""

    id: str
    state: AppointmentState
    queue: str
    queue_name: str
    queue_name_en: str = ""
    item_name: str = ""
    starts: datetime
    ends: datetime
    opens: datetime | None = Field(default=None, description="When check-in begins, where it is too early")
    hall_name: str = Field(default="", description="Of the right hall, where this is the wrong one")
    number: str = Field(default="", description="Of the ticket, where it is checked in already")


class BookedView(Answer):
    """How many were taken over; those of a day that is over are not."""

    booked: int
    over: int = 0


class AppointmentsView(Answer):
    appointments: tuple[AppointmentView, ...]


class OutsideView(Answer):
    """One service outside the hall that it depends on, for operations."""

    name: str = Field(description="codes, certificates")
    kind: str = Field(description="embedded, gateway …")
    state: Literal["ok", "trying", "resting"] = Field(description="resting: the circuit breaker is open")
    code: str = Field(default="", description="Of the last failure")
    failures: int = Field(default=0, description="In a row")
    since: datetime | None = None


class OutsidesView(Answer):
    services: tuple[OutsideView, ...]


# -- the catalogue ----------------------------------------------------------------------------------------

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=1)]
# Han characters and letters, no digits: no number of a person, a document or a phone fits in.
MISS_TEXT = "^[A-Za-z〇\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]{1,20}$"
MissText = Annotated[str, StringConstraints(pattern=MISS_TEXT)]
MOST_MISSES = 200  # texts in one report


class CatalogueReport(Request):
    """How a terminal stands with the catalogue, and what was searched for in vain, without a time or an order."""

    version: Slug | None = Field(default=None, description="Version on its screens; null: it has none")
    states: tuple[Slug, ...] = Field(
        default=(), max_length=16, description="catalogue.bad_signature and the like; empty: all is well"
    )
    misses: dict[MissText, Annotated[int, Field(ge=1, le=100_000)]] = Field(
        default_factory=dict, max_length=MOST_MISSES, description="Searches that found nothing, and how often"
    )


class CatalogueDelta(Answer):
    """What makes the current file of an older one."""

    old: Sha256
    size: Size = Field(description="Bytes to be fetched")


class CatalogueManifest(Answer):
    """The catalogue that terminals should hold. Nothing here is signed: the file is."""

    v: int = VERSION
    hall: str
    revision: int
    version: str
    sha256: Sha256 = Field(description="Of the file")
    size: Size = Field(description="Bytes of the file")
    packed: Size = Field(description="Bytes to be fetched for the whole file")
    deltas: tuple[CatalogueDelta, ...] = Field(default=(), max_length=64)


class CatalogueMisses(Answer):
    """Searches of one day that found nothing, most frequent first."""

    day: date
    misses: tuple[tuple[str, int], ...] = Field(description="(text, count)")


class TerminalCatalogue(Answer):
    """What one terminal last said of its catalogue."""

    terminal: str
    version: str | None
    states: tuple[str, ...]
    at: datetime


class TerminalCatalogues(Answer):
    current: str | None = Field(description="Version that they should show")
    terminals: tuple[TerminalCatalogue, ...]
