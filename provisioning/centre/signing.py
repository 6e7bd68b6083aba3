"""The centre's signing keys (Ed25519): one is active, one is next, earlier ones are old until somebody revokes them.

Every document names all of them, so a terminal knows the next key before the first document is signed with it, and one
that was away through a rotation can still check what it finds. Knows nothing of documents.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, insert, select, update

from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import signing_keys
from provisioning.centre.vault import Vault

log = logging.getLogger(__name__)


class KeyRefused(Exception):
    """The active key cannot be revoked, nor one that is not there."""

    code = "keys.refused"


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs now."""

    kid: str
    key: Ed25519PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Ring:
    active: Signer
    public: dict[str, str]


class SigningKeys:
    """``now`` gives UTC seconds. May be used from any thread, also inside a transaction: keys are read once, here.

    The first two keys are made where there are none. Raises VaultBroken, StoreFailed.
    """

    def __init__(self, database: Database, vault: Vault, now: Callable[[], float]) -> None:
        self._database, self._vault, self._now = database, vault, now
        self._lock = threading.Lock()
        with database.write() as connection:
            if connection.scalar(select(signing_keys.c.kid).where(signing_keys.c.state == "active")) is None:
                self._make(connection, "active")
                self._make(connection, "next")
            self._ring = self._load(connection)

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
                self._make(connection, "next")
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
                    self._make(connection, "next")
                ring = self._load(connection)
            self._ring = ring
        log.info("signing=%s state=revoked", kid)

    def _load(self, connection: Connection) -> _Ring:
        rows = connection.execute(
            select(signing_keys)
            .where(signing_keys.c.state != "revoked")
            .order_by(signing_keys.c.created, signing_keys.c.kid)
        ).all()
        active = next(row for row in rows if row.state == "active")
        secret = self._vault.open(active.private, f"signing {active.kid}")
        return _Ring(
            Signer(active.kid, Ed25519PrivateKey.from_private_bytes(secret)),
            {row.kid: row.public for row in rows},
        )

    def _make(self, connection: Connection, state: str) -> None:
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes_raw().hex()
        kid = f"{datetime.fromtimestamp(self._now(), UTC):%Y%m%d}-{public[:6]}"
        connection.execute(
            insert(signing_keys).values(
                kid=kid,
                public=public,
                private=self._vault.seal(key.private_bytes_raw(), f"signing {kid}"),
                state=state,
                created=self._now(),
            )
        )
