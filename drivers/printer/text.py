"""Chinese text for ESC/POS printers: GB 18030 in kanji mode (``FS &``), ASCII as it is.

The printer's own font decides what may be sent as text: most models know the two-byte codes of GBK only and
misprint four-byte ones, so what is outside its ``Repertoire`` is left to ``raster``.
"""

from typing import Literal

Repertoire = Literal["gb2312", "gbk", "gb18030"]

REPLACED = "□"  # stands for what is no character: controls, lone surrogates

# A1AA and A1A4 are the dash and the middle dot of Chinese text; Python's gb2312 takes two other characters for them.
AS_GB2312 = str.maketrans({"—": "―", "·": "・"})

# Commands that Epson's and the Chinese makers' manuals share.
INIT = b"\x1b@"  # ESC @
HANZI_ON = b"\x1c&"  # FS &
USA_SET = b"\x1bR\x00"  # ESC R 0: otherwise a Chinese setting prints $ as ￥


def clean(text: str) -> str:
    """``text`` as one printable line: no control or surrogate may reach the wire, where it would be a command."""
    return "".join(_printable(char) for char in text)


def _printable(char: str) -> str:
    if char in "\t\n\r\v\f\u2028\u2029":  # the last two: line and paragraph separators of Unicode
        return " "
    if char < " " or "\x7f" <= char < "\xa0" or "\ud800" <= char <= "\udfff":
        return REPLACED
    return char


def cells(text: str) -> int:
    """Width in columns of the 12-dot font: ASCII takes one, everything else two."""
    return sum(1 if char < "\x80" else 2 for char in text)


def encode(text: str, repertoire: Repertoire) -> bytes | None:
    """The bytes of ``text``, or None when a character is outside the printer's font. Expects clean text."""
    if repertoire == "gb2312":
        text = text.translate(AS_GB2312)
    try:
        return text.encode(repertoire)
    except UnicodeEncodeError:
        return None


def size(times: int) -> bytes:
    """GS ! n: width and height 1 to 8 times; scales ASCII and hanzi alike on almost every model."""
    if not 1 <= times <= 8:
        raise ValueError(f"size={times} is outside 1..8")
    return bytes((0x1D, 0x21, (times - 1) << 4 | (times - 1)))


def bold(on: bool) -> bytes:
    """ESC E n."""
    return bytes((0x1B, 0x45, on))


def reverse(on: bool) -> bytes:
    """GS B n: white on black. A model without it prints black on white, which says the same."""
    return bytes((0x1D, 0x42, on))


def align(where: Literal["left", "center", "right"]) -> bytes:
    """ESC a n."""
    return bytes((0x1B, 0x61, ("left", "center", "right").index(where)))


def line_spacing(dots: int) -> bytes:
    """ESC 3 n, in dots on 203 dpi models."""
    return bytes((0x1B, 0x33, min(dots, 255)))


def feed_lines(count: int) -> bytes:
    """ESC d n."""
    return bytes((0x1B, 0x64, count))


def feed_dots(dots: int) -> bytes:
    """ESC J n, as often as needed."""
    full, rest = divmod(dots, 255)
    return b"\x1bJ\xff" * full + (bytes((0x1B, 0x4A, rest)) if rest else b"")
