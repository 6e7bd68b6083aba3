"""Opens a file that may be anything: as a catalogue, or with the reason why it is none."""

import sqlite3
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from hall.catalogue.errors import CatalogueDamaged, CatalogueFormat, CatalogueTruncated
from hall.catalogue.manifest import Manifest
from hall.catalogue.schema import APPLICATION, FORMAT, LONGEST, PAGE, TABLES

MAGIC = b"SQLite format 3\x00"  # the file's first bytes; all places are those of its 100-byte header
BROKEN = (sqlite3.Error, UnicodeDecodeError)  # SQLite's messages quote a file's bytes, UTF-8 or not
LARGEST = 1 << 30  # bytes of a file; 100,000 guides need less than a tenth


def opened(path: Path) -> sqlite3.Connection:
    """A read-only connection to a file with the tables of a catalogue; its content is not yet checked.

    Nothing is ever written beside the file. Raises CatalogueDamaged, OSError.
    """
    _look_at_header(path)
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    db = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    try:
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        for pragma in (
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "query_only = ON",
            "temp_store = MEMORY",
        ):
            db.execute(f"PRAGMA {pragma}")
        _look_at_tables(path, db)
    except BROKEN as error:
        db.close()
        raise CatalogueDamaged(f"{path}: {error}") from error
    except BaseException:
        db.close()
        raise
    return db


def signed_words(db: sqlite3.Connection) -> str:
    """The manifest as it is written. Raises CatalogueDamaged, sqlite3.Error."""
    rows = db.execute("SELECT text FROM manifest LIMIT 2").fetchall()
    if len(rows) != 1 or not isinstance(rows[0][0], str):
        raise CatalogueDamaged("there is not one manifest")
    return rows[0][0]


def read_manifest(words: str) -> Manifest:
    """Raises CatalogueDamaged."""
    try:
        return Manifest.model_validate_json(words)
    except ValidationError as error:
        raise CatalogueDamaged(f"the manifest is none: {error.errors()[0]['msg']}") from error


def _look_at_header(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(100)
        size = file.seek(0, 2)
    if not header.startswith(MAGIC[: len(header)]):
        raise CatalogueDamaged(f"{path}: is no SQLite file")
    if len(header) < 100:
        raise CatalogueTruncated(f"{path}: ends after {size} bytes")
    page, pages = int.from_bytes(header[16:18], "big"), int.from_bytes(header[28:32], "big")
    made_by, version = int.from_bytes(header[68:72], "big"), int.from_bytes(header[60:64], "big")
    if (page, made_by, version) != (PAGE, APPLICATION, FORMAT):
        raise CatalogueFormat(f"{path}: is no catalogue of format {FORMAT}")
    if size < page * pages:
        raise CatalogueTruncated(f"{path}: ends after {size} of {page * pages} bytes")
    if size > min(page * pages, LARGEST):
        raise CatalogueDamaged(f"{path}: {size} bytes where {page * pages} belong, or too many")


@cache
def _tables() -> dict[str, str]:
    """What makes each of our tables and indexes, by name, as SQLite keeps it."""
    db = sqlite3.connect(":memory:")
    try:
        db.executescript(TABLES)
        return dict(db.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"))
    finally:
        db.close()


def _look_at_tables(path: Path, db: sqlite3.Connection) -> None:
    """No view may stand in for one of our tables."""
    found = set(db.execute("SELECT name, sql FROM sqlite_schema"))
    if _tables().items() - found:
        raise CatalogueFormat(f"{path}: the tables are not those of a catalogue")
