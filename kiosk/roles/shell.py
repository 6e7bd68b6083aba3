"""What every role with a screen has around it: window, bridge, ticks, faults, control, the demo's pane, a clean end."""

import logging
import signal
from collections.abc import Callable
from typing import Any, Protocol

from config.kiosk import Kiosk
from kiosk.standing import Standing
from screens import glass

log = logging.getLogger(__name__)


class Role(Protocol):
    """A role's wiring, driven on Kivy's thread."""

    def start(self) -> None: ...

    def handle(self, event: Any) -> None: ...

    def tick(self, dt: float) -> None: ...

    def broken(self, code: str) -> None: ...

    def standing(self) -> Standing: ...

    def close(self) -> None: ...


class Shell:
    """Opens the window on construction; ``post`` may be called from any thread from then on."""

    def __init__(self, settings: Kiosk, width: int, height: int) -> None:
        self._settings = settings
        screen = settings.screen
        glass.make_window(
            screen.width or width,
            screen.height or height,
            fullscreen=screen.full_screen and settings.production,
            title=settings.name,
            place=(screen.left, screen.top) if screen.left is not None and screen.top is not None else None,
        )
        from screens.bridge import UiBridge  # imports Kivy: only after the window's settings are made

        self._role: Role | None = None
        self._bridge: UiBridge[Any] = UiBridge(self._deliver)

    def post(self, event: Any) -> None:
        self._bridge.post(event)

    def run(self, app: Any, role: Role) -> int:
        """Run Kivy until the window closes, SIGTERM or SIGINT; then close the role."""
        from kivy.clock import Clock

        self._role = role
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._bridge.post(app.stop))
        glass.keep_running(role.broken)
        pane = control = None

        def begin(_dt: float) -> None:
            nonlocal pane, control
            role.start()
            Clock.schedule_interval(role.tick, 1)
            control = self._controlled(app, role)
            if self._settings.demo.pane is not None:
                from kiosk.pane import Pane

                pane = Pane(self._settings.demo.pane, app, self._bridge.post)

        Clock.schedule_once(begin, 0)
        try:
            app.run()
        finally:
            for door in (pane, control):
                if door is not None:
                    door.close()
            role.close()
        return 0

    def _controlled(self, app: Any, role: Role) -> Any:
        """The agent's way in, where there is an agent. Citizens are served all the same if it cannot be had."""
        if self._settings.control is None:
            return None
        from kiosk.control import Control
        from kiosk.roles.answers import Answers

        try:
            return Control(self._settings.control, Answers(self._settings, role, app), self._bridge.post)
        except OSError as error:
            log.error("control=%s code=kiosk.no_control %s", self._settings.control, error)
            return None

    def _deliver(self, event: Any) -> None:
        if isinstance(event, Callable):  # type: ignore[arg-type]  # a call to run here, from the pane or a signal
            event()
        elif self._role is not None:
            self._role.handle(event)
