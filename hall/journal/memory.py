"""A journal that lasts as long as its process: for tests and for trying rules on a past day."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from hall.journal.chain import Head, Record, genesis, linked
from hall.journal.codec import DAY_START
from hall.journal.errors import SequenceTaken
from hall.journal.store import Answer


class MemoryStore:
    """The store of ``hall`` in a list and a dictionary."""

    def __init__(self, hall: str) -> None:
        self.records: list[Record] = [genesis(hall)]
        self.answers: dict[str, Answer] = {}

    def head(self) -> Head:
        return Head(self.records[-1].seq, self.records[-1].hash)

    def append(self, after: int, records: Sequence[Record], answers: Sequence[Answer]) -> None:
        if after != self.records[-1].seq or any(a.key in self.answers for a in answers):
            raise SequenceTaken(f"{after} is no longer the last record")
        self.records.extend(records)
        self.answers.update((a.key, a) for a in answers)

    def read(self, after: int) -> Iterator[Record]:
        before = self.records[after]
        return linked(list(self.records[after + 1 :]), Head(before.seq, before.hash))

    def day_start(self) -> int:
        return max((r.seq - 1 for r in self.records if r.type == DAY_START), default=0)

    def answer(self, key: str) -> Answer | None:
        return self.answers.get(key)

    def forget(self, before: datetime) -> int:
        old = [a.key for a in self.answers.values() if a.at < before]
        for key in old:
            del self.answers[key]
        return len(old)

    def close(self) -> None:
        pass
