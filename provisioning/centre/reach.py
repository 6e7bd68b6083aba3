"""Whom changes of layers reach: the terminals they speak for, the halls these stand in, and who may do that."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, true

from provisioning.centre.layers import LayerChange
from provisioning.centre.placings import MANY, Placed
from provisioning.centre.registry import in_group
from provisioning.centre.rights import Actor, Forbidden, Right
from provisioning.centre.store.tables import groups, halls, terminals

_SERVING = (terminals.c.state == "enrolled", terminals.c.kind == "terminal")
_PLACED = tuple(
    terminals.c[name] for name in ("id", "hall", "role", "name", "name_en", "window", "zones", "groups")
)


def speaks(changes: Iterable[LayerChange]) -> "Callable[[Placed | Row[Any]], bool]":
    """Whether one of ``changes`` speaks for a terminal, as it stands."""
    keys: dict[str, set[str]] = {kind: set() for kind in ("fleet", "hall", "group", "terminal", "registry")}
    for change in changes:
        keys[change.kind].add(change.key)
    own = keys["terminal"] | keys["registry"]
    return lambda terminal: (
        bool(keys["fleet"])
        or terminal.hall in keys["hall"]
        or terminal.id in own
        or not keys["group"].isdisjoint(terminal.groups)
    )


def reached(connection: Connection, changes: Sequence[LayerChange]) -> list[Row[Any]]:
    """Terminals in service that a change speaks for (``placings.Placed``), by id."""
    mine = speaks(changes)
    rows = connection.execute(select(*_PLACED).where(*_SERVING, around(changes)).order_by(terminals.c.id))
    return [row for row in rows if mine(row)]


def around(changes: Sequence[LayerChange]) -> ColumnElement[bool]:
    """Condition on ``terminals`` that holds for all that ``changes`` speak for, and perhaps for more."""
    if len(changes) > MANY or any(change.kind == "fleet" for change in changes):
        return true()
    own = [change.key for change in changes if change.kind in ("terminal", "registry")]
    there = [change.key for change in changes if change.kind == "hall"]
    members = (in_group(change.key) for change in changes if change.kind == "group")
    return or_(terminals.c.id.in_(own), terminals.c.hall.in_(there), *members)


def touched(connection: Connection, changes: Sequence[LayerChange]) -> frozenset[str] | None:
    """Ids of the halls that are reached, entered, or whose own layer changes; None: the fleet, all of them."""
    if any(change.kind == "fleet" for change in changes):
        return None
    mine = speaks(changes)
    c = terminals.c
    rows = connection.execute(select(c.id, c.hall, c.groups).where(around(changes)))
    found = {row.hall for row in rows if mine(row)}
    found |= {change.key for change in changes if change.kind == "hall"}
    found |= {str(change.values.get("hall", "")) for change in changes if change.kind == "registry"}
    return frozenset(found)


def require(connection: Connection, actor: Actor, right: Right, changes: Sequence[LayerChange]) -> None:
    """Raises Forbidden unless ``actor`` has ``right`` in every hall that is touched."""
    actor.needs(right)
    if not actor.halls:
        return
    there = touched(connection, changes)
    if there is None or not there <= set(actor.halls):
        raise Forbidden(right)


def missing(connection: Connection, changes: Iterable[LayerChange]) -> tuple[str, ...]:
    """Changes to layers of what is not there, in words ("group b")."""
    in_service = select(terminals.c.id).where(terminals.c.state == "enrolled")
    there: dict[str, set[str]] = {"fleet": {""}}
    lost = []
    for change in changes:
        if change.kind not in there:
            ids = {
                "hall": select(halls.c.id),
                "group": select(groups.c.id),
                "terminal": in_service,
                "registry": in_service.where(terminals.c.kind == "terminal"),
            }[change.kind]
            there[change.kind] = set(connection.scalars(ids))
        if change.key not in there[change.kind]:
            lost.append(f"{change.kind} {change.key}".strip())
    return tuple(lost)
