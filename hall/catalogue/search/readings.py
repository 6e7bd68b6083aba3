"""What the terminal needs of pypinyin and OpenCC, worked out at build time. Only the build imports this."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

from opencc import OpenCC
from pypinyin import lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

USUAL_PERCENT = 8  # a reading that fewer of a character's words have is not what people type


@cache  # 21,000 conversions, the same for every catalogue of a process
def simplifications() -> dict[int, int]:
    """Traditional → simplified, character by character. Not to be changed: it is shared."""
    convert = OpenCC("t2s").convert
    pairs = ((code, convert(chr(code))) for code in range(0x4E00, 0x9FFF + 1))
    return {code: ord(simple) for code, simple in pairs if len(simple) == 1 and ord(simple) != code}


def common_characters() -> Iterable[str]:
    """The 6,763 characters of GB 2312-80: whoever mistypes one of a name's types one of these."""
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            text = bytes((row, cell)).decode("gb2312", errors="ignore")
            if text:
                yield text


@cache
def _counted() -> dict[str, Counter[str]]:
    """How many words of the dictionary give each character each toneless reading."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for word, sounds in PHRASES_DICT.items():
        for character, sound in zip(word, sounds, strict=False):
            counted[character][_toneless(sound[0])] += 1
    return counted


def readings(character: str) -> tuple[str, ...]:
    """The usual toneless readings, most usual first; () for what is not a Chinese character."""
    listed = PINYIN_DICT.get(ord(character), "")
    if not listed:
        return ()
    first = _toneless(listed.split(",")[0])
    counts = _counted().get(character, Counter())
    share = sum(counts.values()) * USUAL_PERCENT
    usual = [sound for sound, n in counts.most_common() if n * 100 >= share]
    return tuple(dict.fromkeys(usual or [first]))


def sounds_in(text: str) -> list[str]:
    """The reading of each character where it stands in ``text``; "" for what has none."""
    # pypinyin's types say that ``errors`` gives a string; it also takes a list, one element for each character
    unread: Any = _unread
    sounds = [sound.replace("ü", "v") for sound in lazy_pinyin(text, errors=unread, v_to_u=False)]
    return sounds if len(sounds) == len(text) else [(*readings(c), "")[0] for c in text]


def _unread(characters: str) -> list[str]:
    return [""] * len(characters)


@cache
def _toneless(sound: str) -> str:
    return str(to_normal(sound)).replace("ü", "v")
