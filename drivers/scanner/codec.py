"""How a code that was read comes down a line: bytes in, codes out. No port, clock or log; nothing is parsed in them.

    [prefix] [AIM id] payload suffix

The suffix is CR from the factory, and LF, CRLF, TAB or ETX by setting; where none is set here, any of them ends
a code. A scanner without one is ended by a quiet gap, which somebody with a clock tells (``quiet``). The AIM id
(ISO/IEC 15424: ``]Q1`` for QR …) is kept apart.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

MOST = 4096  # bytes of one code; a QR code of version 40 holds 2953, so more is noise or an attack
SUFFIXES = (b"\r\n", b"\r", b"\n", b"\t", b"\x03")
_AIM_ID = re.compile(rb"\][A-Za-z][0-9A-Za-z]")
# Control and format characters, halves and unassigned ones, line and paragraph separators: no token has them,
# and whoever shows one would not see what is there.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class Code:
    """One code as it was read; it may identify a person."""

    payload: bytes = field(repr=False)
    aim: str = ""


@dataclass(frozen=True, slots=True)
class Oversized:
    """A flow of more than MOST bytes; its end is swallowed and not told again."""


class Undecodable(ValueError):
    """Bytes that are no text in UTF-8 or GB18030, or text that no token consists of. Says why, not what."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How this scanner was set up. ``suffix`` None: whichever of SUFFIXES comes."""

    prefix: bytes = b""
    suffix: bytes | None = None

    def __post_init__(self) -> None:
        if self.suffix is not None and self.suffix not in SUFFIXES:
            raise ValueError(f"suffix {self.suffix!r} is none of {SUFFIXES}")

    @property
    def ends(self) -> tuple[bytes, ...]:
        return SUFFIXES if self.suffix is None else (self.suffix,)

    @property
    def longest(self) -> int:
        """Bytes of a frame that is not too long: prefix, AIM id, payload, and a suffix in the making."""
        return len(self.prefix) + 3 + MOST + 1


class LineDecoder:
    """Feed it any slicing of the byte stream; it yields the same codes. Holds ``Framing.longest`` bytes at most."""

    def __init__(self, framing: Framing = Framing()) -> None:
        self._framing = framing
        self._buffer = bytearray()
        self._swallowing = False
        self._end = re.compile(b"|".join(map(re.escape, framing.ends)))

    @property
    def pending(self) -> bool:
        """Whether a code has begun that only its suffix or quiet can end."""
        return bool(self._buffer) or self._swallowing

    def feed(self, data: bytes) -> Iterator[Code | Oversized]:
        """What can be told so far. Must be drained before the next call."""
        for at in range(0, len(data), MOST):
            yield from self._feed(data[at : at + MOST])

    def quiet(self) -> Iterator[Code | Oversized]:
        """The flow has ended: what is there is a whole code, or the end of one too long."""
        if not self._swallowing:
            yield from self._whole(bytes(self._buffer))
        self._buffer.clear()
        self._swallowing = False

    def _feed(self, data: bytes) -> Iterator[Code | Oversized]:
        buffer = self._buffer
        searched = max(0, len(buffer) - 1)  # the half of a CRLF may be there already
        buffer += data
        while found := self._end.search(buffer, searched):
            frame = bytes(buffer[: found.start()])
            del buffer[: found.end()]
            searched = 0
            if self._swallowing:
                self._swallowing = False
            else:
                yield from self._whole(frame)
        if self._swallowing:
            del buffer[:-1]  # what may be half of a CRLF
        elif len(buffer) > self._framing.longest:
            del buffer[:-1]
            self._swallowing = True
            yield Oversized()

    def _whole(self, frame: bytes) -> Iterator[Code | Oversized]:
        code = code_of(frame, self._framing.prefix)
        if len(code.payload) > MOST:
            yield Oversized()
        elif code.payload:  # the LF behind a CR is no code
            yield code


def code_of(frame: bytes, prefix: bytes = b"") -> Code:
    """``frame`` without prefix and AIM id."""
    frame = frame.removeprefix(prefix)
    if _AIM_ID.match(frame):
        return Code(frame[3:], frame[:3].decode("ascii"))
    return Code(frame)


def text_of(payload: bytes) -> str:
    """``payload`` as text: UTF-8, else GB18030 (the national standard, which older tools encode in).

    Raises Undecodable.
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            text = payload.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(unicodedata.category(character) in _REFUSED for character in text):
            raise Undecodable("characters that cannot be seen")
        return text
    raise Undecodable("neither UTF-8 nor GB18030")
