"""When a deserted journey ends: numbers in, numbers out. No clock of its own, no Kivy."""

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds without a sign of life."""

    idle: float = 60.0  # until the journey ends
    warning: float = 15.0  # of them, how many with a visible countdown
    done: float = 20.0  # on the last screen, whose countdown is always visible


@dataclass(frozen=True, slots=True)
class Patience:
    """What is left: ``seconds`` to show (None: nothing to show), or ``over``."""

    seconds: int | None = None
    over: bool = False


class IdleTimer:
    """Asked once a second. A hold (a running print) stops it; letting go starts it afresh."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._since = 0.0
        self._held = False

    def stir(self, now: float) -> None:
        """A sign of life: a touch, a card laid down."""
        self._since = now

    def quiet(self, now: float) -> float:
        """Seconds since the last sign of life."""
        return max(0.0, now - self._since)

    def hold(self, held: bool, now: float) -> None:
        if self._held and not held:
            self._since = now
        self._held = held

    def patience(self, now: float, *, last_screen: bool = False) -> Patience:
        if self._held:
            return Patience()
        limit = self._limits.done if last_screen else self._limits.idle
        left = limit - (now - self._since)
        if left <= 0:
            return Patience(over=True)
        if last_screen or left <= self._limits.warning:
            return Patience(ceil(left))
        return Patience()
