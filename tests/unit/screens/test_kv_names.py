"""Kivy keeps one list of widget names for the whole process: two rules of one name would be one another."""

import re
from collections import defaultdict
from pathlib import Path

SCREENS = Path(__file__).parents[3] / "screens"
RULE = re.compile(r"^<(\w+)(?:@[\w+]+)?>:", re.MULTILINE)


def test_no_two_screens_give_one_name_to_different_widgets() -> None:
    where = defaultdict(set)
    for path in SCREENS.rglob("*.kv"):
        for name in RULE.findall(path.read_text(encoding="utf-8")):
            where[name].add(path.parent.name)
    twice = {name: folders for name, folders in where.items() if len(folders) > 1}
    assert where
    assert not twice
