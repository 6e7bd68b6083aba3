"""How the next opening is told: a time today, a day and a time otherwise. No Kivy."""

from datetime import datetime, timedelta

from screens.words.phrase import NOTHING, Phrase
from screens.words.words import words_of


def opening(opens: str, now: datetime | None) -> Phrase:
    """``opens`` is "HH:MM", or "YYYY-MM-DD HH:MM" on another day; anything else says nothing."""
    day, _, at = opens.rpartition(" ")
    if not at:
        return NOTHING
    if not day:
        return Phrase("opening.today", (("time", at),))
    try:
        when = datetime.fromisoformat(day)
    except ValueError:
        return NOTHING
    if now is not None and when.date() == now.date() + timedelta(days=1):
        return Phrase("opening.tomorrow", (("time", at),))
    days = (words_of("zh").date(when), words_of("en").date(when))
    return Phrase("opening.on", (("day", days), ("time", at)))
