"""Numbers of identity cards: are they well formed, and what do they say of birth date and sex. Pure.

citizen, 18 (GB 11643)       region 6 | birth YYYYMMDD | sequence 3 | check MOD 11-2
港澳台居民, 18                810000, 820000 or 830000 in the region's place, else the same
foreigner, 18 (since 2023)   9 | province 2 | ISO 3166 country 3 | birth YYYYMMDD | sequence 3 | check MOD 11-2
foreigner, 15 (before)       country, 3 letters | authority 4 | birth YYMMDD | sequence 1 | check MRZ 7-3-1

An odd last digit of the sequence means male. Regions aren't looked up: they are merged and renamed every
year while numbers stay. The positions in the 2023 number rest on a single public library.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import cycle

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643: 2^(17-n) mod 11
_CHECKS = "10X98765432"
_LONG = re.compile(r"[0-9]{17}[0-9X]")
_OLD_FOREIGNER = re.compile(r"[A-Z]{3}[0-9]{12}")
_HKMOTW_REGIONS = ("810000", "820000", "830000")


class CardKind(StrEnum):
    """The kinds of identity card that a SAM reads; each has its own form of number and its own layout."""

    CITIZEN = "citizen"
    HKMOTW = "hkmotw"  # 港澳台居民居住证
    FOREIGNER = "foreigner"  # 外国人永久居留身份证, 2023
    FOREIGNER_OLD = "foreigner_old"  # the same, 2017


class Flaw(StrEnum):
    """Why a number is none, as keys of the message catalogue; the first that was met."""

    LENGTH = "id_number.length"
    CHARACTERS = "id_number.characters"
    REGION = "id_number.region"
    BIRTH_DATE = "id_number.birth_date"
    BIRTH_IN_FUTURE = "id_number.birth_in_future"
    CHECK_DIGIT = "id_number.check_digit"


@dataclass(frozen=True, slots=True)
class NumberCheck:
    """What a number says. ``kind``, ``birth`` and ``sex`` are None as far as it could not be understood.

    ``sex`` is a code of GB/T 2261.1: "1" male, "2" female.
    """

    flaw: Flaw | None
    kind: CardKind | None = None
    birth: date | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)

    @property
    def valid(self) -> bool:
        return self.flaw is None


def check_number(number: str, *, today: date) -> NumberCheck:
    """Judge ``number`` exactly as it stands: no spaces, a capital X. Never raises."""
    if len(number) == 15:
        return _check_old_foreigner(number, today)
    if len(number) != 18:
        return NumberCheck(Flaw.LENGTH)
    if not _LONG.fullmatch(number):
        return NumberCheck(Flaw.CHARACTERS)
    kind = _kind(number)
    if kind is None:
        return NumberCheck(Flaw.REGION)
    birth = _date(int(number[6:10]), number[10:14])
    flaw = _birth_flaw(birth, today) or (None if number[17] == mod_11_2(number[:17]) else Flaw.CHECK_DIGIT)
    return NumberCheck(flaw, kind, birth, _sex(number[16]))


def mod_11_2(digits: str) -> str:
    """The check character of ``digits``, the first 17 of an 18-place number (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11]


def mrz_7_3_1(characters: str) -> str:
    """The check digit of ``characters`` as in a machine-readable zone (ICAO 9303): A is 10, Z is 35."""
    return str(sum(w * int(c, 36) for w, c in zip(cycle((7, 3, 1)), characters, strict=False)) % 10)


def _kind(number: str) -> CardKind | None:
    if number.startswith(_HKMOTW_REGIONS):
        return CardKind.HKMOTW
    match number[0]:
        case "0":
            return None
        case "9":
            return CardKind.FOREIGNER
        case _:
            return CardKind.CITIZEN


def _check_old_foreigner(number: str, today: date) -> NumberCheck:
    if not _OLD_FOREIGNER.fullmatch(number):
        return NumberCheck(Flaw.CHARACTERS)
    birth = _birth_without_century(number[7:13], today)
    flaw = _birth_flaw(birth, today) or (None if number[14] == mrz_7_3_1(number[:14]) else Flaw.CHECK_DIGIT)
    return NumberCheck(flaw, CardKind.FOREIGNER_OLD, birth, _sex(number[13]))


def _birth_without_century(yymmdd: str, today: date) -> date | None:
    """The latest such day that isn't to come: the number can't tell a centenarian from a child."""
    years = (century + int(yymmdd[:2]) for century in (2000, 1900))
    days = (_date(year, yymmdd[2:]) for year in years)
    return next((day for day in days if day is not None and day <= today), None)


def _birth_flaw(birth: date | None, today: date) -> Flaw | None:
    if birth is None:
        return Flaw.BIRTH_DATE
    return Flaw.BIRTH_IN_FUTURE if birth > today else None


def _date(year: int, mmdd: str) -> date | None:
    try:
        return date(year, int(mmdd[:2]), int(mmdd[2:]))
    except ValueError:
        return None


def _sex(digit: str) -> str:
    return "1" if int(digit) % 2 else "2"
