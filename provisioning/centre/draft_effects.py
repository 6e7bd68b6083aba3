"""What a draft would do: exact differences, and what is wrong with them, each told once for all terminals it is about.

The same resolving and checking as for the documents themselves: what is shown here is what would be applied. It is
done once for all terminals that the same layers speak for; they differ in names that no changed layer says.
"""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row

from config.layers import Change, Effective, Layer, check_layer, diff, leaves
from config.problems import Problem
from provisioning.centre import layers
from provisioning.centre.layers import LayerChange, Stack, problems_of
from provisioning.centre.placings import Placed
from provisioning.centre.reach import reached
from provisioning.centre.registry import ID
from provisioning.centre.rights import CENTRE, Actor
from provisioning.centre.written_policies import unwritten
from provisioning.wire.documents import canonical

EXAMPLES = 5
OWN = {"name": "name", "name_en": "name_en", "hall": "source.hall", "window": "window"}
"""What the registry says of one terminal or hall alone, and its key; it was checked when it was written."""


@dataclass(slots=True)
class Among:
    """Which terminals something is about: how many, in which halls, and the first few by id."""

    terminals: int = 0
    halls: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    def add(self, terminal: Row[Any]) -> None:
        self.terminals += 1
        self.halls.add(terminal.hall)
        if len(self.examples) < EXAMPLES:
            self.examples.append(terminal.id)


@dataclass(frozen=True, slots=True)
class Difference:
    """One change that ``among`` have in common. ``before`` None: it was not there; ``after`` None: it no longer is."""

    path: str
    before: Any
    after: Any
    among: Among


@dataclass(frozen=True, slots=True)
class Cause:
    """One mistake, and whom it breaks; nobody where it is a mistake in a layer that speaks for none yet."""

    problem: Problem
    among: Among


@dataclass(frozen=True, slots=True)
class Effects:
    """``terminals``: how many would get other settings. The most frequent first."""

    terminals: int
    halls: frozenset[str]
    differences: tuple[Difference, ...]
    problems: tuple[Cause, ...]


def effects(connection: Connection, changes: Sequence[LayerChange], seen_by: Actor = CENTRE) -> Effects:
    """All that ``changes`` do to the terminals they reach, as far as somebody sees these."""
    now, then = layers.load(connection), layers.load(connection, changes)
    whole = Among()
    differences: dict[tuple[str, bytes], Difference] = {}
    causes: dict[tuple[str, ...], Cause] = {}
    for change in changes:
        if change.kind != "registry":
            for problem in check_layer(Layer(change.kind, change.key, change.values)):
                causes.setdefault(_cause(problem), Cause(problem, Among()))
    known: dict[Hashable, tuple[Among, ...]] = {}
    terminals = [one for one in reached(connection, changes) if seen_by.sees(one.hall)]
    spoken_of = _spoken_of(connection, changes, terminals, now, then)
    for terminal in terminals:
        there = then.placed(terminal)
        alike = (
            now.keys(terminal),
            then.keys(terminal),
            _shape(terminal),
            _shape(there),
            _own(terminal, there, spoken_of),
        )
        if alike not in known:
            known[alike] = _found(now.effective(terminal), then.effective(terminal), differences, causes)
        if among := known[alike]:
            whole.add(terminal)
            for one in among:
                one.add(terminal)
    for hall, problem in unwritten(connection, terminals, now, then):
        causes.setdefault(_cause(problem), Cause(problem, Among())).among.add(hall)
    return Effects(
        whole.terminals,
        frozenset(whole.halls),
        tuple(sorted(differences.values(), key=lambda one: (-one.among.terminals, one.path))),
        tuple(sorted(causes.values(), key=lambda one: (-one.among.terminals, one.problem.key))),
    )


def _found(
    old: Effective,
    new: Effective,
    differences: dict[tuple[str, bytes], Difference],
    causes: dict[tuple[str, ...], Cause],
) -> tuple[Among, ...]:
    """All that a terminal with these settings is counted among; nothing where they are the same."""
    found = []
    for one in diff(old.values, new.values):
        same = (one.path, canonical([one.before, one.after]))
        found.append(differences.setdefault(same, Difference(one.path, one.before, one.after, Among())).among)
    if found:
        wrong = {_cause(problem): problem for problem in problems_of(new)}
        found += [causes.setdefault(key, Cause(one, Among())).among for key, one in wrong.items()]
    return tuple(found)


def _shape(terminal: "Placed | Row[Any]") -> Hashable:
    """What of a terminal's registry decides the differences, besides what is its own."""
    return (
        terminal.role,
        terminal.window and ID.fullmatch(terminal.window) is not None,
        tuple(terminal.zones),
    )


def _own(terminal: "Row[Any]", there: "Placed | Row[Any]", spoken_of: Collection[str]) -> Hashable:
    """Of what is its own that which shows in the differences: it changes, or a layer that changes speaks of it."""
    both = ((name, getattr(terminal, name), getattr(there, name)) for name in OWN)
    return tuple(one for one in both if one[1] != one[2] or one[0] in spoken_of)


def _spoken_of(
    connection: Connection,
    changes: Sequence[LayerChange],
    terminals: Sequence[Row[Any]],
    now: Stack,
    then: Stack,
) -> set[str]:
    """Of ``OWN`` what a layer that changes, or that a terminal comes under or leaves, speaks of."""
    keys = {change.layer for change in changes if change.kind != "registry"}
    for terminal in terminals:
        if then.placed(terminal) is not terminal:
            keys |= set(now.keys(terminal)) ^ set(then.keys(terminal))
    said = {change.layer: change.values for change in changes}
    paths = set[str]()
    for key, released in layers.read_all(connection, keys).items():
        paths |= leaves(released.values).keys() | leaves(said.get(key, {})).keys()
    return {
        name
        for name, own in OWN.items()
        for path in paths
        if path == own or path.startswith(f"{own}.") or own.startswith(f"{path}.")
    }


def difference(
    connection: Connection, terminal: "Placed | Row[Any]", changes: Sequence[LayerChange]
) -> tuple[Change, ...]:
    """What ``changes`` do to one terminal, leaf by leaf."""
    before = layers.effective(connection, terminal)
    return diff(before.values, layers.effective(connection, terminal, changes).values)


def _cause(problem: Problem) -> tuple[str, ...]:
    """Two problems are one where the same value is wrong in the same way, said by the same layer.

    Each terminal's registry is a layer of its own: it counts as one.
    """
    origin = "registry" if problem.origin.startswith("registry ") else problem.origin
    return problem.key, problem.reason, origin, repr(problem.value)
