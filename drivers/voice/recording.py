"""Makes a voice pack with a synthesiser, so that a hall can replace its clips by recordings, one by one."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.errors import DeviceRefused
from drivers.voice.pack import MANIFEST, VERSION, PackInfo, read_manifest
from drivers.voice.pcm import levelled, trimmed
from drivers.voice.phrases import Word
from drivers.voice.resample import resampled
from drivers.voice.speech import Synthesiser
from drivers.voice.wav import build_wav

NAME_LENGTH = 48  # characters of a file name: 144 bytes of UTF-8 at most, below every file system's limit


@dataclass(frozen=True, slots=True)
class Recorded:
    """The words now in the pack: newly ``made``, and ``kept`` because a clip was there already."""

    made: tuple[str, ...]
    kept: tuple[str, ...]


def make_pack(
    folder: Path,
    words: Iterable[Word],
    synthesiser: Synthesiser,
    *,
    name: str = "trial",
    author: str | None = None,
    licence: str = "made by a synthesiser, terms not stated",
) -> Recorded:
    """Record each of ``words`` into ``folder``. A clip that is there is never overwritten: run it again after
    new words came up and a hall's own recordings stay. The manifest is written last and whole.

    Raises PackInvalid (a manifest is there, and broken), DeviceRefused (folder not writable) and what
    ``synthesiser`` raises; clips made until then are found again by the next run.
    """
    wanted = tuple(dict.fromkeys(words))
    info, clips = _started(folder, wanted, synthesiser, name=name, author=author, licence=licence)
    languages = tuple(dict.fromkeys((*info.languages, *(word.language for word in wanted))))
    made: list[str] = []
    kept: list[str] = []
    try:
        for word in wanted:
            relative = clips.get(word.key) or _file_name(word, taken=set(clips.values()))
            clips[word.key] = relative
            if (folder / relative).exists():
                kept.append(word.key)
                continue
            sound = synthesiser.say(word.text, word.language)
            _write(folder / relative, build_wav(levelled(trimmed(resampled(sound, info.rate)))))
            made.append(word.key)
        _write(folder / MANIFEST, _manifest(replace(info, languages=languages), clips))
    except OSError as error:
        raise DeviceRefused(f"voice pack cannot be written: {error}") from error
    return Recorded(tuple(made), tuple(kept))


def _started(
    folder: Path,
    words: tuple[Word, ...],
    synthesiser: Synthesiser,
    *,
    name: str,
    author: str | None,
    licence: str,
) -> tuple[PackInfo, dict[str, str]]:
    """The pack that is in ``folder``, or an empty one at the synthesiser's own rate."""
    if (folder / MANIFEST).exists():
        return read_manifest(folder)
    if not words:
        raise DeviceRefused("no words to record")
    rate = synthesiser.say(words[0].text, words[0].language).rate
    return PackInfo(name, author or synthesiser.name, licence, (), rate), {}


def _manifest(info: PackInfo, clips: dict[str, str]) -> bytes:
    content = {
        "v": VERSION,
        "name": info.name,
        "author": info.author,
        "licence": info.licence,
        "languages": list(info.languages),
        "rate": info.rate,
        "clips": clips,
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _file_name(word: Word, *, taken: set[str]) -> str:
    """``zh/号窗口.wav``: readable by the people who record it, and safe on every file system."""
    stem = re.sub(r"\W+", "_", word.text)[:NAME_LENGTH]
    candidates = (f"{word.language}/{stem}{tail}.wav" for tail in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in candidates if name not in taken)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    half.write_bytes(content)
    os.replace(half, path)
