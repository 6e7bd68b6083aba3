"""What is written in a card: the 256-byte text block, by kind of card, both ways. Pure.

The block is UTF-16LE, padded with spaces. The character at byte 248 tells the kind of card and so the
layout: a parser that took every card for a citizen's would show a foreigner's English name as Chinese.
Sources: GA/T 490 (citizen), the reader makers' notes on 'I' (2017), 'J' (2018) and 'Y' (2023) cards.
"""

from dataclasses import dataclass, field
from datetime import date

from drivers.idcard.code_tables import ethnic_group_name, sex_name
from drivers.idcard.numbers import CardKind

BLOCK = 256  # bytes
FLAG = slice(248, 250)
PADDING = " ".encode("utf-16-le")
LONG_TERM = "长期"  # stands in the place of valid_to


@dataclass(frozen=True, slots=True)
class CardHolder:
    """The person a card speaks of, in the card's own words and codes; empty where it has no such entry.

    Dates are YYYYMMDD. ``times_issued`` counts issues of an 'J' card, renewals of a 'Y' card.
    """

    kind: CardKind
    number: str = field(repr=False)
    name: str = field(default="", repr=False)
    english_name: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)  # GB/T 2261.1
    ethnic_group: str = field(default="", repr=False)  # GB/T 3304
    birth: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    issuer: str = field(default="", repr=False)
    valid_from: str = field(default="", repr=False)
    valid_to: str = field(default="", repr=False)  # or LONG_TERM
    nationality: str = field(default="", repr=False)  # ISO 3166, three letters
    permit_number: str = field(default="", repr=False)  # travel permit
    times_issued: str = field(default="", repr=False)
    card_version: str = field(default="", repr=False)
    old_number_link: str = field(default="", repr=False)

    @property
    def display_name(self) -> str:
        """The Chinese name, or the English one where there is none."""
        return self.name or self.english_name

    @property
    def sex_name(self) -> str:
        return sex_name(self.sex)

    @property
    def ethnic_group_name(self) -> str:
        return ethnic_group_name(self.ethnic_group)

    @property
    def birth_date(self) -> date | None:
        """None where the card's entry is no date."""
        try:
            return date.fromisoformat(self.birth)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class IdCard:
    """All that one reading yields, and all that a simulated card needs. Photo and prints stay opaque."""

    holder: CardHolder
    photo: bytes = field(default=b"", repr=False)  # WLT, only closed vendor libraries decode it
    fingerprint: bytes = field(default=b"", repr=False)
    newest_address: str | None = field(default=None, repr=False)


class UnknownCardKind(ValueError):
    """The flag at byte 248 is none of ours: a card newer than this driver."""


Slots = dict[str, tuple[slice, ...]]


def _at(offset: int, length: int) -> slice:
    return slice(offset, offset + length)


# Shared by all cards with an 18-place number.
_COMMON = {
    "name": (_at(0, 30),),
    "sex": (_at(30, 2),),
    "birth": (_at(36, 16),),
    "number": (_at(122, 36),),
    "issuer": (_at(158, 30),),
    "valid_from": (_at(188, 16),),
    "valid_to": (_at(204, 16),),
}
_SLOTS: dict[CardKind, Slots] = {
    CardKind.CITIZEN: _COMMON | {"ethnic_group": (_at(32, 4),), "address": (_at(52, 70),)},
    CardKind.HKMOTW: _COMMON
    | {"address": (_at(52, 70),), "permit_number": (_at(220, 18),), "times_issued": (_at(238, 4),)},
    CardKind.FOREIGNER: _COMMON
    | {
        "times_issued": (_at(32, 4),),
        "english_name": (_at(52, 70), _at(220, 22)),  # one name in two places
        "nationality": (_at(242, 6),),
        "old_number_link": (_at(250, 6),),
    },
    CardKind.FOREIGNER_OLD: {
        "english_name": (_at(0, 120),),
        "sex": (_at(120, 2),),
        "number": (_at(122, 30),),
        "nationality": (_at(152, 6),),
        "name": (_at(158, 30),),
        "valid_from": (_at(188, 16),),
        "valid_to": (_at(204, 16),),
        "birth": (_at(220, 16),),
        "card_version": (_at(236, 4),),
        "issuer": (_at(240, 8),),
    },
}
_KINDS = {
    "": CardKind.CITIZEN,
    "I": CardKind.FOREIGNER_OLD,
    "J": CardKind.HKMOTW,
    "Y": CardKind.FOREIGNER,
}
_FLAGS = {kind: flag for flag, kind in _KINDS.items()}


def decode_text(raw: bytes) -> str:
    """UTF-16LE without its padding; what is no character becomes U+FFFD."""
    return raw.decode("utf-16-le", "replace").rstrip(" \0")


def encode_text(text: str, length: int) -> bytes:
    """``text`` padded to ``length`` bytes. Raises ValueError where it is longer."""
    raw = text.encode("utf-16-le")
    if len(raw) > length:
        raise ValueError(f"{len(raw)} bytes of text don't go into {length}")
    return raw + PADDING * ((length - len(raw)) // 2)


def decode_holder(block: bytes) -> CardHolder:
    """Read the text block. Raises UnknownCardKind, or ValueError where it hasn't 256 bytes."""
    if len(block) != BLOCK:
        raise ValueError(f"a text block has {BLOCK} bytes, not {len(block)}")
    flag = decode_text(block[FLAG])
    if flag not in _KINDS:
        raise UnknownCardKind(f"card type flag {flag!r}")
    kind = _KINDS[flag]
    texts = {
        name: decode_text(b"".join(block[piece] for piece in pieces)) for name, pieces in _SLOTS[kind].items()
    }
    return CardHolder(kind=kind, **texts)


def encode_holder(holder: CardHolder) -> bytes:
    """Write the text block, as a simulated card holds it; what this kind of card has no place for stays out.

    Raises ValueError where an entry is too long.
    """
    block = bytearray(encode_text("", BLOCK))
    block[FLAG] = encode_text(_FLAGS[holder.kind], 2)
    for name, pieces in _SLOTS[holder.kind].items():
        length = sum(piece.stop - piece.start for piece in pieces)
        raw = encode_text(getattr(holder, name), length)
        for piece in pieces:
            size = piece.stop - piece.start
            block[piece], raw = raw[:size], raw[size:]
    return bytes(block)
