"""How often a sign-in may fail. In memory: one process serves, and a restart forgives; passwords stay slow to guess."""

import threading
from collections import deque
from collections.abc import Callable

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

    def check(self, name: str, address: str) -> None:
        """Raises Throttled."""
        now = self._now()
        with self._lock:
            known = (name, address) in self._came_in
            for key in self._keys(name, address)[: 1 if known else None]:
                times = self._failed.get(key, deque())
                self._forget(times, now)
                if len(times) >= LIMITS[key[0]]:
                    raise Throttled(max(1.0, times[0] + WINDOW - now))

    def failed(self, name: str, address: str) -> bool:
        """Count one. True when it was the last that the pair had."""
        with self._lock:
            for key in self._keys(name, address):
                times = self._failed.pop(key, deque())
                times.append(self._now())
                self._failed[key] = times  # the latest last: the oldest are dropped first
            while len(self._failed) > MOST_KEPT:
                del self._failed[next(iter(self._failed))]
            return len(self._failed[self._keys(name, address)[0]]) == LIMITS["pair"]

    def succeeded(self, name: str, address: str) -> None:
        """The right password: the pair starts anew. The address does not: it may be trying other names."""
        with self._lock:
            self._failed.pop(self._keys(name, address)[0], None)
            self._came_in.pop((name, address), None)
            self._came_in[name, address] = None
            while len(self._came_in) > MOST_KEPT:
                del self._came_in[next(iter(self._came_in))]

    @staticmethod
    def _keys(name: str, address: str) -> tuple[tuple[str, ...], ...]:
        return ("pair", name, address), ("address", address), ("name", name)

    @staticmethod
    def _forget(times: deque[float], now: float) -> None:
        # A clock set back leaves times in the future: they count until it has caught up by a window at most.
        while times and not now - WINDOW < times[0] <= now + WINDOW:
            times.popleft()
