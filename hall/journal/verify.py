"""Is this journal what was written? Walks a SQLite journal or an exported one, and says where it is not.

An export is JSON lines, a record and its hash in each, and a last line that names the head: nothing can be
changed, added or cut off. A SQLite file also holds bytes that no record covers (free pages, the answers); those
are proved by the seal beside a cleanly closed file.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from hall.journal.chain import Head, Record, canonical, content_of, digest, genesis, linked
from hall.journal.errors import JournalCorrupt
from hall.journal.seal import file_hash, read_seal, seal_path

SealState: TypeAlias = Literal["sealed", "unsealed", "broken", "export"]


@dataclass(frozen=True, slots=True)
class Report:
    """``problem`` is empty when every record was found to be the one that was written."""

    path: Path
    hall: str
    records: int
    head: Head | None
    seal: SealState
    problem: str = ""

    @property
    def accepted(self) -> bool:
        return not self.problem

    def words(self) -> str:
        """One line for a person."""
        if self.problem:
            return f"{self.path.name}: REJECTED after {self.records} good records: {self.problem}"
        assert self.head is not None
        seal = {
            "sealed": "the seal is whole",
            "unsealed": "unsealed: the chain is whole, bytes outside of it are not proved",
            "export": "the export is whole",
        }.get(self.seal, "")
        head = f"{self.head.seq}:{self.head.hash.hex()[:16]}"
        return f"{self.path.name}: accepted, hall {self.hall}, {self.records} records, head {head}, {seal}"


def verify(path: Path) -> Report:
    """Check the journal at ``path``; never raises for what is in it. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        exported = file.read(1) == b"{"
    walk = _Walk()
    seal: SealState = "export" if exported else "unsealed"
    try:
        if exported:
            walk.all(_exported(path))
        else:
            seal = _sqlite(path, walk)
    except JournalCorrupt as error:
        return Report(path, walk.hall, walk.count, walk.head, "broken", str(error))
    except (
        sqlite3.Error,
        ValueError,
    ) as error:  # damage may hold anything: bytes that are no text, endless numbers
        return Report(path, walk.hall, walk.count, walk.head, "broken", f"damaged: {error}")
    return Report(path, walk.hall, walk.count, walk.head, seal)


def export(path: Path, out: Path) -> int:
    """Write the SQLite journal at ``path`` as JSON lines; how many records. Raises JournalCorrupt, OSError."""
    head, count = None, 0
    with _open(path) as db, out.open("wb") as file:
        try:
            for record in linked(_rows(db)):
                file.write(export_line(record))
                head, count = Head(record.seq, record.hash), count + 1
        except sqlite3.DatabaseError as error:
            raise JournalCorrupt(f"{path.name}: {error}") from error
        if head is None:
            raise JournalCorrupt("the journal is empty")
        file.write(_last_line(head))
    return count


def export_line(record: Record) -> bytes:
    """A record as a line of an export; itself canonical JSON."""
    return b'{"hash":"' + record.hash.hex().encode() + b'","record":' + record.body + b"}\n"


def _last_line(head: Head) -> bytes:
    return canonical({"head": {"hash": head.hash.hex(), "seq": head.seq}}) + b"\n"


class _Walk:
    """Goes along the chain and remembers how far it came."""

    def __init__(self) -> None:
        self.hall, self.count = "", 0
        self.head: Head | None = None

    def all(self, records: Iterator[Record]) -> Head:
        for record in linked(records):
            content = content_of(record)
            if canonical(content) != record.body:
                raise JournalCorrupt(f"record {record.seq} is not canonical JSON")
            if record.seq == 0:
                self.hall = str(content.get("hall"))
                if record != genesis(self.hall):
                    raise JournalCorrupt("the first record is not the beginning of a journal")
            self.head, self.count = Head(record.seq, record.hash), self.count + 1
        if self.head is None:
            raise JournalCorrupt("the journal is empty")
        return self.head


# -- SQLite -----------------------------------------------------------------------------------------------


def _sqlite(path: Path, walk: _Walk) -> SealState:
    seal = read_seal(path)
    damage = seal is not None and seal[0] != file_hash(path)
    with _open(path) as db:
        found = walk.all(_rows(db))
        sound = [row[0] for row in db.execute("PRAGMA integrity_check(1)")]
    if sound != ["ok"]:
        raise JournalCorrupt(f"SQLite finds damage: {sound[0]}")
    if seal is None:
        return "unsealed"
    if seal[1] != found:
        raise JournalCorrupt(
            f"the last record is {found.seq}, but the journal was closed after {seal[1].seq}"
        )
    if damage:
        raise JournalCorrupt(f"the file is not the one that {seal_path(path).name} seals")
    return "sealed"


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """Look without touching: a closed file as it lies, one in use (its log is beside it) through its log."""
    in_use = Path(f"{path}-wal").exists()
    mode = "mode=ro" if in_use else "immutable=1"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
    try:
        yield db
    finally:
        db.close()


def _rows(db: sqlite3.Connection) -> Iterator[Record]:
    for seq, kind, body, kept in db.execute("SELECT seq, type, body, hash FROM record ORDER BY seq"):
        if not (isinstance(kind, str) and isinstance(body, bytes) and isinstance(kept, bytes)):
            raise JournalCorrupt(f"record {seq} is not of the form that was written")
        yield Record(seq, kind, body, kept)


# -- exports ----------------------------------------------------------------------------------------------


def _exported(path: Path) -> Iterator[Record]:
    head: Head | None = None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if head is not None and line == _last_line(head):
                if file.read(1):
                    raise JournalCorrupt(f"line {number} ends the export, but something follows")
                return
            content = _line(line, number)
            record = content.get("record")
            if set(content) != {"hash", "record"} or not isinstance(record, dict):
                raise JournalCorrupt(f"line {number} is no record")
            head = Head(record.get("seq", -1), digest(content["hash"]))
            yield Record(head.seq, str(record.get("type")), canonical(record), head.hash)
    raise JournalCorrupt("the export has no last line: it was cut off")


def _line(line: bytes, number: int) -> dict[str, object]:
    try:
        content = json.loads(line)
        if isinstance(content, dict) and canonical(content) + b"\n" == line:
            return content
    except (ValueError, RecursionError) as error:
        raise JournalCorrupt(f"line {number} is not JSON") from error
    raise JournalCorrupt(f"line {number} is not the way it was written")
