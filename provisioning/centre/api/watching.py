"""The fleet in numbers, the audit trail, the day in figures, the broker's health card, keys and secrets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field

from provisioning.centre import audit
from provisioning.centre.api.door import Door, Who
from provisioning.centre.api.people import Said
from provisioning.centre.api.ports import Rotation
from provisioning.centre.dry_run import DryRun
from provisioning.centre.figures import DayFigures
from provisioning.centre.fleet import Counts, Fleet
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.secrets_kept import MOST, KeptSecrets
from provisioning.centre.statistics import Statistics
from provisioning.centre.store.database import Database


@dataclass(frozen=True, slots=True)
class HallCounts:
    hall: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Overview:
    """The halls of the account together, and one by one."""

    all: Counts
    halls: tuple[HallCounts, ...]


class NewSecret(Said):
    """``value`` empty: forget it."""

    value: str = Field(max_length=MOST, repr=False)


class Rotated(BaseModel):
    """``kid`` signs from now on."""

    kid: str


class Keys(BaseModel):
    """Public keys that terminals trust, by id, and which of them signs."""

    active: str
    trusted: dict[str, str]


def add_watching(door: Door, database: Database, fleet: Fleet, statistics: Statistics) -> None:
    @door.get("/v1/overview", "see")
    def overview(who: Who) -> Overview:
        """How the fleet is, in numbers."""
        seen = [live for live in fleet if who.sees(live.hall)]
        halls = sorted({live.hall for live in seen})
        each = (HallCounts(hall, fleet.counts(one for one in seen if one.hall == hall)) for hall in halls)
        return Overview(fleet.counts(seen), tuple(each))

    @door.get("/v1/audit", "see")
    def trail(
        who: Who,
        by: str = "",
        action: str = "",
        subject: str = "",
        hall: str = "",
        since: float | None = None,
        until: float | None = None,
        page: int = 1,
        size: int = 50,
    ) -> audit.Page:
        """Who did what, newest first."""
        with database.read() as connection:
            return audit.entries(
                connection,
                who,
                who=by,
                action=action,
                subject=subject,
                hall=hall,
                since=since,
                until=until,
                page=max(1, page),
                size=max(1, min(size, 500)),
            )

    @door.get("/v1/audit/proof", "admin")
    def trail_proof(who: Who) -> audit.Proof:
        """Read the whole trail and see that nothing was changed in it."""
        return audit.verify(database)

    @door.get("/v1/halls/{hall}/figures", "see")
    def figures(hall: str, who: Who, day: date | None = None) -> DayFigures:
        """A hall's queue, one day; today where none is named."""
        _of_mine(who, hall)
        return statistics.day(hall, day or statistics.today(hall))

    @door.get("/v1/halls/{hall}/dry-run", "see")
    def dry_run(hall: str, policy: str, day: date, who: Who) -> DryRun:
        """What another queue policy would have done on a day."""
        _of_mine(who, hall)
        return statistics.dry_run(hall, policy, day)


def add_brokers(
    door: Door,
    database: Database,
    card: Callable[[], Any],
    probe: Callable[[], Any],
    now: Callable[[], float],
) -> None:
    @door.get("/v1/broker", "see")
    def broker(who: Who) -> Any:
        """The health card of every broker, by its name."""
        return card()

    @door.post("/v1/broker/probe", "admin")
    def broker_probe(who: Who) -> Any:
        """Try every broker now; takes some seconds. Its health card as it is then."""
        with database.write() as connection:
            audit.record(connection, who, "broker.probed", "brokers", at=now())
        return probe()


def add_machinery(door: Door, keys: Rotation, secrets: KeptSecrets) -> None:
    @door.get("/v1/keys", "admin")
    def signing(who: Who) -> Keys:
        """What terminals check documents with."""
        return Keys(active=keys.active().kid, trusted=keys.public())

    @door.post("/v1/keys/rotate", "admin")
    def keys_rotate(who: Who) -> Rotated:
        """The next key signs from now on; every document is issued anew."""
        return Rotated(kid=keys.rotate(who))

    @door.delete("/v1/keys/{kid}", "admin", status_code=204)
    def key_revoke(kid: str, who: Who) -> None:
        """No terminal trusts an old key any more once it has its next document."""
        keys.revoke(who, kid)

    @door.put("/v1/secrets/{scope}/{key}/{name}", "admin", status_code=204)
    def secret_put(
        scope: Literal["hall", "serial", "terminal"], key: str, name: str, said: NewSecret, who: Who
    ) -> None:
        """Keep a secret of a hall, a serial or a terminal; nobody reads it back here."""
        secrets.put(who, scope, key, name, said.value)


def _of_mine(who: Actor, hall: str) -> None:
    if not who.sees(hall):
        raise Forbidden(hall)
