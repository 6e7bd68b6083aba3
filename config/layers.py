"""Settings in layers: product default < registry < fleet < hall < group < terminal. Pure; one algebra for all.

A layer is a partial table of settings. The topmost layer that says a key decides it; lists are values, not merged.
``null`` says nothing: it gives the key back to what lies below. Everything is worked out on leaves (``screen.theme``),
and equal settings have equal leaves, whatever the order and however they were spelt: an empty table says nothing, and
60.0 is 60. Where one layer has a value and another a table, the value stays for the check to find: a mistake below is
not covered up by what lies above it. All this makes ``overlay`` associative.
"""

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from config.migrations import NewerFormat, migrate
from config.problems import Problem as Problem
from config.problems import SettingsError as SettingsError
from config.problems import problems_in, validated
from config.settings import Settings

Values: TypeAlias = dict[str, Any]
Kind = Literal["default", "registry", "fleet", "hall", "group", "terminal"]
KINDS: tuple[Kind, ...] = ("default", "registry", "fleet", "hall", "group", "terminal")  # lowest first


@dataclass(frozen=True, slots=True)
class Origin:
    """Which layer says a value."""

    kind: Kind
    key: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.key}" if self.key else self.kind


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer says. ``key``: id of the hall, group or terminal, "" for the fleet; ``priority`` of a group.

    Values of an earlier format are taken over. Raises SettingsError for a newer one, and for a key with a dot in it.
    """

    kind: Kind
    key: str
    values: Mapping[str, Any]
    priority: int = 0
    leaves: Mapping[str, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            values = migrate(self.values)
        except NewerFormat as error:
            problem = Problem("format", self.values["format"], str(error), str(self.origin))
            raise SettingsError([problem]) from error
        object.__setattr__(self, "leaves", leaves(values))

    @property
    def origin(self) -> Origin:
        return Origin(self.kind, self.key)

    @property
    def rank(self) -> tuple[int, int, str]:
        """The higher one wins."""
        return KINDS.index(self.kind), self.priority, self.key


@dataclass(frozen=True, slots=True)
class Effective:
    """What holds. ``origins``: for each leaf of ``values`` (``screen.theme``) who says it."""

    values: Values
    origins: Mapping[str, Origin]

    def origin_of(self, key: str) -> Origin | None:
        """Who says ``key``, a leaf, a table of leaves that one layer says, or something inside a list."""
        while key not in self.origins:
            inside = {origin for path, origin in self.origins.items() if path.startswith(key + ".")}
            if inside:
                return inside.pop() if len(inside) == 1 else None
            key, dot, _ = key.rpartition(".")
            if not dot:
                return None
        return self.origins[key]


@dataclass(frozen=True, slots=True)
class Change:
    """One leaf that differs; None where it is not there."""

    path: str
    before: Any
    after: Any


def resolve(layers: Iterable[Layer]) -> Effective:
    """What holds where ``layers`` lie over each other, in whatever order they are given."""
    held: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    for layer in sorted(layers, key=lambda layer: layer.rank):
        held.update(layer.leaves)
        origins.update(dict.fromkeys(layer.leaves, layer.origin))
    held = _unmixed(held)
    return Effective(table(held), {path: origins[path] for path in held})


def overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> Values:
    """Two tables as one: what ``above`` says, and else ``below``."""
    return table(_unmixed({**leaves(below), **leaves(above)}))


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """All leaves that differ, by path. Empty exactly where both resolve to the same document."""
    before, after = leaves(old), leaves(new)
    return tuple(
        Change(path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if not _same(before.get(path), after.get(path))
    )


def apply(values: Mapping[str, Any], changes: Iterable[Change]) -> Values:
    """``values`` with ``changes`` made: ``apply(old, diff(old, new))`` is ``new``."""
    held = leaves(values)
    for change in changes:
        if change.after is None:
            held.pop(change.path, None)
        else:
            held[change.path] = change.after
    return table(_unmixed(held))


def checked(effective: Effective) -> Settings:
    """The settings as a value, if they are whole and right. Raises SettingsError with key, value, reason, origin."""

    def origin_of(key: str) -> str:
        return str(effective.origin_of(key) or "")

    settings = validated(Settings, effective.values, origin_of)
    if settings.role == "enrol":
        problem = Problem("role", "enrol", "is for a machine that is not in the fleet yet", origin_of("role"))
        raise SettingsError([problem])
    return settings


def check_layer(layer: Layer) -> tuple[Problem, ...]:
    """What is wrong with a layer by itself. Keys may be missing; how keys fit together ``checked`` alone can say."""
    values = table(dict(layer.leaves))
    try:
        Settings.model_validate(values)
    except ValidationError as error:
        found = problems_in(error, values, lambda key: str(layer.origin))
        return tuple(problem for problem in found if problem.value is not None)
    return ()


def said(layers: Iterable[Layer], path: str) -> tuple[tuple[Origin, Any], ...]:
    """All that is said about a leaf, lowest layer first; the last one holds."""
    ranked = sorted(layers, key=lambda layer: layer.rank)
    return tuple((layer.origin, layer.leaves[path]) for layer in ranked if path in layer.leaves)


@functools.cache
def default_layer() -> Layer:
    """What holds where nobody says anything: the defaults of the schema. Keys without one are not in it."""
    return Layer("default", "", _defaults(Settings))


def leaves(values: Mapping[str, Any], under: str = "") -> dict[str, Any]:
    """Path to value, for all that is said. Raises SettingsError for keys that make no path."""
    return dict(_leaves(values, under))


def table(leaves: Mapping[str, Any]) -> Values:
    """The table whose leaves these are: ``leaves``, backwards."""
    out: Values = {}
    for path, value in leaves.items():
        *parents, last = path.split(".")
        inner = out
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return out


def _leaves(values: Mapping[str, Any], under: str) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        path = f"{under}{key}"
        if "." in key:
            raise SettingsError([Problem(path, value, f"the key {key!r} has a dot in it")])
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}.")
        elif value is not None:
            yield path, _plain(value)


def _plain(value: Any) -> Any:
    """One spelling for each value: JSON knows one kind of number and one of list."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if item is not None}
    return value


def _same(one: Any, other: Any) -> bool:
    """Equal in JSON: true is not 1."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _unmixed(held: dict[str, Any]) -> dict[str, Any]:
    """Without leaves that lie below another leaf."""
    return {path: value for path, value in held.items() if held.keys().isdisjoint(_above(path))}


@functools.lru_cache(maxsize=4096)  # the same few hundred for thousands of terminals
def _above(path: str) -> tuple[str, ...]:
    parts = path.split(".")
    return tuple(".".join(parts[:depth]) for depth in range(1, len(parts)))


def _defaults(model: type[BaseModel]) -> Values:
    return {name: value for name, info in model.model_fields.items() if (value := _default(info)) is not None}


def _default(info: FieldInfo) -> Any:
    kind = info.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _defaults(kind)
    if info.is_required() or info.default is None:
        return None
    return info.default
