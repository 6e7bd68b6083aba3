"""How well and how fast the catalogue's search finds what people type, beside other engines over the same names.

Queries: JSON, a list or ``{"queries": [...]}`` of objects with ``query``, ``expected`` (acceptable names), ``type``,
and where known ``origin`` and ``family``. A hit: one of the acceptable names is among the first five.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.build import built
from bench.files import Files
from bench.load import percentile
from bench.peers import PEERS
from bench.rows import ROWS, names_in
from hall.catalogue.file import Catalogue
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.vocabulary import national

LIMIT = 5
LETTERS = ("pinyin", "initials", "gen_pinyin", "gen_initials")
TYPOS = ("typo", "gen_homophone_typo")
# What a survey of citizens found hard to search, and the families of queries that say which names are meant.
KEYWORDS = {
    "公积金": "公积金提取 住房公积金贷款",
    "个税": "个税",
    "社保": "社保卡 社保参保 社保缴费查询",
    "结婚": "结婚",
    "低保": "低保",
    "网约车": "网约车",
    "身份证": "身份证补领 身份证换领 临时身份证",
    "老年证": "老年证",
    "老年人福利补贴": "高龄津贴",
    "残疾人证": "残疾人证新办 残疾人证换补",
    "健康码": "健康码",
    "核酸": "核酸",
    "建筑许可": "施工许可",
    "用电": "用电",
    "开公司": "开公司",
}
BUNDLES = {
    "出生": "出生",
    "退休": "退休",
    "企业注册": "开公司",
    "企业注销": "企业注销",
    "高校毕业生落户": "毕业生落户",
    "不动产登记与水电气暖联办": "不动产水电气暖",
    "住房公积金贷款": "住房公积金贷款",
    "异地就医备案": "异地就医",
}

Find = Callable[[str, int], list[str]]  # (query, limit) → names, best first


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    expected: frozenset[str]
    kind: str
    groups: tuple[str, ...]  # further groups it counts in


@dataclass(frozen=True, slots=True)
class Answered:
    query: Query
    names: tuple[str, ...]
    seconds: float


def figures(*, quick: bool, files: Files) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as folder:
        file = files.catalogue
        if file is None:
            names = names_in(files.names)
            rows = len(names) if quick else ROWS
            file = built(names, rows, Path(folder) / "catalogue.sqlite", national()).file
        yield from _measured(file, queries_in(files.queries, file))


def queries_in(path: Path | None, file: Path) -> list[Query]:
    """The queries of ``path``; without one, some names of the catalogue as they stand, in pinyin and in initials."""
    if path is None:
        return _from_names(file)
    read = json.loads(path.read_text(encoding="utf-8"))
    rows = read["queries"] if isinstance(read, dict) else read
    families: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        families[row.get("family", "")].update(row["expected"])
    queries = [
        Query(row["query"], frozenset(row["expected"]), row["type"], tuple(_groups(row))) for row in rows
    ]
    for kind, words in (("survey keyword", KEYWORDS), ("bundle", BUNDLES)):
        for word, known in words.items():
            expected = frozenset[str]().union(*(families.get(family, set()) for family in known.split()))
            if expected:
                queries.append(Query(word, expected, kind, ()))
    return queries


def _groups(row: dict[str, Any]) -> Iterator[str]:
    if row.get("origin") == "hand-written":
        yield "hand-written"
    if row["type"] in LETTERS:
        yield "pinyin and initials"
    if row["type"] in TYPOS:
        yield "homophone typos"


def _from_names(file: Path) -> list[Query]:
    from pypinyin import lazy_pinyin

    queries = []
    for name in _names(file)[::40]:
        han = "".join(c for c in name if "一" <= c <= "鿿")
        if not 3 <= len(han) <= 14:
            continue
        sounds = [sound.replace("ü", "v") for sound in lazy_pinyin(han, v_to_u=False)]
        for kind, text in (
            ("name", name),
            ("gen_pinyin", "".join(sounds)),
            ("gen_initials", "".join(sound[0] for sound in sounds)),
        ):
            group = ("pinyin and initials",) if kind != "name" else ()
            queries.append(Query(text, frozenset({name}), kind, group))
    return queries


def _measured(file: Path, queries: Sequence[Query]) -> Iterator[dict[str, Any]]:
    with closing(Catalogue.open(file)) as catalogue:

        def find(text: str, limit: int) -> list[str]:
            return [entry.name for entry in catalogue.search(text, limit).entries]

        find("预热", LIMIT)  # opening is measured by itself
        about = catalogue.about
        yield {
            "figure": "search",
            "engine": "tongyuan",
            "guides": about.guides,
            "names": about.names,
            "vocabulary": about.vocabulary,
            **_report(_answers(queries, find)),
        }
        yield {"figure": "search_keystrokes", **_keystrokes(queries, find)}
    yield {"figure": "search_fresh", **fresh(file, [query.text for query in queries])}
    names, simplified = _names(file), dict[int, int]()
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        index = Index(db)
        simplified = index.simplified
        texts = [(index.names.owners[n], index.names.text(n)) for n in range(len(index.kinds))]
    for engine, make in PEERS.items():
        try:
            search = make(texts)
        except ImportError as error:
            yield {"figure": "search", "engine": engine, "missing": str(error)}
            continue

        def find_peer(text: str, limit: int, search: Any = search) -> list[str]:
            return [names[number - 1] for number in search(normal(text, simplified), limit)]

        yield {"figure": "search", "engine": engine, **_report(_answers(queries, find_peer))}


def _names(file: Path) -> list[str]:
    """All distinct names, in the order of their ids."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        return [name for (name,) in db.execute("SELECT name FROM name ORDER BY number")]


