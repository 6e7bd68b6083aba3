"""Wire format of the second-generation ID-card reader (SAM_V): bytes in, frames out. No port, clock or log.

    host to reader   AA AA AA 96 69 | LEN LEN | CMD PARA [data]    | CHK
    reader to host   AA AA AA 96 69 | LEN LEN | SW1 SW2 SW3 [data] | CHK

LEN (big endian) counts the bytes after it, CHK included; CHK is the XOR of LEN and all that follows but
itself. Strictly one request, then one reply. Source: the SAM_V interface document of the reader makers.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import reduce
from operator import xor

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
HEAD = len(PREAMBLE) + 2  # preamble and LEN
MIN_LEN = 2  # sleep and wake: one byte and CHK
MAX_LEN = 4096  # the longest reply known (text, photo and fingerprints) has 2314

# Sent by Bluetooth adapters when the reader is silent. Its LEN promises two bytes that never come: taken
# for a frame it would swallow the start of the next one, and with two AA its checksum even verifies.
ADAPTER_TIMEOUT = PREAMBLE + b"\x00\x05\x05\x05\x05"


class Status(IntEnum):
    """SW3. SW1 and SW2 are 00 in every reply known, so nothing is read into them."""

    CHECKSUM_ERROR = 0x10
    LENGTH_ERROR = 0x11
    COMMAND_ERROR = 0x21
    NOT_PERMITTED = 0x23
    UNKNOWN_ERROR = 0x24
    CARD_REJECTED_BY_SAM = 0x31
    SAM_REJECTED_BY_CARD = 0x32
    VERIFICATION_FAILED = 0x33
    UNKNOWN_CARD = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NO_CARD = 0x80
    SELECT_FAILED = 0x81
    OK = 0x90
    EMPTY = 0x91  # the card has no such item, such as a newest address
    CARD_FOUND = 0x9F


@dataclass(frozen=True, slots=True)
class Frame:
    """One checked frame; ``body`` excludes preamble, LEN and CHK. It may hold a person's data."""

    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Junk:
    """Bytes that were skipped, and why. They may be the remains of a person's data: never log them."""

    data: bytes = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reader answered: SW3 (a Status, where known) and the data after it."""

    status: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Command:
    """A request, and what a good reply to it looks like: so many bytes, or so many parts with lengths."""

    name: str
    body: bytes
    ok: Status = Status.OK
    size: int = 0
    parts: int = 0

    def answer(self, body: bytes) -> Reply | None:
        """The reply in ``body``; None where it cannot be one to this command (late answer, wrong length).

        Only success can be told apart by its looks; any refusal may belong to any command.
        """
        if len(body) < 3:
            return None
        reply = Reply(body[2], body[3:])
        if reply.status not in (Status.OK, Status.CARD_FOUND):
            return reply
        return reply if reply.status == self.ok and self._fits(reply.data) else None

    def _fits(self, data: bytes) -> bool:
        if not self.parts:
            return len(data) == self.size
        try:
            return bool(split_parts(data, self.parts))
        except ValueError:
            return False


RESET_SAM = Command("reset_sam", b"\x10\xff")
SAM_STATUS = Command("sam_status", b"\x11\xff")
SAM_ID = Command("sam_id", b"\x12\xff", size=16)
FIND = Command("find", b"\x20\x01", ok=Status.CARD_FOUND, size=4)
SELECT = Command("select", b"\x20\x02", size=8)
READ_TEXT_PHOTO = Command("read_text_photo", b"\x30\x01", parts=2)
READ_TEXT_PHOTO_FINGER = Command("read_text_photo_finger", b"\x30\x10", parts=3)
READ_NEWEST_ADDRESS = Command("read_newest_address", b"\x30\x03", size=70)
# One source each, and the replies are documented nowhere: encoded, but used by no operation of the device.
READ_IIN_SN_DN = Command("read_iin_sn_dn", b"\x30\x05")
SLEEP = Command("sleep", b"\x00")
WAKE = Command("wake", b"\x01")


def max_rf_bytes(count: int) -> Command:
    """Limit one radio frame between reader and card to ``count`` bytes; helps readers with a weak field."""
    return Command("max_rf_bytes", b"\x61\xff" + bytes([count]))


def encode(body: bytes) -> bytes:
    """Frame ``body`` for the wire."""
    counted = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + counted + bytes([reduce(xor, counted)])


def encode_reply(status: int, data: bytes = b"") -> bytes:
    """A reply as the reader sends it."""
    return encode(bytes([0, 0, status]) + data)


def split_parts(data: bytes, count: int) -> tuple[bytes, ...]:
    """Text, photo and fingerprint of a read, by the ``count`` lengths (big endian) at its head.

    Raises ValueError where the lengths don't add up to what there is.
    """
    head = 2 * count
    if len(data) < head:
        raise ValueError(f"{len(data)} bytes hold no {count} lengths")
    lengths = struct.unpack(f">{count}H", data[:head])
    if head + sum(lengths) != len(data):
        raise ValueError(f"lengths {lengths} promise {head + sum(lengths)} bytes, there are {len(data)}")
    ends = [head + sum(lengths[: n + 1]) for n in range(count)]
    return tuple(data[end - length : end] for end, length in zip(ends, lengths, strict=True))


def join_parts(*parts: bytes) -> bytes:
    """The inverse of ``split_parts``."""
    return struct.pack(f">{len(parts)}H", *map(len, parts)) + b"".join(parts)


SAM_ID_FORM = struct.Struct("<HHIII")


def sam_id_text(raw: bytes) -> str:
    """The 16 bytes of a SAM id as printed on the reader. Not personal: it names the security module."""
    return "{:02}.{:02}-{}-{:010}-{:010}".format(*SAM_ID_FORM.unpack(raw))


class Decoder:
    """Feed it any slicing of the byte stream; it yields the same frames, and every byte is accounted for.

    Between two calls it holds less than one frame: HEAD + MAX_LEN bytes at most.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame | Junk]:
        """What can be told so far. Must be drained before the next call."""
        self._buffer += data
        while (found := self._take()) is not None:
            yield found

    def finish(self) -> Iterator[Frame | Junk]:
        """What is left when no more bytes come; a frame hidden behind a damaged length is found here."""
        while self._buffer:
            yield self._take() or self._drop(1, "truncated")

    def _take(self) -> Frame | Junk | None:
        buffer = self._buffer
        start = buffer.find(PREAMBLE)
        if start != 0:
            skipped = start if start > 0 else len(buffer) - _overlap(buffer)
            return self._drop(skipped, "no preamble") if skipped else None
        if len(buffer) < HEAD:
            return None
        if buffer.startswith(ADAPTER_TIMEOUT):
            return self._drop(len(ADAPTER_TIMEOUT), "adapter time-out")
        length = int.from_bytes(buffer[len(PREAMBLE) : HEAD], "big")
        if not MIN_LEN <= length <= MAX_LEN:
            return self._drop(1, "impossible length")
        end = HEAD + length
        if len(buffer) < end:
            return None
        if reduce(xor, buffer[len(PREAMBLE) : end]):
            return self._drop(1, "bad checksum")  # one byte only: the next frame may start inside
        frame = Frame(bytes(buffer[HEAD : end - 1]))
        del buffer[:end]
        return frame

    def _drop(self, count: int, reason: str) -> Junk:
        junk = Junk(bytes(self._buffer[:count]), reason)
        del self._buffer[:count]
        return junk


def _overlap(buffer: bytearray) -> int:
    """Length of the longest tail that could still become a preamble."""
    longest = min(len(buffer), len(PREAMBLE) - 1)
    return next(n for n in range(longest, -1, -1) if buffer.endswith(PREAMBLE[:n]))
