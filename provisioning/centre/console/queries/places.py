"""One hall with its terminals in counts; groups with theirs."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from provisioning.centre.branches import Branch, branches, broken, records
from provisioning.centre.console.queries.conditions import IN_SERVICE, OPEN, PRESENCE, SYNC, AnyRow, seen_by
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import alerts, groups, journal, layers, streams, terminals


@dataclass(frozen=True, slots=True)
class Uplink:
    """How a hall's journal comes in. ``happened``, ``received``: of the last record; ``lost`` will never come.

    ``kept``: records of all branches; ``broken``: it is not the one that was collected.
    """

    terminal: str
    presence: str
    seen: float | None
    kept: int
    lost: int
    happened: float | None
    received: float | None
    broken: bool


@dataclass(frozen=True, slots=True)
class Place:
    """``tiles``: every terminal of the hall; ``uplinks``: usually one, none until the hall is connected.

    ``branches``: times that its journal began anew.
    """

    tiles: list[AnyRow]
    alerts: Counter[str]
    layer: AnyRow | None
    uplinks: list[Uplink]
    branches: tuple[Branch, ...]


def place(db: Connection, hall: str) -> Place:
    """Six statements."""
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
    begun = branches(db, hall)
    return Place(
        list(tiles),
        Counter(dict(db.execute(counted.group_by(alerts.c.severity)).all())),
        db.execute(select(layers).where(layers.c.kind == "hall", layers.c.key == hall)).first(),
        _uplinks(db, hall, begun),
        begun,
    )


def _uplinks(db: Connection, hall: str, begun: tuple[Branch, ...]) -> list[Uplink]:
    c, s, j = terminals.c, streams.c, journal.c
    newest = select(j.at, j.received).where(j.hall == hall).order_by(j.branch.desc(), j.seq.desc()).limit(1)
    last = db.execute(newest).first()
    rows = db.execute(
        select(c.id, PRESENCE.label("presence"), c.seen, s.acked, s.lost, broken().label("broken"))
        .select_from(terminals.outerjoin(streams, (s.terminal == c.id) & (s.stream == "journal")))
        .where(c.kind == "hall", c.state == "enrolled", c.hall == hall)
        .order_by(c.id)
    )
    return [
        Uplink(
            row.id,
            row.presence,
            row.seen,
            records(begun, row.acked or 0, row.lost or 0),
            row.lost or 0,
            last.at if last else None,
            last.received if last else None,
            bool(row.broken),
        )
        for row in rows
    ]


def members(db: Connection, actor: Actor) -> tuple[list[AnyRow], Counter[str]]:
    """All groups, and how many terminals in service of the actor's halls are in each."""
    counts = Counter[str]()
    for ids in db.scalars(select(terminals.c.groups).where(IN_SERVICE, seen_by(actor, terminals.c.hall))):
        counts.update(ids)
    return list(db.execute(select(groups).order_by(groups.c.priority.desc(), groups.c.id))), counts
