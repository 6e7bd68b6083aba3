"""What the hall needs of whatever keeps its journal."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from hall.journal.chain import Head, Record


class Answer(NamedTuple):
    """The first answer to a command, kept so that a repeated key gets the same bytes again."""

    key: str
    fingerprint: bytes  # of actor and command: the same key with another command is a mistake
    status: int
    body: bytes
    at: datetime


class Store(Protocol):
    """An append-only journal with its idempotency answers. ``append`` and the rest may run on two threads."""

    def head(self) -> Head:
        """The last record's number and hash."""
        ...

    def append(self, after: int, records: Sequence[Record], answers: Sequence[Answer]) -> None:
        """Keep all of it, or nothing; durable on return.

        Raises SequenceTaken when ``after`` is not the last record (or an answer's key is taken),
        JournalUnwritable when nothing could be written.
        """
        ...

    def read(self, after: int) -> Iterator[Record]:
        """The records behind number ``after``, each one found to follow from its predecessor. Raises JournalCorrupt."""
        ...

    def day_start(self) -> int:
        """The number of the record before the last ``day_opened``; 0 when no day was ever opened."""
        ...

    def answer(self, key: str) -> Answer | None:
        """The first answer to ``key``."""
        ...

    def forget(self, before: datetime) -> int:
        """Drop the answers given before that time; how many. The records stay."""
        ...

    def close(self) -> None:
        """Let go of everything. May be called twice."""
        ...
