"""Command and response APDUs of ISO 7816-4, short form: bytes only, no reader and no clock.

``exchange`` is the one conversation that every card needs and PC/SC leaves to its user: 61xx means "there is more,
fetch it", 6Cxx "ask again for so many bytes". It talks through any ``transmit`` and stops by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from drivers.errors import DeviceProtocol

Transmit = Callable[[bytes], bytes]

MAX_DATA: Final = 255  # Lc is one byte
MAX_EXPECTED: Final = 256  # Le 00
MAX_RESPONSE: Final = MAX_EXPECTED + 2
MAX_TURNS: Final = 16  # of one exchange; 16 GET RESPONSE are 4 KiB, more than any file read here
GET_RESPONSE: Final = 0xC0

OK: Final = 0x9000
NOT_ALLOWED: Final = 0x6982
RECORD_NOT_FOUND: Final = 0x6A83

_MEANINGS: Final = {
    0x9000: "done",
    0x6281: "data may be damaged",
    0x6282: "end of file before Le bytes",
    0x6283: "file or application blocked",
    0x6400: "not executed",
    0x6581: "memory failure",
    0x6700: "wrong length",
    0x6881: "logical channel not supported",
    0x6882: "secure messaging not supported",
    0x6981: "command does not fit the file",
    0x6982: "security status not satisfied",
    0x6983: "authentication blocked",
    0x6984: "referenced data not usable",
    0x6985: "conditions of use not satisfied",
    0x6986: "no current file",
    0x6A80: "wrong data",
    0x6A81: "function not supported",
    0x6A82: "file or application not found",
    0x6A83: "record not found",
    0x6A86: "wrong P1 P2",
    0x6A88: "referenced data not found",
    0x6B00: "wrong P1 P2",
    0x6D00: "instruction not supported",
    0x6E00: "class not supported",
    0x6F00: "no precise diagnosis",
}
_FAMILIES: Final = {0x61: "more bytes to fetch", 0x6C: "wrong Le", 0x62: "warning", 0x63: "warning"}


def meaning(status: int) -> str:
    """A status word in English, for logs and people who repair (ISO 7816-4, 5.6)."""
    return _MEANINGS.get(status) or _FAMILIES.get(status >> 8, "unknown")


@dataclass(frozen=True, slots=True)
class Command:
    """One command; ``expected`` is Le: None for no answer wanted, 256 for as much as there is."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = field(default=b"", repr=False)
    expected: int | None = None

    def __post_init__(self) -> None:
        if not all(0 <= part <= 0xFF for part in (self.cla, self.ins, self.p1, self.p2)):
            raise ValueError("CLA, INS, P1 and P2 are one byte each")
        if len(self.data) > MAX_DATA:
            raise ValueError(f"{len(self.data)} bytes of data, a short APDU takes {MAX_DATA}")
        if self.expected is not None and not 1 <= self.expected <= MAX_EXPECTED:
            raise ValueError(f"Le is 1 to {MAX_EXPECTED}, not {self.expected}")

    def encode(self) -> bytes:
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        tail = b"" if self.expected is None else bytes((self.expected & 0xFF,))
        return head + body + tail

    @classmethod
    def decode(cls, raw: bytes) -> "Command":
        """What a card does. Raises DeviceProtocol for what is no short APDU."""
        if len(raw) < 4:
            raise DeviceProtocol(f"command of {len(raw)} bytes")
        (cla, ins, p1, p2), rest = raw[:4], raw[4:]
        if len(rest) <= 1:
            return cls(cla, ins, p1, p2, expected=(rest[0] or MAX_EXPECTED) if rest else None)
        length, data, tail = rest[0], rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        if not length or len(data) != length or len(tail) > 1:
            raise DeviceProtocol(f"Lc {length} in a command of {len(raw)} bytes")
        return cls(cla, ins, p1, p2, data, (tail[0] or MAX_EXPECTED) if tail else None)


@dataclass(frozen=True, slots=True)
class Response:
    """What a card answered: a status word, and data that may be somebody's."""

    status: int
    data: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        return self.status == OK

    @classmethod
    def decode(cls, raw: bytes) -> "Response":
        """Raises DeviceProtocol for what is no short response (ISO 7816-4: SW1 is 6x but 60, or 9x)."""
        if not 2 <= len(raw) <= MAX_RESPONSE:
            raise DeviceProtocol(f"response of {len(raw)} bytes")
        status = int.from_bytes(raw[-2:], "big")
        if status >> 12 not in (0x6, 0x9) or status >> 8 == 0x60:
            raise DeviceProtocol(f"status={status:04X}")
        return cls(status, raw[:-2])


def exchange(transmit: Transmit, command: Command) -> Response:
    """The whole answer to ``command``, fetched in as many turns as the card wants.

    Raises DeviceProtocol where the card breaks the rules or comes to no end, and whatever ``transmit`` raises.
    """
    asked, collected = command, b""
    corrected = False  # a card that corrects Le twice in a row plays with us
    for _ in range(MAX_TURNS):
        response = Response.decode(transmit(asked.encode()))
        high, low = response.status >> 8, response.status & 0xFF
        if high == 0x6C and not corrected:
            asked, corrected = replace(asked, expected=low or MAX_EXPECTED), True
            continue
        collected += response.data
        if high != 0x61:
            return Response(response.status, collected)
        asked, corrected = Command(command.cla, GET_RESPONSE, 0, 0, expected=low or MAX_EXPECTED), False
    raise DeviceProtocol(f"no end after {MAX_TURNS} turns, ins={command.ins:02X}")
