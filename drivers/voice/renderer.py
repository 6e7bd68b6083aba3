"""An announcement becomes sound: by the voice pack when it holds every word, else whole by the synthesiser."""

import logging
from dataclasses import dataclass

from drivers.errors import DeviceAbsent, DeviceProtocol
from drivers.voice.cache import SoundCache
from drivers.voice.gong import gong
from drivers.voice.pack import Pack
from drivers.voice.pcm import Pcm, joined, levelled, silence, trimmed
from drivers.voice.phrases import Gong, Pause, Token, Word, all_tokens, sentences
from drivers.voice.resample import resampled
from drivers.voice.speech import Synthesiser
from drivers.voice.wav import WavInvalid

log = logging.getLogger(__name__)

RATE = 22050  # Hz; espeak-ng's own, so nothing is converted
CACHE_LIMIT = 8_000_000  # bytes of sentences: about three minutes, some 120 of "到三号窗口办理"
NAMED = frozenset(word.key for word in all_tokens())
FREE_TEXT = "(free text)"  # stands for a notice or a place: a clerk may have typed a name into it


@dataclass(frozen=True, slots=True)
class Rendered:
    """The speech, and who speaks. ``missing``: the words for which the voice pack had to stand aside,
    free text not spelled out."""

    sound: Pcm
    by: str
    missing: tuple[str, ...] = ()


class Renderer:
    """Makes speech; any thread may ask. Half an announcement is never returned: it is whole, or an error."""

    def __init__(
        self, pack: Pack | None, synthesiser: Synthesiser | None, *, cache_limit: int = CACHE_LIMIT
    ) -> None:
        self._pack, self._synthesiser = pack, synthesiser
        self._rate = pack.info.rate if pack else RATE
        self._said = SoundCache(cache_limit)
        self._lacking: set[str] = set()  # words already logged as missing from the pack

    def gong(self) -> Pcm:
        """The pack's gong, else the computed one: this never fails."""
        try:
            own = self._pack.gong if self._pack else None
        except (WavInvalid, OSError) as error:
            log.warning("voice=gong state=damaged error=%s", error)
            own = None
        return own or gong(self._rate)

    def speech(self, said: tuple[Token, ...]) -> Rendered:
        """``said`` without its gong. Raises DriverError."""
        words = tuple(token for token in said if not isinstance(token, Gong))
        if self._pack is None:
            return Rendered(self._synthesised(words), self._speaker().name)
        missing = self._pack.missing(words)
        if not missing:
            try:
                return Rendered(self._pack.compose(words), self._pack.info.name)
            except (WavInvalid, OSError) as error:  # a clip was replaced or removed while we run
                log.warning("voice=%s state=clip_unreadable error=%s", self._pack.info.name, error)
        named = tuple(dict.fromkeys(key if key in NAMED else FREE_TEXT for key in missing))
        if new := [key for key in named if key not in self._lacking]:
            self._lacking.update(new)
            log.warning("voice=%s state=incomplete missing=%s", self._pack.info.name, ",".join(new))
        return Rendered(self._synthesised(words), self._speaker().name, named)

    def _speaker(self) -> Synthesiser:
        if self._synthesiser is None:
            raise DeviceAbsent("no synthesiser, and no voice pack that holds every word")
        return self._synthesiser

    def _synthesised(self, words: tuple[Token, ...]) -> Pcm:
        parts = [
            silence(self._rate, part.seconds) if isinstance(part, Pause) else self._sentence(part)
            for part in sentences(words)
        ]
        return joined(self._rate, parts)

    def _sentence(self, sentence: Word) -> Pcm:
        speaker = self._speaker()

        def say() -> Pcm:
            sound = speaker.say(sentence.text, sentence.language)
            if sound.silent:  # no silence of a device counts as fine
                raise DeviceProtocol(f"synthesiser={speaker.name} gave {sound.seconds:.2f} s of silence")
            return levelled(trimmed(resampled(sound, self._rate)))

        return self._said.get(sentence, say)
