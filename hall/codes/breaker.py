"""A circuit breaker: what keeps failing is left alone for a while, then tried with one call before all come back.

    ok ── so many failures in a row, all within the window ──→ resting ←── failure ──┐
    ↑                                                             └─ rest is over ─→ trying (one call)
    └───────────────────────────── any success ──────────────────────────────────────┘

It measures by a monotonic clock: setting the wall clock neither opens it nor keeps it open. Wall time is for people.
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Literal, NamedTuple

State = Literal["ok", "trying", "resting"]


class Standing(NamedTuple):
    """How a service outside the hall stands."""

    state: State
    code: str = ""  # of the last failure
    failures: int = 0  # in a row
    since: datetime | None = None  # first of that row


OK = Standing("ok")


def _utc() -> datetime:
    return datetime.now(UTC)


class Breaker:
    """From any thread. ``clock`` counts seconds; ``changed`` is told each change between ok and resting, unlocked.

    A call goes: ``allow()``, the call, then ``succeeded()`` or ``failed(code)``. A trial that is never answered for
    makes room for another after one more ``rest``.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        failures: int = 5,
        rest: float = 15.0,
        *,
        window: float = 60.0,
        wall: Callable[[], datetime] = _utc,
        changed: Callable[[Standing], None] | None = None,
    ) -> None:
        if failures < 1 or rest <= 0 or window <= 0:
            raise ValueError("a breaker needs at least one failure, a rest and a window")
        self._clock, self._wall, self._changed = clock, wall, changed
        self._rest, self._window = rest, window
        self._lock = Lock()
        self._recent: deque[float] = deque(maxlen=failures)  # when the last ones failed
        self._row = OK  # its state is "ok" or "resting"
        self._until = 0.0  # while resting: no call before
        self._on_trial = False

    def allow(self) -> bool:
        """Whether to call now. After a rest exactly one caller hears yes: that call is the trial."""
        with self._lock:
            if self._row.state == "ok":
                return True
            now = self._clock()
            if now < self._until:
                return False
            self._on_trial, self._until = True, now + self._rest
            return True

    def succeeded(self) -> None:
        with self._lock:
            was, self._row, self._on_trial = self._row, OK, False
            self._recent.clear()
        self._tell(was, OK)

    def failed(self, code: str) -> None:
        """``code`` says how, in words of the catalogue."""
        with self._lock:
            was, now = self._row, self._clock()
            self._recent.append(now)
            full = len(self._recent) == self._recent.maxlen and now - self._recent[0] <= self._window
            tried = was.state == "resting" and self._on_trial
            if tried or (was.state == "ok" and full):
                self._until, self._on_trial = now + self._rest, False
            state: State = "resting" if was.state == "resting" or full else "ok"
            self._row = is_ = Standing(state, code, was.failures + 1, was.since or self._wall())
        self._tell(was, is_)

    def state(self) -> Standing:
        """ "trying" once the rest is over: one call decides, whether or not it is under way."""
        with self._lock:
            over = self._row.state == "resting" and (self._on_trial or self._clock() >= self._until)
            return self._row._replace(state="trying") if over else self._row

    def _tell(self, was: Standing, is_: Standing) -> None:
        if self._changed is not None and was.state != is_.state:
            self._changed(is_)
