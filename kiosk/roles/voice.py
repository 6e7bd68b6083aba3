"""The voice of a hall: hears the calls, says each in its zone. No screen."""

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from config.kiosk import Kiosk
from drivers.ports import Clock, SystemClock
from drivers.voice.device import Announcer
from drivers.voice.phrases import Announcement, Reading
from drivers.voice.reports import Report
from hall.wire.messages import Call, HallView
from kiosk import sounds
from kiosk.control import Control
from kiosk.hall_link import HallLink
from kiosk.standing import Standing, hall_code
from kiosk.vitals import answered, health
from provisioning.wire.control import Done, KioskHealth, ShowEnrolment

log = logging.getLogger(__name__)


class HallVoice:
    """Announces the calls of a hall; zones become known with the hall's first view."""

    def __init__(
        self, settings: Kiosk, clock: Clock, *, report: Callable[[Report], None] = sounds.report
    ) -> None:
        self._settings, self._clock, self._report = settings, clock, report
        self._ready = threading.Event()
        self._renderer = sounds.renderer(settings)
        self._announcer: Announcer | None = None
        self._began = self._spoken = time.monotonic()
        self._hall_code: str | None = None  # None: nothing heard of its link
        self._link = HallLink(settings, on_hall=self._hall, on_call=self._call, on_up=self._changed)

    def start(self, ready: threading.Event | None = None) -> None:
        """Begin to listen; ``ready`` is set once the hall is known and calls can be said."""
        self._ready = ready or self._ready
        self._link.start()

    def standing(self) -> Standing:
        """Busy while a call is said or waits. A zone whose last call was not heard is a device that fails."""
        now = time.monotonic()
        zones = self._announcer.state() if self._announcer is not None else {}
        return Standing(
            screen="",
            busy=not self.wait_idle(0),
            idle_seconds=now - self._spoken,
            devices={
                f"voice-{name}": "voice.failing" if zone.failing else "" for name, zone in zones.items()
            },
            hall=hall_code(self._hall_code, now - self._began),
        )

    def close(self) -> None:
        self._link.close()
        if self._announcer is not None:
            self._announcer.close()

    def wait_idle(self, timeout: float) -> bool:
        return self._announcer is None or self._announcer.wait_idle(timeout)

    def _hall(self, view: HallView) -> None:
        if self._announcer is None:
            wanted = self._settings.zones or tuple(zone.id for zone in view.zones)
            self._announcer = Announcer(
                {zone: sounds.sink(self._settings, zone, self._clock) for zone in wanted},
                self._renderer,
                clock=self._clock,
                report=self._report,
                reading=Reading(yao=self._settings.voice.one == "幺"),
            )
            self._ready.set()

    def _changed(self, up: bool) -> None:
        self._hall_code = "" if up else "hall.unreachable"

    def _call(self, call: Call) -> None:
        self._spoken = time.monotonic()
        announcer = self._announcer
        if announcer is None or (self._settings.zones and call.zone not in self._settings.zones):
            return
        announcer.post(
            str(call.seq),
            Announcement(call.number, call.window, call.zone, languages=self._settings.voice.languages),
        )


class Answers:
    """What a role without a screen answers the agent, on the process's main thread."""

    def __init__(self, settings: Kiosk, voice: HallVoice) -> None:
        self._settings, self._voice = settings, voice

    def health(self) -> KioskHealth:
        """It has no frames to draw: one stands for having begun."""
        return health(self._settings, self._voice.standing(), frames=1)

    def identify(self, _seconds: float) -> Done:
        return Done(ok=False, code="kiosk.no_screen")

    def test_print(self) -> Future[Done]:
        return answered(Done(ok=False, code="fault.no_printer"))

    def screenshot(self) -> Done:
        return Done(ok=False, code="kiosk.no_screen")

    def show_enrolment(self, _what: ShowEnrolment) -> Done:
        return Done(ok=False, code="kiosk.not_enrolling")


def run(settings: Kiosk) -> int:
    """Announce until SIGTERM or SIGINT."""
    jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: jobs.put(None))
    voice = HallVoice(settings, SystemClock())
    voice.start()
    control: Control | None = None
    if settings.control is not None:
        try:
            control = Control(settings.control, Answers(settings, voice), jobs.put)
        except OSError as error:  # the hall is served all the same
            log.error("control=%s code=kiosk.no_control %s", settings.control, error)
    while (job := jobs.get()) is not None:
        job()
    if control is not None:
        control.close()
    voice.wait_idle(20)  # a call that has begun is said to its end
    voice.close()
    return 0
