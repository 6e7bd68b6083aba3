"""Everything that crosses a process boundary of a hall: HTTP bodies and MQTT payloads, in one place.

Requests refuse unknown fields; answers ignore fields of a newer version. No payload has room for a name, a
document number or an address.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

VERSION = 1

Priority = Literal["ordinary", "elder", "disabled", "veteran", "appointment", "staff"]
TicketState = Literal["waiting", "called", "serving", "missed", "parked", "finished", "abandoned"]
PaperState = Literal["none", "reserved", "printing", "printed", "failed", "unknown"]
WindowState = Literal["closed", "open", "paused"]
QueueState = Literal["open", "closed", "quota", "paused"]
ShortText = Annotated[str, StringConstraints(max_length=64)]
Slug = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


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
