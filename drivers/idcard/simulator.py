"""A reader without a reader: in this process as a ByteStream, or behind ``socket://127.0.0.1:port``.

Speaks the wire of a real one, at the pace of a real one where a baud rate is given, and misbehaves on
demand. The demo, the training mode and the tests use it.
"""

import math
import socket
from collections import deque
from collections.abc import Iterator
from itertools import repeat

from drivers.errors import DeviceAbsent
from drivers.idcard.codec import Command
from drivers.idcard.layouts import IdCard
from drivers.idcard.samples import sample_cards, sample_holders
from drivers.idcard.simulated_sam import Answer, Mischief, SimulatedSam
from drivers.ports import Clock, SystemClock
from drivers.simulated_port import SimulatedPort

__all__ = ["SimulatedReader", "SimulatedStream", "sample_cards", "sample_holders"]

BITS_A_BYTE = 10  # 8N1
FIFO = 16  # bytes that a UART hands over at once
WHOLE = 1 << 16  # longer than any answer


class SimulatedStream:
    """A port with ``sam`` at its other end, in this process and in the time of ``clock``.

    ``slices`` says into how many bytes each piece of an answer is cut.
    """

    def __init__(
        self, sam: SimulatedSam, clock: Clock, *, baud: int | None = None, slices: Iterator[int] | None = None
    ) -> None:
        self._sam, self._clock, self._baud = sam, clock, baud
        self._slices = slices or repeat(FIFO if baud else WHOLE)
        self._arrivals: deque[tuple[float, bytes]] = deque()
        self._plugged = True

    def unplug(self) -> None:
        """From now on the port is gone."""
        self._plugged = False

    def write(self, data: bytes, /) -> None:
        self._check()
        sent = self._clock.now() + _wire_time(len(data), self._baud)
        for answer in self._sam.receive(data):
            for after, piece in _pieces(answer, self._baud, self._slices):
                self._arrivals.append((sent + after, piece))  # behind any late one, as on a real line

    def read(self, *, until: float) -> bytes:
        self._check()
        if not self._arrivals or self._arrivals[0][0] > until:
            self._clock.sleep(until - self._clock.now())
            return b""
        due, piece = self._arrivals.popleft()
        self._clock.sleep(due - self._clock.now())
        return piece

    def discard_input(self) -> None:
        self._check()
        while self._arrivals and self._arrivals[0][0] <= self._clock.now():
            self._arrivals.popleft()

    def close(self) -> None:
        self._arrivals.clear()
        self._plugged = False

    def _check(self) -> None:
        if not self._plugged:
            raise DeviceAbsent("simulated reader unplugged")


class SimulatedReader(SimulatedPort):
    """A reader behind a port of this machine. ``baud=115200`` gives a real pace."""

    def __init__(self, *, port: int = 0, baud: int | None = None) -> None:
        super().__init__("idcard", port)
        self._sam, self._baud, self._clock = SimulatedSam(), baud, SystemClock()

    def lay(self, card: IdCard) -> None:
        """Put ``card`` on the reader, in the place of any other."""
        self._sam.lay(card)

    def lift(self) -> None:
        """Take the card away; harmless when there is none."""
        self._sam.lift()

    def misbehave(self, mischief: Mischief, *, on: Command | None = None, times: float = math.inf) -> None:
        """See ``SimulatedSam.misbehave``. For a reader that is gone, ``close`` it."""
        self._sam.misbehave(mischief, on=on, times=times)

    def behave(self) -> None:
        """Forget all mischief."""
        self._sam.behave()

    def asked(self, command: Command) -> int:
        """See ``SimulatedSam.asked``."""
        return self._sam.asked(command)

    def _talk(self, connection: socket.socket) -> None:
        while not self._closing.is_set() and (data := connection.recv(4096)):
            sent = self._clock.now() + _wire_time(len(data), self._baud)
            for answer in self._sam.receive(data):
                for after, piece in _pieces(answer, self._baud, repeat(FIFO if self._baud else WHOLE)):
                    if self._closing.wait(max(0.0, sent + after - self._clock.now())):
                        return
                    connection.sendall(piece)


def _pieces(answer: Answer, baud: int | None, slices: Iterator[int]) -> Iterator[tuple[float, bytes]]:
    """Each piece of ``answer``, and how many seconds after the request all of it has arrived."""
    at = 0
    while at < len(answer.data):
        piece = answer.data[at : at + next(slices)]
        at += len(piece)
        yield answer.delay + _wire_time(at, baud), piece


def _wire_time(count: int, baud: int | None) -> float:
    return count * BITS_A_BYTE / baud if baud else 0.0
