"""The journal in one SQLite file: WAL, synchronous=FULL, one transaction for everything that is appended at once.

Both tables only grow at their end, which keeps a commit to few pages: the index of the answers' keys, whose
entries would land anywhere, is in memory. One thread appends; any one other thread may read meanwhile. Several
processes may share the file.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hall.journal.chain import Head, Record, genesis, linked
from hall.journal.codec import DAY_START
from hall.journal.errors import (
    DiskFull,
    JournalCorrupt,
    JournalForeign,
    JournalLocked,
    JournalTooNew,
    JournalUnwritable,
    SequenceTaken,
)
from hall.journal.seal import break_seal, write_seal
from hall.journal.store import Answer

BUSY_MS = 5_000  # how long an append waits for another process's transaction

MIGRATIONS = (
    """
    CREATE TABLE record (
        seq  INTEGER PRIMARY KEY,
        type TEXT NOT NULL,
        body BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE INDEX day_start ON record (seq) WHERE type = 'day_opened';
    CREATE TABLE answer (
        id          INTEGER PRIMARY KEY,
        key         TEXT NOT NULL,
        fingerprint BLOB NOT NULL,
        status      INTEGER NOT NULL,
        body        BLOB NOT NULL,
        at          INTEGER NOT NULL
    ) STRICT;
    CREATE VIEW appended AS
        SELECT seq AS number, type AS name, body, hash AS digest, NULL AS status, NULL AS at FROM record;
    CREATE TRIGGER append_record INSTEAD OF INSERT ON appended WHEN NEW.status IS NULL BEGIN
        INSERT INTO record VALUES (NEW.number, NEW.name, NEW.body, NEW.digest);
    END;
    CREATE TRIGGER append_answer INSTEAD OF INSERT ON appended WHEN NEW.status IS NOT NULL BEGIN
        INSERT INTO answer VALUES (NEW.number, NEW.name, NEW.digest, NEW.status, NEW.body, NEW.at);
    END;
    """,
)


class SqliteStore:
    """The journal of ``hall`` in the file ``path``, made when it is not there.

    Raises JournalForeign, JournalTooNew, JournalCorrupt or JournalUnwritable when it cannot be used.
    """

    def __init__(self, path: Path, hall: str) -> None:
        self._path = path
        self._closed = False
        with _said():
            if not path.exists():
                path.touch(mode=0o600)
            self._writing, self._reading = _connect(path), _connect(path)
            self._prepare(hall)
            break_seal(path, self._reading)
            self._answers: dict[str, int] = {}  # key to id
            self._last_answer = 0
            self._learn(self._reading)

    def head(self) -> Head:
        with _said():
            return _head(self._reading)

    def append(self, after: int, records: Sequence[Record], answers: Sequence[Answer]) -> None:
        """One statement is the whole transaction: Python gives its lock up, and waits to get it back, once.

        Another process that has appended has used the next number of one table or of both.
        """
        if not records and not answers:
            return
        first = self._last_answer + 1
        rows: list[object] = []
        for record in records:
            rows += (record.seq, record.type, record.body, record.hash, None, None)
        for number, answer in enumerate(answers, first):
            seconds = int(answer.at.timestamp())
            rows += (number, answer.key, answer.body, answer.fingerprint, answer.status, seconds)
        try:
            with _said():
                self._writing.execute(_append(len(records) + len(answers)), rows)
        except SequenceTaken:
            self._learn(self._writing)
            raise
        self._answers.update((answer.key, number) for number, answer in enumerate(answers, first))
        self._last_answer += len(answers)

    def read(self, after: int) -> Iterator[Record]:
        with _said():
            before = self._reading.execute("SELECT seq, hash FROM record WHERE seq = ?", (after,)).fetchone()
            if before is None:
                raise JournalCorrupt(f"record {after} is missing")
            rows = self._reading.execute(
                "SELECT seq, type, body, hash FROM record WHERE seq > ? ORDER BY seq", (after,)
            )
            yield from linked((Record(*row) for row in rows), Head(*before))

    def day_start(self) -> int:
        with _said():
            # Spelled out, because SQLite uses a partial index only where it sees the same constant.
            query = f"SELECT max(seq) FROM record WHERE type = '{DAY_START}'"
            (seq,) = self._reading.execute(query).fetchone()
            return int(seq) - 1 if seq else 0

    def answer(self, key: str) -> Answer | None:
        if (number := self._answers.get(key)) is None:
            return None
        with _said():
            row = self._reading.execute(
                "SELECT fingerprint, status, body, at FROM answer WHERE id = ?", (number,)
            ).fetchone()
        if row is None:  # forgotten
            return None
        fingerprint, status, body, at = row
        return Answer(key, fingerprint, status, body, datetime.fromtimestamp(at, UTC))

    def forget(self, before: datetime) -> int:
        """The last answer always stays: its number tells other processes that there was one."""
        with _said(), _transaction(self._writing) as db:
            old = db.execute(
                "DELETE FROM answer WHERE at < ? AND id < (SELECT max(id) FROM answer) RETURNING key",
                (int(before.timestamp()),),
            ).fetchall()
        for (key,) in old:
            self._answers.pop(key, None)
        return len(old)

    def close(self) -> None:
        """Fold the log into the file, close it and seal it."""
        if self._closed:
            return
        self._closed = True
        with _said():
            self._reading.close()
            alone = _fold(self._writing)
            self._writing.close()
        if alone:
            write_seal(self._path)

    def _learn(self, db: sqlite3.Connection) -> None:
        """Know the answers that others have given."""
        rows = db.execute("SELECT id, key FROM answer WHERE id > ? ORDER BY id", (self._last_answer,))
        for number, key in rows:
            self._answers[key], self._last_answer = number, number

    def _prepare(self, hall: str) -> None:
        (version,) = self._writing.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise JournalTooNew(
                f"{self._path.name} has format {version}, this version knows {len(MIGRATIONS)}"
            )
        for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
            self._writing.executescript(
                f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;"
            )
        first = genesis(hall)
        row = self._writing.execute("SELECT seq, type, body, hash FROM record WHERE seq = 0").fetchone()
        if row is None:
            values = (first.seq, first.type, first.body, first.hash)
            self._writing.execute("INSERT INTO record VALUES (?, ?, ?, ?)", values)
        elif Record(*row) != first:
            raise JournalForeign(f"{self._path.name} is not the journal of {hall}: {row[2]!r}")


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000, cached_statements=256
    )
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    return db


def _head(db: sqlite3.Connection) -> Head:
    row = db.execute("SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        raise JournalCorrupt("the journal has no first record")
    return Head(*row)


def _append(rows: int) -> str:
    return "INSERT INTO appended VALUES " + ",".join(["(?,?,?,?,?,?)"] * rows)


def _fold(db: sqlite3.Connection) -> bool:
    """Make the file whole without its log. False when another process still uses it."""
    try:
        (mode,) = db.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError:
        return False
    return bool(mode == "delete")


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite has rolled back by itself after some errors
            db.execute("ROLLBACK")
        raise


@contextmanager
def _said() -> Iterator[None]:
    """SQLite's errors in the journal's words."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
            raise SequenceTaken(str(error)) from error
        raise JournalUnwritable(f"the journal refuses a record: {error}") from error
    except sqlite3.OperationalError as error:
        match error.sqlite_errorcode & 0xFF:
            case sqlite3.SQLITE_FULL:
                raise DiskFull("no room left for the journal") from error
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                raise JournalLocked("another process holds the journal") from error
            case _:
                raise JournalUnwritable(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise JournalCorrupt(f"the journal file is damaged: {error}") from error
    except OSError as error:
        raise JournalUnwritable(f"the journal cannot be opened: {os.strerror(error.errno or 0)}") from error
