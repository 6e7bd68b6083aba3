"""The voice of a hall: hears the calls, says each in its zone. No screen."""

import signal
import threading
from collections.abc import Callable

from config.kiosk import Kiosk
from drivers.ports import Clock, SystemClock
from drivers.voice.device import Announcer
from drivers.voice.phrases import Announcement, Reading
from drivers.voice.reports import Report
from hall.wire.messages import Call, HallView
from kiosk import sounds
from kiosk.hall_link import HallLink


class HallVoice:
    """Announces the calls of a hall; zones become known with the hall's first view."""

    def __init__(
        self, settings: Kiosk, clock: Clock, *, report: Callable[[Report], None] = sounds.report
    ) -> None:
        self._settings, self._clock, self._report = settings, clock, report
        self._ready = threading.Event()
        self._renderer = sounds.renderer(settings)
        self._announcer: Announcer | None = None
        self._link = HallLink(settings, on_hall=self._hall, on_call=self._call)

    def start(self, ready: threading.Event | None = None) -> None:
        """Begin to listen; ``ready`` is set once the hall is known and calls can be said."""
        self._ready = ready or self._ready
        self._link.start()

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

    def _call(self, call: Call) -> None:
        announcer = self._announcer
        if announcer is None or (self._settings.zones and call.zone not in self._settings.zones):
            return
        announcer.post(
            str(call.seq),
            Announcement(call.number, call.window, call.zone, languages=self._settings.voice.languages),
        )


def run(settings: Kiosk) -> int:
    """Announce until SIGTERM or SIGINT."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    voice = HallVoice(settings, SystemClock())
    voice.start()
    stop.wait()
    voice.wait_idle(20)  # a call that has begun is said to its end
    voice.close()
    return 0
