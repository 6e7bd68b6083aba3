"""From what a card holds to what the glass may know: a pseudonym of the day, a masked name, a priority class."""

import hashlib
import hmac
from datetime import date

from screens.events import Person, Priority

ELDER_YEARS = 65  # the age from which the hall's green channel is offered unasked


def pseudonym(day_key: bytes, document_number: str) -> str:
    """64 hex digits that stand for one document on one day; without the day's key they say nothing."""
    return hmac.new(day_key, document_number.encode(), hashlib.sha256).hexdigest()


def masked(name: str) -> str:
    """张三 → 张*; 张小三 → 张*三; DOE JOHN → D*******. Enough to know oneself, too little for a neighbour."""
    name = name.strip()
    if len(name) <= 1:
        return "*" * len(name)
    if name.isascii():
        return name[0] + "*" * (len(name) - 1)
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def age(birth: date, today: date) -> int:
    """Whole years on ``today``."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def person(day_key: bytes, *, number: str, name: str, birth: date | None, today: date) -> Person:
    priority: Priority = "elder" if birth is not None and age(birth, today) >= ELDER_YEARS else "ordinary"
    return Person(pseudonym(day_key, number), masked(name), priority)
