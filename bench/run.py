"""``tongyuan bench``: every figure as a JSON line, beside its floor in the same run."""

import importlib
import json
import platform
import sys
from collections.abc import Sequence

from bench.files import Files

FIGURES = {
    "tickets": "bench.tickets",
    "calls": "bench.calls",
    "screen": "bench.screen",
    "card": "bench.card",
    "slip": "bench.slip",
    "search": "bench.search",
    "catalogue": "bench.catalogue",
    "find": "bench.find",
    "show": "bench.show",
    "presenting": "bench.presenting",
    "chip": "bench.chip",
    "fleet": "bench.fleet",
}
WITH_FILES = ("search", "catalogue", "find")


def run(names: Sequence[str], *, quick: bool, files: Files | None = None) -> int:
    """Measure ``names`` (all when empty), ``files`` being those to measure with; the exit code."""
    if unknown := [n for n in names if n not in FIGURES]:
        sys.stderr.write(f"unknown figure {', '.join(unknown)}; there are {', '.join(FIGURES)}\n")
        return 2
    for name in names or FIGURES:
        given = {"files": files or Files()} if name in WITH_FILES else {}
        for figure in importlib.import_module(FIGURES[name]).figures(quick=quick, **given):
            print(json.dumps({**figure, "python": platform.python_version()}, ensure_ascii=False), flush=True)
    return 0
