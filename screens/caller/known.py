"""What a caller pad knows: the hall's last word, the command on its way, the question on the screen. No Kivy."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from hall.wire.messages import HallView, WindowView
from screens.caller.rules import stage_of
from screens.caller.showing import Showing
from screens.caller.view_model import Stage, Tab, Tone
from screens.words.phrase import NOTHING, Phrase
from screens.words.words import Language

Question = Literal["abandon", "park", "transfer"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about ``ticket``; of a transfer first the queue, then the window."""

    question: Question
    ticket: str
    queue: str = ""
    page: int = 0

    def back(self) -> "Asked | None":
        return replace(self, queue="", page=0) if self.queue else None

    def next_page(self) -> "Asked":
        return replace(self, page=self.page + 1)

    def to_queue(self, queue: str) -> "Asked":
        return replace(self, queue=queue, page=0)


@dataclass(frozen=True, slots=True)
class Pending:
    """A command on its way. ``seq`` and ``scene`` tell what the window was like when it was sent."""

    key: str
    button: tuple[str, str]  # intent and value of what was pressed
    verb: str
    body: tuple[tuple[str, str | bool], ...]
    since: float
    seq: int
    scene: object
    done: bool = False  # answered, but the window does not show it yet
    slow: bool = False  # long enough that the clerk should see it


@dataclass(frozen=True, slots=True)
class Room:
    """How much the glass has room for: large type means fewer things, not smaller ones."""

    rows: int = 4  # of a list; keys 1 to 4
    choices: int = 8  # of a panel, in two rows; keys 1 to 8
    certificates: int = 3  # keys 1 to 3


LARGE_ROOM = Room(rows=3, choices=6, certificates=2)


@dataclass(slots=True)
class Known:
    """All that the pad's picture is composed of."""

    language: Language = "zh"
    room: Room = Room()
    window: WindowView | None = None
    hall: HallView | None = None
    now: datetime | None = None
    lost: str = ""  # code; "": the link is there
    pending: Pending | None = None
    asked: Asked | None = None
    showing: Showing | None = None
    tab: Tab = "missed"
    page: int = 0  # of the list
    message: Phrase = NOTHING
    code: str = ""
    tone: Tone = "plain"

    @property
    def stage(self) -> Stage:
        return stage_of(self.window)

    @property
    def scene(self) -> object:
        """What a command acts upon: while it is the same, the same command means the same."""
        if self.window is None:
            return None
        current = self.window.current
        return self.window.state, (current.id, current.state, self.window.recalls) if current else None

    def queue_en(self, queue_id: str) -> str:
        queues = self.hall.queues if self.hall is not None else ()
        return next((queue.name_en for queue in queues if queue.id == queue_id), "")
