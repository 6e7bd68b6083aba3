"""Zebra's Simple Serial Interface (SSI): bytes in, codes and replies out. No port, clock or log.

    LEN | opcode | source | status | data | CHK CHK

LEN counts all but CHK, which is the two's complement of the sum of the bytes before it, big endian. Source 04 is
the host, 00 the decoder. Status: bit 0 sent once more, bit 1 another packet of the same code follows, bit 3 a
parameter kept beyond power-off (SE955 integration manual, "Simple Serial Interface", PARAM_SEND). Every packet
with a code wants an ACK; one that came damaged a NAK, and comes again with bit 0 set.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from drivers.scanner.codec import MOST, SUFFIXES, Framing, Oversized, code_of
from drivers.scanner.digest import Digester
from drivers.scanner.families import ANY, Command, Found, Owed, Reply, Verdict

HEAD = 4  # bytes before the data, all counted by LEN
CHECK = 2
DECODER, HOST = 0x00, 0x04
RETRANSMITTED, CONTINUED, KEPT = 0x01, 0x02, 0x08
WAKE = b"\x00"

CMD_ACK, CMD_NAK = 0xD0, 0xD1
DECODE_DATA, EVENT = 0xF3, 0xF6
REQUEST_REVISION, REPLY_REVISION = 0xA3, 0xA4
START_SESSION, STOP_SESSION = 0xE4, 0xE5
SCAN_ENABLE, SCAN_DISABLE = 0xE9, 0xEA
PARAM_SEND = 0xC6
RESEND = 1  # cause of a NAK: it came damaged
NO_BEEP = 0xFF
TRIGGER_MODE, HOST_TRIGGER = 0x8A, 0x08
DECODE_FORMAT, PACKETED = 0xEE, 0x01  # from the factory decoders send codes bare, which nobody can check

MOST_DATA = 255 - HEAD
_TYPE = 1  # byte before the code in DECODE_DATA: the kind of code


@dataclass(frozen=True, slots=True)
class Packet:
    """One checked packet; its data may identify a person."""

    opcode: int
    status: int = 0
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Damaged:
    """The line fell quiet after bytes that are no packet."""


def encode(packet: Packet, source: int = HOST) -> bytes:
    """``packet`` for the wire. Raises ValueError where it has more data than LEN can count."""
    if len(packet.data) > MOST_DATA:
        raise ValueError(f"{len(packet.data)} bytes do not fit into one packet")
    body = bytes([HEAD + len(packet.data), packet.opcode, source, packet.status]) + packet.data
    return body + _check(body)


def param_send(parameter: int, value: int, *, beep: int = NO_BEEP, kept: bool = False) -> Packet:
    """Set a parameter, until power-off or ``kept`` beyond it (which wears out its memory)."""
    return Packet(PARAM_SEND, KEPT if kept else 0, bytes([beep, parameter, value]))


def _check(body: bytes) -> bytes:
    return (-sum(body) & 0xFFFF).to_bytes(CHECK, "big")


class Decoder:
    """Packets sent by ``source``, out of any slicing of the stream. Holds less than one packet between calls."""

    def __init__(self, source: int = DECODER) -> None:
        self._source = source
        self._buffer = bytearray()
        self._damaged = False  # since the last packet

    @property
    def pending(self) -> bool:
        return bool(self._buffer) or self._damaged

    def feed(self, data: bytes) -> Iterator[Packet]:
        """What can be told so far. Must be drained before the next call."""
        self._buffer += data
        yield from self._packets(whole=False)

    def quiet(self) -> Iterator[Packet | Damaged]:
        """No more bytes come; a packet hidden behind a damaged LEN is found here."""
        yield from self._packets(whole=True)
        if self._damaged:
            self._damaged = False
            yield Damaged()

    def _packets(self, *, whole: bool) -> Iterator[Packet]:
        buffer = self._buffer
        while buffer:
            if buffer[0] == WAKE[0]:
                del buffer[0]
                continue
            size = buffer[0] + CHECK
            possible = buffer[0] >= HEAD and (len(buffer) <= 2 or buffer[2] == self._source)
            if possible and len(buffer) < size and not whole:
                return
            body = bytes(buffer[: size - CHECK])
            if possible and len(buffer) >= size and buffer[size - CHECK : size] == _check(body):
                del buffer[:size]
                self._damaged = False
                yield Packet(body[1], body[3], body[HEAD:])
                continue
            del buffer[0]  # one byte only: the next packet may start inside
            self._damaged = True


def _host(name: str, packet: Packet, answer: int = CMD_ACK) -> Command:
    return Command(name, encode(packet), bytes([answer]))


ACK = Owed(encode(Packet(CMD_ACK)))
NAK_RESEND = Owed(encode(Packet(CMD_NAK, data=bytes([RESEND]))))


class ZebraSsi:
    """Codes out of packets: acknowledged each time, taken once, put together where they come in parts."""

    setup: tuple[Command, ...] = (
        _host("host_trigger", param_send(TRIGGER_MODE, HOST_TRIGGER)),
        _host("packeted", param_send(DECODE_FORMAT, PACKETED)),
        _host("scan_enable", Packet(SCAN_ENABLE)),
    )
    on: tuple[Command, ...] = (_host("start_session", Packet(START_SESSION)),)
    off: tuple[Command, ...] = (_host("stop_session", Packet(STOP_SESSION)),)
    ask: Command | None = _host("request_revision", Packet(REQUEST_REVISION), REPLY_REVISION)
    wake = WAKE

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._decoder = Decoder()
        self._digester = Digester()
        self._last = b""  # digest of the packet with a code that was acknowledged last: it may come again
        self._parts = bytearray()
        self._type: int | None = None
        self._too_long = False

    @property
    def pending(self) -> bool:
        return self._decoder.pending

    def feed(self, data: bytes) -> Iterator[Found]:
        for found in self._decoder.feed(data):
            yield from self._take(found)

    def quiet(self) -> Iterator[Found]:
        for found in self._decoder.quiet():
            yield from self._take(found)

    def _take(self, found: Packet | Damaged) -> Iterator[Found]:
        if isinstance(found, Damaged):
            yield NAK_RESEND
        elif found.opcode == CMD_ACK:
            yield Reply(Verdict.DONE, bytes([CMD_ACK]))
        elif found.opcode == CMD_NAK:
            again = found.data[:1] == bytes([RESEND])
            yield Reply(Verdict.AGAIN if again else Verdict.NO, ANY)
        elif found.opcode == REPLY_REVISION:
            yield Reply(Verdict.DONE, bytes([REPLY_REVISION]))
        else:
            yield ACK
            if found.opcode == DECODE_DATA:
                yield from self._decoded(found)

    def _decoded(self, packet: Packet) -> Iterator[Found]:
        before, self._last = self._last, self._digester.of(packet.data)
        if packet.status & RETRANSMITTED and self._last == before:
            return  # our ACK was lost
        yield from self._joined(packet)

    def _joined(self, packet: Packet) -> Iterator[Found]:
        kind = packet.data[0] if packet.data else None
        # Whether later parts repeat the kind is told by no manual at hand; it is no character of any text.
        self._parts += packet.data[_TYPE:] if self._type in (None, kind) else packet.data
        self._type = kind if self._type is None else self._type
        if len(self._parts) > self._framing.longest:
            del self._parts[self._framing.longest :]
            self._too_long = True
        if packet.status & CONTINUED:
            return
        frame, too_long = bytes(self._parts), self._too_long
        self._parts.clear()
        self._type, self._too_long = None, False
        code = code_of(_without_suffix(frame), self._framing.prefix)
        if too_long or len(code.payload) > MOST:
            yield Oversized()
        elif code.payload:
            yield code


def _without_suffix(frame: bytes) -> bytes:
    """Packets need no suffix, but one may be set all the same."""
    return next((frame.removesuffix(end) for end in SUFFIXES if frame.endswith(end)), frame)
