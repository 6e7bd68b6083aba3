"""What every terminal was told, whole: issues signed documents, keeps the settings in them, makes their bytes again.

The database keeps settings, not envelopes: the bytes of the newest document are made again at need, with the keys of
the day. Knows nothing of layers, rollouts' plans or MQTT.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import zstandard
from sqlalchemy import Connection, Row, and_, bindparam, delete, func, insert, select, update

from provisioning.centre.signing import SigningKeys
from provisioning.centre.store.tables import documents, halls, targets, terminals
from provisioning.wire.documents import Apply, Document, canonical, etag, sign_document
from provisioning.wire.messages import Access

VALID = 90 * 86400.0  # seconds a document is good for
RENEW = 30 * 86400.0  # seconds before its end at which it is issued anew
KEEP = 10  # newest documents of a terminal that are kept, besides the good one and the last confirmed
MANY = 500  # ids in one question: SQLite has bounds for the parameters of a statement
CHUNK = 100  # documents issued in one transaction
MAIN = "main"  # the broker of halls that name none


@dataclass(frozen=True, slots=True)
class Order:
    """One terminal is to be told ``settings``. ``rev`` and ``highest`` are the registry's of the terminal."""

    terminal: str
    rev: int
    highest: int
    settings: Mapping[str, Any]
    apply: Apply
    rollout: int | None
    why: str  # enrolled | rollout | rollback | abort | keys | renewed | registry
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Issued:
    """A document that is in the database and not yet published."""

    terminal: str
    rev: int
    etag: str
    rollout: int | None
    pinned: bool
    envelope: bytes = field(repr=False)


