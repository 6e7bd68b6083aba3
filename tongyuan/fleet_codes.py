"""Every code that a part of the fleet can say, found in the source itself: what is not looked for isn't missed."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from provisioning.centre.console.wording import table

ROOT = Path(__file__).parents[1]
PLACES = (
    "provisioning",
    "config/load.py",
    "config/problems.py",
    "config/migrations.py",
    "kiosk/control.py",
    "kiosk/roles",
)
ELSEWHERE = (
    "provisioning/simulator",
    "provisioning/centre/console/sample.py",
    "provisioning/centre/console/pages",
)
"""Invented terminals and data, and names of templates."""

FAMILIES = (
    "agent|artefact|auth|broker|centre|command|config|csv|draft|dry_run|enrolment|hall|hook|install|keys|kiosk|layer"
    "|paper|registry|rollout|secret|silence|terminal|trial"
)
CODE = re.compile(rf"(?:{FAMILIES})\.[a-z_]+")
FILES = (".conf", ".html", ".json", ".key", ".pid", ".sock", ".sqlite", ".toml", ".url")


def fleet_codes() -> set[str]:
    """Of refusals, faults, alerts and answers; not the names of events and of entries in the audit."""
    words = table("en")
    other = {key.partition(".")[2] for key in words if key.startswith(("action.", "event."))}
    said = {key.removeprefix("code.") for key in words if key.startswith("code.")}
    return {code for code in _texts() if not code.endswith(FILES)} - (other - said)


def _texts() -> Iterator[str]:
    for place in PLACES:
        found = ROOT / place
        for file in sorted(found.rglob("*.py")) if found.is_dir() else [found]:
            if not file.relative_to(ROOT).as_posix().startswith(ELSEWHERE):
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    if (
                        isinstance(node, ast.Constant)
                        and isinstance(node.value, str)
                        and CODE.fullmatch(node.value)
                    ):
                        yield node.value
