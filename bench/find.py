"""Reading guides at the glass: a key touched → results painted, frames while reading, memory that guides add.

A process of its own, offscreen, with the real journey, screens and guide desk over 100,000 generated guides. The desk
answers on the same thread at once, so nothing of its work is hidden; the floor is the same glass without a search.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.files import Files
from bench.load import percentile

TYPED = (
    *("sbk", "shebaoka", "kdf", "gjj", "gongjijintiqu", "sfz", "shenfenzheng", "jsz", "byslh", "lnz"),
    *("ydjy", "tuixiu", "xkzhf", "dengji", "baoxian", "gongchengjianshe", "cxba", "zyzgrd", "hukouqianyi"),
)


def figures(*, quick: bool, files: Files) -> Iterator[dict[str, Any]]:
    from bench.build import built  # what builds catalogues is not in a terminal
    from bench.rows import ROWS, names_in
    from hall.catalogue.vocabulary import national

    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as folder:
        file = files.catalogue
        if file is None:
            names = names_in(files.names)
            file = built(
                names, len(names) if quick else ROWS, Path(folder) / "bench.catalogue", national()
            ).file
        measured = _child(file, "1" if quick else "4")
    for name, figure in measured.items():
        yield {"figure": name, **figure}


def _child(file: Path, what: str) -> dict[str, Any]:
    """A process of its own that measures ``what``: so many rounds of frames, or memory "with" or "without" guides."""
    command = [sys.executable, "-m", "bench.find", str(file), what]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=500)
    measured: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return measured


def memory(file: Path, *, guides: bool) -> dict[str, float]:
    """Resident MB of a terminal that rests on its welcome screen; with guides, after ten were looked up and read."""
    from bench.reading import Reader
    from bench.search_fresh import resident_mb
    from screens.rest import rest

    reader = Reader(file if guides else None)
    rest()
    fresh = resident_mb()
    if guides:
        reader.browse()
        for typed in TYPED[:10]:
            reader.read(typed)
        rest()
    return {"resting_mb": round(resident_mb(), 1), "before_reading_mb": round(fresh, 1)}


def frames(file: Path, rounds: int) -> dict[str, Any]:
    from bench.reading import Reader

    reader = Reader(file)
    reader.read("sbk")  # everything is built and drawn once
    reader.forget()
    for _ in range(rounds):
        for typed in TYPED:
            reader.read(typed)
    keys, work, frames = reader.keys, reader.work, reader.frames
    floor = reader.floor(rounds * 50)
    with_guides, without = (_child(file, what) for what in ("with", "without"))
    return {
        "key_to_painted_results": {
            "keys": len(keys),
            "p50_ms": _ms(keys, 0.5),
            "p99_ms": _ms(keys, 0.99),
            "worst_ms": _ms(keys, 1),
            "cpu_p50_ms": _ms(work, 0.5),
            "cpu_p99_ms": _ms(work, 0.99),
            "floor_without_a_search_p50_ms": _ms(floor, 0.5),
            "floor_without_a_search_p99_ms": _ms(floor, 0.99),
        },
        "guide_frames": {
            "frames": len(frames),
            "p50_ms": _ms(frames, 0.5),
            "p99_ms": _ms(frames, 0.99),
            "worst_ms": _ms(frames, 1),
        },
        "guide_memory": {
            "added_mb": round(with_guides["resting_mb"] - without["resting_mb"], 1),
            "resting_with_guides_mb": with_guides["resting_mb"],
            "floor_without_guides_mb": without["resting_mb"],
            "added_before_reading_mb": round(with_guides["before_reading_mb"] - without["resting_mb"], 1),
        },
    }


def main(file: Path, what: str) -> None:
    result = frames(file, int(what)) if what.isdecimal() else memory(file, guides=what == "with")
    sys.stdout.write(json.dumps(result) + "\n")


def _ms(seconds: list[float], share: float) -> float:
    return round(percentile(seconds, share) * 1e3, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
