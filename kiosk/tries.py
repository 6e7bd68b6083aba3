"""Too many wrong codes and numbers: a while without looking anybody up. Pure; measured in monotonic seconds."""

from collections import deque

MOST, WITHIN, REST = 5, 120.0, 60.0
# What somebody gets wrong who guesses; a device or a service that fails is not a try.
TRIES = (
    "code.unknown",
    "code.expired",
    "code.replayed",
    "code.forged",
    "code.other_city",
    "id_number.",
    "appointment.",
)


class Tries:
    """Counts over visits: whoever goes back to the first screen has not begun anew."""

    def __init__(self) -> None:
        self._when = deque[float](maxlen=MOST)

    def missed(self, code: str, now: float) -> float | None:
        """One more try that came to nothing; until when nobody is looked up, once they were too many."""
        if not code.startswith(TRIES):
            return None
        self._when.append(now)
        if len(self._when) < MOST or now - self._when[0] > WITHIN:
            return None
        self._when.clear()
        return now + REST

    def known(self) -> None:
        """Somebody was recognised: what went before was no guessing."""
        self._when.clear()
