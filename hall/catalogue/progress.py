"""How a long work says how far it is."""

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, int, int], None]  # phase, done, total; total 0: not known


def quiet(phase: str, done: int, total: int) -> None:
    """Nobody wants to know."""
