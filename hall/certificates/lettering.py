"""Text for pictures: measured, wrapped, and no character lost. What the font cannot draw stands there as its code.

Pillow is imported when first needed, so that a hall without certificates does not pay for it.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import ImageFont

_NO_CHARACTER = "\U0010ffff"  # never assigned: a font draws its box for the missing
_PROBE = 24  # pixels; large enough to tell a character from that box
_SPACES = frozenset(" \t\n\r\v\f\x85\xa0\u2028\u2029\u3000")
# A word of ASCII, or one other character; what closes a phrase never begins a line.
_PIECE = re.compile(r"(?:[!-~]+|.)[，。、；：）】》！？]*", re.DOTALL)


@lru_cache(maxsize=24)  # 0.2 MB each
def font_of(path: Path, size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)


def shown(text: str, font: Path) -> str:
    """``text`` as one line that ``font`` can draw: a character that it cannot, or nobody sees, becomes [U+20BB7]."""
    return "".join(" " if char in _SPACES else _drawable(char, font) for char in text)


@lru_cache(maxsize=8192)
def _drawable(char: str, font: Path) -> str:
    code = f"[U+{ord(char):04X}]"
    if char != " " and unicodedata.category(char)[0] in "CZ":  # controls, surrogates, unassigned, invisible
        return code
    probe = font_of(font, _PROBE)
    mask = probe.getmask(char)
    missing = probe.getmask(_NO_CHARACTER)
    if mask.getbbox() is None or (mask.size == missing.size and bytes(mask) == bytes(missing)):
        return code
    return char


def width(text: str, font: Path, size: int) -> float:
    """Pixels that ``text`` takes in one line."""
    return font_of(font, size).getlength(text)


def wrapped(text: str, font: Path, size: int, most: float) -> list[str]:
    """``text`` in lines of at most ``most`` pixels; only a single character wider than that sticks out."""
    lines: list[str] = []
    line, taken = "", 0.0
    for piece in _pieces(shown(text, font), font, size, most):
        wide = width(piece, font, size)
        if line and taken + wide > most:
            lines.append(line.rstrip())
            line, taken = "", 0.0
        if line or piece.strip():  # no line begins with a space
            line += piece
            taken += wide
    return [*lines, line.rstrip()] if line or not lines else lines


def _pieces(text: str, font: Path, size: int, most: float) -> Iterator[str]:
    """What stays together; a word too long for any line comes in single characters."""
    for piece in _PIECE.findall(text):
        if width(piece, font, size) <= most:
            yield piece
        else:
            yield from piece
