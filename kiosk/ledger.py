"""The paper ledger: which slips this terminal began, how each ended, and whether the hall has been told.

It survives a power cut. A slip that was begun and not ended when the terminal starts again is ``unknown``: it may
be in somebody's hand, so it is never printed a second time without 补打 on it. No personal data is kept.
"""

import logging
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

log = logging.getLogger(__name__)

State = Literal["printing", "printed", "failed", "unknown"]
CUT_OFF = "fault.power_lost"
UNCLAIMED = "ticket.unclaimed"
KEEP = 5000  # slips remembered; a busy terminal prints some hundreds a day


class LedgerUnwritable(Exception):
    """The ledger cannot be written (disk full, read-only): then nothing may be printed either."""

    code = "fault.disk"


@dataclass(frozen=True, slots=True)
class Slip:
    """One print job and how it stands. ``code`` says why, when it is not printed."""

    job: str
    ticket: str
    copy: bool
    state: State
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Slips surely printed: in this terminal's life, and since a roll was last put in (None: it was never seen)."""

    printed: int = 0
    of_roll: int | None = None


class PaperLedger:
    """One SQLite file, fsynced at each step. Safe from several threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS slip(n INTEGER PRIMARY KEY, job TEXT UNIQUE NOT NULL, ticket TEXT NOT NULL,"
            " copy INTEGER NOT NULL, state TEXT NOT NULL, code TEXT, told TEXT NOT NULL DEFAULT '')"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS life(printed INTEGER NOT NULL, roll INTEGER)")
        self._db.execute(  # of a ledger from before there was a count
            "INSERT INTO life(printed) SELECT (SELECT count(*) FROM slip WHERE state='printed')"
            " WHERE NOT EXISTS (SELECT 1 FROM life)"
        )
        # Whoever began a slip and did not live to see its end cannot know how it ended.
        self._db.execute("UPDATE slip SET state='unknown', code=? WHERE state='printing'", (CUT_OFF,))

    def begin(self, job: str, ticket: str, *, copy: bool) -> bool:
        """Note, durably, that ``job`` is about to be sent. False: this job was begun before, don't print it."""
        try:
            with self._lock:
                self._db.execute(
                    "INSERT INTO slip(job, ticket, copy, state) VALUES (?, ?, ?, 'printing')",
                    (job, ticket, copy),
                )
                self._db.execute(
                    "DELETE FROM slip WHERE n <= (SELECT max(n) FROM slip) - ? AND told = state", (KEEP,)
                )
        except sqlite3.IntegrityError:
            return False
        except sqlite3.Error as error:
            raise LedgerUnwritable(str(error)) from error
        return True

    def end(self, job: str, state: State, code: str | None = None) -> None:
        """Note how ``job`` ended. When even that can't be written, a restart will call it unknown."""
        try:
            with self._lock, self._db:  # both, or neither
                self._db.execute("BEGIN")
                self._db.execute("UPDATE slip SET state=?, code=? WHERE job=?", (state, code, job))
                if state == "printed":
                    self._db.execute("UPDATE life SET printed = printed + 1")
        except sqlite3.Error as error:
            raise LedgerUnwritable(str(error)) from error

    def unclaimed(self, job: str, ticket: str) -> None:
        """Note a number whose citizen left before it came: it surely has no paper, and the hall is to be told."""
        if self.begin(job, ticket, copy=False):
            self.end(job, "failed", UNCLAIMED)

    def printed_before(self, ticket: str) -> bool:
        """Whether paper of this ticket came out or may have: the next one is a copy."""
        with self._lock:
            row = self._db.execute(
                "SELECT 1 FROM slip WHERE ticket=? AND state IN ('printing', 'printed', 'unknown')", (ticket,)
            ).fetchone()
        return row is not None

    def torn(self) -> bool:
        """Whether the last slip may hang half finished in the printer: the next one must not be printed on it.

        Nothing was sent of a slip that failed, nor yet of one that is only begun: what was before them still hangs.
        """
        with self._lock:
            row = self._db.execute(
                "SELECT state FROM slip WHERE state IN ('printed', 'unknown') ORDER BY n DESC LIMIT 1"
            ).fetchone()
        return row is not None and row[0] == "unknown"

    def new_roll(self) -> None:
        """Note that a full roll was put in now. Where that can't be written, nothing is known of the roll."""
        try:
            with self._lock:
                self._db.execute("UPDATE life SET roll = printed")
        except sqlite3.Error as error:
            log.error("ledger=unwritable new roll: %s", error)

    def counts(self) -> Counts:
        """How many slips were printed."""
        with self._lock:
            printed, roll = self._db.execute("SELECT printed, roll FROM life").fetchone()
        return Counts(printed, None if roll is None else printed - roll)

    def untold(self) -> list[Slip]:
        """Slips whose present state the hall has not confirmed, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT job, ticket, copy, state, code FROM slip WHERE told <> state ORDER BY n"
            ).fetchall()
        return [Slip(job, ticket, bool(copy), state, code) for job, ticket, copy, state, code in rows]

    def told(self, slip: Slip) -> None:
        """The hall has confirmed this state of the slip."""
        with self._lock:
            self._db.execute("UPDATE slip SET told=? WHERE job=?", (slip.state, slip.job))

    def close(self) -> None:
        with self._lock:
            self._db.close()
