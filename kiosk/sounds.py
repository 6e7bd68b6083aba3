"""Picks the parts of a voice from the settings: where sound goes, and who speaks."""

import logging
from pathlib import Path

from config.kiosk import Kiosk
from drivers.errors import DriverError
from drivers.ports import Clock
from drivers.voice.pack import Pack, load_pack
from drivers.voice.renderer import Renderer
from drivers.voice.reports import Dropped, Failed, Report, Started
from drivers.voice.sinks import NullSink, PlayerSink, Sink, WavFileSink
from drivers.voice.speech import EspeakNg, Synthesiser
from drivers.voice.volume import AtVolume

log = logging.getLogger(__name__)


def sink(settings: Kiosk, zone: str, clock: Clock) -> Sink:
    """Where the sound of ``zone`` goes, as loud as the settings say. Raises DriverError when there is no player."""
    volume = settings.voice.volume
    loud = _sink(settings, zone, clock)
    return loud if volume == 100 else AtVolume(loud, volume)


def _sink(settings: Kiosk, zone: str, clock: Clock) -> Sink:
    match settings.voice.sink:
        case "player":
            return PlayerSink()
        case "wav":
            return WavFileSink((settings.voice.folder or Path()) / zone, clock, wait=False)
        case "null":
            return NullSink(clock)


def renderer(settings: Kiosk) -> Renderer:
    """The pack when there is one, espeak-ng beside it where installed; with neither, only the gong is heard."""
    pack: Pack | None = load_pack(settings.voice.pack) if settings.voice.pack else None
    synthesiser: Synthesiser | None = None
    try:
        synthesiser = EspeakNg()
    except DriverError as error:
        log.warning("voice=espeak-ng state=absent %s", error)
    return Renderer(pack, synthesiser)


def report(step: Report) -> None:
    """One line for what a listener would notice."""
    match step:
        case Started(zone, event_id, at):
            log.info("voice zone=%s event=%s state=started at=%.4f", zone, event_id, at)
        case Failed(zone, event_id, part, code, _, detail):
            log.warning("voice zone=%s event=%s part=%s code=%s %s", zone, event_id, part, code, detail)
        case Dropped(zone, event_id, reason):
            log.info("voice zone=%s event=%s state=dropped reason=%s", zone, event_id, reason)
        case _:
            pass
