"""What makes of scanners differ in: how they are told to read, and what else comes down the line. Pure.

A family is a ``Dialect``: the commands of the host, and a decoder of what the scanner says. The device works any
of them in the same way.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from drivers.scanner.codec import Code, Framing, LineDecoder, Oversized


class Verdict(Enum):
    """What a scanner says to a command."""

    DONE = "done"
    NO = "no"
    AGAIN = "again"  # it got the command damaged


ANY = b""  # an answer that does not tell to what


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``to`` tells which commands it can answer (Command.answer), or is ANY."""

    verdict: Verdict
    to: bytes


@dataclass(frozen=True, slots=True)
class Owed:
    """Bytes that the protocol wants sent at once."""

    data: bytes


Found = Code | Oversized | Reply | Owed


@dataclass(frozen=True, slots=True)
class Command:
    """Something to tell a scanner. ``answer`` None: nothing comes back, so nothing can be known."""

    name: str
    data: bytes
    answer: bytes | None = None


class Dialect(Protocol):
    """One family's protocol, with the state of one line."""

    setup: tuple[Command, ...]  # once, when the port has been opened
    on: tuple[Command, ...]  # read one code now
    off: tuple[Command, ...]
    ask: Command | None  # something harmless that a scanner which is well answers
    wake: bytes  # sent a moment before a command to one that sleeps

    @property
    def pending(self) -> bool:
        """Whether something has begun that quiet would end."""

    def feed(self, data: bytes) -> Iterator[Found]:
        """What ``data`` completes. Must be drained before the next call."""

    def quiet(self) -> Iterator[Found]:
        """Nothing has come for a while."""


class Plain:
    """Reads by itself whenever a code is there (sense or presentation mode, hand scanners, keyboard wedges)."""

    setup: tuple[Command, ...] = ()
    on: tuple[Command, ...] = ()
    off: tuple[Command, ...] = ()
    ask: Command | None = None
    wake: bytes = b""

    def __init__(self, framing: Framing) -> None:
        self._line = LineDecoder(framing)

    @property
    def pending(self) -> bool:
        return self._line.pending

    def feed(self, data: bytes) -> Iterator[Found]:
        yield from self._line.feed(data)

    def quiet(self) -> Iterator[Found]:
        yield from self._line.quiet()


class Honeywell(Plain):
    """Serial trigger commands, SYN T CR and SYN U CR; they are not answered. The trigger mode (TRGMOD0) is set by
    its bar code when the scanner is installed.
    """

    on: tuple[Command, ...] = (Command("trigger_on", b"\x16T\r"),)
    off: tuple[Command, ...] = (Command("trigger_off", b"\x16U\r"),)
