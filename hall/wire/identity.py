"""Who somebody is, as far as a hall has to know: pure rules that terminal and hall share.

A document's number never leaves the process that read it but to ask for that person's own certificates. What stays
is a pseudonym of the day, a masked name, a priority class, and how sure all that is.

Levels of assurance, lowest first (after GB/T 36633 and eIDAS, in plain words):
    low           a number that somebody typed: anybody may know it
    substantial   a card that is read but not authenticated (社保卡 of the first generations), or a code on a phone
    high          an ID card that proved itself to the reader's security module (SAM_V)
"""

import hashlib
import hmac
from datetime import date

from hall.wire.messages import Assurance, Priority, Source

ELDER_YEARS = 65  # the age from which the hall's green channel is offered unasked

ASSURANCE: dict[Source, Assurance] = {
    "id_card": "high",
    "social_card": "substantial",
    "resident_code": "substantial",
    "enterprise_code": "substantial",
    "typed": "low",
}
_ORDER: tuple[Assurance, ...] = ("low", "substantial", "high")


def enough(has: Assurance, needed: Assurance) -> bool:
    """Whether ``has`` is at least ``needed``."""
    return _ORDER.index(has) >= _ORDER.index(needed)


def pseudonym(day_key: bytes, document_number: str) -> str:
    """64 hex digits that stand for one document on one day; without the day's key they say nothing."""
    return hmac.new(day_key, document_number.encode(), hashlib.sha256).hexdigest()


def masked_name(name: str) -> str:
    """张三 → 张*; 张小三 → 张*三; DOE JOHN → D*******. Enough to know oneself, too little for a neighbour."""
    name = name.strip()
    if len(name) <= 1:
        return "*" * len(name)
    if name.isascii():
        return name[0] + "*" * (len(name) - 1)
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def masked_number(number: str) -> str:
    """37010219900101001X → 370************01X: the ends of a long number, less of a short one."""
    number = number.strip()
    ends = 3 if len(number) >= 12 else 1 if len(number) >= 5 else 0
    if not ends:
        return "*" * len(number)
    return number[:ends] + "*" * (len(number) - 2 * ends) + number[-ends:]


def age(birth: date, today: date) -> int:
    """Whole years on ``today``."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def priority_of(birth: date | None, today: date) -> Priority:
    """What a date of birth itself says; other priority classes have to be asked for."""
    return "elder" if birth is not None and age(birth, today) >= ELDER_YEARS else "ordinary"


def well_formed(number: str) -> bool:
    """Whether an 18-place number ends with its own check character (GB 11643, ISO 7064 MOD 11-2).

    Shorter ones (older cards of foreigners, passports) have no check that a hall could make.
    """
    if len(number) != 18:
        return True
    if not number[:17].isdecimal() or not number.isascii():
        return False
    total = sum(2 ** (17 - place) % 11 * int(digit) for place, digit in enumerate(number[:17]))
    return number[17] == "10X98765432"[total % 11]


def birth_in(number: str) -> date | None:
    """The date of birth that an 18-place number says at its places 7 to 14; None: it says none."""
    if len(number) != 18 or not number[6:14].isdecimal():
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
