"""Who did what, in one chain: each entry's hash is over the one before and itself.

An entry is written in the transaction of the change it tells of: neither is there without the other. A changed, missing
or inserted entry breaks the chain from there on; entries cut off the end are seen by who kept an earlier ``Proof``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select

from provisioning.centre.rights import Actor
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import audit
from provisioning.wire.documents import canonical

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """``subject``: e.g. "draft 12"; ``hall`` "": not about one hall. ``at``: UTC seconds since 1970."""

    id: int
    at: float
    who: str
    action: str
    subject: str
    hall: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Page:
    """``total``: how many entries there are on all pages."""

    entries: tuple[Entry, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Proof:
    """Outcome of reading the whole chain. ``broken``: id of the first entry that does not fit; None: sound."""

    entries: int
    head: str
    broken: int | None

    @property
    def sound(self) -> bool:
        return self.broken is None


def record(
    connection: Connection,
    actor: Actor,
    action: str,
    subject: str,
    hall: str = "",
    detail: Mapping[str, Any] | None = None,
    *,
    at: float,
) -> int:
    """Write one entry, inside the transaction (``Database.write``) of what it tells of; a batch is one entry.

    ``detail`` is JSON and holds no secret and no personal data. Gives the entry's id.
    """
    last = connection.execute(select(audit.c.id, audit.c.hash).order_by(audit.c.id.desc()).limit(1)).first()
    number, before = (last.id + 1, last.hash) if last is not None else (1, FIRST)
    # As it will be read: keys of other types become text, tuples lists.
    plain = json.loads(json.dumps(dict(detail or {}), allow_nan=False))
    entry = Entry(number, float(at), actor.name, action, subject, hall, plain, "")
    connection.execute(
        insert(audit).values(
            id=number,
            at=entry.at,
            who=entry.who,
            action=action,
            subject=subject,
            hall=hall,
            detail=plain,
            hash=_hashed(before, entry),
        )
    )
    return number


def entries(
    connection: Connection,
    actor: Actor,
    *,
    who: str = "",
    action: str = "",
    subject: str = "",
    hall: str = "",
    since: float | None = None,
    until: float | None = None,
    page: int = 1,
    size: int = 50,
) -> Page:
    """Newest first. ``action`` takes a beginning ("draft."), ``subject`` any part; others are exact; "" is all.

    Someone bound to halls reads the entries of those halls, and the own ones.
    """
    where: list[ColumnElement[bool]] = []
    if actor.halls:
        where.append(audit.c.hall.in_(actor.halls) | (audit.c.who == actor.name))
    if who:
        where.append(audit.c.who == who)
    if action:
        where.append(audit.c.action.startswith(action, autoescape=True))
    if subject:
        where.append(audit.c.subject.icontains(subject, autoescape=True))
    if hall:
        where.append(audit.c.hall == hall)
    if since is not None:
        where.append(audit.c.at >= since)
    if until is not None:
        where.append(audit.c.at < until)
    total = connection.scalar(select(func.count()).select_from(audit).where(*where)) or 0
    rows = connection.execute(
        select(audit).where(*where).order_by(audit.c.id.desc()).limit(size).offset((page - 1) * size)
    )
    return Page(tuple(Entry(**row) for row in rows.mappings()), total)


def verify(database: Database) -> Proof:
    """Read the whole chain. A head written down elsewhere must be found again as some entry's ``hash``."""
    before, count = FIRST, 0
    with database.read() as connection:
        for row in connection.execute(select(audit).order_by(audit.c.id)).mappings():
            entry = Entry(**row)
            if entry.hash != _hashed(before, entry):
                return Proof(count, before, entry.id)
            before, count = entry.hash, count + 1
    return Proof(count, before, None)


def _hashed(before: str, entry: Entry) -> str:
    fields = [entry.id, entry.at, entry.who, entry.action, entry.subject, entry.hall, entry.detail]
    return hashlib.sha256(before.encode() + canonical(fields)).hexdigest()
