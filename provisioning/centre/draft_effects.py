"""What a draft would do: exact differences, and what is wrong with them, each told once for all terminals it is about.

The same resolving and checking as for the documents themselves: what is shown here is what would be applied.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row

from config.layers import Change, Layer, check_layer, diff
from config.problems import Problem
from provisioning.centre import layers
from provisioning.centre.layers import LayerChange, Placed, problems_of
from provisioning.centre.reach import reached
from provisioning.wire.documents import canonical

EXAMPLES = 5


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


def effects(connection: Connection, changes: Sequence[LayerChange]) -> Effects:
    """All that ``changes`` do to all terminals they reach."""
    now, then = layers.load(connection), layers.load(connection, changes)
    whole = Among()
    differences: dict[tuple[str, bytes], Difference] = {}
    causes: dict[tuple[str, ...], Cause] = {}
    for change in changes:
        for problem in check_layer(Layer(change.kind, change.key, change.values)):
            causes.setdefault(_cause(problem), Cause(problem, Among()))
    for terminal in reached(connection, changes):
        new = then.effective(terminal)
        found = diff(now.effective(terminal).values, new.values)
        if not found:
            continue
        whole.add(terminal)
        for one in found:
            same = (one.path, canonical([one.before, one.after]))
            if same not in differences:
                differences[same] = Difference(one.path, one.before, one.after, Among())
            differences[same].among.add(terminal)
        for problem in problems_of(new):
            causes.setdefault(_cause(problem), Cause(problem, Among())).among.add(terminal)
    return Effects(
        whole.terminals,
        frozenset(whole.halls),
        tuple(sorted(differences.values(), key=lambda one: (-one.among.terminals, one.path))),
        tuple(sorted(causes.values(), key=lambda one: (-one.among.terminals, one.problem.key))),
    )


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
