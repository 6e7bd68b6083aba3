"""Halls, groups and terminals: who there is, and where. Every change is in the audit, a batch as one entry.

Terminals come and go by enrolment (provisioning.centre.enrolment); here they are named, moved and grouped.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, get_args
from zoneinfo import available_timezones

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    String,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from config.settings import Role
from provisioning.centre import audit, layers
from provisioning.centre.layers import problems_of
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.store.tables import groups, halls, terminals

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
ROLES = tuple(role for role in get_args(Role) if role != "enrol")
MANY = 500  # ids in one statement: SQLite has bounds for its parameters


class RegistryRefused(Exception):
    """A change that cannot be.

    ``code``: registry.{unknown,taken,id,name,region,zone,hall,group,role,window,retired,in_use,settings}.
    """

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Hall:
    """``settings``: the hall's own hall.toml as data, for dry runs; {} where it is not known."""

    id: str
    name: str
    name_en: str = ""
    region: str = ""
    time_zone: str = "Asia/Shanghai"
    broker: str = "main"
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Of two groups that say the same key, the one of higher priority holds."""

    id: str
    name: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Placing:
    """What staff say of a terminal: where it stands and what it is there."""

    hall: str
    role: str
    name: str
    name_en: str = ""
    groups: tuple[str, ...] = ()
    window: str | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal of the registry."""

    id: str
    hall: str
    kind: str
    role: str
    name: str
    name_en: str
    serial: str
    groups: tuple[str, ...]
    window: str | None
    zones: tuple[str, ...]
    state: str
    enrolled: float
    retired: float | None
    rev: int
    pinned: bool

    @property
    def placing(self) -> Placing:
        return Placing(self.hall, self.role, self.name, self.name_en, self.groups, self.window, self.zones)


# -- halls -------------------------------------------------------------------------------------------------


def all_halls(connection: Connection, actor: Actor) -> tuple[Hall, ...]:
    """Those of the actor, by id."""
    rows = connection.execute(select(halls).order_by(halls.c.id)).mappings()
    return tuple(Hall(**row) for row in rows if actor.sees(row["id"]))


def hall(connection: Connection, id: str) -> Hall:
    """Raises RegistryRefused."""
    row = connection.execute(select(halls).where(halls.c.id == id)).mappings().first()
    if row is None:
        raise RegistryRefused("registry.unknown", f"hall {id}")
    return Hall(**row)


def create_hall(connection: Connection, actor: Actor, new: Hall, *, at: float) -> Hall:
    """Raises Forbidden, RegistryRefused."""
    actor.needs("admin")
    _sound_hall(new)
    if connection.scalar(select(halls.c.id).where(halls.c.id == new.id)) is not None:
        raise RegistryRefused("registry.taken", f"hall {new.id}")
    connection.execute(insert(halls).values(**asdict(new)))
    audit.record(connection, actor, "hall.created", f"hall {new.id}", new.id, {"name": new.name}, at=at)
    return new


def change_hall(connection: Connection, actor: Actor, new: Hall, *, at: float) -> Hall:
    """The hall of that id becomes ``new``. Raises Forbidden, RegistryRefused."""
    actor.needs("admin", new.id)
    _sound_hall(new)
    before = asdict(hall(connection, new.id))
    connection.execute(update(halls).where(halls.c.id == new.id).values(**asdict(new)))
    changed = {key: value for key, value in asdict(new).items() if value != before[key] and key != "settings"}
    audit.record(connection, actor, "hall.changed", f"hall {new.id}", new.id, changed, at=at)
    return new


# -- groups ------------------------------------------------------------------------------------------------


def all_groups(connection: Connection) -> tuple[Group, ...]:
    """Highest priority first."""
    rows = connection.execute(select(groups).order_by(groups.c.priority.desc(), groups.c.id)).mappings()
    return tuple(Group(**row) for row in rows)


