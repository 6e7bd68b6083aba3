"""The hash chain that makes the journal's past unchangeable: bytes in, bytes out, no file and no clock.

A record's body is canonical JSON (keys sorted, no spaces, UTF-8); its hash is SHA-256 over the hash before it
and the body. The first record, the genesis, names the hall and follows 32 zero bytes.
"""

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

from hall.journal.errors import JournalCorrupt

VERSION = 1
BEFORE_GENESIS = bytes(32)
GENESIS = "genesis"
DIGEST = re.compile(r"[0-9a-f]{64}")

_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Record(NamedTuple):
    """One line of the journal. ``hash`` covers everything up to and including it."""

    seq: int
    type: str
    body: bytes
    hash: bytes


class Head(NamedTuple):
    """The end of a journal."""

    seq: int
    hash: bytes


def canonical(value: object) -> bytes:
    """The one way to write ``value``."""
    return _encoder.encode(value).encode()


def link(before: bytes, body: bytes) -> bytes:
    """The hash of a record with ``body`` that follows a record with the hash ``before``."""
    return sha256(before + body).digest()


def genesis(hall: str) -> Record:
    """The record with which the journal of ``hall`` begins."""
    body = canonical({"hall": hall, "seq": 0, "type": GENESIS, "v": VERSION})
    return Record(0, GENESIS, body, link(BEFORE_GENESIS, body))


def digest(written: object) -> bytes:
    """A hash out of the one way to write it. Raises JournalCorrupt."""
    if isinstance(written, str) and DIGEST.fullmatch(written):
        return bytes.fromhex(written)
    raise JournalCorrupt("a hash is not written as one")


def parse(body: bytes) -> dict[str, object]:
    """The content of a body. Raises JournalCorrupt when it is no JSON object."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:  # not UTF-8 and not JSON are both ValueErrors
        raise JournalCorrupt(f"is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise JournalCorrupt("is not a JSON object")
    return content


def linked(records: Iterable[Record], before: Head | None = None) -> Iterator[Record]:
    """The same records, each one after it was found to follow from the one before it.

    ``before``: the record before the first; None when the first is the genesis. Raises JournalCorrupt.
    """
    head = before or Head(-1, BEFORE_GENESIS)
    for record in records:
        if record.seq != head.seq + 1:
            raise JournalCorrupt(f"record {head.seq + 1} is missing; {record.seq} stands in its place")
        if link(head.hash, record.body) != record.hash:
            raise JournalCorrupt(f"record {record.seq} is not the one that was written: its hash differs")
        head = Head(record.seq, record.hash)
        yield record


def content_of(record: Record) -> dict[str, object]:
    """What ``record`` says. Raises JournalCorrupt when it is filed under another number or type than it says."""
    try:
        content = parse(record.body)
    except JournalCorrupt as error:
        raise JournalCorrupt(f"record {record.seq} {error}") from error
    if content.get("seq") != record.seq or content.get("type") != record.type:
        raise JournalCorrupt(f"record {record.seq} is filed under another number or type")
    return content
