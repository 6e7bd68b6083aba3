"""A slip as a small document, and the document as bytes for a profile. Pure: no port, no clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from drivers.printer import raster, text
from drivers.printer.profiles import Profile

Align = Literal["left", "center", "right"]

LEADING = 8  # dots between two lines of normal size
NOT_FIRST = frozenset("，。、；：？！）》」』”’％,.;:?!)%")  # never begin a line (GB/T 15834)
NOT_LAST = frozenset("（《「『“‘￥(")  # never end one


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph; wrapped where it is too long. ``size`` is 1 to 8 times 12×24 (hanzi 24×24) dots."""

    text: str
    size: int = 1
    bold: bool = False
    align: Align = "left"
    reverse: bool = False  # white on black


@dataclass(frozen=True, slots=True)
class Columns:
    """One thing at the left edge and one at the right; on lines of their own where they don't fit beside."""

    left: str
    right: str
    size: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Banner:
    """One heavy line in the screen's font, ``height`` dots high or as high as the paper's width allows."""

    text: str
    height: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line across the paper."""


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code in the middle, at most ``width`` dots wide."""

    data: str
    width: int = 240


@dataclass(frozen=True, slots=True)
class Ruler:
    """Millimetres from the first dot that can be printed to the last: what is missing at an end is seen."""


@dataclass(frozen=True, slots=True)
class Feed:
    """White space, in dots (8 a millimetre)."""

    dots: int


Block = Line | Columns | Banner | Rule | Ruler | Qr | Feed


def document(blocks: Iterable[Block], profile: Profile, font_path: Path) -> bytes:
    """A whole job: made ready, printed, cut, handed out. The cut is last: a torn job is never a whole slip."""
    out = bytearray(profile.before + text.INIT + text.HANZI_ON + text.USA_SET)
    for block in blocks:
        out += _block(block, profile, font_path)
    out += (
        text.line_spacing(24 + LEADING)
        + text.feed_lines(profile.tail_lines)
        + profile.cut
        + profile.presenter
    )
    return bytes(out)


def _block(block: Block, profile: Profile, font_path: Path) -> bytes:
    match block:
        case Line():
            lines = wrap(text.clean(block.text), profile.columns // block.size)
            return b"".join(_line(line, block, profile, font_path) for line in lines)
        case Columns(left, right, size, bold):
            return b"".join(
                _block(line, profile, font_path)
                for line in _beside(left, right, size, bold, profile.columns // size)
            )
        case Banner(words, height):
            image = raster.banner_image(
                text.clean(words), height=height, width=profile.dots, font_path=font_path
            )
            return raster.raster(image, left=(profile.dots - image.width) // 2)
        case Rule():
            from PIL import Image

            return raster.raster(Image.new("L", (profile.dots, 2), 0))
        case Ruler():
            return raster.raster(raster.ruler_image(profile.dots, font_path))
        case Qr(data, width):
            if profile.qr == "native":
                return _native_qr(data)
            image = raster.qr_image(data, width=min(width, profile.dots))
            return raster.raster(image, left=(profile.dots - image.width) // 2)
        case Feed(dots):
            return text.feed_dots(dots)
        case _:
            assert_never(block)


def _line(words: str, line: Line, profile: Profile, font_path: Path) -> bytes:
    coded = text.encode(words, profile.repertoire)
    gap = LEADING * line.size
    if coded is None:
        image = raster.text_image(words, line.size, bold=line.bold, font_path=font_path)
        free = profile.dots - image.width
        left = {"left": 0, "center": free // 2, "right": free}[line.align]
        return raster.raster(image, left=max(0, left)) + text.feed_dots(gap)
    return (
        text.align(line.align)
        + text.size(line.size)
        + text.bold(line.bold)
        + text.reverse(line.reverse)
        + text.line_spacing(24 * line.size + gap)
        + coded
        + b"\n"
        + text.reverse(False)
        + text.bold(False)
        + text.size(1)
        + text.align("left")
    )


def _beside(left: str, right: str, size: int, bold: bool, columns: int) -> tuple[Line, ...]:
    left, right = text.clean(left), text.clean(right)
    gap = columns - text.cells(left) - text.cells(right)
    if gap >= 1:
        return (Line(left + " " * gap + right, size, bold),)
    return (Line(left, size, bold), Line(right, size, bold, "right"))


def _native_qr(data: str) -> bytes:
    """GS ( k: model 2, module 6, level M, store, print."""
    stored = data.encode()

    def function(code: int, *rest: int, data: bytes = b"") -> bytes:
        body = bytes((0x31, code, *rest)) + data
        return b"\x1d(k" + len(body).to_bytes(2, "little") + body

    return (
        text.align("center")
        + function(0x41, 0x32, 0)
        + function(0x43, 6)
        + function(0x45, 0x31)
        + function(0x50, 0x30, data=stored)
        + function(0x51, 0x30)
        + text.align("left")
    )


def wrap(words: str, columns: int) -> list[str]:
    """``words`` in lines of at most ``columns`` cells; joined they are ``words`` again. At least one line.

    English words stay whole and punctuation stays off the edges, unless that would waste half a line.
    """
    if columns < 2:
        raise ValueError(f"columns={columns} can't hold a hanzi")
    lines = []
    while (end := _reach(words, columns)) < len(words):
        end = next((at for at in range(end, end // 2, -1) if _may_break(words, at)), end)
        lines.append(words[:end])
        words = words[end:]
    return [*lines, words]


def _reach(words: str, columns: int) -> int:
    used = 0
    for at, char in enumerate(words):
        used += text.cells(char)
        if used > columns:
            return at
    return len(words)


def _may_break(words: str, at: int) -> bool:
    before, after = words[at - 1], words[at]
    if after in NOT_FIRST or before in NOT_LAST or after == " ":
        return False
    return not (before < "\x80" and after < "\x80" and before != " ")
