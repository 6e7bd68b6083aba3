"""A synthesiser without a program: every text is a tone, and it can misbehave as the real one does.

With ``NullSink`` this is the whole voice chain without a sound card; demonstrations and tests use it.
"""

from array import array
from collections import deque
from enum import Enum
from math import pi, sin
from zlib import crc32

from drivers.errors import DeviceRefused, DeviceTimeout
from drivers.ports import Clock
from drivers.voice.pcm import FULL_SCALE, Pcm, silence
from drivers.voice.phrases import Language

SECONDS_PER_CHARACTER = {"zh": 0.22, "en": 0.07}  # about what espeak-ng needs at 150 words a minute


class Misbehaviour(Enum):
    SILENCE = "silence"  # well-formed sound in which nothing is heard
    CRASH = "crash"  # ends with an error
    HANG = "hang"  # nothing until the deadline
    BUG = "bug"  # an exception nobody announced


class FakeSynthesiser:
    """``misbehave`` is used up first, one for each sentence; then it is well again."""

    def __init__(self, clock: Clock, *, rate: int = 22050, deadline: float = 5.0) -> None:
        self._clock, self._rate, self._deadline = clock, rate, deadline
        self.misbehave: deque[Misbehaviour | None] = deque()  # None: well this time
        self.asked: deque[tuple[Language, str]] = deque(maxlen=1000)

    @property
    def name(self) -> str:
        return "simulator"

    def say(self, text: str, language: Language) -> Pcm:
        """A tone whose pitch depends on ``text`` and whose length depends on its length."""
        self.asked.append((language, text))
        seconds = SECONDS_PER_CHARACTER[language] * len(text)
        match self.misbehave.popleft() if self.misbehave else None:
            case Misbehaviour.SILENCE:
                return silence(self._rate, seconds)
            case Misbehaviour.CRASH:
                raise DeviceRefused("simulator ended with code=1")
            case Misbehaviour.HANG:
                self._clock.sleep(self._deadline)
                raise DeviceTimeout(f"simulator said nothing in {self._deadline:g} s")
            case Misbehaviour.BUG:
                raise ZeroDivisionError("simulated bug")
            case None:
                return tone(self._rate, 200 + crc32(text.encode()) % 400, seconds)


def tone(rate: int, hertz: float, seconds: float, *, peak: float = 0.6) -> Pcm:
    """A sine."""
    step, scale = 2 * pi * hertz / rate, peak * FULL_SCALE
    return Pcm(
        rate, array("h", [round(scale * sin(step * n)) for n in range(round(rate * seconds))]).tobytes()
    )
