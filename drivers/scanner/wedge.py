"""A scanner that plays a keyboard, read from Linux's evdev node and taken from everybody else.

The keys never reach a focused widget: the node is grabbed (EVIOCGRAB) or not opened at all. What comes out is what a
plain scanner would send: the typed characters, and CR for Enter. Keyboards know no text but keys, so only ASCII on
the US layout can be told; anything else becomes NOT_TOLD, a control character, and the code is refused as a whole.
Layout of ``struct input_event`` and key codes: linux/input.h, linux/input-event-codes.h, for 64-bit machines.
"""

import contextlib
import fcntl
import os
import select
import struct
from collections.abc import Callable, Iterator

from drivers.ports import Clock
from drivers.scanner.errors import ScannerGone, ScannerRefused

EVENT = struct.Struct("llHHi")  # seconds, microseconds, type, code, value: 24 bytes
EVIOCGRAB = 0x40044590  # _IOW('E', 0x90, int)
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3  # the kernel's buffer ran over
UP, DOWN = 0, 1  # 2 is the keyboard's own repetition: no scanner holds a key
NOT_TOLD = b"\x1a"  # SUB
CHUNK = 64 * EVENT.size

SHIFTS = frozenset({42, 54})
MODIFIERS = frozenset({29, 97, 56, 100, 125, 126})  # Ctrl, Alt, Meta: how scanners spell what is not ASCII
LOCKS = frozenset(
    {58, 69, 70}
)  # Caps, Num, Scroll: looked at by nobody, a scanner set to US does not need them


def _row(first: int, plain: str, shifted: str) -> dict[int, tuple[bytes, bytes]]:
    pairs = zip(plain.encode("ascii"), shifted.encode("ascii"), strict=True)
    return {first + n: (bytes([low]), bytes([high])) for n, (low, high) in enumerate(pairs)}


_KEYS = {
    **_row(2, "1234567890-=", "!@#$%^&*()_+"),
    **_row(15, "\tqwertyuiop[]\r", "\tQWERTYUIOP{}\r"),
    **_row(30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    **_row(43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    **_row(57, " ", " "),
    **_row(71, "789-456+1230.", "789-456+1230."),  # the keypad, Num Lock on
    **_row(55, "*", "*"),
    **_row(96, "\r", "\r"),
    **_row(98, "/", "/"),
}

Ioctl = Callable[[int, int, int], object]


class Wedge:
    """``descriptor`` of an evdev node as a ByteStream; grabs it, and owns it from then on.

    Raises ScannerGone when it cannot be grabbed: then somebody else would get the codes too.
    """

    def __init__(self, descriptor: int, name: str, clock: Clock, *, ioctl: Ioctl = fcntl.ioctl) -> None:
        self._descriptor: int | None = descriptor
        self._name, self._clock, self._ioctl = name, clock, ioctl
        self._rest = b""  # of an event cut in two
        self._held: set[int] = set()  # shift and the like
        try:
            ioctl(descriptor, EVIOCGRAB, 1)
        except OSError as error:
            self._descriptor = None
            os.close(descriptor)
            raise ScannerGone(f"wedge={name} cannot be grabbed: {error}") from error

    @classmethod
    def open(cls, path: str, clock: Clock) -> "Wedge":
        """Raises ScannerGone when the path can't be opened or grabbed."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            raise ScannerGone(f"wedge={path} cannot be opened: {error}") from error
        return cls(descriptor, path, clock)

    def write(self, data: bytes, /) -> None:
        """A keyboard takes no orders: raises ScannerRefused."""
        raise ScannerRefused(f"wedge={self._name} can be told nothing: set family plain")

    def read(self, *, until: float) -> bytes:
        while True:
            left = max(0.0, until - self._clock.now())
            events = self._events(left)
            if events is None:
                return b""
            if typed := b"".join(self._typed(events)):
                return typed

    def discard_input(self) -> None:
        while (events := self._events(0.0)) is not None:
            for _ in self._typed(events):
                pass  # a shift may be let go in them

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):  # the node may be gone already
                self._ioctl(descriptor, EVIOCGRAB, 0)
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _events(self, patience: float) -> bytes | None:
        """Whole events, perhaps none yet; None when nothing came in time."""
        if self._descriptor is None:
            raise ScannerGone(f"wedge={self._name} is closed")
        try:
            if not select.select([self._descriptor], [], [], patience)[0]:
                return None
            data = os.read(self._descriptor, CHUNK)
        except OSError as error:
            raise ScannerGone(f"wedge={self._name} gone while reading: {error}") from error
        if not data:
            raise ScannerGone(f"wedge={self._name} gone: end of file")
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        return data[:whole]

    def _typed(self, events: bytes) -> Iterator[bytes]:
        for _, _, kind, code, value in EVENT.iter_unpack(events):
            if kind == EV_SYN and code == SYN_DROPPED:
                self._held.clear()
                yield NOT_TOLD
            elif kind == EV_KEY and code in SHIFTS | MODIFIERS:
                (self._held.discard if value == UP else self._held.add)(code)
            elif kind == EV_KEY and value == DOWN and code not in LOCKS:
                yield self._character(code)

    def _character(self, code: int) -> bytes:
        if self._held & MODIFIERS or code not in _KEYS:
            return NOT_TOLD
        return _KEYS[code][bool(self._held & SHIFTS)]
