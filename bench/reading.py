"""Looks guides up at the glass in one process, frame by frame, and keeps how long each took. For ``bench.find``."""

import itertools
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from screens import glass

WINDOW = glass.make_window(1080, 1920)

from kivy.base import EventLoop  # noqa: E402  after the window's settings are made
from kivy.clock import Clock  # noqa: E402
from kivy.graphics.opengl import glFinish  # noqa: E402

from bench.search_fresh import resident_mb  # noqa: E402
from hall.catalogue.file import Catalogue  # noqa: E402
from kiosk.guides import GuideDesk  # noqa: E402
from kiosk.journey import Journey  # noqa: E402
from screens import samples  # noqa: E402
from screens.effects import Browse, OpenGuide, Search  # noqa: E402
from screens.events import Event, HallChanged, Ticked, Touched  # noqa: E402
from screens.finger import Finger  # noqa: E402
from screens.terminal_app import TerminalApp  # noqa: E402
from screens.widgets.tappable import Tappable  # noqa: E402


class OneCopy:
    """The one file there is."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def open_best(self, opener: Callable[[Path], Catalogue]) -> Catalogue | None:
        return opener(self._file)

    def staged(self) -> Path | None:
        return None

    def adopt(self) -> Path | None:
        return None

    def set_aside(self, path: Path, code: str) -> None:
        raise RuntimeError(f"{path}: {code}")


class Reader:
    """A terminal with the guides of ``file``; without a file, one that has not the feature."""

    def __init__(self, file: Path | None) -> None:
        Clock._max_fps = 0  # measure work, not the wait for the next thirtieth of a second
        ticks = itertools.count(1)
        Tappable.clock = staticmethod(lambda: float(next(ticks)))  # the double-tap guard is not measured
        self.keys: list[float] = []
        self.work: list[
            float
        ] = []  # of the same keys: processor time of all threads, whoever else is working
        self._worked = 0.0
        self.frames: list[float] = []
        self._answers: deque[Event] = deque()
        keys = itertools.count(1)
        features = frozenset[str]() if file is None else frozenset({"guide"})
        self._journey = Journey(make_key=lambda: f"key-{next(keys)}", features=features)
        self._desk: GuideDesk | None = None
        self._app = TerminalApp(
            lambda intent, value: self._handle(Touched(intent, value)),
            features=("guide",) if file is not None else (),
        )
        WINDOW.add_widget(self._app.build())
        self._journey.start()
        for _ in range(60):  # the screens are made between frames
            EventLoop.idle()
        before = resident_mb()
        if file is not None:
            self._desk = GuideDesk(OneCopy(file), self._answers.append)
            self._desk.open()
        self.catalogue_mb = resident_mb() - before
        for event in (Ticked(datetime.now().astimezone(), 1.0), HallChanged(samples.hall())):
            self._handle(event)
        self._answered()
        self._frames(3)

    def read(self, typed: str) -> None:
        """Type letter by letter, open the first guide found, look into its sections, go home."""
        self._press("guide")
        for letter in typed:
            self.keys.append(self._press("key", letter))
            self.work.append(self._worked)
        self._press("open")
        if self._journey.screen == "cases":
            self._press("skip")
        for section in ("plain", "place", "process"):
            self._press("section", section)
        self._press("home")

    def browse(self) -> None:
        """By life event to the first shelf, and to the guides on it."""
        self._press("guide")
        self._press("browse", "event")
        self._press("shelf")
        self._press("home")

    def floor(self, touches: int) -> list[float]:
        """The same glass, a letter shown and deleted again, and nothing looked up."""
        self._press("guide")
        self._desk = None
        return [
            self._press(*touch)
            for touch in itertools.islice(itertools.cycle((("key", "a"), ("delete", ""))), touches)
        ]

    def forget(self) -> None:
        """Drop what was measured so far: first times are not what is measured."""
        self.keys.clear()
        self.work.clear()
        self.frames.clear()

    def _press(self, intent: str, value: str = "") -> float:
        """Seconds from the finger until all that follows is on the glass."""
        control = next(
            (
                c
                for c in self._app.describe()["controls"]
                if c["intent"] == intent and value in ("", c["value"]) and not c["disabled"]
            ),
            None,
        )
        if control is None:
            return 0.0
        finger = Finger(control["x"], WINDOW.height - control["y"])
        begin, work = time.perf_counter(), time.process_time()
        finger.down()
        finger.up()
        self._answered()
        EventLoop.idle()
        glFinish()  # drawing goes on behind the call; painted is painted
        took, self._worked = time.perf_counter() - begin, time.process_time() - work
        self.frames.append(took)
        self._frames(1)
        glFinish()
        return took

    def _answered(self) -> None:
        """The terminal waits 12 ms for an answer (kiosk/roles/reading.py): it is in the frame of its touch."""
        while self._answers:
            self._handle(self._answers.popleft())

    def _frames(self, count: int) -> None:
        for _ in range(count):
            EventLoop.idle()

    def _handle(self, event: Any) -> None:
        effects = self._journey.handle(event)
        self._app.show(self._journey.screen, self._journey.view, self._journey.frame)
        for effect in effects:
            if self._desk is not None and isinstance(effect, Search | Browse | OpenGuide):
                self._desk.carry_out(effect)
