"""What a draft would do is worked out once for terminals that are alike, and comes to the same as one by one."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from config.layers import diff
from provisioning.centre import layers
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


@pytest.mark.parametrize(("kind", "key", "said"), SAID)
def test_effects_shared_by_alike_terminals_are_those_of_each(
    tmp_path: Path, kind: Any, key: str, said: dict[str, Any]
) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite")
    database.prepare()
    fill(database, 1_800_000_000.0, 150, 6)
    with database.read() as db:
        before = layers.read(db, kind, key)
        changes = [LayerChange(kind, key, before.version, {**before.values, **said})]
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
        assert db.scalar(select(t.terminals.c.id).limit(1))
    database.close()
    assert found.terminals == whole > 0
    assert {(d.path, repr((d.before, d.after))): d.among.terminals for d in found.differences} == differ
    got = {(c.problem.key, repr(c.problem.value)): c.among.terminals for c in found.problems}
    assert {key: n for key, n in got.items() if n} == broken
