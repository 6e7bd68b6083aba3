"""Halls, groups and terminals: who there is, and where. Every change is in the audit, a batch as one entry.

Terminals come and go by enrolment (provisioning.centre.enrolment); here they are named, moved and grouped, as far as
no terminal's settings change by it. What changes settings is a draft's (kind ``registry``).
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, get_args
from zoneinfo import available_timezones

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    String,
    cast,
    delete,
    insert,
    select,
    update,
)

from config.layers import diff
from config.settings import Role
from provisioning.centre import audit, layers, placings
from provisioning.centre.layers import LayerChange, Stack
from provisioning.centre.placings import Placing as Placing
from provisioning.centre.placings import rows_of
from provisioning.centre.rights import Actor, Forbidden
from provisioning.centre.store.tables import drafts, groups, halls, terminals

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
ROLES = tuple(role for role in get_args(Role) if role != "enrol")
PENDING = ("submitted", "approved", "rolling")
"""States of drafts that somebody relies on: what was looked at is what terminals get."""


class RegistryRefused(Exception):
    """A change that cannot be.

    ``code``: registry.{unknown,taken,id,name,region,zone,hall,group,role,window,retired,in_use,rolling}.
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
    """Make or change a group; it may have members in any hall, so it takes somebody of all halls.

    Its priority is as it is (registry.in_use) where another one would change settings: that is for drafts, with
    another group. Raises Forbidden, RegistryRefused.
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
        said = ((), *(said for _, said in _awaited(connection)))
        stacks = [layers.load(connection, one) for one in said]
        connection.execute(update(groups).where(groups.c.id == group.id).values(**asdict(group)))
        if before["priority"] != group.priority:
            now = [layers.load(connection, one) for one in said]
            _reordered(connection, group, zip(stacks, now, strict=True))
        audit.record(connection, actor, "group.changed", f"group {group.id}", detail=asdict(group), at=at)
    return group


def delete_group(connection: Connection, actor: Actor, id: str, *, at: float) -> None:
    """Only one that has no member and whose layer says nothing. Raises Forbidden, RegistryRefused."""
    actor.needs("enrol")
    if actor.halls:
        raise Forbidden("a group may have members in any hall")
    said = layers.read(connection, "group", id).values
    awaited = any(
        one.kind == "registry" and id in one.values.get("groups", ())
        for _, said in _awaited(connection)
        for one in said
    )
    if said or awaited or connection.scalar(_members(id).limit(1)) is not None:
        raise RegistryRefused("registry.in_use", f"group {id}")
    if connection.execute(delete(groups).where(groups.c.id == id)).rowcount != 1:
        raise RegistryRefused("registry.unknown", f"group {id}")
    audit.record(connection, actor, "group.deleted", f"group {id}", at=at)


def in_group(id: str) -> ColumnElement[bool]:
    """Condition on ``terminals``: member of the group. Ids hold no quote, so the JSON text is exact."""
    return cast(terminals.c.groups, String).contains(f'"{id}"', autoescape=True)


def _members(id: str) -> Select[tuple[str]]:
    return select(terminals.c.id).where(in_group(id), terminals.c.state == "enrolled")


def _reordered(connection: Connection, group: Group, stacks: Iterable[tuple[Stack, Stack]]) -> None:
    """Raises RegistryRefused where the new priority gives somebody other settings, now or by what is awaited."""
    rows = connection.execute(select(terminals).where(terminals.c.state == "enrolled")).all()
    for before, now in stacks:
        for row in rows:
            if group.id in before.placed(row).groups and diff(
                before.effective(row).values, now.effective(row).values
            ):
                raise RegistryRefused("registry.in_use", f"group {group.id}: {row.id}")


# -- terminals ---------------------------------------------------------------------------------------------


def terminal(connection: Connection, actor: Actor, id: str) -> Terminal:
    """Raises RegistryRefused, also for one of a hall that the actor does not see."""
    row = connection.execute(select(terminals).where(terminals.c.id == id)).mappings().first()
    if row is None or not actor.sees(row["hall"]):
        raise RegistryRefused("registry.unknown", f"terminal {id}")
    return of_row(row)


def move(
    connection: Connection,
    actor: Actor,
    ids: Collection[str],
    wanted: Callable[[Placing], Placing],
    *,
    at: float,
) -> tuple[tuple[str, ...], tuple[LayerChange, ...]]:
    """Terminals stand as ``wanted`` says of where they stood: ids of those that do from now on, and no changes.

    Where a terminal's settings would change by it, now or with a draft that is under review or on its way, nothing
    is written, and all that was wanted comes back as changes for a draft. Every hall that is left or entered must be
    the actor's. Raises Forbidden, RegistryRefused.
    """
    actor.needs("enrol")
    found = {row["id"]: of_row(row) for row in rows_of(connection, ids)}
    if missing := set(ids) - {id for id, one in found.items() if actor.sees(one.hall)}:
        raise RegistryRefused("registry.unknown", f"terminals {', '.join(sorted(missing)[:5])}")
    new: dict[str, Placing] = {}
    for id, one in found.items():
        there = wanted(one.placing)
        there = replace(there, groups=tuple(sorted(set(there.groups))))
        actor.needs("enrol", there.hall)
        if one.state == "retired":
            raise RegistryRefused("registry.retired", f"terminal {id}")
        if there != one.placing:
            new[id] = there
    sound_placings(connection, new, {id: found[id].kind for id in new})
    if not new:
        return (), ()
    versions = placings.versions(connection, new)
    changes = tuple(
        LayerChange("registry", id, versions[id], placings.values(there)) for id, there in sorted(new.items())
    )
    awaited = _awaited(connection)
    for state, said in awaited:
        if state == "rolling" and (busy := {one.key for one in said if one.kind == "registry"} & new.keys()):
            raise RegistryRefused("registry.rolling", f"terminal {min(busy)}")
    served = [one for id, one in found.items() if id in new and one.kind == "terminal"]
    if any(_altered(connection, served, said, changes) for said in ((), *(said for _, said in awaited))):
        return (), changes
    placings.write(connection, actor.name, new, at=at)
    halls_of = {found[id].hall for id in new} | {there.hall for there in new.values()}
    detail: dict[str, Any] = {"count": len(new), "terminals": sorted(new)[:100]}
    if len(new) == 1:
        [(id, there)] = new.items()
        was, now = asdict(found[id].placing), asdict(there)
        detail = {key: [was[key], now[key]] for key in now if was[key] != now[key]}
    subject = f"terminal {min(new)}" if len(new) == 1 else f"{len(new)} terminals"
    action = "terminal.changed" if len(new) == 1 else "terminals.regrouped"
    hall = halls_of.pop() if len(halls_of) == 1 else ""
    audit.record(connection, actor, action, subject, hall, detail, at=at)
    return tuple(sorted(new)), ()


def grouped(add: Collection[str], remove: Collection[str]) -> Callable[[Placing], Placing]:
    """For ``move``: in ``add`` too, and no longer in ``remove``."""
    return lambda one: replace(one, groups=tuple((set(one.groups) | set(add)) - set(remove)))


def _awaited(connection: Connection) -> list[tuple[str, tuple[LayerChange, ...]]]:
    """State and changes of drafts that are under review, or on their way to terminals."""
    rows = connection.execute(select(drafts.c.state, drafts.c.changes).where(drafts.c.state.in_(PENDING)))
    return [(row.state, tuple(LayerChange(**one) for one in row.changes)) for row in rows]


def _altered(
    connection: Connection,
    some: Iterable[Terminal],
    under: tuple[LayerChange, ...],
    changes: tuple[LayerChange, ...],
) -> bool:
    """Whether ``changes``, over what is released and ``under``, give any of them other settings."""
    before, after = layers.load(connection, under), layers.load(connection, (*under, *changes))
    return any(diff(before.effective(one).values, after.effective(one).values) for one in some)


def of_row(row: RowMapping) -> Terminal:
    """A row of ``terminals`` as a value."""
    held: dict[str, Any] = {name: row[name] for name in Terminal.__slots__}
    return Terminal(**(held | {"groups": tuple(sorted(row["groups"])), "zones": tuple(row["zones"])}))


# -- what is sound -----------------------------------------------------------------------------------------


def sound_placings(connection: Connection, wanted: Mapping[str, Placing], kinds: Mapping[str, str]) -> None:
    """Raises RegistryRefused unless terminals of these ids and ``kinds`` could stand so."""
    for id, there in wanted.items():
        _sound_placing(there, kinds[id])
    known = set(connection.scalars(select(halls.c.id)))
    if missing := {there.hall for there in wanted.values()} - known:
        raise RegistryRefused("registry.hall", ", ".join(sorted(missing)))
    known = set(connection.scalars(select(groups.c.id)))
    if missing := {group for there in wanted.values() for group in there.groups} - known:
        raise RegistryRefused("registry.group", ", ".join(sorted(missing)))


def _sound_placing(placing: Placing, kind: str) -> None:
    _sound_name(placing.name)
    _sound_english(placing.name_en)
    if kind == "terminal" and placing.role not in ROLES:
        raise RegistryRefused("registry.role", f"{placing.role!r} is none of {', '.join(ROLES)}")
    if placing.role in ("window-board", "caller") and placing.window is None:
        raise RegistryRefused("registry.window", f"{placing.role} needs a window")
    for id in (*placing.zones, *([placing.window] if placing.window is not None else [])):
        _sound_id(id)


def _sound_hall(hall: Hall) -> None:
    _sound_id(hall.id)
    _sound_name(hall.name)
    _sound_id(hall.broker)
    _sound_english(hall.name_en)
    if not re.fullmatch(r"([0-9]{6})?", hall.region):
        raise RegistryRefused("registry.region", f"{hall.region!r} is no code of GB/T 2260 (six figures)")
    if hall.time_zone not in available_timezones():
        raise RegistryRefused("registry.zone", f"{hall.time_zone!r} is not in the tz database")


def _sound_id(id: str) -> None:
    if not ID.fullmatch(id):
        raise RegistryRefused("registry.id", f"{id!r}: 1 to 32 of a-z, 0-9 and hyphen")


def _sound_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= len(name) <= 60 or not shown_as_written(name):
        raise RegistryRefused("registry.name", "1 to 60 characters that can be seen")


def _sound_english(name: str) -> None:
    if len(name) > 120 or not shown_as_written(name):
        raise RegistryRefused("registry.name", "an English name has up to 120 characters that can be seen")


def shown_as_written(text: str) -> bool:
    """No line break, no character that turns or hides others: what is read is what was said."""
    return all(character.isprintable() or character == "\u3000" for character in text)