def save_group(connection: Connection, actor: Actor, group: Group, *, at: float) -> Group:
    """Make or change a group; its priority decides over settings, so it takes somebody of all halls.

    Raises Forbidden, RegistryRefused.
    """
    actor.needs("enrol")
    if actor.halls:
        raise Forbidden("a group may have members in any hall")
    _sound_id(group.id)
    _sound_name(group.name)
    before = connection.execute(select(groups).where(groups.c.id == group.id)).mappings().first()
    if before is None:
        connection.execute(insert(groups).values(**asdict(group)))
        audit.record(connection, actor, "group.created", f"group {group.id}", detail=asdict(group), at=at)
    else:
        if before["priority"] != group.priority and _members(connection, group.id):
            actor.needs("approve")
        connection.execute(update(groups).where(groups.c.id == group.id).values(**asdict(group)))
        audit.record(connection, actor, "group.changed", f"group {group.id}", detail=asdict(group), at=at)
    return group


def delete_group(connection: Connection, actor: Actor, id: str, *, at: float) -> None:
    """Only one that has no member and whose layer says nothing. Raises Forbidden, RegistryRefused."""
    actor.needs("enrol")
    if actor.halls:
        raise Forbidden("a group may have members in any hall")
    said = layers.read(connection, "group", id).values
    if _members(connection, id) or said:
        raise RegistryRefused("registry.in_use", f"group {id}")
    if connection.execute(delete(groups).where(groups.c.id == id)).rowcount != 1:
        raise RegistryRefused("registry.unknown", f"group {id}")
    audit.record(connection, actor, "group.deleted", f"group {id}", at=at)


def in_group(id: str) -> ColumnElement[bool]:
    """Condition on ``terminals``: member of the group. Ids hold no quote, so the JSON text is exact."""
    return cast(terminals.c.groups, String).contains(f'"{id}"', autoescape=True)


def _members(connection: Connection, id: str) -> int:
    members = select(func.count()).select_from(terminals)
    return connection.scalar(members.where(in_group(id), terminals.c.state == "enrolled")) or 0


# -- terminals ---------------------------------------------------------------------------------------------


def terminal(connection: Connection, actor: Actor, id: str) -> Terminal:
    """Raises RegistryRefused, also for one of a hall that the actor does not see."""
    row = connection.execute(select(terminals).where(terminals.c.id == id)).mappings().first()
    if row is None or not actor.sees(row["hall"]):
        raise RegistryRefused("registry.unknown", f"terminal {id}")
    return of_row(row)


def place(connection: Connection, actor: Actor, id: str, placing: Placing, *, at: float) -> Terminal:
    """Rename, move, give another role: both halls must be the actor's. Raises Forbidden, RegistryRefused."""
    before = terminal(connection, actor, id)
    actor.needs("enrol", before.hall)
    actor.needs("enrol", placing.hall)
    if before.state == "retired":
        raise RegistryRefused("registry.retired", f"terminal {id}")
    _sound_placing(connection, placing, before.kind)
    connection.execute(update(terminals).where(terminals.c.id == id).values(**_columns(placing)))
    _unbroken(connection, [before])
    was, now = asdict(before.placing), asdict(placing)
    changed = {key: [was[key], now[key]] for key in now if was[key] != now[key]}
    audit.record(connection, actor, "terminal.changed", f"terminal {id}", placing.hall, changed, at=at)
    return terminal(connection, actor, id)


def regroup(
    connection: Connection,
    actor: Actor,
    ids: Collection[str],
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    at: float,
) -> tuple[str, ...]:
    """Put many terminals into groups and take them out of others; one entry in the audit. Gives those that changed.

    All or nothing: none may end up with settings it would refuse. Raises Forbidden, RegistryRefused.
    """
    actor.needs("enrol")
    _known_groups(connection, add)
    changed: dict[tuple[str, ...], list[str]] = {}
    before, found = [], set()
    for row in rows_of(connection, ids):
        actor.needs("enrol", row["hall"])
        if row["state"] == "retired":
            raise RegistryRefused("registry.retired", f"terminal {row['id']}")
        found.add(row["id"])
        wanted = tuple(sorted((set(row["groups"]) | set(add)) - set(remove)))
        if wanted != tuple(sorted(row["groups"])):
            changed.setdefault(wanted, []).append(row["id"])
            before.append(of_row(row))
    if missing := set(ids) - found:
        raise RegistryRefused("registry.unknown", f"terminals {', '.join(sorted(missing)[:5])}")
    for wanted, members in changed.items():
        for some in _slices(members):
            connection.execute(update(terminals).where(terminals.c.id.in_(some)).values(groups=list(wanted)))
    _unbroken(connection, before)
    touched = tuple(sorted(id for members in changed.values() for id in members))
    detail = {"add": list(add), "remove": list(remove), "count": len(touched), "terminals": list(touched)}
    audit.record(connection, actor, "terminals.regrouped", f"{len(touched)} terminals", detail=detail, at=at)
    return touched


