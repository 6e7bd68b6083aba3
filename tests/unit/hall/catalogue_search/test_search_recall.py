"""How well the national words and real item names answer what people were known to type; floors, not timings.

Needs the public data beside the repository; skipped, saying so, where that is absent.
"""

import json
import re
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from hall.catalogue.search.engine import Engine
from hall.catalogue.search.index import SearchName, write_index
from hall.catalogue.vocabulary import national

DATA = Path(__file__).parents[4].parent / "shared" / "data"
FLOORS = {"hand-written": 0.90, "pinyin and initials": 0.97, "homophone typos": 0.95}
LETTERS = {"pinyin", "initials", "gen_pinyin", "gen_initials"}
TYPOS = {"typo", "gen_homophone_typo"}


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data beside the repository")
def test_known_queries_are_answered_as_often_as_promised() -> None:
    items: dict[str, dict[str, None]] = defaultdict(dict)
    for item in json.loads((DATA / "items.json").read_text(encoding="utf-8"))["items"]:
        aliases = (part for alias in item.get("aliases", ()) for part in re.split("[,，、；;]", alias))
        items[item["name"]].update(dict.fromkeys(aliases))
    names = ("", *sorted(items))
    hits: dict[str, list[bool]] = defaultdict(list)
    with closing(sqlite3.connect(":memory:")) as db:
        rows = [SearchName(n, name, tuple(items[name]), "", 4) for n, name in enumerate(names[1:], start=1)]
        write_index(db, rows, national())
        engine = Engine(db)
        for query in json.loads((DATA / "queries_dev.json").read_text(encoding="utf-8"))["queries"]:
            found = engine.search(query["query"], 5).ids
            assert found, query["query"]
            hit = any(names[number] in query["expected"] for number in found)
            groups = [query["type"]]
            groups += ["hand-written"] if query["origin"] == "hand-written" else []
            groups += ["pinyin and initials"] if query["type"] in LETTERS else []
            groups += ["homophone typos"] if query["type"] in TYPOS else []
            for group in groups:
                hits[group].append(hit)
    recall = {group: sum(found) / len(found) for group, found in hits.items()}
    assert all(recall[group] >= floor for group, floor in FLOORS.items()), recall
