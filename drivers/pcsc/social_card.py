"""Reads a social-security card (社会保障卡) through any ``transmit``: no reader, no clock, nothing kept.

After LD/T 32-2015 and LB002-2000 as public drivers follow them. A record is ``tag len value`` and is read by its tag:
record *numbers* shift between the generations. Cards of specification 1.00 and 2.00 can be read freely; from 3.00 on
the holder's file needs the issuer's keys (a PSAM in the reader or the province's service), which a terminal has not.
"""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from drivers.errors import DeviceProtocol, DeviceRefused
from drivers.pcsc.apdu import (
    NOT_ALLOWED,
    RECORD_NOT_FOUND,
    Command,
    Response,
    Transmit,
    exchange,
    meaning,
)
from drivers.pcsc.errors import CardUnreadable, KeysNeeded, NotSocialCard

APPLICATION: Final = b"sx1.sh." + "社会保障".encode("gbk")
SELECT: Final = 0xA4
READ_RECORD: Final = 0xB2
BY_NAME: Final = 0x04
BY_ID_UNDER_CURRENT: Final = 0x02
BY_ID: Final = 0x00
PADDING: Final = b"\x00\x20\xff"  # an: 00 or blank; cn: F. None of them can be part of a GBK character
# "Ask in another way": wrong P1 P2, not supported, no current file, command does not fit the file
OTHER_WAY: Final = frozenset({0x6981, 0x6985, 0x6986, 0x6A80, 0x6A81, 0x6A86, 0x6B00, 0x6D00})


class File(enum.IntEnum):
    """The two files that are read; the value is also the short file identifier."""

    ISSUER = 0x05
    HOLDER = 0x06


class Tag(enum.IntEnum):
    """LD/T 32, of EF05 up to CARD_NUMBER, of EF06 the rest."""

    CARD_ID = 0x01
    KIND = 0x02
    VERSION = 0x03
    INITIALISED_BY = 0x04
    ISSUED = 0x05
    VALID_TO = 0x06
    CARD_NUMBER = 0x07
    NUMBER = 0x08
    NAME = 0x09
    NAME_MORE = 0x4E
    SEX = 0x0A
    ETHNIC_GROUP = 0x0B
    BIRTHPLACE = 0x0C
    BIRTH = 0x0D


@dataclass(frozen=True, slots=True)
class CardFacts:
    """EF05: what the card says of itself. ``city`` are the six digits of GB/T 2260."""

    version: str  # "1.00", "2.00", "3.00"
    city: str = ""
    issued: date | None = None
    valid_to: date | None = None  # None: it doesn't say
    card_id: str = field(default="", repr=False)
    card_number: str = field(default="", repr=False)

    @property
    def generation(self) -> int:
        """1, 2 or 3; 0 for a version that is none."""
        return int(self.version[0]) if self.version[:1].isdecimal() else 0

    def expired(self, today: date) -> bool:
        return self.valid_to is not None and today > self.valid_to


@dataclass(frozen=True, slots=True)
class SocialCard:
    """One reading. Whoever got it drops it: nothing else keeps it."""

    facts: CardFacts
    number: str = field(repr=False)  # 社会保障号码, for citizens the number of GB 11643
    name: str = field(repr=False)
    sex: str = field(default="", repr=False)  # "1" male, "2" female (GB/T 2261.1), "" not said
    birth: date | None = field(default=None, repr=False)


def read_social_card(transmit: Transmit) -> SocialCard:
    """The card's holder.

    Raises NotSocialCard, KeysNeeded, CardUnreadable, DeviceProtocol, and whatever ``transmit`` raises.
    """
    select_application(transmit)
    facts = read_facts(transmit)
    if facts.generation >= 3:
        raise KeysNeeded("version=3")
    _select_file(transmit, File.HOLDER)
    number = _text(_required(transmit, File.HOLDER, Tag.NUMBER))
    if not number:
        raise CardUnreadable("the card holds no number")
    # the extension goes on where the name is full; a character may lie across the border
    name = (_record(transmit, File.HOLDER, Tag.NAME) or b"").rstrip(PADDING)
    more = (_record(transmit, File.HOLDER, Tag.NAME_MORE) or b"").rstrip(PADDING)
    sex = _record(transmit, File.HOLDER, Tag.SEX) or b""
    birth = _record(transmit, File.HOLDER, Tag.BIRTH) or b""
    return SocialCard(facts, number, _text(name + more), _digit(sex), _date(birth))


