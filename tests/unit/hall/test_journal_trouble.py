"""A SQLite journal that is full, locked, damaged, foreign or too new: words and a code, never a half-written day."""

import sqlite3
from pathlib import Path

import pytest

from hall.journal import sqlite as module
from hall.journal.chain import Head, genesis
from hall.journal.codec import encode
from hall.journal.errors import (
    DiskFull,
    JournalCorrupt,
    JournalError,
    JournalForeign,
    JournalLocked,
    JournalTooNew,
    JournalUnwritable,
)
from hall.journal.sqlite import MIGRATIONS, SqliteStore
from hall.journal.store import Answer
from hall.problems import CODES
from hall.queue import events as e
from hall.queue.model import WindowId
from tests.unit.hall.small_hall import MORNING

EVENT = e.WindowOpened(MORNING, WindowId("1"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def append(store: SqliteStore, count: int = 1, body: bytes = b"{}") -> None:
    head = after = store.head()
    records = []
    for n in range(count):
        records.append(encode(EVENT, head, "window:1", f"k{head.seq}-{n}"))
        head = Head(records[-1].seq, records[-1].hash)
    store.append(after.seq, records, [Answer(f"k{head.seq}", b"f", 200, body, MORNING)])


def closed_journal(path: Path, count: int = 3) -> None:
    store = SqliteStore(path, "small")
    append(store, count)
    store.close()


def test_a_full_disk_is_said_and_nothing_of_the_append_is_kept(path: Path) -> None:
    store = SqliteStore(path, "small")
    append(store)
    pages = store._writing.execute("PRAGMA page_count").fetchone()[0]
    store._writing.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(DiskFull) as caught:
        append(store, count=200, body=b"x" * 100_000)
    assert caught.value.retryable
    assert store.head().seq == 1
    store._writing.execute("PRAGMA max_page_count = 100000")
    append(store)
    assert store.head().seq == 2
    store.close()


def test_a_journal_held_by_another_process_is_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_MS", 20)
    store = SqliteStore(path, "small")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalLocked):
        append(store)
    other.execute("ROLLBACK")
    append(store)
    other.close()
    store.close()


def test_another_halls_journal_is_refused(path: Path) -> None:
    closed_journal(path)
    with pytest.raises(JournalForeign, match="not the journal of large"):
        SqliteStore(path, "large")


def test_a_newer_format_is_refused(path: Path) -> None:
    closed_journal(path)
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(JournalTooNew, match="has format 2"):
        SqliteStore(path, "small")


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(JournalCorrupt, match="damaged"):
        SqliteStore(path, "small")


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(JournalUnwritable, match="No such file"):
        SqliteStore(tmp_path / "nowhere" / "journal.sqlite", "small")


def test_a_tail_that_does_not_follow_is_refused_with_its_number(path: Path) -> None:
    closed_journal(path)
    path.with_suffix(".sha256").unlink()
    db = sqlite3.connect(path)
    db.execute("UPDATE record SET body = CAST(replace(body, 'window:1', 'window:2') AS BLOB) WHERE seq = 2")
    db.commit()
    db.close()
    store = SqliteStore(path, "small")
    with pytest.raises(JournalCorrupt, match="record 2 is not the one that was written"):
        list(store.read(0))
    with pytest.raises(JournalCorrupt, match="record 9 is missing"):
        list(store.read(9))
    store.close()


def test_a_journal_that_lost_its_sealed_end_is_not_opened(path: Path) -> None:
    closed_journal(path)
    db = sqlite3.connect(path)
    db.execute("DELETE FROM record WHERE seq = 3")
    db.commit()
    db.close()
    with pytest.raises(JournalCorrupt, match="changed while it was closed"):
        SqliteStore(path, "small")


def test_a_journal_in_use_by_another_is_closed_without_a_seal(path: Path) -> None:
    one, two = SqliteStore(path, "small"), SqliteStore(path, "small")
    append(one)
    one.close()
    assert not path.with_suffix(".sha256").exists()
    two.close()
    assert path.with_suffix(".sha256").exists()


def test_a_commit_is_on_the_disk_and_not_only_on_its_way(path: Path) -> None:
    """Only a pulled plug would tell the difference, so the setting itself is asked for."""
    store = SqliteStore(path, "small")
    assert store._writing.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    assert store._writing.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_a_journal_is_for_its_owner_only(path: Path) -> None:
    store = SqliteStore(path, "small")
    assert path.stat().st_mode & 0o777 == 0o600
    store.close()


def test_a_first_record_is_its_genesis(path: Path) -> None:
    store = SqliteStore(path, "small")
    assert store.head() == Head(0, genesis("small").hash)
    store.close()


def test_every_trouble_of_a_running_journal_has_a_problem_document() -> None:
    troubles = [JournalError]
    for trouble in troubles:
        troubles += trouble.__subclasses__()
    assert {t.code for t in troubles} - set(CODES) == {"journal.other_hall"}, (
        "that one keeps the hall from starting"
    )
