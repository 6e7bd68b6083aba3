"""The form for a layer of settings, made of the settings' own JSON Schema: one field a key, one row an item. Pure.

A field that is left empty says nothing: the key stays with the layers below. What the schema does not spell out is
typed as JSON.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, TypeAlias

from config.layers import Effective, Origin, leaves
from config.settings import Settings

Kind: TypeAlias = Literal["choice", "switch", "number", "text", "date", "list", "json"]
RARE = frozenset({"source", "devices", "secrets", "top"})
"""Parts of the form that a layer seldom says anything of: they stand last and are closed at first."""
ALONE = frozenset({"notices", "policy", "secrets"})
"""Keys outside any table that are a part of the form by themselves."""
_KINDS: Mapping[str, Kind] = {
    "boolean": "switch",
    "integer": "number",
    "number": "number",
    "string": "text",
    "array": "list",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One key, or one column of a list.

    ``columns``: of a list, what its items are made of; a single one without a path where they are plain values.
    ``most``: letters of a text, rows of a list; ``least``: rows that a list must have; ``needed``: no item is without.
    ``said``: what this layer says, as typed, "" nothing; ``rows``: of a list, its items; ``nothing``: it has none.
    ``below``: what holds without it, as typed, ``held`` as it is; ``origin``: who says that.
    """

    path: str
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()
    columns: tuple["Field", ...] = ()
    most: int | None = None
    least: int = 0
    needed: bool = False
    said: str = ""
    rows: tuple[tuple["Field", ...], ...] = ()
    nothing: bool = False
    below: str = ""
    held: Any = None
    origin: Origin | None = None
    wrong: str = ""

    @property
    def own(self) -> bool:
        """Whether this layer says anything of it."""
        return bool(self.said or self.nothing or any(cell.said for row in self.rows for cell in row))

    @property
    def faulty(self) -> bool:
        return bool(self.wrong or any(cell.wrong for row in self.rows for cell in row))

    @property
    def part(self) -> str:
        """Of the form."""
        table, dot, _ = self.path.partition(".")
        return table if dot or table in ALONE else "top"


Row: TypeAlias = Mapping[str, str]
"""One item of a list as typed, by column."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a form, by path: texts, rows of lists, and lists that are meant to have none."""

    texts: Mapping[str, str]
    rows: Mapping[str, tuple[Row, ...]]
    nothing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Told:
    """One value that holds for a terminal, and who says it."""

    path: str
    value: Any
    about: str
    origin: Origin | None


def told(effective: Effective) -> tuple[dict[str, list[Told]], dict[str, list[Told]]]:
    """By part: what somebody said, and what is as the product comes."""
    about = {blank.path: blank.about for blank in blanks()}
    own: dict[str, list[Told]] = {}
    rest: dict[str, list[Told]] = {}
    for path, value in sorted(leaves(effective.values).items()):
        if path == "format":
            continue
        origin = effective.origin_of(path)
        part = Field(path, "text", "").part
        into = rest if origin is None or origin.kind == "default" else own
        into.setdefault(part, []).append(Told(path, value, about.get(path, ""), origin))
    return _ordered(own), _ordered(rest)


def _ordered(parts: dict[str, list[Told]]) -> dict[str, list[Told]]:
    return dict(sorted(parts.items(), key=lambda one: (one[0] != "top", one[0] in RARE, one[0])))


def fields(
    typed: Typed, below: Mapping[str, Any], origins: Mapping[str, Origin], wrong: Mapping[str, str]
) -> dict[str, list[Field]]:
    """By part, those that are often told first. ``wrong``: reasons by path."""
    under = leaves(below)
    groups: dict[str, list[Field]] = {}
    for blank in blanks():
        path = blank.path
        filled = replace(
            blank,
            kind="json" if blank.kind == "list" and path in typed.texts else blank.kind,
            said=typed.texts.get(path, ""),
            nothing=path in typed.nothing,
            below=shown(under[path]) if path in under else "",
            held=under.get(path),
            origin=origins.get(path),
            wrong=wrong.get(path, ""),
        )
        if filled.kind == "list":
            filled = replace(filled, rows=_rows(blank, typed.rows.get(path, ()), wrong))
        groups.setdefault(blank.part, []).append(filled)
    return dict(sorted(groups.items(), key=lambda one: one[0] in RARE))


def _rows(of: Field, some: Sequence[Row], wrong: Mapping[str, str]) -> tuple[tuple[Field, ...], ...]:
    """One to be filled where there is none."""
    return tuple(
        tuple(
            replace(column, path=path, said=row.get(column.path, ""), wrong=wrong.get(path, ""))
            for column in of.columns
            for path in (item(of.path, number, column.path),)
        )
        for number, row in enumerate(some or ({},))
    )


def item(path: str, number: int, column: str) -> str:
    """The path of one column of one item."""
    return f"{path}.{number}.{column}".removesuffix(".")


def shown(value: Any) -> str:
    """As it is typed: a text as it is, all else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@cache
def blanks() -> tuple[Field, ...]:
    """Every key of the settings, in the schema's order."""
    schema = Settings.model_json_schema()
    return tuple(_walk(schema, schema.get("$defs", {}), ""))


def _walk(schema: Mapping[str, Any], known: Mapping[str, Any], under: str) -> Iterator[Field]:
    for name, part in schema.get("properties", {}).items():
        path, about = f"{under}{name}", part.get("description", "")
        part = _one(part, known)
        if "properties" in part:
            yield from _walk(part, known, f"{path}.")
        elif path != "format":
            yield _field(path, part, about or part.get("description", ""), known)


def _one(part: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Through references, and without "or nothing"."""
    if "$ref" in part:
        return known[part["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]  # JSON
    some = [one for one in part.get("anyOf", ()) if one.get("type") != "null"]
    return _one(some[0], known) if len(some) == 1 else part


def _field(path: str, part: Mapping[str, Any], about: str, known: Mapping[str, Any]) -> Field:
    if all(isinstance(one, str) for one in part.get("enum", (0,))):
        return Field(path, "choice", about, tuple(part["enum"]))
    said = {one.get("type") for one in part.get("anyOf", (part,))}
    kind = _KINDS.get(str(said.pop()), "json") if len(said) == 1 else "json"
    if kind == "text":
        kind = "date" if part.get("format") == "date" else "text"
        return Field(path, kind, about, most=part.get("maxLength"))
    if kind == "list" and (columns := _columns(part.get("items", {}), known)):
        most, least = part.get("maxItems"), part.get("minItems", 0)
        return Field(path, "list", about, columns=columns, most=most, least=least)
    return Field(path, "json" if kind == "list" else kind, about)


def _columns(items: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[Field, ...]:
    """Of a list of tables or of plain values; none where items are lists themselves, or of several kinds."""
    inner = _one(items, known)
    if "properties" not in inner:
        only = _field("", inner, "", known)
        return () if only.kind in ("list", "json") else (replace(only, needed=True),)
    needed = inner.get("required", ())
    return tuple(
        replace(
            _field(name, _one(part, known), part.get("description", ""), known),
            needed=name in needed,
        )
        for name, part in inner["properties"].items()
    )
