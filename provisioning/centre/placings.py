"""Where terminals stand, in versions: what the registry says of a terminal is a layer, and a draft may change it.

The newest version is the row of ``terminals``; all are in ``layer_history`` under the kind ``registry``. Knows no
layers and no rights.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from config.problems import validated
from provisioning.centre.store.tables import layer_history, terminals

MANY = 500  # ids in one statement: SQLite has bounds for its parameters
COLUMNS = ("hall", "role", "name", "name_en", "groups", "window", "zones")
"""Of ``terminals``."""


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


@dataclass(frozen=True, slots=True)
class Stood(Placing):
    """A terminal as it would stand."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """Version 1: as it was when it was let in, and not in the history before there is another."""

    placing: Placing
    version: int


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    hall: str
    role: str
    name: str
    name_en: str = ""
    window: str | None = None
    zones: tuple[str, ...] = ()
    groups: dict[str, Literal[True]] = {}


def values(placing: Placing) -> dict[str, Any]:
    """As the values of a change: groups are keys, so that two who each add one do not stand in each other's way."""
    said = _held(placing) | {
        "zones": list(placing.zones),
        "groups": dict.fromkeys(sorted(placing.groups), True),
    }
    return {key: value for key, value in said.items() if value or key in ("hall", "role", "name")}


def placing(values: Mapping[str, Any]) -> Placing:
    """``values``, backwards. Raises SettingsError."""
    said = validated(_Said, values, lambda key: "registry")
    return Placing(**(said.model_dump() | {"zones": said.zones, "groups": tuple(sorted(said.groups))}))


def of_row(row: RowMapping) -> Placing:
    """As a row of ``terminals`` says."""
    held: dict[str, Any] = {name: row[name] for name in COLUMNS}
    return Placing(**(held | {"groups": tuple(sorted(row["groups"])), "zones": tuple(row["zones"])}))


def slices(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """In parts that a statement can take."""
    return (ids[at : at + MANY] for at in range(0, len(ids), MANY))


def rows_of(connection: Connection, ids: Iterable[str]) -> list[RowMapping]:
    """The rows of ``terminals`` of these ids, by id."""
    rows: list[RowMapping] = []
    for some in slices(sorted(set(ids))):
        rows += connection.execute(select(terminals).where(terminals.c.id.in_(some))).mappings()
    return rows


def versions(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Of each id; 1 where it never changed."""
    wanted = sorted(set(ids))
    found = dict.fromkeys(wanted, 1)
    h = layer_history.c
    for some in slices(wanted):
        newest = select(h.key, func.max(h.version)).where(h.kind == "registry", h.key.in_(some))
        found.update((row[0], row[1]) for row in connection.execute(newest.group_by(h.key)))
    return found


def read(connection: Connection, ids: Iterable[str]) -> dict[str, Version]:
    """Of those that are in the registry."""
    rows = {row["id"]: of_row(row) for row in rows_of(connection, ids)}
    at = versions(connection, rows)
    return {id: Version(placing, at[id]) for id, placing in rows.items()}


def write(
    connection: Connection, by: str, new: Mapping[str, Placing], *, at: float, draft: int | None = None
) -> None:
    """Terminals stand as ``new`` says. Who may, and whether it is sound, was settled before."""
    before = read(connection, new)
    told: list[dict[str, Any]] = []
    for id, was in before.items():
        if was.version == 1:
            told.append(_told(id, 1, was.placing, at, by, None))
        told.append(_told(id, was.version + 1, new[id], at, by, draft))
    if not told:
        return
    connection.execute(insert(layer_history), told)
    connection.execute(
        update(terminals)
        .where(terminals.c.id == bindparam("_id"))
        .values({name: bindparam(f"_{name}") for name in COLUMNS}),
        [{"_id": id} | {f"_{name}": value for name, value in columns(new[id]).items()} for id in before],
    )


def columns(placing: Placing) -> dict[str, Any]:
    """Of ``terminals``."""
    return _held(placing) | {"groups": sorted(set(placing.groups)), "zones": list(placing.zones)}


def _told(id: str, version: int, placing: Placing, at: float, by: str, draft: int | None) -> dict[str, Any]:
    said = {"kind": "registry", "key": id, "version": version, "values": values(placing)}
    return said | {"at": at, "by": by, "draft": draft}


def stood(id: str, placing: Placing) -> Stood:
    """The terminal ``id`` as ``placing`` says."""
    return Stood(**_held(placing), id=id)


def _held(placing: Placing) -> dict[str, Any]:
    return {name: getattr(placing, name) for name in COLUMNS}  # asdict would copy, and there are thousands
