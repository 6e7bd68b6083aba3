"""Events that the centre has not yet confirmed, numbered without a gap, oldest first.

Bounded: where the centre stays away too long the oldest are given up and ``lost_before`` says so. A damaged file is
put aside and a new one begun; the numbers go on behind every number that may have been used (``Kept.reserved``).
"""

import contextlib
import json
import os
import sqlite3
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from provisioning.wire.messages import Event

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
MOST = 10_000  # events kept: weeks of an ordinary terminal
BATCH, BATCH_BYTES = 100, 60_000  # of one message; 64 KB is the protocol's bound


class OutboxUnwritable(Exception):
    """The disk is full or read-only: this event was not kept."""

    code = "agent.disk"


class Outbox(Protocol):
    """``last``: highest number given out; ``lost_before``: highest number given up."""

    last: int
    lost_before: int
    fresh: bool  # nothing was found where it lies

    def begin_behind(self, number: int) -> None:
        """All up to ``number`` may have been used before and is lost."""

    def append(self, type: str, body: Mapping[str, object], wall: float) -> int:
        """Keep an event durably; its number. Raises OutboxUnwritable."""

    def oldest(self) -> tuple[Event, ...]:
        """The next batch: the oldest events that fit one message."""

    def confirmed(self, number: int) -> None:
        """Forget everything up to ``number``. Raises OutboxUnwritable."""

    def depth(self) -> int: ...

    def erase(self) -> None: ...


class MemoryOutbox:
    """For thousands of agents in one process."""

    def __init__(self, most: int = MOST) -> None:
        self.last, self.lost_before, self.fresh, self._most = 0, 0, True, most
        self._events: deque[Event] = deque()

    def begin_behind(self, number: int) -> None:
        if number > self.last:
            self.last = self.lost_before = number
            self._events.clear()

    def append(self, type: str, body: Mapping[str, object], wall: float) -> int:
        self.last, self.fresh = self.last + 1, False
        self._events.append(_event(self.last, wall, type, dict(body)))
        while len(self._events) > self._most:
            self.lost_before = self._events.popleft().seq
        return self.last

    def oldest(self) -> tuple[Event, ...]:
        return _fitting(self._events)

    def confirmed(self, number: int) -> None:
        while self._events and self._events[0].seq <= number:
            self._events.popleft()

    def depth(self) -> int:
        return len(self._events)

    def erase(self) -> None:
        self._events.clear()


class SqliteOutbox:
    """One SQLite file (WAL, synchronous FULL), owned by one thread. ``damaged``: it had to be begun anew.

    A disk that is full when it is opened harms nothing: it is opened again with the next use, and until then
    every event is refused and nothing is sent.
    """

    def __init__(self, path: Path, most: int = MOST) -> None:
        self.last = self.lost_before = self._depth = 0
        self._path, self._most, self.damaged, self.fresh = path, most, False, False
        self._db: sqlite3.Connection | None = None
        with contextlib.suppress(OutboxUnwritable):
            self._opened()

    def begin_behind(self, number: int) -> None:
        with self._writing() as db:  # it may be opened only now, and know its last number only then
            if number > self.last:
                db.execute("DELETE FROM event")
                db.execute("UPDATE head SET last=?, lost=?", (number, number))
        if number > self.last:
            self.last = self.lost_before = number
            self._depth = 0

    def append(self, type: str, body: Mapping[str, object], wall: float) -> int:
        given_up = 0
        with self._writing() as db:
            number = self.last + 1
            db.execute(
                "INSERT INTO event VALUES (?, ?, ?, ?)",
                (number, wall, type, json.dumps(body, ensure_ascii=False)),
            )
            if self._depth >= self._most:
                (given_up,) = db.execute("SELECT min(seq) FROM event").fetchone()
                db.execute("DELETE FROM event WHERE seq <= ?", (given_up,))
            lost = max(self.lost_before, given_up)
            db.execute("UPDATE head SET last=?, lost=?", (number, lost))
        self.last, self.lost_before, self.fresh = number, lost, False
        self._depth += 0 if given_up else 1
        return number

    def oldest(self) -> tuple[Event, ...]:
        try:
            rows = (
                self._opened()
                .execute("SELECT seq, at, type, body FROM event ORDER BY seq LIMIT ?", (BATCH,))
                .fetchall()
            )
        except (OutboxUnwritable, sqlite3.Error):
            return ()
        return _fitting([_event(seq, at, type, json.loads(body)) for seq, at, type, body in rows])

    def confirmed(self, number: int) -> None:
        with self._writing() as db:
            gone = db.execute("DELETE FROM event WHERE seq <= ?", (number,)).rowcount
        self._depth -= gone

    def depth(self) -> int:
        return self._depth

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def erase(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm", ".damaged"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def _opened(self) -> sqlite3.Connection:
        """Raises OutboxUnwritable."""
        try:
            if self._db is None:
                try:
                    self._open()
                except sqlite3.DatabaseError as error:
                    if error.sqlite_errorcode & 0xFF not in DAMAGED:
                        raise
                    self._put_aside()
                    self._open()
                    self.damaged = True
        except (OSError, sqlite3.Error) as error:
            raise OutboxUnwritable(str(error)) from error
        assert self._db is not None
        return self._db

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            if db.execute("PRAGMA quick_check").fetchone() != ("ok",):
                damaged = sqlite3.DatabaseError("the outbox is damaged")
                damaged.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise damaged
            db.execute(
                "CREATE TABLE IF NOT EXISTS event(seq INTEGER PRIMARY KEY, at REAL NOT NULL, type TEXT NOT NULL,"
                " body TEXT NOT NULL)"
            )
            db.execute("CREATE TABLE IF NOT EXISTS head(last INTEGER NOT NULL, lost INTEGER NOT NULL)")
            if db.execute("SELECT count(*) FROM head").fetchone() == (0,):
                db.execute("INSERT INTO head VALUES (0, 0)")
                self.fresh = True
            self.last, self.lost_before = db.execute("SELECT last, lost FROM head").fetchone()
            (self._depth,) = db.execute("SELECT count(*) FROM event").fetchone()
        except sqlite3.Error:
            db.close()
            raise
        self._db = db

    def _put_aside(self) -> None:
        for suffix in ("-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        self._path.replace(f"{self._path}.damaged")

    def _writing(self) -> "_Transaction":
        return _Transaction(self._opened())


class _Transaction:
    """All or nothing; what SQLite says of a disk becomes OutboxUnwritable."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise OutboxUnwritable(str(error)) from error
        return self._db

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self._db.execute("COMMIT")
                return
        except sqlite3.Error as failed:
            error = failed
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise OutboxUnwritable(str(error)) from error


def _event(seq: int, wall: float, type: str, body: dict[str, object]) -> Event:
    return Event(seq=seq, at=datetime.fromtimestamp(wall, UTC), type=type, body=body)


def _fitting(events: "deque[Event] | list[Event]") -> tuple[Event, ...]:
    batch: list[Event] = []
    size = 0
    for event in events:
        size += len(event.model_dump_json().encode()) + 1
        if batch and (size > BATCH_BYTES or len(batch) == BATCH):
            break
        batch.append(event)
    return tuple(batch)
