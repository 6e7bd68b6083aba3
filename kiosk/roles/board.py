"""The boards' wiring: hall board and window board. They only listen."""

import logging
import time
from collections.abc import Callable
from typing import Any

from config.kiosk import Kiosk
from kiosk.clock import wall_clock
from kiosk.hall_link import HallLink
from kiosk.roles.shell import Shell
from kiosk.standing import Standing, hall_code
from screens.events import Ticked
from screens.hall_board.presenter import HallBoardPresenter
from screens.window_board.presenter import WindowBoardPresenter
from screens.window_events import CallHeard, HallSeen, LinkBack, LinkLost, WindowSeen

log = logging.getLogger(__name__)


class Board:
    """One board of either kind; a board that starts late is right with the first retained view."""

    def __init__(self, settings: Kiosk, show: Callable[[Any], None], post: Callable[[Any], None]) -> None:
        self._show, self._wall = show, wall_clock(settings)
        self._name, self._screen = settings.id, settings.role
        self._began = time.monotonic()
        self._hall: str | None = None  # code of its link; None: nothing heard
        self._presenter: Any = (
            WindowBoardPresenter(str(settings.window))
            if settings.role == "window-board"
            else HallBoardPresenter(settings.zones)
        )
        self._link = HallLink(
            settings,
            on_hall=lambda view: post(HallSeen(view)),
            on_call=lambda call: post(CallHeard(call)),
            on_window=lambda view: post(WindowSeen(view)),
            on_up=lambda up: post(LinkBack() if up else LinkLost("hall.unreachable")),
        )

    def start(self) -> None:
        self.tick(0)
        self._link.start()

    def handle(self, event: Any) -> None:
        if isinstance(event, LinkBack | LinkLost):
            self._hall = event.code if isinstance(event, LinkLost) else ""
        self._presenter.handle(event)
        self._show(self._presenter.view)

    def tick(self, _dt: float) -> None:
        self.handle(Ticked(self._wall(), time.monotonic()))

    def broken(self, code: str) -> None:
        log.error("role=%s code=%s the view stays as it was", self._name, code)

    def standing(self) -> Standing:
        """Nobody touches a board: it has been idle since it began."""
        age = time.monotonic() - self._began
        return Standing(screen=self._screen, idle_seconds=age, hall=hall_code(self._hall, age))

    def close(self) -> None:
        self._link.close()


def run(settings: Kiosk) -> int:
    """Show until the window is closed or the process is told to stop."""
    over_window = settings.role == "window-board"
    shell = Shell(settings, 1280, 480) if over_window else Shell(settings, 1920, 1080)
    from screens.board_app import BoardApp

    app = BoardApp("window" if over_window else "hall", theme=settings.screen.theme)
    return shell.run(app, Board(settings, app.show, shell.post))
