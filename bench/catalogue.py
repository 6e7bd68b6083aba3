"""Building, opening and updating a catalogue of a province's size."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.build import built, built_of
from bench.files import Files
from bench.rows import ROWS, guides, names_in
from bench.search import fresh
from hall.catalogue.model import Guide
from hall.catalogue.packing import make_delta, pack
from hall.catalogue.vocabulary import national

CHANGED = 5  # guides of a daily change
QUERIES = (
    "社保卡丢了怎么办",
    "gjj",
    "结婚",
    "sfz",
    "开饭店要什么手续",
    "公基金提取",
    "驾驶证",
    "yiliaobaoxiao",
)


def figures(*, quick: bool, files: Files) -> Iterator[dict[str, Any]]:
    names, vocabulary = names_in(files.names), national()
    rows = 10_000 if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as name:
        folder = Path(name)
        begin = time.perf_counter()
        made = sum(1 for _ in guides(names, rows))
        making = time.perf_counter() - begin
        today = built(names, rows, folder / "today.sqlite", vocabulary)
        again = built(names, rows, folder / "again.sqlite", vocabulary)
        yield {
            "figure": "catalogue_build",
            "rows": made,
            "guides": today.guides,
            "names": today.names,
            "refused": today.refused,
            "seconds": round(min(today.seconds, again.seconds), 2),
            "floor_making_the_rows_seconds": round(making, 2),
            "file_mb": round(today.file.stat().st_size / 1e6, 1),
            "packed_mb": round(pack(today.file, folder / "packed") / 1e6, 2),
            "same_bytes_again": today.file.read_bytes() == again.file.read_bytes(),
        }
        yield {"figure": "catalogue_open", **fresh(today.file, QUERIES)}
        for what, new in (("texts", False), ("texts and a new name", True)):
            changed = _changed(names, rows, new=new)
            tomorrow = built_of(changed, folder / "tomorrow.sqlite", vocabulary, revision=2)
            begin = time.perf_counter()
            size = make_delta(today.file, tomorrow.file, folder / "delta")
            yield {
                "figure": "catalogue_delta",
                "changed": what,
                "guides": CHANGED,
                "delta_kb": round(size / 1e3, 1),
                "seconds": round(time.perf_counter() - begin, 2),
            }


def _changed(names: Sequence[tuple[str, tuple[str, ...]]], rows: int, *, new: bool) -> Iterator[Guide]:
    """The same guides; five, spread over all, with another condition and phone, and one with a name of its own."""
    every = max(1, min(rows, ROWS) // CHANGED)
    for number, guide in enumerate(guides(names, rows)):
        if number % every:
            yield guide
            continue
        update: dict[str, object] = {
            "conditions": f"{guide.conditions}自明日起凭电子证照即可办理。",
            "consult_phones": (f"0999-{7_000_000 + number}",),
        }
        if new and number == every:
            update["name"] = f"{guide.name}（新办）"
        yield guide.model_copy(update=update)
