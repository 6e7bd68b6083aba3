"""A process that opens a catalogue and searches once, as a terminal does when it starts. For ``bench.search``.

Prints JSON: milliseconds and megabytes, without what Python and the imports take, and with it.
"""

import json
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()

from hall.catalogue.file import Catalogue  # noqa: E402  its import is a part of what is measured


def resident_mb() -> float:
    """Resident memory as Linux tells it, proc(5)."""
    kilobytes = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:")
    )
    return int(kilobytes.split()[1]) / 1024


def main(file: Path, queries: list[str]) -> None:
    imported, before = time.perf_counter(), resident_mb()
    catalogue = Catalogue.open(file)
    catalogue.search(queries[0])
    first = time.perf_counter()
    for query in queries:
        catalogue.search(query)
    json.dump(
        {
            "open_to_first_ms": round((first - imported) * 1e3, 1),
            "import_ms": round((imported - STARTED) * 1e3, 1),
            "memory_added_mb": round(resident_mb() - before, 1),
            "memory_all_mb": round(resident_mb(), 1),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.stdin.read()))
