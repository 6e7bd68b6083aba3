"""Every code that the hall can refuse with has a problem document; no document is there for nothing."""

import re
from pathlib import Path
from typing import get_args

from hall.problems import CODES, problem
from hall.wire.messages import AppointmentState

HALL = Path(__file__).parents[3] / "hall"
# The catalogue's own code never answers anybody: its codes are of files, rows and queues of other halls.
SOURCES = [path for path in HALL.rglob("*.py") if HALL / "catalogue" not in path.parents]
SAID = re.compile(
    r'"((?:request|auth|idempotency|hall|queue|person|ticket|paper|recall|window|journal|catalogue|code|presentation'
    r'|certificates|appointment)\.[a-z_]+)"'
)
APPOINTMENTS = {f"appointment.{state}" for state in get_args(AppointmentState)} - {"appointment.ready"}
NOT_ANSWERS = {"journal.sqlite", "journal.other_hall", "hall.settings_changed", "hall.api"}


def test_every_code_in_the_source_is_in_the_table_and_the_other_way_round() -> None:
    said = {
        code
        for path in SOURCES
        if path.name != "problems.py"
        for code in SAID.findall(path.read_text("utf-8"))
    }
    assert (said | APPOINTMENTS) - NOT_ANSWERS == set(CODES)


def test_only_what_may_work_later_asks_to_be_sent_again() -> None:
    for code, (status, _) in CODES.items():
        reply = problem(code, {"a": "b"})
        assert reply.status == status
        assert ("Retry-After" in reply.headers) == (status == 503)


def test_what_a_service_outside_the_hall_fails_at_is_not_sent_again_by_a_terminal() -> None:
    """It was asked again already, for as long as a citizen waits: 5xx and 429 would double that."""
    for code, (status, _) in CODES.items():
        if code.startswith(("code.", "certificates.", "presentation.", "appointment.")):
            assert 400 <= status < 500, code
            assert status != 429, code
