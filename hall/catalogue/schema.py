"""The tables of a catalogue file, how its values are written, and the hash over all of it.

What many guides share is stored once, under a key made of its own SHA-256: ``item`` (what it is), ``needs`` (what
to bring and do), ``desk`` (who does it and where); a guide's row holds what is its own (codes, state). Nothing is
numbered in order, so that a new guide moves no other row: two daily versions differ in few bytes.
"""

import json
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from typing import Final

from hall.catalogue.model import Guide

FORMAT: Final = 1
APPLICATION: Final = 0x74796763  # "tygc", SQLite's application_id
PAGE: Final = 8192  # bytes; rows of 2 kB still stand in the page of their key
LONGEST: Final = 64 << 20  # bytes of one value; what is longer was not written by us

OWN: Final = {
    *("id", "codes", "state", "withdrawn", "valid_from", "valid_until", "online", "kiosk", "queue", "source"),
}
DESK: Final = {
    *("level", "region", "region_name", "office", "places", "consult_phones", "complaint_phones"),
}
NEEDS: Final = {
    *("conditions", "cases", "materials", "steps", "handling", "legal_limit", "promised_limit"),
    *("fee_free", "fees", "visits", "visits_reason"),
}
ITEM: Final = set(Guide.model_fields) - OWN - DESK - NEEDS
PARTS: Final = (ITEM, NEEDS, DESK, OWN)  # in the order of the columns; the last one is not shared

TABLES: Final = """
CREATE TABLE document (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE part (key INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE name (
    key INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, page TEXT NOT NULL,
    pages INTEGER NOT NULL
);
CREATE TABLE guide (
    id TEXT PRIMARY KEY, name INTEGER NOT NULL, nearness INTEGER NOT NULL, level INTEGER NOT NULL,
    withdrawn INTEGER NOT NULL, kiosk INTEGER NOT NULL, item INTEGER NOT NULL, needs INTEGER NOT NULL,
    desk INTEGER NOT NULL, own TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX guide_name ON guide (name);
CREATE TABLE bundle (id TEXT PRIMARY KEY, name INTEGER NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE shelf (
    by TEXT NOT NULL, key TEXT NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, name_en TEXT NOT NULL,
    icon TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (by, key)
) WITHOUT ROWID;
CREATE TABLE standing (
    by TEXT NOT NULL, key TEXT NOT NULL, page TEXT NOT NULL, PRIMARY KEY (by, key, page)
) WITHOUT ROWID;
CREATE TABLE manifest (text TEXT NOT NULL);
CREATE TABLE seal (key TEXT NOT NULL, signature BLOB NOT NULL);
"""
SEALING: Final = frozenset({"manifest", "seal"})  # what the content hash leaves out: they carry it

_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(value: object) -> str:
    """The one way to write ``value`` as JSON."""
    return _canonical.encode(value)


def content_hash(connection: sqlite3.Connection) -> str:
    """SHA-256 over the schema and every row of every table but the manifest and the seal, hex.

    Raises sqlite3.Error on a file that SQLite cannot read, ValueError on a value that no builder writes.
    """
    digest = sha256()
    schema = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    entries = schema.fetchall()
    for entry in entries:
        digest.update(_row(entry))
    for kind, name, _, sql in entries:
        virtual = sql is not None and sql.upper().startswith("CREATE VIRTUAL")
        if kind == "table" and name not in SEALING and not virtual:  # a virtual one's rows are in its shadows
            digest.update(_row(("table", name)))
            for row in _rows(connection, name):
                digest.update(_row(row))
    return digest.hexdigest()


def _rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    """All rows in the order of the primary key, with the rowid of a table that has one."""
    quoted = '"' + table.replace('"', '""') + '"'
    columns = connection.execute(f"PRAGMA table_xinfo({quoted})").fetchall()
    keys = [f'"{column[1]}"' for column in sorted(columns, key=lambda c: c[5]) if column[5]]
    without_rowid = connection.execute(
        "SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'", (table,)
    ).fetchone()[0]
    if without_rowid:
        return connection.execute(f"SELECT * FROM {quoted} NOT INDEXED ORDER BY {', '.join(keys)}")
    return connection.execute(f"SELECT rowid, * FROM {quoted} NOT INDEXED ORDER BY rowid")


def _row(values: tuple[object, ...]) -> bytes:
    """A row, so written that no other row is written the same."""
    written = [b"%d(" % len(values)]
    for value in values:
        match value:
            case str():
                encoded = value.encode()
                written.append(b"t%d:" % len(encoded) + encoded)
            case int():
                written.append(b"i%d;" % value)
            case None:
                written.append(b"n;")
            case bytes():
                written.append(b"b%d:" % len(value) + value)
            case _:
                raise ValueError(f"a catalogue holds no {type(value).__name__}")
    return b"".join(written)
