"""One hall with its terminals in counts; groups with theirs."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from provisioning.centre.console.queries.conditions import IN_SERVICE, OPEN, PRESENCE, SYNC, AnyRow, seen_by
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import alerts, groups, layers, terminals


@dataclass(frozen=True, slots=True)
class Place:
    """``tiles``: every terminal of the hall, the worst first."""

    tiles: list[AnyRow]
    alerts: Counter[str]
    layer: AnyRow | None


def place(db: Connection, hall: str) -> Place:
    """Three statements."""
    tiles = db.execute(
        select(
            terminals.c.id,
            terminals.c.name,
            terminals.c.name_en,
            terminals.c.role,
            terminals.c.window,
            terminals.c.seen,
            PRESENCE.label("presence"),
            SYNC.label("sync"),
        )
        .where(IN_SERVICE, terminals.c.hall == hall)
        .order_by(terminals.c.role, terminals.c.id)
    )
    counted = select(alerts.c.severity, func.count()).where(OPEN, ~alerts.c.silenced, alerts.c.hall == hall)
    return Place(
        list(tiles),
        Counter(dict(db.execute(counted.group_by(alerts.c.severity)).all())),
        db.execute(select(layers).where(layers.c.kind == "hall", layers.c.key == hall)).first(),
    )


def members(db: Connection, actor: Actor) -> tuple[list[AnyRow], Counter[str]]:
    """All groups, and how many terminals in service of the actor's halls are in each."""
    counts = Counter[str]()
    for ids in db.scalars(select(terminals.c.groups).where(IN_SERVICE, seen_by(actor, terminals.c.hall))):
        counts.update(ids)
    return list(db.execute(select(groups).order_by(groups.c.priority.desc(), groups.c.id))), counts
