"""The book of appointments: what the office's booking system has handed over, without anybody in it.

A person stands in it as the pseudonym of the appointment's own day. The key of a day is made when its first
appointment comes and forgotten with the day, so that an old row says nothing of anybody.
"""

import sqlite3
import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from hall.appointments.rules import Appointment

MOST_OF_A_PERSON = 8  # shown to one person of one day

SCHEMA = """
CREATE TABLE IF NOT EXISTS appointment (
    id        TEXT PRIMARY KEY,
    day       TEXT NOT NULL,
    person    TEXT NOT NULL,
    hall      TEXT NOT NULL,
    hall_name TEXT NOT NULL,
    queue     TEXT NOT NULL,
    item      TEXT NOT NULL,
    starts    TEXT NOT NULL,
    ends      TEXT NOT NULL,
    cancelled INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS appointment_person ON appointment (person);
"""


class AppointmentBook:
    """In the SQLite file ``path``; from any thread. Raises sqlite3.Error when it cannot be used."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.touch(mode=0o600)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA secure_delete = ON;" + SCHEMA)
        self._one = threading.Lock()

    def put(self, days: Iterable[tuple[date, Appointment]]) -> int:
        """Add or replace appointments, all or none; how many they were. The day is the hall's own."""
        rows = [
            (
                a.id, day.isoformat(), a.person, a.hall, a.hall_name, a.queue, a.item,
                a.starts.astimezone(UTC).isoformat(), a.ends.astimezone(UTC).isoformat(), int(a.cancelled),
            )
            for day, a in days
        ]  # fmt: skip
        with self._one, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR REPLACE INTO appointment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
        return len(rows)

    def of(self, person: str) -> tuple[Appointment, ...]:
        """Those of a pseudonym, and so of its day, earliest first."""
        return self._found("person = ? ORDER BY starts, id LIMIT ?", person, MOST_OF_A_PERSON)

    def numbered(self, number: str) -> Appointment | None:
        return next(iter(self._found("id = ? LIMIT ?", number, 1)), None)

    def forget_before(self, day: date) -> None:
        with self._one:
            self._db.execute("DELETE FROM appointment WHERE day < ?", (day.isoformat(),))

    def close(self) -> None:
        self._db.close()

    def _found(self, where: str, *given: str | int) -> tuple[Appointment, ...]:
        columns = "id, hall, queue, starts, ends, person, item, hall_name, cancelled"
        with self._one:
            rows = self._db.execute(f"SELECT {columns} FROM appointment WHERE {where}", given).fetchall()
        return tuple(
            Appointment(
                id, hall, queue, datetime.fromisoformat(starts), datetime.fromisoformat(ends),
                person, item, hall_name, bool(cancelled),
            )
            for id, hall, queue, starts, ends, person, item, hall_name, cancelled in rows
        )  # fmt: skip
