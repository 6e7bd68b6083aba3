"""Secrets that terminals need: kept sealed by scope, given out only sealed to a terminal's own key."""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias, get_args

from sqlalchemy import Connection, delete, insert, select

from config.settings import Secret
from provisioning.centre import audit
from provisioning.centre.rights import Actor
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import secrets, terminals
from provisioning.centre.vault import Vault

Scope: TypeAlias = Literal["hall", "serial", "terminal"]
MOST = 4096  # characters


class SecretRefused(Exception):
    """A name that no setting knows, or a value that cannot be one."""

    code = "secret.refused"


class KeptSecrets:
    """``now``: UTC seconds since 1970."""

    def __init__(self, database: Database, vault: Vault, now: Callable[[], float]) -> None:
        self._database, self._vault, self._now = database, vault, now

    def put(self, actor: Actor, scope: Scope, key: str, name: str, value: str) -> None:
        """Keep ``value``; empty forgets it. Raises Forbidden, SecretRefused, VaultBroken."""
        actor.needs("admin")
        if name not in get_args(Secret):
            raise SecretRefused(f"no setting knows a secret of that name, only {', '.join(get_args(Secret))}")
        if len(value) > MOST or not key or len(key) > 64:
            raise SecretRefused(f"a secret has at most {MOST} characters, and a hall, serial or terminal")
        of = f"{scope}:{key}"
        with self._database.write() as connection:
            connection.execute(delete(secrets).where(secrets.c.scope == of, secrets.c.name == name))
            if value:
                sealed = self._vault.seal(value.encode(), _about(of, name))
                connection.execute(insert(secrets).values(scope=of, name=name, value=sealed, at=self._now()))
            audit.record(
                connection,
                actor,
                "secret.kept" if value else "secret.forgotten",
                f"secret {name} of {of}",
                key if scope == "hall" else "",
                at=self._now(),
            )

    def names(self, connection: Connection, scope: Scope, key: str) -> tuple[str, ...]:
        """Which there are; never what they are."""
        question = select(secrets.c.name).where(secrets.c.scope == f"{scope}:{key}").order_by(secrets.c.name)
        return tuple(connection.scalars(question))

    def of(self, connection: Connection, terminal: str, wanted: Iterable[str]) -> Mapping[str, str]:
        """Those of ``wanted`` that are kept for ``terminal``: its own, else its serial's, else its hall's.

        Raises VaultBroken.
        """
        row = connection.execute(
            select(terminals.c.hall, terminals.c.serial).where(terminals.c.id == terminal)
        ).one()
        scopes = (f"hall:{row.hall}", f"serial:{row.serial}", f"terminal:{terminal}")
        question = select(secrets).where(secrets.c.scope.in_(scopes), secrets.c.name.in_(tuple(wanted)))
        found = sorted(connection.execute(question), key=lambda kept: scopes.index(kept.scope))
        nearest = {kept.name: kept for kept in found}
        return {
            name: self._vault.open(kept.value, _about(kept.scope, name)).decode()
            for name, kept in nearest.items()
        }


def _about(scope: str, name: str) -> str:
    return f"secret {name} of {scope}"
