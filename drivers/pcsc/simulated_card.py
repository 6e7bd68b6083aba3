"""A social-security card without a card: answers APDUs as LD/T 32 cards of three generations do, and misbehaves.

Pure: bytes in, bytes out. ``vcard`` puts it into a real pcscd; tests call ``answer`` as their ``transmit``.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from typing import Final

from drivers.errors import DeviceProtocol
from drivers.pcsc.apdu import GET_RESPONSE, MAX_EXPECTED, Command
from drivers.pcsc.social_card import APPLICATION, BY_NAME, READ_RECORD, SELECT, File, Tag

ATR: Final = bytes.fromhex("3B6800005353432D54455354")  # T=0, historical bytes "SSC-TEST"
DONE: Final = b"\x90\x00"


class Manner(Enum):
    """What real cards differ in, all within the rules."""

    BY_CURRENT_FILE_ONLY = auto()  # 6A86 to a short file identifier
    BY_SHORT_ID_ONLY = auto()  # 6A86 without one
    CHAINED = auto()  # 61xx to everything that has data, in pieces of at most 8
    EXACT_LE = auto()  # 6Cxx to Le 00
    NO_SELECT_UNDER_CURRENT = auto()  # 6A86 to SELECT with P1 02
    FCI_AT_ONCE = auto()  # SELECT answers with data and 9000, not with 61xx
    BLANKS = auto()  # pads with 20 where others pad with 00


@dataclass(frozen=True, slots=True)
class SocialHolder:
    """Who the card says it belongs to. Invented persons only."""

    number: str = field(repr=False)
    name: str = field(repr=False)
    sex: str = field(default="1", repr=False)
    birth: str = field(default="", repr=False)  # "" for what the number says
    city: str = "379900"
    valid_to: date | None = date(2040, 1, 1)


@dataclass(frozen=True, slots=True)
class Mischief:
    """What goes wrong, counted in APDUs from the card's power-up on."""

    pulled_at: int | None = None  # the card leaves instead of answering this one
    garbage_at: int | None = None  # from this one on the answers are noise
    delay: float = 0.0  # seconds before every answer; the link waits, not the card


class PulledOut(Exception):
    """The card is not there to answer."""


