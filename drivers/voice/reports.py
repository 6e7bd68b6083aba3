"""What an announcer tells its owner: the life of each announcement, as values."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Started:
    """The first sound is handed to the loudspeakers at ``at`` (the clock's seconds)."""

    zone: str
    event_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Finished:
    """All of it was heard. ``by``: the voice pack or the synthesiser that spoke; ``missing``: the words that
    a voice pack lacked, so that the synthesiser spoke instead."""

    zone: str
    event_id: str
    by: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """Not all of it was heard; the zone goes on with the next. ``code`` is a key of the message catalogue."""

    zone: str
    event_id: str
    part: Literal["gong", "speech"]
    code: str
    retryable: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """Never said, or cut short: a later call of the same number took its place, the queue was full, or the
    announcer was closed."""

    zone: str
    event_id: str
    reason: Literal["merged", "queue_full", "closed"]


Report = Started | Finished | Failed | Dropped
