"""The one door from other threads to the screen."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from kivy.clock import Clock

E = TypeVar("E")


class UiBridge(Generic[E]):
    """``post`` from any thread; ``deliver`` runs on Kivy's thread, in order, before the next frame."""

    def __init__(self, deliver: Callable[[E], None], *, per_frame: int = 32) -> None:
        self._inbox: deque[E] = deque()
        self._deliver = deliver
        self._per_frame = per_frame
        self._wake = Clock.create_trigger(self._drain)

    def post(self, event: E) -> None:
        self._inbox.append(event)
        self._wake()

    def _drain(self, _dt: float) -> None:
        try:
            for _ in range(min(self._per_frame, len(self._inbox))):
                self._deliver(self._inbox.popleft())
        finally:  # an event that fails must not strand those behind it, and takes the trigger with it
            if self._inbox:
                Clock.schedule_once(self._drain, 0)
