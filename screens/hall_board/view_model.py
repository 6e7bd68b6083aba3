"""Everything a hall board shows at one moment, as values. No Kivy."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from screens.words.phrase import NOTHING, Phrase

Mode = Literal["starting", "quiet", "calling", "closed"]
Tone = Literal["count", "free", "off"]


@dataclass(frozen=True, slots=True)
class CallLine:
    """A number and where it goes."""

    number: str
    window: str
    window_en: str
    queue: str
    queue_en: str
    again: bool = False  # a recall
    fresh: bool = False  # just called: marked


@dataclass(frozen=True, slots=True)
class QueueLine:
    """How many wait in one queue, and for how long."""

    name: str
    name_en: str
    waiting: int
    wait: Phrase
    tone: Tone


@dataclass(frozen=True, slots=True)
class NoticeLine:
    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class HallBoardView:
    """The whole board. ``mode`` says what the large card holds."""

    mode: Mode = "starting"
    hall: str = ""
    hall_en: str = ""
    zone: str = ""  # "": the whole hall
    zone_en: str = ""
    now: datetime | None = None  # to the minute, on the hall's wall clock
    call: CallLine | None = None
    recent: tuple[CallLine, ...] = ()
    queues: tuple[QueueLine, ...] = ()
    page: int = 1
    pages: int = 1
    notice: NoticeLine = NoticeLine()
    opening: Phrase = NOTHING  # when closed: when it opens
    hours: str = ""
    sign: Phrase = NOTHING  # the link is lost: how old the picture is