class SimulatedCard:
    """One card; ``answer`` is its contact to the world."""

    def __init__(
        self,
        holder: SocialHolder,
        generation: int = 2,
        *,
        manners: frozenset[Manner] = frozenset(),
        mischief: Mischief = Mischief(),
        social: bool = True,
        atr: bytes = ATR,
    ) -> None:
        self.atr, self.mischief = atr, mischief
        self._manners, self._social, self._generation = manners, social, generation
        self._files = _files(holder, generation, b"\x20" if Manner.BLANKS in manners else b"\x00")
        self.reset()

    def reset(self) -> None:
        """Power or reset: nothing is selected, nothing is owed."""
        self._selected = False
        self._file: File | None = None
        self._owed = b""
        self._asked = 0

    def answer(self, raw: bytes) -> bytes:
        """Raises PulledOut where that is its mischief."""
        self._asked += 1
        if self.mischief.pulled_at is not None and self._asked >= self.mischief.pulled_at:
            raise PulledOut
        if self.mischief.garbage_at is not None and self._asked >= self.mischief.garbage_at:
            return bytes((self._asked * 37 + step * 101) & 0xFF for step in range(self._asked % 5))
        try:
            command = Command.decode(raw)
        except DeviceProtocol:
            return _status(0x6700)
        if command.cla != 0x00:
            return _status(0x6E00)
        match command.ins:
            case 0xC0:
                return self._hand_over(command)
            case 0xA4:
                return self._select(command)
            case 0xB2:
                return self._read(command)
        return _status(0x6D00)

    def _select(self, command: Command) -> bytes:
        assert command.ins == SELECT
        if command.p1 == BY_NAME:
            if not self._social or command.data != APPLICATION:
                return _status(0x6A82)
            self._selected, self._file = True, None
            name = bytes((0x84, len(APPLICATION))) + APPLICATION
            control = bytes((0x6F, len(name))) + name
            return control + DONE if Manner.FCI_AT_ONCE in self._manners else self._owe(control)
        if command.p1 == 0x02 and Manner.NO_SELECT_UNDER_CURRENT in self._manners:
            return _status(0x6A86)
        if command.p1 not in (0x00, 0x02):
            return _status(0x6A86)
        wanted = {bytes((0xEF, file)): file for file in self._files}.get(command.data)
        if not self._selected or wanted is None:
            return _status(0x6A82)
        self._file = wanted
        return DONE

    def _read(self, command: Command) -> bytes:
        """P2: short file identifier in the upper five bits; then 0 = P1 is a tag, 4 = P1 is a record's number."""
        assert command.ins == READ_RECORD
        short, how = command.p2 >> 3, command.p2 & 0x07
        if how not in (0, 4) or (Manner.BY_SHORT_ID_ONLY in self._manners and not short):
            return _status(0x6A86)
        if short and Manner.BY_CURRENT_FILE_ONLY in self._manners:
            return _status(0x6A86)
        if short:
            if not self._selected or short not in self._files:
                return _status(0x6A82)
            self._file = File(short)
        if self._file is None:
            return _status(0x6986)
        if self._file is File.HOLDER and self._generation >= 3:
            return _status(0x6982)
        records = self._files[self._file]
        if how == 4:
            record = records[command.p1 - 1] if 1 <= command.p1 <= len(records) else b""
        else:
            record = next((each for each in records if each[0] == command.p1), b"")
        return self._give(record, command.expected or MAX_EXPECTED) if record else _status(0x6A83)

    def _give(self, data: bytes, expected: int) -> bytes:
        if Manner.CHAINED in self._manners:
            return self._owe(data)
        if expected != len(data) and (expected != MAX_EXPECTED or Manner.EXACT_LE in self._manners):
            return _status(0x6C00 | len(data))
        return data + DONE

    def _owe(self, data: bytes) -> bytes:
        self._owed = data
        return _status(0x6100 | self._piece())

    def _piece(self) -> int:
        return min(len(self._owed), 8 if Manner.CHAINED in self._manners else MAX_EXPECTED - 1)

    def _hand_over(self, command: Command) -> bytes:
        assert command.ins == GET_RESPONSE
        if not self._owed:
            return _status(0x6985)
        if command.expected is None or command.expected > self._piece():
            return _status(0x6C00 | self._piece())
        data, self._owed = self._owed[: command.expected], self._owed[command.expected :]
        return data + (_status(0x6100 | self._piece()) if self._owed else DONE)


def _status(word: int) -> bytes:
    return word.to_bytes(2, "big")


def _files(holder: SocialHolder, generation: int, pad: bytes) -> dict[File, tuple[bytes, ...]]:
    name = holder.name.encode("gb18030")
    birth = holder.birth or holder.number[6:14]
    valid = holder.valid_to.strftime("%Y%m%d") if holder.valid_to else "FFFFFFFF"
    issuer = {
        Tag.CARD_ID: bytes.fromhex(holder.city + "00000D156000005A1B2C3D4E5F"),
        Tag.KIND: b"1",
        Tag.VERSION: f"{generation}.00".encode(),
        Tag.INITIALISED_BY: bytes.fromhex("0086") * 6,
        Tag.ISSUED: bytes.fromhex("20200101"),
        Tag.VALID_TO: bytes.fromhex(valid),
        Tag.CARD_NUMBER: b"T00000001",
    }
    person = {
        Tag.NUMBER: holder.number.encode().ljust(18, pad),
        Tag.NAME: name[:30].ljust(30, pad),
        Tag.NAME_MORE: name[30:50].ljust(20, pad),
        Tag.SEX: holder.sex.encode(),
        Tag.ETHNIC_GROUP: b"\x01",
        Tag.BIRTHPLACE: bytes.fromhex(holder.city),
        Tag.BIRTH: bytes.fromhex(birth),
    }
    if generation == 1:
        del person[Tag.NAME_MORE]  # came with specification 2.00, and shifted the numbers of what follows
    return {File.ISSUER: _records(issuer), File.HOLDER: _records(person)}


def _records(values: dict[Tag, bytes]) -> tuple[bytes, ...]:
    return tuple(bytes((tag, len(value))) + value for tag, value in values.items())