def _answers(queries: Iterable[Query], find: Find) -> list[Answered]:
    answers = []
    for query in queries:
        begin = time.perf_counter()
        names = find(query.text, LIMIT)
        answers.append(Answered(query, tuple(names), time.perf_counter() - begin))
    return answers


def _report(answers: Sequence[Answered]) -> dict[str, Any]:
    """Recall, empty pages and latency by kind and by group."""
    kinds: dict[str, list[Answered]] = defaultdict(list)
    for answer in answers:
        for kind in ("all", answer.query.kind, *answer.query.groups):
            kinds[kind].append(answer)
    return {"kinds": {kind: _figures(found) for kind, found in kinds.items()}}


def _figures(answers: Sequence[Answered]) -> dict[str, float]:
    def recall(first: int) -> float:
        hits = sum(not answer.query.expected.isdisjoint(answer.names[:first]) for answer in answers)
        return round(hits / len(answers), 4)

    times = [answer.seconds for answer in answers]
    return {
        "queries": len(answers),
        "recall_at_1": recall(1),
        "recall_at_3": recall(3),
        "recall_at_5": recall(5),
        "empty": round(sum(not answer.names for answer in answers) / len(answers), 4),
        "p50_ms": round(percentile(times, 0.5) * 1e3, 2),
        "p99_ms": round(percentile(times, 0.99) * 1e3, 2),
    }


def _keystrokes(queries: Iterable[Query], find: Find) -> dict[str, float]:
    """Every query typed letter by letter: each keystroke is a search for a full page of results."""
    typed = dict.fromkeys(query.text[:end] for query in queries for end in range(1, len(query.text) + 1))
    times, work = [], []
    for text in typed:
        begin, worked = time.perf_counter(), time.thread_time()
        find(text, 20)
        times.append(time.perf_counter() - begin)
        work.append(time.thread_time() - worked)
    return {
        "keystrokes": len(times),
        "p50_ms": round(percentile(times, 0.5) * 1e3, 2),
        "p99_ms": round(percentile(times, 0.99) * 1e3, 2),
        "max_ms": round(max(times) * 1e3, 2),
        "cpu_p99_ms": round(percentile(work, 0.99) * 1e3, 2),  # what others on the machine can't lengthen
    }


def fresh(file: Path, queries: Sequence[str]) -> dict[str, float]:
    """Open to first result, and memory, in a process of its own."""
    command = [sys.executable, "-m", "bench.search_fresh", str(file)]
    done = subprocess.run(
        command, input=json.dumps(list(queries)), capture_output=True, text=True, check=True, timeout=120
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
