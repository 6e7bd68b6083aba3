"""How often a sign-in may fail. In memory: one process serves, and a restart forgives; passwords stay slow to guess.

A try counts as failed from its beginning until it is known to be right: many at the same time have no more than one
after the other.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable

WINDOW = 15 * 60.0
LIMITS = {"pair": 5, "address": 30, "name": 100}
"""Failures within ``WINDOW``. One address alone cannot lock a name for everybody else: a pair counts for itself.

Many addresses could, and so could a neighbour behind the same one: a pair that came in before counts for itself alone.
"""
MOST_KEPT = 20_000


class Throttled(Exception):
    """Too many failures; ``seconds`` until the next try is looked at."""

    code = "auth.throttled"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


class Throttle:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._failed: dict[tuple[str, ...], deque[float]] = {}
        self._came_in: dict[tuple[str, str], None] = {}
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> bool:
        """Count a try before anybody looks at its password. True: it is the last of the pair. Raises Throttled."""
        now, keys = self._now(), self._keys(name, address)
        with self._lock:
            known = (name, address) in self._came_in
            for key in keys[: 1 if known else None]:
                times = self._failed.get(key, deque())
                self._forget(times, now)
                if len(times) >= LIMITS[key[0]]:
                    raise Throttled(max(1.0, times[0] + WINDOW - now))
            for key in keys:
                times = self._failed.pop(key, deque())
                times.append(now)
                self._failed[key] = times  # the latest last: the oldest are dropped first
            while len(self._failed) > MOST_KEPT:
                del self._failed[next(iter(self._failed))]
            return len(self._failed[keys[0]]) == LIMITS["pair"]

    def undo(self, name: str, address: str) -> None:
        """A try that began was no failure."""
        with self._lock:
            self._take_back(self._keys(name, address))

    def succeeded(self, name: str, address: str) -> None:
        """The right password: the pair starts anew. The address does not: it may be trying other names."""
        pair, *others = self._keys(name, address)
        with self._lock:
            self._failed.pop(pair, None)
            self._take_back(others)
            self._came_in.pop((name, address), None)
            self._came_in[name, address] = None
            while len(self._came_in) > MOST_KEPT:
                del self._came_in[next(iter(self._came_in))]

    def _take_back(self, keys: Iterable[tuple[str, ...]]) -> None:
        for key in keys:
            if times := self._failed.get(key):
                times.pop()

    @staticmethod
    def _keys(name: str, address: str) -> tuple[tuple[str, ...], ...]:
        return ("pair", name, address), ("address", address), ("name", name)

    @staticmethod
    def _forget(times: deque[float], now: float) -> None:
        # A clock set back leaves times in the future: they count until it has caught up by a window at most.
        while times and not now - WINDOW < times[0] <= now + WINDOW:
            times.popleft()
