"""A voice pack: a folder of recorded words and a manifest; it composes a call from them, or says what it lacks.

``manifest.json``: ``{"v": 1, "name": …, "author": …, "licence": …, "languages": ["zh", "en"], "rate": 22050,
"clips": {"zh:请": "zh/请.wav", …, "gong": "gong.wav"}}``. ``gong`` is optional. Each clip is mono 16-bit PCM;
one of another rate than the manifest's is converted, and named in ``resampled``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drivers.errors import DeviceRefused
from drivers.voice.cache import SoundCache
from drivers.voice.pcm import RATES, Pcm, joined, levelled, silence, trimmed
from drivers.voice.phrases import Pause, Token, Word
from drivers.voice.resample import resampled
from drivers.voice.wav import WavInvalid, parse_wav

MANIFEST = "manifest.json"
VERSION = 1
GONG = "gong"  # the manifest's key for a hall's own gong
CLIP_LIMIT = 4_000_000  # bytes of one file: 40 s at 48 kHz, more than any notice
CACHE_LIMIT = 16_000_000  # bytes of decoded clips: a pack of 120 words at 22050 Hz needs about 3 MB
GAP = 0.035  # seconds between two words of a sentence; clips are trimmed, so this alone sets the pace


class PackInvalid(DeviceRefused):
    """The folder is not a voice pack; the message says why."""

    code = "fault.voice_pack"


@dataclass(frozen=True, slots=True)
class PackInfo:
    """What a pack says of itself."""

    name: str
    author: str
    licence: str
    languages: tuple[str, ...]
    rate: int


class Pack:
    """A checked voice pack. ``refused`` maps a clip to the reason why it can't be used (it then counts as
    missing); ``resampled`` names the clips that were recorded at another rate."""

    def __init__(self, folder: Path, info: PackInfo, clips: Mapping[str, str]) -> None:
        self.info = info
        self._cache = SoundCache(CACHE_LIMIT)
        self._paths = {key: folder / name for key, name in clips.items()}
        refused, converted = {}, []
        for key, path in self._paths.items():
            try:
                if _read(folder, path).rate != info.rate:
                    converted.append(key)
            except (WavInvalid, OSError) as error:
                refused[key] = f"{clips[key]}: {error}"
        self.refused: Mapping[str, str] = MappingProxyType(refused)
        self.resampled = tuple(converted)
        self._folder = folder

    def missing(self, said: tuple[Token, ...]) -> tuple[str, ...]:
        """The keys of the words in ``said`` that this pack can't say, each once."""
        keys = dict.fromkeys(token.key for token in said if isinstance(token, Word))
        return tuple(key for key in keys if key not in self._paths or key in self.refused)

    @property
    def gong(self) -> Pcm | None:
        """The hall's own gong, if the pack holds a good one. Raises WavInvalid, OSError as ``compose``."""
        return self._clip(GONG) if GONG in self._paths and GONG not in self.refused else None

    def compose(self, said: tuple[Token, ...]) -> Pcm:
        """``said`` (its gong aside) as one sound. Raises PackInvalid naming the words that are missing, and
        WavInvalid or OSError when a clip was damaged or removed after loading."""
        if missing := self.missing(said):
            raise PackInvalid(f"pack={self.info.name} lacks {', '.join(missing)}")
        parts: list[Pcm] = []
        for token in said:
            if isinstance(token, Pause):
                parts.append(silence(self.info.rate, token.seconds))
            elif isinstance(token, Word):
                parts += [self._clip(token.key), silence(self.info.rate, GAP)]
        return joined(self.info.rate, parts)

    def _clip(self, key: str) -> Pcm:
        def load() -> Pcm:
            clip = resampled(_read(self._folder, self._paths[key]), self.info.rate)
            return levelled(trimmed(clip))  # recorded on different days, heard at one loudness

        return self._cache.get(key, load)


def load_pack(folder: Path) -> Pack:
    """The pack in ``folder``. Raises PackInvalid when its manifest can't be used; a bad clip is only refused
    (``Pack.refused``), because the calls that don't need it are still said by the hall's own voice."""
    info, clips = read_manifest(folder)
    return Pack(folder, info, clips)


def read_manifest(folder: Path) -> tuple[PackInfo, dict[str, str]]:
    """The manifest in ``folder``: what the pack is, and which file holds which word. Raises PackInvalid."""
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise PackInvalid(f"{path.name} cannot be read: {error}") from error
    if not isinstance(found, dict) or found.get("v") != VERSION:
        raise PackInvalid(f"{path.name} is not a voice pack's manifest of version {VERSION}")
    rate, clips, languages = found.get("rate"), found.get("clips"), found.get("languages")
    if rate not in RATES:
        raise PackInvalid(f"rate={rate!r}, needed one of {', '.join(map(str, RATES))}")
    if not isinstance(languages, list) or not all(isinstance(language, str) for language in languages):
        raise PackInvalid("languages is not a list of names")
    if not isinstance(clips, dict) or not all(isinstance(name, str) for name in clips.values()):
        raise PackInvalid("clips is not a table of words and files")
    info = PackInfo(
        name=_text(found, "name"),
        author=_text(found, "author"),
        licence=_text(found, "licence"),
        languages=tuple(languages),
        rate=rate,
    )
    return info, clips


def _text(found: dict[str, Any], key: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PackInvalid(f"{key} is not stated; a pack must say whose voice it is and on what terms")
    return value


def _read(folder: Path, path: Path) -> Pcm:
    """The clip as recorded. Raises WavInvalid, OSError."""
    if not path.resolve().is_relative_to(folder.resolve()):
        raise WavInvalid("outside the pack's folder")
    if path.stat().st_size > CLIP_LIMIT:
        raise WavInvalid(f"{path.stat().st_size} bytes, at most {CLIP_LIMIT}")
    sound = parse_wav(path.read_bytes())
    if sound.silent:
        raise WavInvalid(f"{sound.seconds:.2f} s of silence")
    return sound
