"""How often somebody may ask: token buckets in memory, at most so many of them.

A bucket that is full again is the same as none, so the one unused for longest is forgotten when there are too many.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """``burst`` at once, then ``per_second``."""

    burst: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Rates:
    """What a centre lets through. A hall's terminals may all share one address."""

    address: Rate = Rate(600, 60)
    """Everything from one address."""
    sign_in: Rate = Rate(30, 1 / 2)
    """Attempts to sign in from one address, also good ones: hashing costs us (accounts counts the failures)."""
    enrol: Rate = Rate(60, 1)
    """New enrolments from one address."""
    code: Rate = Rate(20, 1 / 3)
    """Codes looked up or typed in by one person."""


class Buckets:
    """One bucket for each key. Safe for threads. ``clock``: monotonic seconds."""

    def __init__(self, rate: Rate, clock: Callable[[], float], most: int = MOST_BUCKETS) -> None:
        self._rate, self._clock, self._most = rate, clock, most
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str, amount: float = 1) -> float:
        """0 when ``amount`` was taken, else the seconds until it is there (nothing is taken then)."""
        with self._lock:
            now = self._clock()
            level, since = self._levels.pop(key, (self._rate.burst, now))
            level = min(self._rate.burst, level + max(now - since, 0) * self._rate.per_second)
            wait = 0.0 if level >= amount else (amount - level) / self._rate.per_second
            self._levels[key] = (level - amount if not wait else level, now)
            while len(self._levels) > self._most:
                self._levels.popitem(last=False)
            return wait

    def __len__(self) -> int:
        return len(self._levels)
