"""The wiring of a terminal that is not in the fleet yet. It knows no hall and opens no device: the agent tells it."""

import logging
import time
from collections.abc import Callable
from typing import Any

from config.kiosk import Kiosk
from kiosk.clock import wall_clock
from kiosk.roles.shell import Shell
from kiosk.standing import Standing
from provisioning.wire.control import Done, ShowEnrolment
from screens.enrol.presenter import Enrolment, EnrolPresenter

log = logging.getLogger(__name__)

UPRIGHT, LYING = (1080, 1920), (1920, 1080)


class Enrolling:
    """``show`` is the app shell's. Until the agent says otherwise, it is connecting."""

    def __init__(self, settings: Kiosk, show: Callable[[str, object, Any], None]) -> None:
        self._show, self._wall = show, wall_clock(settings)
        self._presenter = EnrolPresenter(
            settings.name, time.monotonic, language=settings.screen.language, theme=settings.screen.theme
        )
        self._stirred = time.monotonic()

    def start(self) -> None:
        self.tick(0)

    def handle(self, event: Any) -> None:
        """Nothing is posted here: all that happens is told or touched."""

    def show_enrolment(self, what: ShowEnrolment) -> Done:
        """What the agent knows of it now."""
        self._presenter.tell(
            Enrolment(
                what.state,
                what.code,
                what.url,
                what.seconds_left,
                what.fingerprint,
                what.centre,
                what.fault,
            )
        )
        self._draw()
        return Done(ok=True)

    def touched(self, intent: str, _value: str) -> None:
        self._stirred = time.monotonic()
        self._presenter.touched(intent)
        self._draw()

    def tick(self, _dt: float) -> None:
        self._presenter.tick(self._wall())
        self._draw()

    def broken(self, code: str) -> None:
        log.error("role=enrol code=%s the view stays as it was", code)

    def standing(self) -> Standing:
        """No citizen is here yet."""
        return Standing(screen="enrol", idle_seconds=time.monotonic() - self._stirred)

    def close(self) -> None:
        """Nothing was opened."""

    def _draw(self) -> None:
        self._show("enrol", self._presenter.view, self._presenter.frame)


def run(settings: Kiosk) -> int:
    """Show how enrolment stands until the process is told to stop."""
    shell = Shell(settings, *UPRIGHT)
    from kivy.core.window import Window

    from screens.terminal_app import TerminalApp

    role: Enrolling | None = None

    def touched(intent: str, value: str) -> None:
        if role is not None:
            role.touched(intent, value)

    app = TerminalApp(touched, design=LYING if Window.width > Window.height else UPRIGHT, only="enrol")
    role = Enrolling(settings, app.show)
    return shell.run(app, role)
