"""What a draft would do is worked out once for terminals that are alike, and comes to the same as one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from config.layers import Effective, diff
from provisioning.centre import layers, placings
from provisioning.centre.console.sample import fill
from provisioning.centre.draft_effects import effects
from provisioning.centre.layers import LayerChange, problems_of
from provisioning.centre.reach import reached
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database

SAID: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("fleet", "", {"idle": {"after": 77}}),
    ("fleet", "", {"name": "一样"}),
    ("fleet", "", {"window": "9"}),
    ("fleet", "", {"source": "nowhere"}),
    ("fleet", "", {"services": {"numbers": False, "guides": False, "certificates": False}}),
    ("hall", "h003", {"role": "window-board"}),
    ("group", "pilot", {"screen": {"theme": "large"}}),
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite")
    database.prepare()
    fill(database, 1_800_000_000.0, 150, 6)
    with database.read() as connection:
        yield connection
    database.close()


@pytest.mark.parametrize(("kind", "key", "said"), SAID)
def test_effects_shared_by_alike_terminals_are_those_of_each(
    db: Connection, kind: Any, key: str, said: dict[str, Any]
) -> None:
    same_as_one_by_one(db, [over(db, kind, key, said)])


@pytest.mark.parametrize(
    "also", [None, ("fleet", "", {"name": "一样"}), ("hall", "h003", {"source": {"url": "http://h3:80"}})]
)
def test_effects_of_moves_are_those_of_each(
    db: Connection, also: tuple[Any, str, dict[str, Any]] | None
) -> None:
    """To the next hall, and some under another name, into a group or to another window, too."""
    ids = list(db.scalars(select(t.terminals.c.id).where(t.terminals.c.kind == "terminal")))
    halls = sorted(db.scalars(select(t.halls.c.id)))
    changes = [] if also is None else [over(db, *also)]
    for number, (id, was) in enumerate(sorted(placings.read(db, ids).items())):
        there = replace(was.placing, hall=halls[(halls.index(was.placing.hall) + number % 3) % len(halls)])
        if number % 5 == 0:
            there = replace(there, name=f"新 {number % 7}")
        if number % 4 == 0:
            there = replace(there, groups=("pilot",), window=str(number % 9))
        changes.append(LayerChange("registry", id, was.version, placings.values(there)))
    same_as_one_by_one(db, changes)


def test_terminals_that_move_alike_are_worked_out_once(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = list(
        db.scalars(
            select(t.terminals.c.id).where(t.terminals.c.hall == "h003", t.terminals.c.kind == "terminal")
        )
    )
    moves = placings.read(db, ids)
    changes = [
        LayerChange("registry", id, was.version, placings.values(replace(was.placing, hall="h004")))
        for id, was in moves.items()
    ]
    kinds = {
        (was.placing.role, was.placing.groups, was.placing.zones, bool(was.placing.window))
        for was in moves.values()
    }
    own = set(db.scalars(select(t.layers.c.key).where(t.layers.c.kind == "terminal")))
    looked: list[str] = []
    one = layers.Stack.effective

    def effective(stack: layers.Stack, terminal: Any) -> Effective:
        looked.append(terminal.id)
        return one(stack, terminal)

    monkeypatch.setattr(layers.Stack, "effective", effective)
    assert effects(db, changes).terminals == len(ids)
    assert len(set(looked)) <= len(kinds) + len(own) < len(ids)


def over(db: Connection, kind: Any, key: str, said: dict[str, Any]) -> LayerChange:
    before = layers.read(db, kind, key)
    return LayerChange(kind, key, before.version, {**before.values, **said})


def same_as_one_by_one(db: Connection, changes: Sequence[LayerChange]) -> None:
    found = effects(db, changes)
    now, then = layers.load(db), layers.load(db, changes)
    differ, broken, whole = dict[tuple[str, str], int](), dict[tuple[str, str], int](), 0
    for terminal in reached(db, changes):
        new = then.effective(terminal)
        one = diff(now.effective(terminal).values, new.values)
        whole += bool(one)
        for change in one:
            at = (change.path, repr((change.before, change.after)))
            differ[at] = differ.get(at, 0) + 1
        for problem in problems_of(new) if one else ():
            wrong = (problem.key, repr(problem.value))
            broken[wrong] = broken.get(wrong, 0) + 1
    assert found.terminals == whole > 0
    assert {(d.path, repr((d.before, d.after))): d.among.terminals for d in found.differences} == differ
    got = {(c.problem.key, repr(c.problem.value)): c.among.terminals for c in found.problems}
    assert {key: n for key, n in got.items() if n} == broken
