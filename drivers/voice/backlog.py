"""What waits to be said in one zone: in order, bounded, each event once. Knows no thread and no sound."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

WAITING = 20  # at 8 s a call, nearly three minutes: older calls are no news
REMEMBERED = 4096  # event ids; more than a zone says in a day


@dataclass(frozen=True, slots=True)
class Added(Generic[T]):
    """What became of an item: refused as a repetition, or waiting, perhaps in the place of others."""

    repeated: bool = False
    merged: T | None = None  # the older one about the same subject: the new one has its place
    pushed_out: T | None = None  # the oldest, because the queue was full


class Backlog(Generic[T]):
    """First come, first said, with three exceptions. An event id is taken once. A later item about a subject
    that still waits takes that place: a recalled number is said once, with its newest window. When the queue
    is full the oldest is dropped: what is said in a hall must be about now, and the board shows all of it."""

    def __init__(self, limit: int = WAITING, *, remembered: int = REMEMBERED) -> None:
        if limit < 1:
            raise ValueError(f"limit={limit} holds nothing")
        self._limit, self._remembered = limit, remembered
        self._waiting: OrderedDict[Hashable, T] = OrderedDict()
        self._seen: OrderedDict[str, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, event_id: str, subject: Hashable, item: T) -> Added[T]:
        if event_id in self._seen:
            return Added(repeated=True)
        self._seen[event_id] = None
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        merged = self._waiting.get(subject)
        self._waiting[subject] = item  # a known key keeps its place
        full = len(self._waiting) > self._limit
        return Added(merged=merged, pushed_out=self._waiting.popitem(last=False)[1] if full else None)

    def take(self) -> T | None:
        """The next to be said, or None."""
        return self._waiting.popitem(last=False)[1] if self._waiting else None
