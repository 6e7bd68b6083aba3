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

from bench.build import built
from bench.files import Files
from bench.load import percentile
from bench.rows import ROWS, names_in
from hall.catalogue.vocabulary import national

TYPED = (
    *("sbk", "shebaoka", "kdf", "gjj", "gongjijintiqu", "sfz", "shenfenzheng", "jsz", "byslh", "lnz"),
    *("ydjy", "tuixiu", "xkzhf", "dengji", "baoxian", "gongchengjianshe", "cxba", "zyzgrd", "hukouqianyi"),
)


def figures(*, quick: bool, files: Files) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as folder:
        file = files.catalogue
        if file is None:
            names = names_in(files.names)
            file = built(
                names, len(names) if quick else ROWS, Path(folder) / "bench.catalogue", national()
            ).file
        command = [sys.executable, "-m", "bench.find", str(file), "1" if quick else "4"]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=500)
        measured: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    for name, figure in measured.items():
        yield {"figure": name, **figure}


def main(file: Path, rounds: int) -> None:
    from bench.reading import Reader
    from bench.search_fresh import resident_mb

    before = resident_mb()
    reader = Reader(file)
    reader.read("sbk")  # everything is built and drawn once
    reader.forget()
    for _ in range(rounds):
        for typed in TYPED:
            reader.read(typed)
    keys, floor, frames = reader.keys, reader.floor(rounds * 50), reader.frames
    result = {
        "key_to_painted_results": {
            "keys": len(keys),
            "p50_ms": _ms(keys, 0.5),
            "p99_ms": _ms(keys, 0.99),
            "worst_ms": _ms(keys, 1),
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
            "all_mb": round(resident_mb()),
            "before_the_glass_mb": round(before),
            "catalogue_added_mb": round(reader.catalogue_mb, 1),
        },
    }
    sys.stdout.write(json.dumps(result) + "\n")


def _ms(seconds: list[float], share: float) -> float:
    return round(percentile(seconds, share) * 1e3, 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