def rows_of(connection: Connection, ids: Iterable[str]) -> list[RowMapping]:
    """The rows of ``terminals`` of these ids, in slices that SQLite can take."""
    rows: list[RowMapping] = []
    for some in _slices(sorted(set(ids))):
        rows += connection.execute(select(terminals).where(terminals.c.id.in_(some))).mappings()
    return rows


def of_row(row: RowMapping) -> Terminal:
    """A row of ``terminals`` as a value."""
    held: dict[str, Any] = {name: row[name] for name in Terminal.__slots__}
    return Terminal(**(held | {"groups": tuple(row["groups"]), "zones": tuple(row["zones"])}))


def _unbroken(connection: Connection, before: Sequence[Terminal]) -> None:
    """Raises RegistryRefused where settings were in order and, as the rows are now, would not be."""
    stack = layers.load(connection)
    now = {row["id"]: of_row(row) for row in rows_of(connection, [one.id for one in before])}
    for one in before:
        if one.kind != "terminal":
            continue
        wrong = problems_of(stack.effective(now[one.id]))
        if wrong and not problems_of(stack.effective(one)):
            raise RegistryRefused("registry.settings", f"{one.id}: {wrong[0]}")


# -- what is sound -----------------------------------------------------------------------------------------


def _slices(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[at : at + MANY] for at in range(0, len(ids), MANY))


def _columns(placing: Placing) -> dict[str, Any]:
    return {
        **asdict(placing),
        "groups": sorted(set(placing.groups)),
        "zones": list(placing.zones),
    }


def _sound_placing(connection: Connection, placing: Placing, kind: str) -> None:
    _sound_name(placing.name)
    if len(placing.name_en) > 120:
        raise RegistryRefused("registry.name", "the English name has more than 120 characters")
    if kind == "terminal" and placing.role not in ROLES:
        raise RegistryRefused("registry.role", f"{placing.role!r} is none of {', '.join(ROLES)}")
    if kind not in ("terminal", "hall"):
        raise RegistryRefused("registry.role", f"{kind!r} is neither a terminal nor a hall")
    if placing.role in ("window-board", "caller") and placing.window is None:
        raise RegistryRefused("registry.window", f"{placing.role} needs a window")
    for id in (*placing.zones, *([placing.window] if placing.window is not None else [])):
        _sound_id(id)
    if connection.scalar(select(halls.c.id).where(halls.c.id == placing.hall)) is None:
        raise RegistryRefused("registry.hall", placing.hall)
    _known_groups(connection, placing.groups)


def _known_groups(connection: Connection, wanted: Collection[str]) -> None:
    known = set(connection.scalars(select(groups.c.id).where(groups.c.id.in_(wanted))))
    if missing := set(wanted) - known:
        raise RegistryRefused("registry.group", ", ".join(sorted(missing)))


def _sound_hall(hall: Hall) -> None:
    _sound_id(hall.id)
    _sound_name(hall.name)
    _sound_id(hall.broker)
    if len(hall.name_en) > 120:
        raise RegistryRefused("registry.name", "the English name has more than 120 characters")
    if not re.fullmatch(r"(\d{6})?", hall.region):
        raise RegistryRefused("registry.region", f"{hall.region!r} is no code of GB/T 2260 (six figures)")
    if hall.time_zone not in available_timezones():
        raise RegistryRefused("registry.zone", f"{hall.time_zone!r} is not in the tz database")


def _sound_id(id: str) -> None:
    if not ID.fullmatch(id):
        raise RegistryRefused("registry.id", f"{id!r}: 1 to 32 of a-z, 0-9 and hyphen")


def _sound_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= len(name) <= 60:
        raise RegistryRefused("registry.name", "1 to 60 characters")