def select_application(transmit: Transmit) -> None:
    """Raises NotSocialCard where the card knows no such application, CardUnreadable where it is out of order."""
    answer = exchange(transmit, Command(0x00, SELECT, BY_NAME, 0x00, APPLICATION))
    if answer.ok:
        return
    if answer.status >> 8 in (0x62, 0x64, 0x65, 0x66):  # it is one, and is blocked or broken
        raise CardUnreadable(_said(answer))
    raise NotSocialCard(_said(answer))


def read_facts(transmit: Transmit) -> CardFacts:
    """EF05, free to read on every generation. The application must be selected."""
    _select_file(transmit, File.ISSUER)
    version = _text(_required(transmit, File.ISSUER, Tag.VERSION))
    card_id = _record(transmit, File.ISSUER, Tag.CARD_ID) or b""
    city = card_id[:3].hex()
    return CardFacts(
        version=version,
        city=city if city.isdecimal() else "",
        issued=_date(_record(transmit, File.ISSUER, Tag.ISSUED) or b""),
        valid_to=_date(_record(transmit, File.ISSUER, Tag.VALID_TO) or b""),
        card_id=card_id.hex().upper(),
        card_number=_text(_record(transmit, File.ISSUER, Tag.CARD_NUMBER) or b""),
    )


def _select_file(transmit: Transmit, file: File) -> None:
    """Make ``file`` current. A card that can't is asked by short identifier, so only a real no is one."""
    identifier = bytes((0xEF, file))
    for how in (BY_ID_UNDER_CURRENT, BY_ID):
        answer = exchange(transmit, Command(0x00, SELECT, how, 0x00, identifier))
        if answer.ok:
            return
        if answer.status == NOT_ALLOWED:
            raise KeysNeeded(f"file=EF{file:02X} {_said(answer)}")


def _required(transmit: Transmit, file: File, tag: Tag) -> bytes:
    value = _record(transmit, file, tag)
    if value is None:
        raise CardUnreadable(f"tag={tag:02X} is not there")
    return value


def _record(transmit: Transmit, file: File, tag: Tag) -> bytes | None:
    """The value of one record; None where the card has none."""
    refused: Response | None = None
    for command in _ways(file, tag):
        answer = exchange(transmit, command)
        if answer.ok:
            return _value(answer.data, tag)
        if answer.status == NOT_ALLOWED:
            raise KeysNeeded(f"tag={tag:02X} {_said(answer)}")
        if answer.status == RECORD_NOT_FOUND:
            return None
        refused = answer
        if answer.status not in OTHER_WAY:
            break
    assert refused is not None
    raise DeviceRefused(f"tag={tag:02X} {_said(refused)}")


def _ways(file: File, tag: Tag) -> Iterator[Command]:
    """By tag in the current file, then in the file of that short identifier (P2 0x28, 0x30)."""
    yield Command(0x00, READ_RECORD, tag, 0x00, expected=256)
    yield Command(0x00, READ_RECORD, tag, file << 3, expected=256)


def _value(record: bytes, tag: Tag) -> bytes:
    if len(record) < 2 or record[0] != tag or record[1] != len(record) - 2:
        raise DeviceProtocol(f"tag={tag:02X}: a record of {len(record)} bytes that is not its own")
    return record[2:]


def _text(value: bytes) -> str:
    """GB 18030, which holds all of GBK; a damaged character becomes U+FFFD rather than somebody's no."""
    return value.rstrip(PADDING).decode("gb18030", errors="replace").strip()


def _digit(value: bytes) -> str:
    """A code of one place, in ASCII or, on some cards, BCD."""
    text = value.decode("ascii", errors="replace") if value[:1] >= b"0" else value.hex().lstrip("0")
    return text if len(text) == 1 and text in "0129" else ""


def _date(value: bytes) -> date | None:
    """CCYYMMDD in BCD; None for padding and for no day of the calendar."""
    digits = value.hex()
    if len(digits) != 8 or not digits.isdecimal():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _said(answer: Response) -> str:
    return f"status={answer.status:04X} ({meaning(answer.status)})"
