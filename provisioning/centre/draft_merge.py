"""A draft's layer on top of one that has moved on: what was meant is kept, what others did meanwhile too. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.layers import Change, Values, apply, diff


@dataclass(frozen=True, slots=True)
class Clash:
    """Both changed ``path``, differently. The draft's own value was kept; the other one was ``theirs``."""

    kind: str
    key: str
    path: str
    theirs: Any
    ours: Any


def merged(
    base: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any]
) -> tuple[Values, tuple[tuple[Change, Change], ...]]:
    """``theirs`` with what leads from ``base`` to ``ours``; and the pairs (their change, ours) that clash."""
    meant, done = diff(base, ours), diff(base, theirs)
    pairs = tuple(
        (one, other)
        for other in meant
        for one in done
        if _touch(one.path, other.path) and (one.path, one.after) != (other.path, other.after)
    )
    # A table over a value, or a value over a table: what stood there goes first.
    covered = [
        Change(change.path, change.after, None)
        for change in done
        if change.after is not None
        and any(
            _touch(change.path, one.path) and change.path != one.path
            for one in meant
            if one.after is not None
        )
    ]
    return apply(apply(theirs, covered), meant), pairs


def clashes(kind: str, key: str, pairs: Sequence[tuple[Change, Change]]) -> tuple[Clash, ...]:
    return tuple(Clash(kind, key, ours.path, theirs.after, ours.after) for theirs, ours in pairs)


def _touch(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
