"""The released layers of settings, and what holds for a terminal by them.

Layers here are what is released; a draft's changes lie over them only where they are passed in. Every version of a
layer is kept. A terminal's row of the registry is itself a layer, right above the product's defaults; a change of it
(kind ``registry``, provisioning.centre.placings) also decides which halls' and groups' layers speak for the terminal.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from config.layers import Effective, Layer, Values, checked, default_layer, resolve
from config.problems import Problem, SettingsError
from provisioning.centre import placings
from provisioning.centre.placings import Placed, Stood
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import groups, layer_history, layers

log = logging.getLogger(__name__)

Scope = Literal["fleet", "hall", "group", "terminal"]
Kind: TypeAlias = Scope | Literal["registry"]
Key: TypeAlias = tuple[Kind, str]


class LayerMoved(Exception):
    """Somebody else changed the layer meanwhile. ``version``: the one it has now."""

    code = "layer.moved"

    def __init__(self, kind: str, key: str, version: int) -> None:
        super().__init__(f"{kind} {key} is at version {version}")
        self.kind, self.key, self.version = kind, key, version


@dataclass(frozen=True, slots=True)
class Stored:
    """A version of a layer. Version 0: nobody has written it yet, and it says nothing."""

    kind: Kind
    key: str
    values: Mapping[str, Any]
    version: int = 0
    at: float = 0.0
    by: str = ""
    draft: int | None = None


@dataclass(frozen=True, slots=True)
class LayerChange:
    """A layer as it is to be: ``values`` whole, following version ``base``. Those of a registry: placings.values."""

    kind: Kind
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
        changes: Iterable[LayerChange],
        placed: Mapping[str, Stood],
    ) -> None:
        values = {**stored, **{one.layer: one.values for one in changes if one.kind != "registry"}}
        self._placed = placed
        self._layers = {
            (kind, key): Layer(kind, key, said, priorities.get(key, 0) if kind == "group" else 0)
            for (kind, key), said in values.items()
            if kind != "group" or key in priorities
        }

    def placed(self, terminal: "Placed | Row[Any]") -> "Placed | Row[Any]":
        """Where ``terminal`` stands with the changes: its registry layer."""
        return self._placed.get(terminal.id, terminal)

    def keys(self, terminal: "Placed | Row[Any]") -> tuple[Key, ...]:
        """Which layers speak for ``terminal``, besides the product's defaults and its registry row."""
        terminal = self.placed(terminal)
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
        own = registry_layer(self.placed(terminal))
        return sorted([default_layer(), own, *found], key=lambda layer: layer.rank)

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


def load(connection: Connection, changes: Iterable[LayerChange] = ()) -> Stack:
    """The whole stack, for work on many terminals."""
    changes = list(changes)
    released = connection.execute(select(layers))
    return _stack(connection, released, changes, _placed(connection, changes))


def terminal_layers(
    connection: Connection, terminal: "Placed | Row[Any]", changes: Iterable[LayerChange] = ()
) -> list[Layer]:
    """All layers that speak for one terminal, lowest first, with ``changes`` in place of the released ones."""
    changes = [one for one in changes if one.kind != "registry" or one.key == terminal.id]
    placed = _placed(connection, changes)
    there = placed.get(terminal.id, terminal)
    keys = [("fleet", ""), ("hall", there.hall), ("terminal", there.id)]
    keys += [("group", group) for group in there.groups]
    mine = or_(*(and_(layers.c.kind == kind, layers.c.key == key) for kind, key in keys))
    return _stack(connection, connection.execute(select(layers).where(mine)), changes, placed).layers(
        terminal
    )


def effective(
    connection: Connection, terminal: "Placed | Row[Any]", changes: Iterable[LayerChange] = ()
) -> Effective:
    """What holds for one terminal, each value with its origin."""
    return resolve(terminal_layers(connection, terminal, changes))


def effective_many(
    connection: Connection, terminals: Iterable["Placed | Row[Any]"], changes: Iterable[LayerChange] = ()
) -> Iterator[tuple[str, Effective]]:
    """``(id, what holds)`` for each, reading every layer once."""
    some = list(terminals)
    ids = {terminal.id for terminal in some}
    stack = load(connection, [one for one in changes if one.kind != "registry" or one.key in ids])
    for terminal in some:
        yield terminal.id, stack.effective(terminal)


def resolved(
    connection: Connection, terminals: Iterable["Placed | Row[Any]"], changes: Iterable[LayerChange] = ()
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


def _stack(
    connection: Connection,
    rows: Iterable[Row[Any]],
    changes: Iterable[LayerChange],
    placed: Mapping[str, Stood],
) -> Stack:
    stored = {(cast(Kind, row.kind), row.key): row._mapping["values"] for row in rows}
    priorities = {row.id: row.priority for row in connection.execute(select(groups.c.id, groups.c.priority))}
    return Stack(stored, priorities, changes, placed)


def _placed(connection: Connection, changes: Iterable[LayerChange]) -> dict[str, Stood]:
    """New placings by id. One whose terminal was retired or let in again meanwhile was meant for another."""
    moves = [one for one in changes if one.kind == "registry"]
    at = placings.versions(connection, (one.key for one in moves))
    return {
        one.key: placings.stood(one.key, placings.placing(one.values))
        for one in moves
        if at[one.key] == one.base
    }


# -- reading and writing -----------------------------------------------------------------------------------


def read(connection: Connection, kind: Kind, key: str) -> Stored:
    """The layer as released."""
    if kind == "registry":
        return read_all(connection, [(kind, key)])[kind, key]
    row = (
        connection.execute(select(layers).where(layers.c.kind == kind, layers.c.key == key))
        .mappings()
        .first()
    )
    return Stored(**row) if row is not None else Stored(kind, key, {})


def read_all(connection: Connection, wanted: Iterable[Key]) -> dict[Key, Stored]:
    """Layers as released, rows of the registry among them; these in few statements."""
    keys = list(wanted)
    found = {key: read(connection, *key) for key in keys if key[0] != "registry"}
    for id, now in placings.read(connection, (key for kind, key in keys if kind == "registry")).items():
        found["registry", id] = Stored("registry", id, placings.values(now.placing), now.version)
    return found


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


def release(
    connection: Connection, actor: Actor, changes: Iterable[LayerChange], *, at: float, draft: int
) -> tuple[str, ...]:
    """Release all that a draft says; ids of the terminals that stand elsewhere from now on.

    What was meant for a terminal that was retired or let in again since is passed over. Raises LayerMoved.
    """
    changes = list(changes)
    moved = _placed(connection, changes)
    placings.write(connection, actor.name, moved, at=at, draft=draft)
    for change in changes:
        if change.kind == "registry":
            continue
        try:
            write(connection, actor, change, at=at, draft=draft)
        except LayerMoved:  # only retirement gets in between
            if change.kind != "terminal":
                raise
            log.info("draft=%d terminal=%s passed over", draft, change.key)
    return tuple(moved)


def history(connection: Connection, kind: Kind, key: str) -> tuple[Stored, ...]:
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
