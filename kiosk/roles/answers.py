"""What a role with a screen answers the agent (``kiosk.control.Answering``), on the screen's own thread."""

from concurrent.futures import Future
from typing import Any, Protocol, runtime_checkable

from config.kiosk import Kiosk
from kiosk.masking import masked
from kiosk.standing import Standing
from kiosk.vitals import answered, health
from provisioning.wire.control import Done, KioskHealth, ShowEnrolment
from screens.frames import Frames
from screens.hereiam.view import Beacon

AFTERWARDS = 2.0  # seconds after a citizen's last touch until the glass surely shows nothing of theirs


class Stands(Protocol):
    """What every role can say of itself."""

    def standing(self) -> Standing: ...


@runtime_checkable
class Prints(Protocol):
    """A role that has a printer, or could."""

    def test_print(self) -> Future[Done]: ...


@runtime_checkable
class Enrols(Protocol):
    """A role that shows how enrolment stands."""

    def show_enrolment(self, what: ShowEnrolment) -> Done: ...


class Answers:
    """``app`` is the app shell of ``role``. Made once the window is open."""

    def __init__(self, settings: Kiosk, role: Stands, app: Any) -> None:
        self._settings, self._role, self._app = settings, role, app
        self._frames = Frames()
        self._beacon = Beacon(app.design, settings.id, settings.name, settings.name_en)

    def close(self) -> None:
        self._beacon.end()
        self._frames.close()

    def health(self) -> KioskHealth:
        standing = self._role.standing()
        return health(
            self._settings, standing, frames=self._frames.drawn, frame_ms=round(self._frames.slowest_ms, 1)
        )

    def identify(self, seconds: float) -> Done:
        self._beacon.show(seconds)
        return Done(ok=True)

    def test_print(self) -> Future[Done]:
        if isinstance(self._role, Prints):
            return self._role.test_print()
        return answered(Done(ok=False, code="fault.no_printer"))

    def screenshot(self) -> tuple[Any, bool]:
        """What was asked to be drawn is drawn first: a screen that was just left must not be in it."""
        from kivy.clock import Clock

        Clock.tick_draw()
        standing, picture = self._role.standing(), self._app.capture()
        if standing.busy or standing.idle_seconds < AFTERWARDS:
            return masked(picture, self._app.private), True
        return picture, False

    def show_enrolment(self, what: ShowEnrolment) -> Done:
        if isinstance(self._role, Enrols):
            return self._role.show_enrolment(what)
        return Done(ok=False, code="kiosk.not_enrolling")
