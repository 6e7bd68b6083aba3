"""One real window for the whole run (offscreen will do), a finger, and eyes."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from screens.glass import make_window

DESIGN = (1080, 1920)


class Finger:
    """Touches what it is told to by intent, lets frames pass, and reads what stands on the glass."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def tap(self, intent: str, value: str | None = None) -> None:
        found = [
            c
            for c in self.app.describe()["controls"]
            if c["intent"] == intent and value in (None, c["value"])
        ]
        assert found, f"nothing to touch says {intent} {value or ''}"
        self.app.touch(found[0]["x"], found[0]["y"])
        self.frames(2)

    def frames(self, count: int) -> None:
        from kivy.base import EventLoop

        for _ in range(count):
            EventLoop.idle()

    def sees(self, text: str) -> bool:
        return any(text in seen for seen in self.app.describe()["texts"])


@pytest.fixture(scope="session", autouse=True)
def the_one_window() -> Any:
    """Made first and large enough for every test: a window can be made smaller later, its pixels can't be more.

    No frame waits for the time it is due.
    """
    return make_window(1920, 1920, fps=0)


@pytest.fixture
def steady_clock() -> Iterator[Callable[[float], None]]:
    """The guard against double taps, on a clock that the test moves; it starts long after any tap."""
    from screens.widgets.tappable import Tappable

    real, now = Tappable.clock, 1000.0

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    Tappable.clock = staticmethod(lambda: now)
    Tappable._last = 0.0
    yield wait
    Tappable.clock = staticmethod(real)


@pytest.fixture
def terminal_window(the_one_window: Any) -> Iterator[Any]:
    """The process's one window at the terminal's size, empty before and after."""
    window = the_one_window
    size = window.size

    def clear() -> None:
        for widget in window.children[:]:
            window.remove_widget(widget)

    clear()
    window.size = DESIGN
    yield window
    clear()
    window.size = size
