"""The generated rows and the search's measurements: valid guides, honest figures."""

import itertools
import json
from collections import defaultdict
from pathlib import Path

import pytest

from bench import search
from bench.build import built
from bench.files import Files
from bench.peers import PEERS
from bench.rows import guides, names_in, regions
from hall.catalogue.codes import mistakes
from hall.catalogue.vocabulary import Vocabulary
from tests.unit.hall.catalogue_search.small_search import NAMES, VOCABULARY

ITEMS = [(name, ()) for name in NAMES]


def test_generated_codes_hold() -> None:
    for guide in guides(ITEMS, 500):
        assert len(guide.codes.task) == 31
        assert list(mistakes(guide.codes, guide.office.code, guide.level)) == []


def test_every_name_is_done_at_home_first_and_nowhere_twice() -> None:
    made = list(guides(ITEMS, 2000))
    home = regions()[0]
    assert len(made) == 2000
    assert len({guide.id for guide in made}) == 2000
    assert [guide.name for guide in made[: len(NAMES)]] == list(NAMES)
    assert {guide.region for guide in made[: len(NAMES)]} == {home.code}
    assert not any(guide.region == home.code for guide in made[len(NAMES) :])


def test_rows_end_where_every_name_is_done_everywhere() -> None:
    assert sum(1 for _ in guides(ITEMS[:2], 100_000)) == 2 * len(regions())


def test_most_materials_go_with_the_name_and_some_with_the_region() -> None:
    by_name: dict[str, list[int]] = defaultdict(list)
    for guide in guides(ITEMS, 5000):
        by_name[guide.name].append(len(guide.materials))
    usual = sum(counts.count(min(counts)) for counts in by_name.values())
    assert 0.9 < usual / 5000 < 0.99


def test_the_same_rows_are_made_twice() -> None:
    assert list(itertools.islice(guides(ITEMS), 300)) == list(itertools.islice(guides(ITEMS), 300))


@pytest.mark.parametrize("whole", [True, False])
def test_names_are_read_from_items_in_either_shape(tmp_path: Path, whole: bool) -> None:
    items = [{"name": "结婚登记", "aliases": ["领证"]}, {"name": "结婚登记"}, "离婚登记"]
    file = tmp_path / "items.json"
    file.write_text(json.dumps({"items": items} if whole else items), encoding="utf-8")
    assert names_in(file) == [("结婚登记", ("领证",)), ("离婚登记", ())]


def test_search_is_measured_by_kind_beside_others(tmp_path: Path) -> None:
    file = built(ITEMS, len(ITEMS), tmp_path / "c.sqlite", VOCABULARY).file
    queries = [
        {"query": "扯证", "expected": ["内地居民结婚登记"], "type": "colloquial",
         "origin": "hand-written", "family": "结婚"},
        {"query": "jzz", "expected": ["居住证办理"], "type": "initials"},
        {"query": "居住正", "expected": ["没有这个名称"], "type": "typo"},
    ]  # fmt: skip
    asked = tmp_path / "q.json"
    asked.write_text(json.dumps(queries), encoding="utf-8")
    lines = list(search.figures(quick=True, files=Files(file, asked)))
    ours = lines[0]["kinds"]
    assert lines[0]["names"] == len(NAMES)
    assert ours["colloquial"]["recall_at_1"] == ours["hand-written"]["recall_at_5"] == 1
    assert ours["pinyin and initials"]["recall_at_5"] == 1
    assert ours["homophone typos"]["recall_at_5"] == 0
    assert ours["survey keyword"]["queries"] == 1  # 结婚: the only word whose family is there
    assert ours["all"]["empty"] == 0
    assert lines[1]["keystrokes"] == len(
        {"扯", "扯证", "j", "jz", "jzz", "居", "居住", "居住正", "结", "结婚"}
    )
    assert lines[2]["open_to_first_ms"] > 0
    assert [line["engine"] for line in lines if "engine" in line] == ["tongyuan", *PEERS]
    json.dumps(lines, ensure_ascii=False)


def test_without_queries_names_are_asked_for_in_three_ways(tmp_path: Path) -> None:
    file = built(ITEMS, len(ITEMS), tmp_path / "c.sqlite", Vocabulary()).file
    assert {query.kind for query in search.queries_in(None, file)} == {"name", "gen_pinyin", "gen_initials"}


@pytest.mark.parametrize("engine", PEERS)
def test_others_find_a_name_by_a_piece_of_it(engine: str) -> None:
    find = PEERS[engine]([(number, name) for number, name in enumerate(NAMES, start=1)])
    assert NAMES[find("居住证地址变", 3)[0] - 1] == "居住证地址变更"
    assert NAMES[find("护照", 3)[0] - 1] == "普通护照签发"
    assert isinstance(find("a", 3), list)
