"""Changing the signing keys, with an entry in the audit. The desk sees the new keys and issues all documents again."""

from collections.abc import Callable

from provisioning.centre.audit import record
from provisioning.centre.rights import Actor
from provisioning.centre.signing import Signer, SigningKeys
from provisioning.centre.store.database import Database


class KeyRotation:
    """What the routes know of the keys. ``now``: UTC seconds."""

    def __init__(self, keys: SigningKeys, database: Database, now: Callable[[], float]) -> None:
        self._keys, self._database, self._now = keys, database, now

    def active(self) -> Signer:
        return self._keys.active()

    def public(self) -> dict[str, str]:
        return self._keys.public()

    def rotate(self, actor: Actor) -> str:
        """The next key signs from now on, the one before is trusted until all have moved on. Raises Forbidden."""
        actor.needs("admin")
        kid = self._keys.rotate()
        self._note(actor, "key.rotated", kid)
        return kid

    def revoke(self, actor: Actor, kid: str) -> None:
        """Nothing that ``kid`` signed is good once a terminal has its next document. Raises KeyRefused, Forbidden."""
        actor.needs("admin")
        self._keys.revoke(kid)
        self._note(actor, "key.revoked", kid)

    def _note(self, actor: Actor, action: str, kid: str) -> None:
        with self._database.write() as connection:
            record(connection, actor, action, f"key {kid}", at=self._now())
