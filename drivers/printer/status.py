"""What a printer says about itself: bytes ↔ answers, and one status that fails closed. Pure.

Facts: Epson ESC/POS reference (DLE EOT, GS a, GS r), the same in Bixolon, Citizen, SNBC and HPRT manuals; CUSTOM's
full status (10 04 14). The fixed bits of each kind tell them apart, whatever order they come in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

ASK_STATUS = tuple(bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))  # DLE EOT n
ASK_FULL = b"\x10\x04\x14"  # CUSTOM
ASK_PAPER = b"\x1dr\x01"  # GS r 1: an ordinary command, answered after everything before it was obeyed
ASK_REACHED = (
    ASK_PAPER * 3
)  # any stray byte below 10, a NUL of a line coming up, looks like one answer; not like three
ASB_ALL = b"\x1da\xff"  # GS a: push four bytes on every change
ASB_OFF = b"\x1da\x00"

XON, XOFF = 0x11, 0x13
FULL_LEAD = b"\x10\x0f"
FULL_LENGTH = 6
ASB_LENGTH = 4


@dataclass(frozen=True, slots=True)
class RealTime:
    """Answer to one DLE EOT; which one, only the order tells."""

    byte: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """Four bytes that came by themselves (ASB)."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Full:
    """CUSTOM's paper, user, recoverable and unrecoverable bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Reached:
    """Answer to GS r: all data before the question was obeyed."""

    byte: int


@dataclass(frozen=True, slots=True)
class Junk:
    data: bytes


Answer = RealTime | Pushed | Full | Reached | Junk


def is_real_time(byte: int) -> bool:
    return byte & 0x93 == 0x12


def is_pushed_first(byte: int) -> bool:
    return byte & 0x93 == 0x10


def is_plain(byte: int) -> bool:
    """An answer to GS r, or a later byte of what is pushed."""
    return byte & 0x90 == 0


class Decoder:
    """Feed it any slicing of the byte stream; it yields the same answers. Holds five bytes at most."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[Answer]:
        for byte in data:
            if byte in (XON, XOFF) and not self._in_full():
                continue  # flow control of a serial line, anywhere between
            self._buffer += bytes((byte,))
            while self._buffer and (found := self._take()) is not None:
                yield found

    def _in_full(self) -> bool:
        return self._buffer.startswith(FULL_LEAD)

    def _take(self) -> Answer | None:
        first = self._buffer[0]
        if is_real_time(first):
            return RealTime(self._cut(1)[0])
        if is_plain(first):
            return Reached(self._cut(1)[0])
        if not is_pushed_first(first):
            return Junk(self._cut(1))
        if self._in_full():
            return Full(self._cut(FULL_LENGTH)[2:]) if len(self._buffer) >= FULL_LENGTH else None
        if not all(is_plain(byte) for byte in self._buffer[1:]):
            return Junk(self._cut(len(self._buffer) - 1))  # torn: the newest byte begins something else
        return Pushed(self._cut(ASB_LENGTH)) if len(self._buffer) >= ASB_LENGTH else None

    def _cut(self, count: int) -> bytes:
        piece, self._buffer = self._buffer[:count], self._buffer[count:]
        return piece


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """One look at the printer. Made without arguments it is the status of a silent one: not usable."""

    answered: bool = False
    online: bool = False
    cover_open: bool = False
    paper_out: bool = False
    paper_low: bool = False  # advice: never a fault
    cutter_error: bool = False
    unrecoverable: bool = False
    overheated: bool = False
    error: bool = False  # any other: mechanical, or one that the printer doesn't explain

    @property
    def problem(self) -> str | None:
        """The fault as a key of the message catalogue; None: it can print."""
        if not self.answered:
            return "fault.printer_silent"
        for is_so, code in (
            (self.cover_open, "fault.cover_open"),  # first: an open cover also lifts the paper off its sensor
            (self.paper_out, "fault.paper_out"),
            (self.cutter_error, "fault.cutter"),
            (self.unrecoverable, "fault.printer_error"),
            (self.overheated, "fault.printer_hot"),
            (self.error, "fault.printer_error"),
            (not self.online, "fault.printer_offline"),
        ):
            if is_so:
                return code
        return None

    def joined(self, other: "PrinterStatus") -> "PrinterStatus":
        """What two sources say of the same moment: usable where both are, ill where either is."""
        merged = {
            field.name: getattr(self, field.name) or getattr(other, field.name)
            for field in fields(PrinterStatus)
        }
        both = {"answered": self.answered and other.answered, "online": self.online and other.online}
        return PrinterStatus(**{**merged, **both})


SILENT = PrinterStatus()


def from_real_time(answers: Mapping[int, int]) -> PrinterStatus:
    """The status from ``{n: answer to DLE EOT n}``; silent unless all four are there and valid."""
    if not all(n in answers and is_real_time(answers[n]) for n in (1, 2, 3, 4)):
        return SILENT
    printer, cause, error, paper = (answers[n] for n in (1, 2, 3, 4))
    explained = bool(error & 0x68)
    return PrinterStatus(
        answered=True,
        online=not printer & 0x08,
        cover_open=bool(cause & 0x04),
        paper_out=bool(cause & 0x20 or paper & 0x60),
        paper_low=bool(paper & 0x0C),
        cutter_error=bool(error & 0x08),
        unrecoverable=bool(error & 0x20),
        overheated=bool(error & 0x40),
        error=bool(error & 0x04 or (cause & 0x40 and not explained)),
    )


def from_pushed(data: bytes) -> PrinterStatus:
    """The status from an ASB frame; silent unless it is a valid one."""
    if (
        len(data) != ASB_LENGTH
        or not is_pushed_first(data[0])
        or not all(is_plain(byte) for byte in data[1:])
    ):
        return SILENT
    printer, error, paper, _ = data
    return PrinterStatus(
        answered=True,
        online=not printer & 0x08,
        cover_open=bool(printer & 0x20),
        paper_out=bool(paper & 0x0C),
        paper_low=bool(paper & 0x03),
        cutter_error=bool(error & 0x08),
        unrecoverable=bool(error & 0x20),
        overheated=bool(error & 0x40),
        error=bool(error & 0x04),
    )


def from_full(data: bytes) -> PrinterStatus:
    """The status from CUSTOM's four bytes. A slip still in the exit is no fault: the next job ejects it."""
    if len(data) != FULL_LENGTH - len(FULL_LEAD):
        return SILENT
    paper, user, recoverable, unrecoverable = data
    return PrinterStatus(
        answered=True,
        online=True,
        cover_open=bool(user & 0x03),
        paper_out=bool(paper & 0x01),
        paper_low=bool(paper & 0x04),
        unrecoverable=bool(unrecoverable),
        error=bool(recoverable),
    )
