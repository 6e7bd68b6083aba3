"""Halls, groups, terminals and the layers of their settings."""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Connection, func, or_, select

from provisioning.centre import layers, registry
from provisioning.centre.api.door import Door, Who
from provisioning.centre.api.people import Said
from provisioning.centre.drafts import Drafts, Moved
from provisioning.centre.registry import Group, Hall, Placing, grouped
from provisioning.centre.rights import Actor
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import terminals as t
from provisioning.wire.messages import DeviceId


class HallSaid(Said):
    name: str
    name_en: str = ""
    region: str = ""
    time_zone: str = "Asia/Shanghai"
    broker: str = "main"
    settings: dict[str, Any] = Field(default={})


class NewHall(HallSaid):
    id: str


class GroupSaid(Said):
    name: str
    priority: int = Field(default=0, ge=-1000, le=1000)


class PlacingSaid(Said):
    hall: str
    role: str
    name: str
    name_en: str = ""
    groups: tuple[str, ...] = ()
    window: str | None = None
    zones: tuple[str, ...] = ()


class Regroup(Said):
    terminals: tuple[DeviceId, ...] = Field(min_length=1, max_length=10_000)
    add: tuple[DeviceId, ...] = ()
    remove: tuple[DeviceId, ...] = ()


class Seen(BaseModel):
    """A terminal as last heard; the database is up to half a second behind."""

    id: str
    hall: str
    kind: str
    role: str
    name: str
    name_en: str
    serial: str
    groups: list[str]
    window: str | None
    zones: list[str]
    state: str
    enrolled: float
    retired: float | None
    rev: int
    pinned: bool
    reported_rev: int
    reported_state: str
    running: int
    good: int
    fault: dict[str, Any] | None
    app: str
    os: str
    online: bool
    presence_at: float | None
    seen: float | None
    health: dict[str, Any] | None
    skew: float | None
    paper_minutes: float | None


class SeenPage(BaseModel):
    """``total``: on all pages."""

    terminals: list[Seen]
    total: int


class Held(BaseModel):
    """One effective value and the layer that says it."""

    key: str
    value: Any
    origin: str


class LayerVersion(BaseModel):
    kind: str
    key: str
    values: dict[str, Any]
    version: int
    at: float
    by: str
    draft: int | None


def add_registry(door: Door, database: Database, drafts: Drafts, now: Callable[[], float]) -> None:
    _add_halls(door, database, now)
    _add_terminals(door, database, drafts)
    _add_layers(door, database)


def _add_halls(door: Door, database: Database, now: Callable[[], float]) -> None:
    @door.get("/v1/halls", "see")
    def halls(who: Who) -> tuple[Hall, ...]:
        """The halls of the account."""
        with database.read() as connection:
            return registry.all_halls(connection, who)

    @door.post("/v1/halls", "admin", status_code=201)
    def hall_new(said: NewHall, who: Who) -> Hall:
        """A new hall."""
        with database.write() as connection:
            return registry.create_hall(connection, who, Hall(**said.model_dump()), at=now())

    @door.put("/v1/halls/{hall}", "admin")
    def hall_change(hall: str, said: HallSaid, who: Who) -> Hall:
        """Change a hall."""
        with database.write() as connection:
            return registry.change_hall(connection, who, Hall(id=hall, **said.model_dump()), at=now())

    @door.get("/v1/groups", "see")
    def groups(who: Who) -> tuple[Group, ...]:
        """All groups, the strongest first."""
        with database.read() as connection:
            return registry.all_groups(connection)

    @door.put("/v1/groups/{group}", "enrol")
    def group_save(group: str, said: GroupSaid, who: Who) -> Group:
        """Make or change a group."""
        with database.write() as connection:
            return registry.save_group(connection, who, Group(group, said.name, said.priority), at=now())

    @door.delete("/v1/groups/{group}", "enrol", status_code=204)
    def group_delete(group: str, who: Who) -> None:
        """Delete a group that nobody is in."""
        with database.write() as connection:
            registry.delete_group(connection, who, group, at=now())


