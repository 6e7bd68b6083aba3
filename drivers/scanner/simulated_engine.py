"""The mind of a simulated scanner: commands in as bytes, codes and replies out as bytes, and mischief on demand.

It knows no port and no clock. A code is held to it until it has been read once, or, where it is ``kept`` there,
until it is taken away: then it is read each time the scanner is told to. A plain scanner reads at once.
"""

import math
import threading
from dataclasses import dataclass
from enum import Enum

from drivers.scanner import newland, ssi
from drivers.scanner.codec import MOST
from drivers.scanner.families import Honeywell
from drivers.scanner.opening import Family

QR = 0x1C  # SSI's number of the kind of code
REVISION = b"SIMULATED-SCANNER"
REPEATS = 3  # how often a decoder sends what is not acknowledged


class Mischief(Enum):
    """What a scanner can do wrong."""

    SILENT = "says nothing at all"
    GARBLED = "damages what it sends: replies, and packets by their checksum"
    DEAF = "does not hear that a code was acknowledged, and sends it again"
    OVERSIZED = "sends far too much instead of the code"
    PIECES = "hands over byte by byte"


@dataclass(slots=True)
class _Order:
    mischief: Mischief
    times: float


class SimulatedEngine:
    """One scanner. What goes down the line is returned in pieces; a thread may hold codes to it while another talks."""

    def __init__(self, family: Family, *, suffix: bytes = b"\r") -> None:
        self.family, self._suffix = family, suffix
        self._lock = threading.Lock()
        self._orders: list[_Order] = []
        self._held: bytes | None = None
        self._kept = False
        self._triggered = family == "plain"
        self._enabled = True
        self._commands = bytearray()  # Newland's and Honeywell's
        self._packets = ssi.Decoder(ssi.HOST)
        self._unacknowledged: list[ssi.Packet] = []
        self._repeats = 0

    def hold(self, code: str | bytes, *, kept: bool = False) -> None:
        """Hold ``code`` to it; it is read when it looks."""
        with self._lock:
            self._held = (code.encode() if isinstance(code, str) else code) or None  # an empty code is none
            self._kept = kept

    def look(self) -> list[bytes]:
        """Read what is held to it, if it has been told to."""
        with self._lock:
            return self._read()

    def take_away(self) -> None:
        """Hold nothing to it any more; harmless when nothing is."""
        with self._lock:
            self._held = None

    def misbehave(self, mischief: Mischief, times: float = math.inf) -> None:
        """Do ``mischief`` the next ``times`` that it can be done."""
        with self._lock:
            self._orders.append(_Order(mischief, times))

    def behave(self) -> None:
        """Forget all mischief."""
        with self._lock:
            self._orders.clear()

    @property
    def triggered(self) -> bool:
        """Whether it would read a code now."""
        with self._lock:
            return self._triggered and self._enabled

    def receive(self, data: bytes) -> list[bytes]:
        """What it says to ``data``."""
        with self._lock:
            if self.family == "zebra-ssi":
                return self._hear_packets(data)
            self._commands += data
            if self.family == "newland":
                return self._hear_newland()
            return self._hear_honeywell() if self.family == "honeywell" else self._forget()

    # -- codes --------------------------------------------------------------------------------------------

    def _read(self) -> list[bytes]:
        """Send what is held to it, if it looks."""
        if self._held is None or not (self._triggered and self._enabled):
            return []
        code = self._held
        if not self._kept:
            self._held = None
        self._triggered = self.family == "plain"
        if self._mischief(Mischief.OVERSIZED):
            code = b"x" * (MOST + 904)
        if self.family == "zebra-ssi":
            return self._send_packets(code)
        return self._say(code + self._suffix)

    def _say(self, data: bytes, *, reply: bool = False) -> list[bytes]:
        if self._mischief(Mischief.SILENT):
            return []
        if reply and self._mischief(Mischief.GARBLED):
            data = data[:-1] + bytes([data[-1] ^ 0x55])
        if self._mischief(Mischief.PIECES):
            return [data[at : at + 1] for at in range(len(data))]
        return [data]

    def _mischief(self, mischief: Mischief) -> bool:
        for order in self._orders:
            if order.mischief is mischief and order.times > 0:
                order.times -= 1
                return True
        return False

    # -- families -----------------------------------------------------------------------------------------

    def _forget(self) -> list[bytes]:
        self._commands.clear()
        return []

    def _hear_honeywell(self) -> list[bytes]:
        out: list[bytes] = []
        while (end := self._commands.find(b"\r")) >= 0:
            command = bytes(self._commands[: end + 1])
            del self._commands[: end + 1]
            self._triggered = command.endswith(Honeywell.on[0].data)
            out += self._read()
        return out

    def _hear_newland(self) -> list[bytes]:
        out: list[bytes] = []
        while self._commands:
            if self._commands.startswith(b"?"):
                del self._commands[:1]
                out += self._say(b"!")
                continue
            end = self._commands.find(newland.TAIL)
            if end < 0:
                break
            frame = bytes(self._commands[:end])
            del self._commands[: end + len(newland.TAIL)]
            if frame.startswith(newland.HOST_HEAD):
                out += self._obey_newland(frame.removeprefix(newland.HOST_HEAD))
        return out

    def _obey_newland(self, body: bytes) -> list[bytes]:
        tag = body[1:7]
        if tag not in (b"SCNTRG", b"SCNMOD", b"ORTSET", b"RRDDUR", b"GRBENA"):
            return self._say(newland.reply(body, newland.ENQ), reply=True)
        said = self._say(newland.reply(body), reply=True)
        if tag == b"SCNTRG":
            self._triggered = body.endswith(b"1")
        return said + self._read()

    def _hear_packets(self, data: bytes) -> list[bytes]:
        out: list[bytes] = []
        for found in self._packets.feed(data):
            if found.opcode == ssi.CMD_ACK:
                out += self._acknowledged()
            elif found.opcode == ssi.CMD_NAK:
                out += self._repeat()
            elif found.opcode == ssi.REQUEST_REVISION:
                out += self._packet(ssi.Packet(ssi.REPLY_REVISION, data=REVISION))
            else:
                out += self._packet(ssi.Packet(ssi.CMD_ACK))
                self._triggered = (found.opcode == ssi.START_SESSION) or (
                    self._triggered and found.opcode != ssi.STOP_SESSION
                )
                self._enabled = (found.opcode == ssi.SCAN_ENABLE) or (
                    self._enabled and found.opcode != ssi.SCAN_DISABLE
                )
                out += self._read()
        return out

    def _send_packets(self, code: bytes) -> list[bytes]:
        most = ssi.MOST_DATA - 1
        parts = [code[at : at + most] for at in range(0, len(code), most)]
        self._unacknowledged = [
            ssi.Packet(ssi.DECODE_DATA, ssi.CONTINUED if n < len(parts) - 1 else 0, bytes([QR]) + part)
            for n, part in enumerate(parts)
        ]
        self._repeats = 0
        return self._packet(self._unacknowledged[0])

    def _acknowledged(self) -> list[bytes]:
        if not self._unacknowledged:
            return []
        if self._mischief(Mischief.DEAF):
            return self._repeat()
        del self._unacknowledged[0]
        self._repeats = 0
        return self._packet(self._unacknowledged[0]) if self._unacknowledged else []

    def _repeat(self) -> list[bytes]:
        if not self._unacknowledged:
            return []
        self._repeats += 1
        if self._repeats > REPEATS:
            self._unacknowledged.clear()
            return []
        again = self._unacknowledged[0]
        return self._packet(ssi.Packet(again.opcode, again.status | ssi.RETRANSMITTED, again.data))

    def _packet(self, packet: ssi.Packet) -> list[bytes]:
        return self._say(ssi.encode(packet, ssi.DECODER), reply=True)
