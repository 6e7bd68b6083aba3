"""Reads a terminal's screen aloud, for those who want to hear it. Made when it is first asked for."""

import itertools
import logging
import threading

from config.kiosk import Kiosk
from drivers.errors import DriverError
from drivers.ports import Clock
from screens.effects import Say
from screens.words.phrase import Phrase
from screens.words.words import Language, words_of

log = logging.getLogger(__name__)


class ReadAloud:
    """``say`` returns at once; only the newest text matters, so at most one waits behind the one being said."""

    def __init__(self, settings: Kiosk, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._voice: object | None = None
        self._zone = settings.id

    def say(self, what: Say, language: Language) -> None:
        text = Phrase(what.key, what.facts).said(words_of(language))
        threading.Thread(target=self._say, args=(text, language), name="aloud", daemon=True).start()

    def _say(self, text: str, language: Language) -> None:
        from drivers.voice.device import Announcer  # the first frame waits for no loudspeaker
        from drivers.voice.phrases import Notice, Reading
        from kiosk.sounds import renderer, report, sink

        with self._lock:
            try:
                if self._voice is None:
                    self._voice = Announcer(
                        {self._zone: sink(self._settings, self._zone, self._clock)},
                        renderer(self._settings),
                        clock=self._clock,
                        report=report,
                        reading=Reading(gong=False),
                        limit=1,
                    )
                assert isinstance(self._voice, Announcer)
                self._voice.post(f"aloud-{next(self._numbers)}", Notice(text, self._zone, language))
            except (DriverError, ValueError) as error:
                log.warning("aloud state=silent %s", error)

    def close(self) -> None:
        from drivers.voice.device import Announcer

        with self._lock:
            if isinstance(self._voice, Announcer):
                self._voice.close()
