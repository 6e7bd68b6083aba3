"""Everything a caller pad shows at one moment, as values. No Kivy."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from screens.events import Picture
from screens.words.phrase import NOTHING, Phrase
from screens.words.words import Language

Stage = Literal["unknown", "closed", "paused", "idle", "called", "serving"]
Tab = Literal["missed", "parked", "unprinted"]
Tone = Literal["plain", "note", "alarm"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A small sign beside a number: an icon, a word, and how much it matters."""

    text: Phrase
    icon: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Button:
    """``hint`` is its hotkey as engraved; ``why`` says why it cannot be pressed, and is empty when it can.

    ``waits``: only because an answer is awaited, for so short a time that it need not look different.
    """

    intent: str
    label: Phrase
    icon: str = ""
    value: str = ""
    hint: str = ""
    why: Phrase = NOTHING
    waits: bool = False
    pressed: bool = False  # its command is on its way

    @property
    def dim(self) -> bool:
        return bool(self.why) and not self.waits


NO_BUTTON = Button("", NOTHING)


@dataclass(frozen=True, slots=True)
class Current:
    """The ticket at the window."""

    number: str
    queue: str
    queue_en: str
    taken: Phrase  # 10:42 取号
    calls: Phrase  # 第 2 次呼叫
    item: str = ""  # what the number was taken for, where a guide was read
    marks: tuple[Mark, ...] = ()  # priority, paper


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in a list, with what can be done to it."""

    number: str
    queue: str
    queue_en: str
    since: str  # 10:42
    mark: Mark | None
    act: Button | None
    drop: Button


@dataclass(frozen=True, slots=True)
class TabView:
    button: Button
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class QueueCount:
    name: str
    name_en: str
    waiting: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer in a panel; ``name`` is a hall's own word, without one the button's label stands."""

    button: Button
    name: str = ""
    name_en: str = ""
    about: Phrase = NOTHING


@dataclass(frozen=True, slots=True)
class Panel:
    """A question in place of the buttons: choose one, or go back."""

    title: Phrase
    note: Phrase
    choices: tuple[Choice, ...]
    back: Button
    columns: int  # of choices, in two rows at most
    alarm: bool = False
    more: Button | None = None  # turns the page of choices


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate that the citizen agreed to show, in summary; with a button until it was viewed."""

    name: str = ""
    name_en: str = ""
    holder: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    issuer: str = field(default="", repr=False)
    validity: Phrase = field(default=NOTHING, repr=False)
    status: Mark | None = None
    doubt: Phrase = NOTHING
    viewed: Phrase = NOTHING
    button: Button | None = None


@dataclass(frozen=True, slots=True)
class CertificatesPanel:
    """In place of the lists: the call buttons stay as they are."""

    title: Phrase
    note: Phrase  # how it stands, where that is not plain from the rows
    tone: Tone
    code: str
    rows: tuple[CertificateRow, ...]
    back: Button
    again: Button | None = None
    more: Button | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One certificate large, for ``left`` more seconds; beside it what can be done with the ticket."""

    name: str
    name_en: str
    number: str  # of the ticket
    picture: Picture | None = field(repr=False)
    left: int
    back: Button


@dataclass(frozen=True, slots=True)
class CallerView:
    stage: Stage = "unknown"
    language: Language = "zh"
    window: str = ""
    window_en: str = ""
    now: datetime | None = None
    served: int = 0
    current: Current | None = None
    state: Phrase = NOTHING  # what the window is doing, in a word
    paused: bool = False  # no further call, whatever is at hand
    headline: Phrase = NOTHING  # in place of a number
    about: Phrase = NOTHING  # and a line beneath
    main: Button = NO_BUTTON
    actions: tuple[Button, ...] = ()
    door: Button | None = None  # closes the window
    speech: Button = NO_BUTTON  # switches the language
    waiting: int = 0
    queues: tuple[QueueCount, ...] = ()
    others: Phrase = NOTHING  # queues that found no room
    tabs: tuple[TabView, ...] = ()
    rows: tuple[Row, ...] = ()
    places: int = 0  # rows that a page has room for; less than it has had is never asked
    more: Button | None = None  # turns the page of rows
    empty: Phrase = NOTHING  # in place of rows
    panel: Panel | None = None
    offered: Mark | None = None  # certificates that the citizen agreed to show
    look: Button | None = None  # … opens their list
    certificates: CertificatesPanel | None = None
    certificate_places: int = 0
    face: Face | None = None
    message: Phrase = NOTHING
    code: str = ""  # of the message, for whoever is asked for help
    tone: Tone = "plain"
    sign: Phrase = NOTHING  # the link is lost
