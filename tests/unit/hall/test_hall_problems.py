"""Every code that the hall can refuse with has a problem document; no document is there for nothing."""

import re
from pathlib import Path

from hall.problems import CODES, problem

HALL = Path(__file__).parents[3] / "hall"
# The catalogue's own code never answers anybody: its codes are of files, rows and queues of other halls.
SOURCES = [path for path in HALL.rglob("*.py") if HALL / "catalogue" not in path.parents]
SAID = re.compile(
    r'"((?:request|auth|idempotency|hall|queue|person|ticket|paper|recall|window|journal|catalogue)\.[a-z_]+)"'
)
NOT_ANSWERS = {"journal.sqlite", "journal.other_hall", "hall.settings_changed", "hall.api"}


def test_every_code_in_the_source_is_in_the_table_and_the_other_way_round() -> None:
    said = {
        code
        for path in SOURCES
        if path.name != "problems.py"
        for code in SAID.findall(path.read_text("utf-8"))
    }
    assert said - NOT_ANSWERS == set(CODES)


def test_only_what_may_work_later_asks_to_be_sent_again() -> None:
    for code, (status, _) in CODES.items():
        reply = problem(code, {"a": "b"})
        assert reply.status == status
        assert ("Retry-After" in reply.headers) == (status == 503)
