"""The centre's signing keys (Ed25519): one is active, one is next, earlier ones are old until somebody revokes them.

Every document names all of them, so a terminal knows the next key before the first document is signed with it, and one
that was away through a rotation can still check what it finds. Each next key has the word of the active one that it
follows, so one that missed more rotations finds its way from key to key; a revoked one leads nowhere. Knows nothing of
documents.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Row, func, insert, select, update

from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import signing_keys
from provisioning.centre.vault import Vault
from provisioning.wire.hand_over import STEPS, HandOver, hand_over

log = logging.getLogger(__name__)


class KeyRefused(Exception):
    """The active key cannot be revoked, nor one that is not there."""

    code = "keys.refused"


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs now. ``hand_overs`` lead to it from earlier keys, oldest first."""

    kid: str
    key: Ed25519PrivateKey = field(repr=False)
    hand_overs: tuple[HandOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys of one moment. ``public``: all that are good, hex, by id, of all that were made until ``until``."""

    active: Signer
    public: Mapping[str, str]
    until: datetime


class SigningKeys:
    """``now`` gives UTC seconds. May be used from any thread, also inside a transaction: keys are read once, here.

    The first two keys are made where there are none. Raises VaultBroken, StoreFailed.
    """

    def __init__(self, database: Database, vault: Vault, now: Callable[[], float]) -> None:
        self._database, self._vault, self._now = database, vault, now
        self._lock = threading.Lock()
        with database.write() as connection:
            if connection.scalar(select(signing_keys.c.kid).where(signing_keys.c.state == "active")) is None:
                self._make(connection, "active", None)
                self._make(connection, "next", self._load(connection).active)
            self._ring = self._load(connection)

    def ring(self) -> Ring:
        """The keys as they are now."""
        return self._ring

    def active(self) -> Signer:
        return self._ring.active

    def public(self) -> dict[str, str]:
        """Public keys (hex) by id that terminals are to trust: the active one, the next one, the old ones."""
        return dict(self._ring.public)

    def rotate(self) -> str:
        """The next key signs from now on; the one before is old but good. Its id. Documents are to be reissued."""
        with self._lock:
            with self._database.write() as connection:
                for state, becomes in (("active", "old"), ("next", "active")):
                    connection.execute(
                        update(signing_keys).where(signing_keys.c.state == state).values(state=becomes)
                    )
                self._make(connection, "next", self._load(connection).active)
                ring = self._load(connection)
            self._ring = ring
        log.info("signing=%s state=active", ring.active.kid)
        return ring.active.kid

    def revoke(self, kid: str) -> None:
        """Documents no longer name the old or next key ``kid``; terminals forget it with the next one they take.

        A revoked next key is replaced. Raises KeyRefused: rotate first to be rid of the active one.
        """
        with self._lock:
            with self._database.write() as connection:
                state = connection.scalar(select(signing_keys.c.state).where(signing_keys.c.kid == kid))
                if state not in ("old", "next"):
                    raise KeyRefused(
                        f"{kid} is {state or 'not there'}: only old and next keys can be revoked"
                    )
                connection.execute(
                    update(signing_keys).where(signing_keys.c.kid == kid).values(state="revoked", private=b"")
                )
                if state == "next":
                    self._make(connection, "next", self._ring.active)
                ring = self._load(connection)
            self._ring = ring
        log.info("signing=%s state=revoked", kid)

    def _load(self, connection: Connection) -> Ring:
        rows = connection.execute(
            select(signing_keys)
            .where(signing_keys.c.state != "revoked")
            .order_by(signing_keys.c.created, signing_keys.c.kid)
        ).all()
        active = next(row for row in rows if row.state == "active")
        secret = self._vault.open(active.private, f"signing {active.kid}")
        return Ring(
            Signer(active.kid, Ed25519PrivateKey.from_private_bytes(secret), _leading_to(active, rows)),
            {row.kid: row.public for row in rows},
            _time(connection.execute(select(func.max(signing_keys.c.created))).scalar_one()),
        )

    def _make(self, connection: Connection, state: str, before: Signer | None) -> None:
        """``before`` hands over to it."""
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw().hex()
        newest = connection.scalar(select(func.max(signing_keys.c.created)))
        created = max(self._now(), (newest or 0.0) + 0.001)  # a clock that was set back changes no order
        kid = f"{_time(created):%Y%m%d}-{public[:6]}"
        connection.execute(
            insert(signing_keys).values(
                kid=kid,
                public=public,
                private=self._vault.seal(key.private_bytes_raw(), f"signing {kid}"),
                state=state,
                created=created,
                before=before.kid if before else "",
                hand_over=hand_over(before.kid, before.key, kid, public, _time(created)).sig
                if before
                else "",
            )
        )


def _leading_to(active: Row[Any], good: Sequence[Row[Any]]) -> tuple[HandOver, ...]:
    """From the oldest key that leads to ``active`` over ``good`` ones alone; the last ``STEPS``."""
    known, key, steps = {row.kid: row for row in good}, active, list[HandOver]()
    while (by := known.get(key.before)) is not None and len(steps) < STEPS:
        made = _time(key.created)
        steps.append(HandOver(by=by.kid, kid=key.kid, public=key.public, made=made, sig=key.hand_over))
        key = by
    return tuple(reversed(steps))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
