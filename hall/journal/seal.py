"""The seal beside a closed journal file: its digest and its head, so that any changed byte shows."""

import json
import sqlite3
from hashlib import file_digest
from pathlib import Path

from hall.journal.chain import VERSION, Head, canonical, digest
from hall.journal.errors import JournalCorrupt


def seal_path(journal: Path) -> Path:
    """``journal.sqlite`` is sealed by ``journal.sha256``."""
    return journal.with_suffix(".sha256")


def file_hash(path: Path) -> str:
    """SHA-256 of a whole file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_seal(journal: Path) -> Head:
    """Seal a closed journal file; what the seal names as its head."""
    db = sqlite3.connect(f"{journal.absolute().as_uri()}?immutable=1", uri=True)
    try:
        head = Head(*db.execute("SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1").fetchone())
    finally:
        db.close()
    seal_path(journal).write_bytes(_written(file_hash(journal), head))
    return head


def read_seal(journal: Path) -> tuple[str, Head] | None:
    """The file digest and the head that the seal names; None without a seal. Raises JournalCorrupt."""
    try:
        written = seal_path(journal).read_bytes()
    except FileNotFoundError:
        return None
    try:
        content = json.loads(written)
        file, head = digest(content["file"]).hex(), Head(int(content["seq"]), digest(content["hash"]))
        if _written(file, head) != written:
            raise JournalCorrupt("the seal says more than a seal")
        return file, head
    except (JournalCorrupt, ValueError, KeyError, TypeError, RecursionError) as error:
        raise JournalCorrupt(f"the seal {seal_path(journal).name} is damaged") from error


def _written(file: str, head: Head) -> bytes:
    return canonical({"file": file, "hash": head.hash.hex(), "seq": head.seq, "v": VERSION}) + b"\n"


def break_seal(journal: Path, db: sqlite3.Connection) -> None:
    """Take the seal off a file opened for writing. Raises JournalCorrupt when the file lost the sealed head."""
    sealed = read_seal(journal)
    if sealed is None:
        return
    _, head = sealed
    row = db.execute("SELECT hash FROM record WHERE seq = ?", (head.seq,)).fetchone()
    if row is None or row[0] != head.hash:
        raise JournalCorrupt(
            f"{journal.name} was changed while it was closed: record {head.seq} is not the sealed one"
        )
    seal_path(journal).unlink(missing_ok=True)
