"""Builds a catalogue file: rows in, one signed file out. The same input gives the same bytes, on any day.

Built in memory, copied page by page in the order of the keys (VACUUM INTO) to a file beside the target, which
then takes the target's place at once: a full disk or a crash leaves the old one.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.hall import Queue
from hall.catalogue.answers import About
from hall.catalogue.gathering import Gathering
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.manifest import Manifest
from hall.catalogue.model import Header
from hall.catalogue.progress import Progress, quiet
from hall.catalogue.schema import APPLICATION, FORMAT, PAGE, TABLES, canonical, content_hash
from hall.catalogue.seal import key_id
from hall.catalogue.search.index import SearchName, write_index
from hall.catalogue.vocabulary import Vocabulary

SAY = 1000  # rows between two words on progress


@dataclass(frozen=True, slots=True)
class Counts:
    rows: int  # offered by the sources
    guides: int  # in the catalogue
    bundles: int
    names: int  # distinct ones
    refused: int  # rows that are not in it
    doubtful: int  # remarks on rows that are


@dataclass(frozen=True, slots=True)
class Report:
    about: About
    counts: Counts
    remarks: tuple[Remark, ...]

    def reasons(self) -> list[tuple[str, int, int]]:
        """(reason, refusals, doubts), most frequent first."""
        refused = Counter(remark.reason for remark in self.remarks if remark.refused)
        doubtful = Counter(remark.reason for remark in self.remarks if not remark.refused)
        return [
            (reason, refused[reason], doubtful[reason]) for reason, _ in (refused + doubtful).most_common()
        ]


def build(
    sources: Iterable[Taken],
    header: Header,
    vocabulary: Vocabulary,
    target: Path,
    key: Ed25519PrivateKey,
    published: date,
    progress: Progress = quiet,
    queues: Iterable[Queue] | None = None,
) -> Report:
    """Write the catalogue of ``sources`` to ``target``, signed with ``key``; what was refused or doubtful.

    ``queues``: those of the hall; a guide that leads to another one leads nowhere. Unset: not checked.
    Raises ValueError when nothing is left of a name in ``header`` without hostile characters,
    OSError, sqlite3.OperationalError when the file cannot be written; the old one is then untouched.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for pragma in (f"page_size = {PAGE}", f"application_id = {APPLICATION}", f"user_version = {FORMAT}"):
            db.execute(f"PRAGMA {pragma}")
        db.executescript(TABLES)
        db.execute("BEGIN")
        gathering = Gathering(db, header, published, queues)
        done = 0
        for done, taken in enumerate(sources, start=1):
            gathering.take(taken)
            if done % SAY == 0:
                progress("rows", done, 0)
        gathering.finish()
        progress("rows", done, done)
        _write_names(db, gathering, vocabulary, progress)
        gathering.shelves.write(db)
        header = gathering.header
        documents = {"header": header.model_dump(mode="json"), "vocabulary": asdict(vocabulary)}
        db.executemany("INSERT INTO document VALUES (?,?)", ((n, canonical(d)) for n, d in documents.items()))
        progress("seal", 0, 2)
        manifest = Manifest(
            **header.model_dump(include={"hall", "name", "name_en", "revision", "region"}),
            published=published,
            content=content_hash(db),
            names=len(gathering.names),
            guides=gathering.guides,
            bundles=gathering.bundles,
            vocabulary=vocabulary.version,
        )
        words = manifest.written()
        db.execute("INSERT INTO manifest VALUES (?)", (words,))
        db.execute("INSERT INTO seal VALUES (?,?)", (key_id(key.public_key()), key.sign(words.encode())))
        db.execute("COMMIT")
        progress("seal", 1, 2)
        _write_file(db, target)
        progress("seal", 2, 2)
    return Report(manifest.about(), _counts(gathering), tuple(gathering.remarks))


def _write_names(
    db: sqlite3.Connection, gathering: Gathering, vocabulary: Vocabulary, progress: Progress
) -> None:
    names = []
    for number, (name, named) in enumerate(sorted(gathering.names.items()), start=1):
        _, nearness, _, page = named.best
        db.execute("INSERT INTO name VALUES (?,?,?,?,?)", (named.key, number, name, page, named.pages))
        names.append(SearchName(number, name, tuple(named.everyday), named.main_name, nearness))
    write_index(db, names, vocabulary, lambda done, total: progress("search", done, total))


def _counts(gathering: Gathering) -> Counts:
    refused = {remark.row for remark in gathering.remarks if remark.refused}
    doubtful = sum(not remark.refused for remark in gathering.remarks)
    taken = gathering.guides + gathering.bundles
    return Counts(
        taken + len(refused),
        gathering.guides,
        gathering.bundles,
        len(gathering.names),
        len(refused),
        doubtful,
    )


def _write_file(db: sqlite3.Connection, target: Path) -> None:
    """Copy ``db`` into the place of ``target``, all of it or nothing."""
    new = target.with_name(f".{target.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    try:
        db.execute("VACUUM INTO ?", (str(new),))
        with new.open("r+b") as file:
            _settle(file.fileno())
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
    folder = os.open(target.absolute().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _settle(file: int) -> None:
    """Fix what in SQLite's header tells of the writer and not of the content (change counters, library version)."""
    one = (1).to_bytes(4, "big")
    os.pwrite(file, one, 24)  # file change counter
    os.pwrite(file, one + (3_040_001).to_bytes(4, "big"), 92)  # version-valid-for, SQLite version
    os.fsync(file)
