"""The voice of a hall: hears the calls, says each in its zone. No screen."""

import logging
import signal
import threading
from pathlib import Path

from config.kiosk import Kiosk
from drivers.errors import DriverError
from drivers.ports import Clock, SystemClock
from drivers.voice.device import Announcer
from drivers.voice.pack import Pack, load_pack
from drivers.voice.phrases import Announcement, Reading
from drivers.voice.renderer import Renderer
from drivers.voice.reports import Dropped, Failed, Report, Started
from drivers.voice.sinks import NullSink, PlayerSink, Sink, WavFileSink
from drivers.voice.speech import EspeakNg, Synthesiser
from hall.wire.messages import Call, HallView
from kiosk.hall_link import HallLink

log = logging.getLogger(__name__)


def sink(settings: Kiosk, zone: str, clock: Clock) -> Sink:
    match settings.voice.sink:
        case "player":
            return PlayerSink()
        case "wav":
            return WavFileSink((settings.voice.folder or Path()) / zone, clock)
        case "null":
            return NullSink(clock)


def renderer(settings: Kiosk) -> Renderer:
    """The pack when there is one, espeak-ng beside it where installed. Raises DriverError when there is neither."""
    pack: Pack | None = load_pack(settings.voice.pack) if settings.voice.pack else None
    synthesiser: Synthesiser | None = None
    try:
        synthesiser = EspeakNg()
    except DriverError as error:
        if pack is None:
            raise
        log.info("voice=espeak-ng state=absent %s", error)
    return Renderer(pack, synthesiser)


class HallVoice:
    """Announces the calls of a hall; zones become known with the hall's first view."""

    def __init__(self, settings: Kiosk, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._renderer = renderer(settings)
        self._announcer: Announcer | None = None
        self._link = HallLink(settings, on_hall=self._hall, on_call=self._call)

    def start(self) -> None:
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
                {zone: sink(self._settings, zone, self._clock) for zone in wanted},
                self._renderer,
                clock=self._clock,
                report=_report,
                reading=Reading(yao=self._settings.voice.one == "幺"),
            )

    def _call(self, call: Call) -> None:
        announcer = self._announcer
        if announcer is None or (self._settings.zones and call.zone not in self._settings.zones):
            return
        languages = ("zh", "en") if self._settings.voice.english else ("zh",)
        announcer.post(
            str(call.seq),
            Announcement(call.number, call.window, call.zone, languages=languages),  # type: ignore[arg-type]
        )


def _report(report: Report) -> None:
    match report:
        case Started(zone, event_id, at):
            log.info("voice zone=%s call=%s state=started at=%.3f", zone, event_id, at)
        case Failed(zone, event_id, part, code, _, detail):
            log.warning("voice zone=%s call=%s part=%s code=%s %s", zone, event_id, part, code, detail)
        case Dropped(zone, event_id, reason):
            log.info("voice zone=%s call=%s state=dropped reason=%s", zone, event_id, reason)
        case _:
            pass


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