def _add_terminals(door: Door, database: Database, drafts: Drafts) -> None:
    @door.get("/v1/terminals", "see")
    def terminals(
        who: Who,
        hall: str = "",
        role: str = "",
        group: str = "",
        state: Literal["enrolled", "retired", ""] = "enrolled",
        online: bool | None = None,
        find: str = "",
        page: int = 1,
        size: int = 100,
    ) -> SeenPage:
        """Terminals by id. ``find``: part of id, name or serial."""
        where: list[ColumnElement[bool]] = [t.c.hall.in_(who.halls)] if who.halls else []
        where += [
            column == said
            for column, said in ((t.c.hall, hall), (t.c.role, role), (t.c.state, state))
            if said
        ]
        if group:
            where.append(registry.in_group(group))
        if online is not None:
            where.append(t.c.online.is_(online))
        if find:
            where.append(or_(*(c.icontains(find, autoescape=True) for c in (t.c.id, t.c.name, t.c.serial))))
        size = max(1, min(size, 1000))
        rows = select(t).where(*where).order_by(t.c.id).limit(size).offset((max(page, 1) - 1) * size)
        with database.read() as connection:
            total = connection.scalar(select(func.count()).select_from(t).where(*where)) or 0
            found = [Seen.model_validate(dict(row)) for row in connection.execute(rows).mappings()]
        return SeenPage(terminals=found, total=total)

    @door.get("/v1/terminals/{terminal}", "see")
    def terminal(terminal: str, who: Who) -> Seen:
        """One terminal."""
        with database.read() as connection:
            registry.terminal(connection, who, terminal)
            row = connection.execute(select(t).where(t.c.id == terminal)).mappings().one()
        return Seen.model_validate(dict(row))

    @door.get("/v1/terminals/{terminal}/settings", "see")
    def effective(terminal: str, who: Who) -> list[Held]:
        """What holds for it by the released layers, and who says so."""
        with database.read() as connection:
            found = layers.effective(connection, registry.terminal(connection, who, terminal))
        return [
            Held(key=key, value=_at(found.values, key), origin=str(origin))
            for key, origin in sorted(found.origins.items())
        ]

    @door.put("/v1/terminals/{terminal}", "enrol")
    def terminal_place(terminal: str, said: PlacingSaid, who: Who) -> Moved:
        """Rename, move or regroup one: at once, or as a draft where it changes settings."""
        there = Placing(**said.model_dump())
        return drafts.move(who, [terminal], lambda before: there, f"{terminal}: {said.name}")

    @door.post("/v1/terminals/regroup", "enrol")
    def terminals_regroup(said: Regroup, who: Who) -> Moved:
        """Put many into groups and take them out of others: at once, or as a draft where it changes settings."""
        title = " ".join((*(f"+{one}" for one in said.add), *(f"-{one}" for one in said.remove)))
        regrouped = grouped(said.add, said.remove)
        return drafts.move(who, said.terminals, regrouped, f"{title} ({len(said.terminals)})"[:120])


def _add_layers(door: Door, database: Database) -> None:
    @door.get("/v1/layers/{kind}", "see")
    def layer(kind: layers.Kind, who: Who, key: str = "") -> LayerVersion:
        """A layer as released; ``registry``: where a terminal stands, as the values of a change."""
        with database.read() as connection:
            _visible(connection, who, kind, key)
            return _version(layers.read(connection, kind, key))

    @door.get("/v1/layers/{kind}/history", "see")
    def layer_history(kind: layers.Kind, who: Who, key: str = "") -> list[LayerVersion]:
        """All its versions, the newest first."""
        with database.read() as connection:
            _visible(connection, who, kind, key)
            return [_version(one) for one in layers.history(connection, kind, key)]


def _visible(connection: Connection, who: Actor, kind: str, key: str) -> None:
    """A layer of a hall or terminal is seen by who sees that hall. Raises RegistryRefused."""
    if kind in ("terminal", "registry"):
        registry.terminal(connection, who, key)
    if kind == "hall" and not who.sees(key):
        raise registry.RegistryRefused("registry.unknown", f"hall {key}")


def _version(stored: layers.Stored) -> LayerVersion:
    return LayerVersion(**{name: getattr(stored, name) for name in LayerVersion.model_fields})


def _at(values: Any, path: str) -> Any:
    """The value at a leaf's path (config.layers: keys hold no dot)."""
    for part in path.split("."):
        values = values[part]
    return values
