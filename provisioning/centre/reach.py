"""Whom changes of layers reach: the terminals they speak for, the halls these stand in, and who may do that."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, false, or_, select, true

from provisioning.centre.layers import LayerChange
from provisioning.centre.registry import in_group
from provisioning.centre.rights import Actor, Forbidden, Right
from provisioning.centre.store.tables import groups, halls, terminals

_SERVING = (terminals.c.state == "enrolled", terminals.c.kind == "terminal")
_PLACED = tuple(
    terminals.c[name] for name in ("id", "hall", "role", "name", "name_en", "window", "zones", "groups")
)


def reached(connection: Connection, changes: Iterable[LayerChange]) -> list[Row[Any]]:
    """Terminals in service that a changed layer speaks for (``layers.Placed``), by id."""
    spoken_for = or_(false(), *(_speaks(change) for change in changes))
    return list(connection.execute(select(*_PLACED).where(*_SERVING, spoken_for).order_by(terminals.c.id)))


def touched(connection: Connection, changes: Iterable[LayerChange]) -> frozenset[str] | None:
    """Ids of the halls that are reached, and of those whose own layer changes; None: the fleet, all of them."""
    found: set[str] = set()
    for change in changes:
        if change.kind == "fleet":
            return None
        if change.kind == "hall":
            found.add(change.key)
        else:
            found |= set(connection.scalars(select(terminals.c.hall).distinct().where(_speaks(change))))
    return frozenset(found)


def require(connection: Connection, actor: Actor, right: Right, changes: Iterable[LayerChange]) -> None:
    """Raises Forbidden unless ``actor`` has ``right`` in every hall that is touched."""
    actor.needs(right)
    if not actor.halls:
        return
    there = touched(connection, changes)
    if there is None or not there <= set(actor.halls):
        raise Forbidden(right)


def missing(connection: Connection, changes: Iterable[LayerChange]) -> tuple[str, ...]:
    """Changes to layers of what is not there, in words ("group b")."""
    known = {
        "hall": (halls.c.id, true()),
        "group": (groups.c.id, true()),
        "terminal": (terminals.c.id, terminals.c.state == "enrolled"),
    }
    lost = []
    for change in changes:
        if change.kind == "fleet":
            there = change.key == ""
        else:
            column, alive = known[change.kind]
            there = connection.scalar(select(column).where(column == change.key, alive)) is not None
        if not there:
            lost.append(f"{change.kind} {change.key}")
    return tuple(lost)


def _speaks(change: LayerChange) -> ColumnElement[bool]:
    match change.kind:
        case "fleet":
            return true()
        case "hall":
            return terminals.c.hall == change.key
        case "group":
            return in_group(change.key)
        case "terminal":
            return terminals.c.id == change.key
