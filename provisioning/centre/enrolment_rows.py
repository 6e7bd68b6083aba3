"""Rows of enrolments and of the terminals they become. Every function works inside the caller's transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from provisioning.centre import placings, registry
from provisioning.centre.enrolment_codes import hashed
from provisioning.centre.placement import UNHEARD, UNTOLD, EnrolmentRefused, Placement, sound
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import enrolments, terminals
from provisioning.wire.documents import fingerprint

KEPT_FOR = 7 * 86400.0  # seconds an ended or unclaimed enrolment can still be asked about


@dataclass(frozen=True, slots=True)
class Asker:
    """A terminal that asks to be let in. ``same``: ids of terminals with its key or serial."""

    id: str
    fingerprint: str
    serial: str
    app: str
    os: str
    model: str
    address: str
    created: float
    expires: float
    state: str
    terminal: str | None
    by: str
    same: tuple[str, ...] = ()


def shown(connection: Connection, code: str, now: float) -> Row[Any]:
    """The enrolment whose code this is, still open. Raises EnrolmentRefused."""
    row = connection.execute(select(enrolments).where(enrolments.c.code == hashed(code))).first()
    if row is None:
        raise EnrolmentRefused("enrolment.unknown")
    if row.state == "expired" or (row.state == "pending" and row.expires <= now):
        raise EnrolmentRefused("enrolment.expired")
    if row.state != "pending":
        raise EnrolmentRefused("enrolment.decided")
    return row


def decide(connection: Connection, row: Row[Any], **values: Any) -> None:
    """Of several who decide at once the first one has."""
    open_ = update(enrolments).where(enrolments.c.id == row.id, enrolments.c.state == "pending")
    if not connection.execute(open_.values(**values)).rowcount:
        raise EnrolmentRefused("enrolment.decided")


def admit(
    connection: Connection,
    actor: Actor,
    place: Placement,
    asker: Row[Any],
    password: str,
    at: float,
    *,
    again: bool,
) -> None:
    """Write its row; ``password`` is the broker's hash. Raises EnrolmentRefused, RegistryRefused."""
    sound(connection, place)
    machine = {
        "serial": asker.serial,
        "public_key": asker.public_key,
        "seal_key": asker.seal_key,
        "password": password,
        "enrolled": at,
    }
    if again:
        _free(connection, actor, place.terminal, asker)
        placings.write(connection, actor.name, {place.terminal: place.placing}, at=at)
        values = machine | UNHEARD | {"kind": place.kind}
        connection.execute(update(terminals).where(terminals.c.id == place.terminal).values(**values))
    else:
        taken = select(terminals.c.id).where(terminals.c.id == place.terminal)
        if connection.scalar(taken) is not None:
            raise registry.RegistryRefused("registry.taken", f"terminal {place.terminal}")
        who = {"id": place.terminal, "kind": place.kind}
        values = placings.columns(place.placing) | machine | UNHEARD | who | UNTOLD
        connection.execute(insert(terminals).values(**values))


def _free(connection: Connection, actor: Actor, terminal: str, asker: Row[Any]) -> None:
    """The same hardware comes back under its id: after a new disk, or after it was retired by mistake.

    A serial number can be claimed by anybody. To take the id from a machine that is there and serves is to retire that
    one, and takes the right to. Raises RegistryRefused, EnrolmentRefused, Forbidden.
    """
    before = registry.terminal(connection, actor, terminal)
    there = connection.execute(
        select(terminals.c.public_key, terminals.c.online).where(terminals.c.id == terminal)
    ).one()
    if asker.public_key != there.public_key:
        if asker.serial != before.serial:
            raise EnrolmentRefused("enrolment.other_machine", terminal)
        if there.online:
            actor.needs("retire", before.hall)
    revoke(connection, terminal)


def revoke(connection: Connection, terminal: str) -> None:
    """Grants of ``terminal`` that nobody has claimed are void; one that is being made has nothing sealed yet."""
    connection.execute(
        update(enrolments)
        .where(enrolments.c.terminal == terminal, enrolments.c.state == "approved")
        .where(enrolments.c.facts["sealed"].as_string().is_not(None))
        .values(state="refused")
    )


def seen(connection: Connection, row: Row[Any], actor: Actor) -> Asker:
    same = select(terminals.c.id, terminals.c.hall).where(
        or_(terminals.c.public_key == row.public_key, terminals.c.serial == row.serial)
    )
    known = [found.id for found in connection.execute(same) if actor.sees(found.hall)]
    facts = {name: row.facts[name] for name in ("app", "os", "model", "address")}
    return Asker(
        id=row.id,
        fingerprint=fingerprint(row.public_key),
        serial=row.serial,
        created=row.created,
        expires=row.expires,
        state=row.state,
        terminal=row.terminal,
        by=row.by,
        same=tuple(sorted(known)),
        **facts,
    )


def tidy(connection: Connection, now: float) -> None:
    connection.execute(
        update(enrolments)
        .where(enrolments.c.state == "pending", enrolments.c.expires <= now)
        .values(state="expired")
    )
    connection.execute(delete(enrolments).where(enrolments.c.created < now - KEPT_FOR))