class Documents:
    """Every method works inside the caller's transaction; publish what it returns after the commit, never before.

    ``accesses``: how terminals reach centre and broker, by the broker's name (``halls.broker``). It is told beside what
    the database keeps, so a document that is made again tells it as it is now, under its old revision.
    """

    def __init__(
        self, keys: SigningKeys, now: Callable[[], float], accesses: Mapping[str, Access] | None = None
    ) -> None:
        self._keys, self._now, self._accesses = keys, now, accesses or {}

    def issue(
        self,
        connection: Connection,
        terminal: Row[Any],
        settings: Mapping[str, Any],
        apply: Apply,
        rollout: int | None,
        why: str,
        *,
        pinned: bool = False,
    ) -> Issued:
        """The next document of ``terminal`` (a row of ``terminals``). Raises ValueError when it is too large."""
        order = Order(
            terminal.id, terminal.rev, terminal.highest, settings, apply, rollout, why, pinned=pinned
        )
        return self.issue_all(connection, [order])[0]

    def issue_all(self, connection: Connection, orders: Sequence[Order]) -> list[Issued]:
        """As ``issue``, for many in few statements. A terminal may stand in ``orders`` once."""
        if not orders:
            return []
        at = self._now()
        pack = zstandard.ZstdCompressor(level=3).compress
        issued: list[Issued] = []
        rows: list[dict[str, Any]] = []
        accesses = self._access_of(connection, [order.terminal for order in orders])
        for order in orders:
            # a terminal may have seen more than we remember (database put back from a copy): be ahead of it
            rev = max(order.rev, order.highest) + 1
            tag = etag(order.settings)
            envelope = self._sealed(
                order.terminal,
                rev,
                tag,
                at,
                order.apply,
                order.settings,
                order.rollout,
                accesses.get(order.terminal),
            )
            issued.append(Issued(order.terminal, rev, tag, order.rollout, order.pinned, envelope))
            rows.append(
                {
                    "terminal": order.terminal,
                    "rev": rev,
                    "etag": tag,
                    "settings": pack(canonical(order.settings)),
                    "apply": order.apply.model_dump(mode="json"),
                    "rollout": order.rollout,
                    "issued": at,
                    "why": order.why,
                    "confirmed": None,
                }
            )
        connection.execute(insert(documents), rows)
        connection.execute(
            update(terminals).where(terminals.c.id == bindparam("_id")),
            [
                {
                    "_id": one.terminal,
                    "rev": one.rev,
                    "etag": one.etag,
                    "rollout": one.rollout,
                    "pinned": one.pinned,
                }
                for one in issued
            ],
        )
        self._forget(connection, [one for one in issued if one.rev > KEEP])
        return issued

    def reissue(self, connection: Connection, ids: Sequence[str], why: str) -> list[Issued]:
        """The same settings under a new revision: after a rotation of keys, before the old document expires.

        A rollout that waits for the earlier revision waits for the new one from here on.
        """
        orders = [
            Order(
                row.terminal,
                row.rev,
                row.highest,
                _unpacked(row.settings),
                Apply.model_validate(row.apply),
                row.rollout,
                why,
                row.pinned,
            )
            for row in self._newest(connection, ids)
        ]
        issued = self.issue_all(connection, orders)
        before = {order.terminal: order.rev for order in orders}
        if issued:
            connection.execute(
                update(targets).where(
                    and_(targets.c.terminal == bindparam("_id"), targets.c.rev == bindparam("_before"))
                ),
                [{"_id": one.terminal, "_before": before[one.terminal], "rev": one.rev} for one in issued],
            )
        return issued

    def ageing(self, connection: Connection, limit: int = MANY) -> list[str]:
        """Terminals whose document ends within ``RENEW``: the oldest ``limit`` of them, to be reissued."""
        return list(
            connection.scalars(
                select(terminals.c.id)
                .join(
                    documents,
                    and_(documents.c.terminal == terminals.c.id, documents.c.rev == terminals.c.rev),
                )
                .where(terminals.c.state == "enrolled", documents.c.issued < self._now() - (VALID - RENEW))
                .order_by(documents.c.issued, terminals.c.id)
                .limit(limit)
            )
        )

    def envelope(self, connection: Connection, terminal: str) -> bytes | None:
        """The bytes of its newest document, signed by the active key; None when it was never told anything."""
        return self.envelopes(connection, [terminal]).get(terminal)

    def envelopes(self, connection: Connection, ids: Sequence[str]) -> dict[str, bytes]:
        """As ``envelope``, for many."""
        accesses = self._access_of(connection, ids)
        return {
            row.terminal: self._sealed(
                row.terminal,
                row.rev,
                row.etag,
                row.issued,
                Apply.model_validate(row.apply),
                _unpacked(row.settings),
                row.rollout,
                accesses.get(row.terminal),
            )
            for row in self._newest(connection, ids)
        }

    def _access_of(self, connection: Connection, ids: Sequence[str]) -> dict[str, Access]:
        if not self._accesses:
            return {}
        found: dict[str, Access] = {}
        of = select(terminals.c.id, func.coalesce(halls.c.broker, MAIN)).outerjoin(
            halls, halls.c.id == terminals.c.hall
        )
        for start in range(0, len(ids), MANY):
            for id_, broker in connection.execute(of.where(terminals.c.id.in_(ids[start : start + MANY]))):
                if (access := self._accesses.get(broker)) is not None:
                    found[id_] = access
        return found

    def _newest(self, connection: Connection, ids: Sequence[str]) -> Iterable[Row[Any]]:
        for start in range(0, len(ids), MANY):
            yield from connection.execute(
                select(documents, terminals.c.highest, terminals.c.pinned)
                .join(
                    terminals,
                    and_(documents.c.terminal == terminals.c.id, documents.c.rev == terminals.c.rev),
                )
                .where(terminals.c.id.in_(ids[start : start + MANY]))
                .order_by(terminals.c.id)
            ).all()

    def _sealed(
        self,
        terminal: str,
        rev: int,
        tag: str,
        at: float,
        apply: Apply,
        settings: Mapping[str, Any],
        rollout: int | None,
        access: Access | None,
    ) -> bytes:
        ring = self._keys.ring()
        body = Document(
            device=terminal,
            rev=rev,
            etag=tag,
            issued=datetime.fromtimestamp(at, UTC),
            expires=datetime.fromtimestamp(at + VALID, UTC),
            apply=apply,
            settings=dict(settings),
            rollout="" if rollout is None else str(rollout),
            keys=dict(ring.public),
            keys_until=ring.until,
            access=access,
        )
        return sign_document(body, ring.active.kid, ring.active.key, ring.active.hand_overs)

    @staticmethod
    def _forget(connection: Connection, issued: Sequence[Issued]) -> None:
        """Drop what nobody will go back to."""
        if not issued:
            return
        other = documents.alias()
        confirmed = (
            select(func.max(other.c.rev))
            .where(other.c.terminal == bindparam("_id"), other.c.confirmed.is_not(None))
            .scalar_subquery()
        )
        good = select(terminals.c.good).where(terminals.c.id == bindparam("_id")).scalar_subquery()
        connection.execute(
            delete(documents).where(
                documents.c.terminal == bindparam("_id"),
                documents.c.rev <= bindparam("_oldest"),
                documents.c.rev != good,
                documents.c.rev != func.coalesce(confirmed, 0),
            ),
            [{"_id": one.terminal, "_oldest": one.rev - KEEP} for one in issued],
        )


def settings_of(connection: Connection, terminal: str, rev: int) -> dict[str, Any] | None:
    """The settings of an earlier document; None when it is no longer kept."""
    packed = connection.scalar(
        select(documents.c.settings).where(documents.c.terminal == terminal, documents.c.rev == rev)
    )
    return None if packed is None else _unpacked(packed)


def before(connection: Connection, terminal: str) -> int | None:
    """The revision to go back to: the newest confirmed one with other settings than the newest; None: there is none."""
    current = select(terminals.c.etag).where(terminals.c.id == terminal).scalar_subquery()
    found: int | None = connection.scalar(
        select(func.max(documents.c.rev)).where(
            documents.c.terminal == terminal,
            documents.c.confirmed.is_not(None),
            documents.c.etag != current,
        )
    )
    return found


def confirm(connection: Connection, confirmed: Sequence[tuple[str, int, float]]) -> None:
    """Terminals (id, revision, when) run these documents in order: they are worth keeping."""
    if confirmed:
        connection.execute(
            update(documents).where(
                documents.c.terminal == bindparam("_id"),
                documents.c.rev == bindparam("_rev"),
                documents.c.confirmed.is_(None),
            ),
            [{"_id": terminal, "_rev": rev, "confirmed": at} for terminal, rev, at in confirmed],
        )


def _unpacked(packed: bytes) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(zstandard.ZstdDecompressor().decompress(packed))
    return value
