"""The form for a layer of settings, made of the settings' own JSON Schema: one field a key. Pure.

A field that is left empty says nothing: the key stays with the layers below. Lists and whole tables are typed as JSON.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, TypeAlias

from config.layers import Effective, Origin, leaves, table
from config.settings import Settings

Kind: TypeAlias = Literal["choice", "switch", "number", "text", "json", "notices"]
RARE = frozenset({"source", "devices", "secrets", "top"})
"""Parts of the form that a layer seldom says anything of: they stand last and are closed at first."""
ALONE = frozenset({"notices", "policy", "secrets"})
"""Keys outside any table that are a part of the form by themselves."""
NOTICE = ("zh", "en", "since", "until")


class Unreadable(Exception):
    """What was typed for ``path`` is not of its kind."""

    code = "draft.unreadable"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Field:
    """``said``: what this layer says, as typed; "" nothing. ``below``: what holds without it, and who says that."""

    path: str
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()
    said: str = ""
    below: str = ""
    origin: Origin | None = None
    wrong: str = ""

    @property
    def rows(self) -> list[dict[str, str]]:
        """Of notices: what is said, and one to be filled; nothing where it is no list of tables."""
        try:
            said = json.loads(self.said or "[]")
        except ValueError:
            return []
        if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
            return []
        return [{name: str(one.get(name) or "") for name in NOTICE} for one in [*said, {}]]

    @property
    def part(self) -> str:
        """Of the form."""
        table, dot, _ = self.path.partition(".")
        return table if dot or table in ALONE else "top"


@dataclass(frozen=True, slots=True)
class Told:
    """One value that holds for a terminal, and who says it."""

    path: str
    value: Any
    about: str
    origin: Origin | None


def told(effective: Effective) -> tuple[dict[str, list[Told]], dict[str, list[Told]]]:
    """By part: what somebody said, and what is as the product comes."""
    about = {blank.path: blank.about for blank in _blanks()}
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
    values: Mapping[str, Any],
    below: Mapping[str, Any],
    origins: Mapping[str, Origin],
    wrong: Mapping[str, str],
) -> dict[str, list[Field]]:
    """By part, those that are often told first. ``wrong``: reasons by path."""
    said, under = leaves(values), leaves(below)
    groups: dict[str, list[Field]] = {}
    for blank in _blanks():
        groups.setdefault(blank.part, []).append(
            replace(
                blank,
                said=shown(said[blank.path], blank.kind) if blank.path in said else "",
                below=shown(under[blank.path], blank.kind) if blank.path in under else "",
                origin=origins.get(blank.path),
                wrong=wrong.get(blank.path, ""),
            )
        )
    return dict(sorted(groups.items(), key=lambda one: one[0] in RARE))


def merged(values: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """The layer ``values`` as the form says it now. Keys that the form does not show stay. Raises Unreadable."""
    held = leaves(values)
    for blank in _blanks():
        if blank.path not in typed:
            continue
        text = typed[blank.path].strip()
        if text:
            held[blank.path] = _read(blank, text)
        elif (
            held.get(blank.path, None) != ""
        ):  # an empty text can be meant; the form cannot tell it from nothing
            held.pop(blank.path, None)
    return table(held)


def notices(rows: Mapping[str, Sequence[str]]) -> str:
    """The rows of the form as the list that is typed; rows without a word are left out, "" where none is left."""
    lines = zip(*(rows[name] for name in NOTICE), strict=True)
    said = [
        {name: text.strip() for name, text in zip(NOTICE, line, strict=True) if text.strip()}
        for line in lines
        if any(text.strip() for text in line)
    ]
    return json.dumps(said, ensure_ascii=False) if said else ""


def shown(value: Any, kind: Kind) -> str:
    if kind == "text" and isinstance(value, str):
        return value
    if kind == "choice" and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _read(blank: Field, text: str) -> Any:
    if blank.kind in ("text", "choice"):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        raise Unreadable(blank.path) from None
    if blank.kind == "switch" and not isinstance(value, bool):
        raise Unreadable(blank.path)
    if blank.kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise Unreadable(blank.path)
    return value


@cache
def _blanks() -> tuple[Field, ...]:
    schema = Settings.model_json_schema()
    return tuple(_walk(schema, schema.get("$defs", {}), ""))


def _walk(schema: Mapping[str, Any], known: Mapping[str, Any], under: str) -> Iterator[Field]:
    for name, part in schema.get("properties", {}).items():
        path, about = f"{under}{name}", part.get("description", "")
        part = _one(part, known)
        if "properties" in part:
            yield from _walk(part, known, f"{path}.")
        elif path != "format":
            yield _field(path, part, about or part.get("description", ""))


def _one(part: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
    """Through references, and without "or nothing"."""
    if "$ref" in part:
        return known[part["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]  # JSON
    some = [one for one in part.get("anyOf", ()) if one.get("type") != "null"]
    return _one(some[0], known) if len(some) == 1 else part


def _field(path: str, part: Mapping[str, Any], about: str) -> Field:
    if all(isinstance(one, str) for one in part.get("enum", (0,))):
        return Field(path, "choice", about, tuple(part["enum"]))
    kinds: dict[str, Kind] = {"boolean": "switch", "integer": "number", "number": "number", "string": "text"}
    said = {one.get("type") for one in part.get("anyOf", (part,))}
    kind = kinds.get(str(said.pop()), "json") if len(said) == 1 else "json"
    return Field(path, "notices" if path == "notices" else kind, about)
