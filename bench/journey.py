"""Walks the terminal's glass in one process, frame by frame, and keeps how long each took."""

import itertools
import time
from collections import deque
from datetime import datetime
from typing import Any

from screens import glass

WINDOW = glass.make_window(1080, 1920)

from kivy.base import EventLoop  # noqa: E402  after the window's settings are made
from kivy.clock import Clock  # noqa: E402
from kivy.uix.button import Button  # noqa: E402

from kiosk.journey import Journey  # noqa: E402
from screens import samples  # noqa: E402
from screens.effects import Effect, IssueTicket, PrintSlip  # noqa: E402
from screens.events import (  # noqa: E402
    Event,
    HallChanged,
    PaperPrinted,
    PrinterChanged,
    Ticked,
    TicketIssued,
    Touched,
)
from screens.finger import Finger  # noqa: E402
from screens.terminal_app import TerminalApp  # noqa: E402
from screens.widgets.tappable import Tappable  # noqa: E402

SETTLED = 3  # frames after each touch


class Walk:
    """One terminal screen with the real journey behind it; hall and printer answer a frame later each."""

    def __init__(self) -> None:
        Clock._max_fps = 0  # measure work, not the wait for the next thirtieth of a second
        ticks = itertools.count(1)
        Tappable.clock = staticmethod(
            lambda: float(next(ticks))
        )  # the double-tap guard is not what is measured
        self.frames: list[float] = []
        self.touches: list[float] = []
        self._answers: deque[Event] = deque()
        keys = itertools.count(1)
        self._journey = Journey(make_key=lambda: f"key-{next(keys)}")
        self._app = TerminalApp(self._touched)
        self._app.root = self._app.build()
        WINDOW.add_widget(self._app.root)
        self._journey.start()
        for event in (
            Ticked(datetime.now().astimezone(), 1.0),
            HallChanged(samples.hall()),
            PrinterChanged(None),
        ):
            self._handle(event)
        for _ in range(20):
            EventLoop.idle()

    def journey(self) -> None:
        """Welcome to done and back, then large type, contrast and English on the choice."""
        for intent in ("take", "queue", "without_card", "confirm", "finish"):
            self._press(intent)
        self._press("take")
        for intent in ("large", "large", "contrast", "contrast", "language", "language", "page"):
            self._press(intent)
        self._press("home")

    def forget(self) -> None:
        """Drop what was measured so far: first times are not what is measured."""
        self.frames.clear()
        self.touches.clear()

    def empty_touches(self, rounds: int) -> list[float]:
        """The floor: one button whose text changes, nothing else in the window."""
        WINDOW.remove_widget(self._app.root)
        counter = itertools.count()
        button = Button(text="0")
        button.bind(on_press=lambda *_: setattr(button, "text", str(next(counter))))
        WINDOW.add_widget(button)
        for _ in range(5):
            EventLoop.idle()
        times = []
        for _ in range(rounds):
            times.append(self._touch(540, 960))
            EventLoop.idle()
        return times

    # -- inside -------------------------------------------------------------------------------------------

    def _press(self, intent: str) -> None:
        control = next(
            c for c in self._app.describe()["controls"] if c["intent"] == intent and not c["disabled"]
        )
        self.touches.append(self._touch(control["x"], WINDOW.height - control["y"]))
        self.frames.append(self.touches[-1])
        for _ in range(SETTLED):
            begin = time.perf_counter()
            if self._answers:
                self._handle(self._answers.popleft())
            EventLoop.idle()
            self.frames.append(time.perf_counter() - begin)

    def _touch(self, x: float, y: float) -> float:
        """Seconds from the finger to the next frame on the glass."""
        finger = Finger(x, y)
        begin = time.perf_counter()
        finger.down()
        finger.up()
        EventLoop.idle()
        return time.perf_counter() - begin

    def _touched(self, intent: str, value: str) -> None:
        self._handle(Touched(intent, value))

    def _handle(self, event: Any) -> None:
        effects = self._journey.handle(event)
        self._app.show(self._journey.screen, self._journey.view, self._journey.frame)
        for effect in effects:
            self._answer(effect)

    def _answer(self, effect: Effect) -> None:
        match effect:
            case IssueTicket(key=key):
                self._answers.append(TicketIssued(key, samples.ticket()))
            case PrintSlip(ticket):
                self._answers.append(PaperPrinted(ticket.id))
            case _:
                pass
