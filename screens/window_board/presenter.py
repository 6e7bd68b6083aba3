"""What a window board 窗口屏 over one counter shows. No Kivy."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from hall.wire.messages import Call, HallView, WindowView
from screens.events import Ticked
from screens.window_events import CallHeard, HallSeen, LinkBack, LinkLost, WindowBoardEvent, WindowSeen
from screens.words.phrase import NOTHING, Phrase

Mode = Literal["starting", "closed", "paused", "free", "calling", "serving"]
FLASH_FOR = 10.0  # seconds a new call pulses, one second on, one off: far below what could harm anyone


@dataclass(frozen=True, slots=True)
class WindowBoardView:
    """The whole board. ``number`` is there when calling or serving."""

    mode: Mode = "starting"
    window: str = ""
    window_en: str = ""
    number: str = ""
    queue: str = ""  # of the number
    queue_en: str = ""
    queues: str = ""  # that the window serves, "综合受理 · 帮办代办"
    queues_en: str = ""
    again: bool = False  # a recall
    fresh: bool = False  # just called
    lit: bool = False  # the bright half of a pulse
    now: datetime | None = None
    sign: Phrase = NOTHING


class WindowBoardPresenter:
    """Follows window ``window`` (its id). A live call counts at once, before the window's own view comes."""

    def __init__(self, window: str) -> None:
        self.view = WindowBoardView()
        self._id = window
        self._hall: HallView | None = None
        self._window: WindowView | None = None
        self._call: Call | None = None  # newer than ``_window``
        self._announced = 0  # the sequence number of the last call that pulsed
        self._pulse_began: float | None = None  # the first tick that saw the pulse
        self._pulsing = False
        self._now: datetime | None = None
        self._monotonic = 0.0
        self._lost = False

    def handle(self, event: WindowBoardEvent) -> tuple[()]:
        """Take one event in; ``view`` is the answer, a board wants nothing done."""
        match event:
            case HallSeen(view):
                self._hall = view
            case WindowSeen(view):
                self._see(view)
            case CallHeard(call):
                self._hear(call)
            case LinkLost():
                self._lost = True
            case LinkBack():
                self._lost = False
            case Ticked(now, monotonic):
                self._tick(now, monotonic)
            case _:
                assert_never(event)
        self.view = self._compose()
        return ()

    def _see(self, view: WindowView) -> None:
        known = self._window
        if view.id != self._id or (known is not None and view.seq < known.seq and view.at <= known.at):
            return
        self._window = view
        if self._call is not None and view.seq >= self._call.seq:
            self._call = None
            if view.current is None or view.current.state != "called":
                self._pulsing = False

    def _hear(self, call: Call) -> None:
        if call.window != self._id or call.seq <= self._announced:
            return
        self._announced = call.seq
        window = self._window
        if window is None or call.seq > window.seq:
            self._call = call
        elif window.current is None or window.current.id != call.ticket or window.current.state != "called":
            return  # the window is further on already
        self._pulsing, self._pulse_began = True, None

    def _tick(self, now: datetime, monotonic: float) -> None:
        self._now, self._monotonic = now, monotonic
        if self._pulsing and self._pulse_began is None:
            self._pulse_began = monotonic
        if self._pulse_began is not None and monotonic - self._pulse_began >= FLASH_FOR:
            self._pulsing, self._pulse_began = False, None

    def _compose(self) -> WindowBoardView:
        minute = self._now.replace(second=0, microsecond=0) if self._now is not None else None
        window, call = self._window, self._call
        view = WindowBoardView(now=minute, sign=self._sign())
        if window is not None:
            view = replace(
                view,
                mode=_mode(window),
                window=window.name,
                window_en=window.name_en,
                queues=" · ".join(name for _, name, _ in window.waiting_by_queue),
                queues_en=" · ".join(
                    filter(None, (self._english(id) for id, _, _ in window.waiting_by_queue))
                ),
            )
            if window.current is not None:
                current = window.current
                view = replace(
                    view,
                    number=current.number,
                    queue=current.queue_name,
                    queue_en=current.queue_name_en,
                    again=window.recalls > 0,
                )
        if call is not None:
            view = replace(
                view,
                mode="calling",
                window=call.window_name,
                window_en=call.window_name_en,
                number=call.number,
                queue=call.queue_name,
                queue_en=call.queue_name_en,
                again=call.kind == "recalled",
            )
        fresh = self._pulsing and view.mode == "calling"
        since = self._monotonic - self._pulse_began if self._pulse_began is not None else 0.0
        return replace(view, fresh=fresh, lit=fresh and int(since) % 2 == 0)

    def _english(self, queue_id: str) -> str:
        queues = self._hall.queues if self._hall is not None else ()
        return next((queue.name_en for queue in queues if queue.id == queue_id), "")

    def _sign(self) -> Phrase:
        if not self._lost:
            return NOTHING
        if self._window is None:
            return Phrase("board.no_hall")
        at = self._window.at
        at = at.astimezone(self._now.tzinfo) if self._now is not None else at
        return Phrase("board.link_lost", (("time", f"{at:%H:%M}"),))


def _mode(window: WindowView) -> Mode:
    if window.current is not None:
        return "serving" if window.current.state == "serving" else "calling"
    match window.state:
        case "open":
            return "free"
        case "paused":
            return "paused"
        case "closed":
            return "closed"
