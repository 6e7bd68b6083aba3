"""The released layers of settings, and what holds for a terminal by them.

Layers here are what is released; a draft's changes lie over them only where they are passed in. Every version of a
layer is kept. A terminal's row of the registry is itself a layer, right above the product's defaults.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, cast

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from config.layers import Effective, Layer, Values, checked, default_layer, resolve
from config.problems import Problem, SettingsError
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import groups, layer_history, layers

Scope = Literal["fleet", "hall", "group", "terminal"]
Key: TypeAlias = tuple[Scope, str]


class LayerMoved(Exception):
    """Somebody else changed the layer meanwhile. ``version``: the one it has now."""

    code = "layer.moved"

    def __init__(self, kind: str, key: str, version: int) -> None:
        super().__init__(f"{kind} {key} is at version {version}")
        self.kind, self.key, self.version = kind, key, version


class Placed(Protocol):
    """What of a terminal decides its layers; a row of ``terminals`` has it."""

    @property
    def id(self) -> str: ...
    @property
    def hall(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def window(self) -> str | None: ...
    @property
    def zones(self) -> Iterable[str]: ...
    @property
    def groups(self) -> Iterable[str]: ...


class Changed(Protocol):
    """A layer that is to say something else than is released."""

    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def values(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of a layer. Version 0: nobody has written it yet, and it says nothing."""

    kind: Scope
    key: str
    values: Mapping[str, Any]
    version: int = 0
    at: float = 0.0
    by: str = ""
    draft: int | None = None


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A layer as it is to be: ``values`` whole, following version ``base``."""

    kind: Scope
    key: str
    base: int
    values: Mapping[str, Any]

    @property
    def layer(self) -> Key:
        return self.kind, self.key


class Stack:
    """Layers, each read and flattened once, for any number of terminals."""

    def __init__(
        self,
        stored: Mapping[Key, Mapping[str, Any]],
        priorities: Mapping[str, int],
        changes: Iterable[Changed],
    ) -> None:
        values = {**stored, **{(cast(Scope, one.kind), one.key): one.values for one in changes}}
        self._layers = {
            (kind, key): Layer(kind, key, said, priorities.get(key, 0) if kind == "group" else 0)
            for (kind, key), said in values.items()
            if kind != "group" or key in priorities
        }

    def keys(self, terminal: "Placed | Row[Any]") -> tuple[Key, ...]:
        """Which layers speak for ``terminal``, besides the product's defaults and its registry row."""
        keys: list[Key] = [
            ("fleet", ""),
            ("hall", terminal.hall),
            *(("group", group) for group in terminal.groups),
            ("terminal", terminal.id),
        ]
        return tuple(key for key in keys if key in self._layers)

    def layers(self, terminal: "Placed | Row[Any]") -> list[Layer]:
        """All that speak for ``terminal``, lowest first."""
        found = [self._layers[key] for key in self.keys(terminal)]
        return sorted([default_layer(), registry_layer(terminal), *found], key=lambda layer: layer.rank)

    def effective(self, terminal: "Placed | Row[Any]") -> Effective:
        return resolve(self.layers(terminal))


def registry_layer(terminal: "Placed | Row[Any]") -> Layer:
    """What the registry itself says of a terminal. Raises nothing: rows are checked when they are written."""
    values = {
        "role": terminal.role,
        "name": terminal.name,
        "name_en": terminal.name_en or None,
        "window": terminal.window,
        "zones": list(terminal.zones) or None,
        "source": {"hall": terminal.hall},
    }
    return Layer("registry", terminal.id, values)


def load(connection: Connection, changes: Iterable[Changed] = ()) -> Stack:
    """The whole stack, for work on many terminals."""
    return _stack(connection, connection.execute(select(layers)), changes)


def terminal_layers(
    connection: Connection, terminal: "Placed | Row[Any]", changes: Iterable[Changed] = ()
) -> list[Layer]:
    """All layers that speak for one terminal, lowest first, with ``changes`` in place of the released ones."""
    keys = [("fleet", ""), ("hall", terminal.hall), ("terminal", terminal.id)]
    keys += [("group", group) for group in terminal.groups]
    mine = or_(*(and_(layers.c.kind == kind, layers.c.key == key) for kind, key in keys))
    return _stack(connection, connection.execute(select(layers).where(mine)), changes).layers(terminal)


def effective(
    connection: Connection, terminal: "Placed | Row[Any]", changes: Iterable[Changed] = ()
) -> Effective:
    """What holds for one terminal, each value with its origin."""
    return resolve(terminal_layers(connection, terminal, changes))


def effective_many(
    connection: Connection, terminals: Iterable["Placed | Row[Any]"], changes: Iterable[Changed] = ()
) -> Iterator[tuple[str, Effective]]:
    """``(id, what holds)`` for each, reading every layer once."""
    stack = load(connection, changes)
    for terminal in terminals:
        yield terminal.id, stack.effective(terminal)


def resolved(
    connection: Connection, terminals: Iterable["Placed | Row[Any]"], changes: Iterable[Changed] = ()
) -> dict[str, Values]:
    """The settings of each by id, for its document: checked as the terminal checks them. Raises SettingsError."""
    found = {}
    for id, holds in effective_many(connection, terminals, changes):
        checked(holds)
        found[id] = holds.values
    return found


def problems_of(effective: Effective) -> tuple[Problem, ...]:
    """What a terminal would find wrong with its settings."""
    try:
        checked(effective)
    except SettingsError as error:
        return error.problems
    return ()


def _stack(connection: Connection, rows: Iterable[Row[Any]], changes: Iterable[Changed]) -> Stack:
    stored = {(cast(Scope, row.kind), row.key): row._mapping["values"] for row in rows}
    priorities = {row.id: row.priority for row in connection.execute(select(groups.c.id, groups.c.priority))}
    return Stack(stored, priorities, changes)


# -- reading and writing -----------------------------------------------------------------------------------


def read(connection: Connection, kind: Scope, key: str) -> Stored:
    """The layer as released."""
    row = (
        connection.execute(select(layers).where(layers.c.kind == kind, layers.c.key == key))
        .mappings()
        .first()
    )
    return Stored(**row) if row is not None else Stored(kind, key, {})


def write(
    connection: Connection,
    actor: Actor,
    change: LayerChange,
    *,
    at: float,
    draft: int | None = None,
) -> int:
    """Release a layer; gives its new version. Who may, and whether it is right, was settled in its draft.

    Raises LayerMoved when it is not at ``change.base``.
    """
    now = read(connection, change.kind, change.key)
    if now.version != change.base:
        raise LayerMoved(change.kind, change.key, now.version)
    row = {"kind": change.kind, "key": change.key, "values": dict(change.values), "at": at, "by": actor.name}
    version = now.version + 1
    if now.version:
        mine = (layers.c.kind == change.kind) & (layers.c.key == change.key)
        connection.execute(update(layers).where(mine).values(version=version, **row))
    else:
        connection.execute(insert(layers).values(version=version, **row))
    connection.execute(insert(layer_history).values(version=version, draft=draft, **row))
    return version


def history(connection: Connection, kind: Scope, key: str) -> tuple[Stored, ...]:
    """All versions, newest first."""
    rows = connection.execute(
        select(layer_history)
        .where(layer_history.c.kind == kind, layer_history.c.key == key)
        .order_by(layer_history.c.version.desc())
    ).mappings()
    return tuple(
        Stored(row["kind"], row["key"], row["values"], row["version"], row["at"], row["by"], row["draft"])
        for row in rows
    )
