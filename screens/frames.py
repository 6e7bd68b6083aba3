"""How the screen draws: how many frames, and how long the slowest of the last minute took. Costs a sum a frame."""

from collections import deque

from kivy.clock import Clock
from kivy.core.window import Window

SLOT, SLOTS = 10.0, 6  # seconds


class Slowest:
    """The longest of the times told in about the last minute. Pure."""

    def __init__(self) -> None:
        self._slots: deque[float] = deque([0.0], maxlen=SLOTS)
        self._spent = 0.0

    def add(self, seconds: float) -> None:
        """One frame took so long; the next begins now."""
        self._spent += seconds
        if self._spent >= SLOT:
            self._spent = 0.0
            self._slots.append(0.0)
        if seconds > self._slots[-1]:
            self._slots[-1] = seconds

    @property
    def seconds(self) -> float:
        return max(self._slots)


class Frames:
    """Measures from construction on, on Kivy's thread. ``drawn``: frames that the glass was given.

    A frame lasts from one turn of Kivy's loop to the next: 33 ms are in time, more is a glass that did not answer.
    """

    def __init__(self) -> None:
        self._slowest = Slowest()
        self._event = Clock.schedule_interval(self._slowest.add, 0)
        self.drawn = 0
        Window.bind(on_flip=self._flipped)

    @property
    def slowest_ms(self) -> float:
        return self._slowest.seconds * 1000

    def close(self) -> None:
        self._event.cancel()
        Window.unbind(on_flip=self._flipped)

    def _flipped(self, _window: object) -> None:
        self.drawn += 1
