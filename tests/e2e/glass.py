"""A terminal's wiring at a hall that runs: real threads, a simulated scanner, and no window.

The test plays Kivy's thread, and with it the clock: seconds pass at the glass only where it says so.
"""

import queue
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.kiosk import Kiosk
from drivers.scanner.opening import Family
from drivers.scanner.simulator import SimulatedScanner
from kiosk import hall_client
from kiosk.roles.terminal import Terminal
from screens.events import NotKnown, PersonKnown, Presented, ScannerChanged, Ticked
from screens.visit import Terminal as Known

PATIENCE = 60.0  # seconds a test waits for real threads before it says what it has seen
NOBODY = "mqtt://reader:x@127.0.0.1:1"  # a broker that isn't there: the terminal asks the hall itself


def let_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Terminals wait longer for the hall's word about who somebody is: a busy machine is not a hall that is away."""
    for limit in hall_client.ASKING_OTHERS:
        monkeypatch.setitem(hall_client.ASKING_OTHERS, limit, 12.0)


class Glass:
    """``close`` it. ``folder`` gets what a terminal writes."""

    def __init__(self, folder: Path, url: str, token: str, family: Family = "plain") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "token").write_text(token, encoding="utf-8")
        (folder / "broker").write_text(NOBODY, encoding="utf-8")
        self.scanner = SimulatedScanner(family)
        self.scanner.start()
        settings = Kiosk.model_validate(
            {
                "role": "terminal",
                "id": folder.name,
                "name": "自助终端",
                "source": {
                    "hall": "qingyuan",
                    "url": url,
                    "token_file": folder / "token",
                    "broker_file": folder / "broker",
                },
                "state_dir": folder / "state",
                "devices": {"scanner": self.scanner.url, "scanner_family": family},
                "services": {"certificates": True, "checkin": True},
                "voice": {"sink": "null"},
            }
        )
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.seen: list[Any] = []
        self.screens: list[str] = []
        self.screen = ""
        self.view: Any = None
        self.terminal = Terminal(settings, self._show, self._inbox.put)
        self.terminal.start()
        self.until(lambda: self.known.hall.queues != () and ScannerChanged(None) in self.seen)

    @property
    def known(self) -> Known:
        return self.terminal._journey._terminal

    def present(self) -> None:
        """A new citizen, who wants to show certificates; back when the scanner has heard of it."""
        self.terminal.touched("home", "")
        self.terminal.touched("certificates", "")
        assert self.screen == "present", self.screen
        self.listening()

    def listening(self) -> None:
        """Until the scanner has been told what the journey wants."""
        watch: Any = self.terminal._watching._watches["scanner"]
        self.until(lambda: watch._wish is not None and watch._served is watch._wish)

    def deaf(self) -> None:
        """Until the scanner has been told that nothing is wanted."""
        watch: Any = self.terminal._watching._watches["scanner"]
        assert watch._wish is None
        self.until(lambda: watch._served is None)

    def hold(self, code: str | bytes) -> PersonKnown | NotKnown:
        """Hold ``code`` up; what became of it."""
        before = sum(isinstance(event, PersonKnown | NotKnown) for event in self.seen)
        self.scanner.show(code)
        self.until(lambda: len(self.answers) > before)
        self.scanner.take_away()
        return self.answers[-1]

    @property
    def answers(self) -> list[PersonKnown | NotKnown]:
        return [event for event in self.seen if isinstance(event, PersonKnown | NotKnown)]

    @property
    def tries(self) -> int:
        """How often something was held up."""
        return sum(isinstance(event, Presented) for event in self.seen)

    def later(self, seconds: float) -> None:
        """So much time passes at the glass."""
        self.terminal.handle(Ticked(datetime.now(UTC), self.known.monotonic + seconds))

    def until(self, done: Callable[[], bool]) -> None:
        """Deliver what comes until it is so."""
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"on {self.screen}, seen {self.seen}"
            try:
                event = self._inbox.get(timeout=0.02)
            except queue.Empty:
                continue
            self.seen.append(event)
            self.terminal.handle(event)

    def close(self) -> None:
        self.terminal.close()
        self.scanner.close()

    def _show(self, screen: str, view: object, frame: object) -> None:
        if screen != self.screen:
            self.screens.append(screen)
        self.screen, self.view = screen, view
