"""Text becomes sound: what we need of a synthesiser, and espeak-ng behind it."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Protocol

from drivers.errors import DeviceAbsent, DeviceProtocol, DeviceRefused, DeviceTimeout
from drivers.voice.pcm import Pcm
from drivers.voice.phrases import Language
from drivers.voice.wav import parse_wav

# espeak-ng 1.51 (Debian 12) turns Han characters into pinyin, and its voice "cmn" then reads that pinyin as
# English: 零 becomes "ling two" (espeak-ng issue 1236). The pinyin voice reads it as Mandarin, and still
# names single Latin letters.
VOICES: Mapping[Language, str] = {"zh": "cmn-latn-pinyin", "en": "en"}
WORDS_PER_MINUTE = 150  # espeak-ng's own 175 is too quick for a loud hall
AMPLITUDE = 80  # below the limiter that its 100 runs into; loudness is set afterwards anyway
DEADLINE = 5.0  # seconds; a sentence takes about 0.02 s

# What espeak-ng would take for markup: "[[" starts phoneme input, control characters are its commands.
MARKUP = re.compile(r"\[\[|\]\]|[\x00-\x1f\x7f]")


class Synthesiser(Protocol):
    """Says a text. ``say`` returns or raises within a deadline of its own, and may be called from any thread."""

    @property
    def name(self) -> str: ...

    def say(self, text: str, language: Language) -> Pcm:
        """The sound of ``text``, never silence. Raises DriverError."""


class EspeakNg:
    """The program ``espeak-ng``, one process for each sentence, so nothing can wear out over a day.

    Handles: program absent, voice missing, crash, hang (killed at the deadline), silence. Does not handle:
    English words inside a Chinese text, which are read as pinyin. Raises DeviceAbsent on construction when
    the program is not there.
    """

    def __init__(
        self,
        *,
        program: str = "espeak-ng",
        voices: Mapping[Language, str] = VOICES,
        words_per_minute: int = WORDS_PER_MINUTE,
        deadline: float = DEADLINE,
    ) -> None:
        path = shutil.which(program)
        if path is None:
            raise DeviceAbsent(f"program={program} is not on PATH (Debian: apt install espeak-ng)")
        self._path, self._voices = path, dict(voices)
        self._speed, self._deadline = words_per_minute, deadline

    @property
    def name(self) -> str:
        return "espeak-ng"

    def say(self, text: str, language: Language) -> Pcm:
        """Raises DeviceAbsent (program gone), DeviceTimeout, DeviceRefused (its own error), DeviceProtocol."""
        voice = self._voices[language]
        # The text goes through stdin: arguments are seen by every user of the machine, and may start with "-".
        style = ["-v", voice, "-s", str(self._speed), "-a", str(AMPLITUDE), "-z"]  # -z: no pause at the end
        command = [self._path, *style, "-b", "1", "--stdin", "--stdout"]  # -b 1: UTF-8, whatever the locale
        try:
            done = subprocess.run(
                command,
                input=MARKUP.sub(" ", text).encode(),
                capture_output=True,
                timeout=self._deadline,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DeviceTimeout(f"espeak-ng voice={voice} said nothing in {self._deadline:g} s") from error
        except OSError as error:
            raise DeviceAbsent(f"espeak-ng cannot be started: {error}") from error
        if done.returncode:
            # Only the last line: before it libasound complains about sound cards that are not used here.
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            failure = DeviceRefused if done.returncode > 0 else DeviceProtocol  # below 0: killed by a signal
            raise failure(f"espeak-ng voice={voice} code={done.returncode}: {(lines or ['?'])[-1]}")
        sound = parse_wav(done.stdout, streamed=True)
        if sound.silent:
            raise DeviceProtocol(f"espeak-ng voice={voice} gave {sound.seconds:.2f} s of silence")
        return sound
