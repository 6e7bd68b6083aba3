"""What terminals say of the catalogue: the version each shows, and daily counts of searches that found nothing.

The counts carry no terminal, no order and no time but the day on which the hall heard of them.
"""

import sqlite3
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from hall.wire.messages import CatalogueMisses, CatalogueReport, TerminalCatalogue

KEEP: Final = timedelta(days=400)  # a year to be compared with the one before
KEYS: Final = timedelta(days=7)  # as long as a key of any command is remembered
MOST: Final = 20_000  # texts of a day; a hall has some hundreds
LISTED: Final = 1000

SCHEMA = """
CREATE TABLE IF NOT EXISTS miss (
    day TEXT NOT NULL, text TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (day, text)
) WITHOUT ROWID, STRICT;
CREATE TABLE IF NOT EXISTS terminal (
    id TEXT PRIMARY KEY, version TEXT, states TEXT NOT NULL, at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS heard (day TEXT NOT NULL, key TEXT PRIMARY KEY) STRICT;
"""


class CatalogueReports:
    """The SQLite file ``path``. Safe from several threads. Raises sqlite3.Error when it cannot be used."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        """``now``: in the hall's time zone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._now, self._lock = now, threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA)

    def hear(self, terminal: str, key: str, report: CatalogueReport) -> None:
        """Take ``report``; the same ``key`` of the same terminal a second time changes nothing."""
        now = self._now()
        day = now.date().isoformat()
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._forget(now.date())
            fresh = self._db.execute("INSERT OR IGNORE INTO heard VALUES (?, ?)", (day, f"{terminal} {key}"))
            if not fresh.rowcount:
                return
            self._db.execute(
                "INSERT OR REPLACE INTO terminal VALUES (?, ?, ?, ?)",
                (terminal, report.version, " ".join(report.states), now.isoformat(timespec="seconds")),
            )
            (texts,) = self._db.execute("SELECT count(*) FROM miss WHERE day = ?", (day,)).fetchone()
            if texts + len(report.misses) <= MOST:
                self._db.executemany(
                    "INSERT INTO miss VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
                    [(day, text, count) for text, count in report.misses.items()],
                )

    def misses(self, day: date) -> CatalogueMisses:
        with self._lock:
            rows = self._db.execute(
                "SELECT text, count FROM miss WHERE day = ? ORDER BY count DESC, text LIMIT ?",
                (day.isoformat(), LISTED),
            ).fetchall()
        return CatalogueMisses(day=day, misses=tuple(rows))

    def terminals(self) -> tuple[TerminalCatalogue, ...]:
        """By their ids."""
        with self._lock:
            rows = self._db.execute("SELECT id, version, states, at FROM terminal ORDER BY id").fetchall()
        return tuple(
            TerminalCatalogue(terminal=id, version=version, states=tuple(states.split()), at=at)
            for id, version, states, at in rows
        )

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _forget(self, today: date) -> None:
        self._db.execute("DELETE FROM heard WHERE day < ?", ((today - KEYS).isoformat(),))
        self._db.execute("DELETE FROM miss WHERE day < ?", ((today - KEEP).isoformat(),))
        self._db.execute("DELETE FROM terminal WHERE at < ?", ((today - KEEP).isoformat(),))
