"""Credentials and secrets: seen once, kept hashed or for their owner only, gone when they are revoked or old."""

import json
import logging
import sqlite3
from datetime import date
from pathlib import Path

import pytest

from hall.credentials import LOOK_EVERY, Credentials
from hall.keys import Keys
from hall.queue.model import TicketId

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
TICKET = TicketId("20261123-A01")


class Seconds:
    """A monotonic clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "credentials.sqlite"


def test_a_token_is_known_again_and_its_secret_is_not_on_the_disk(path: Path) -> None:
    credentials = Credentials(path)
    token = credentials.issue("window", "5")
    found = credentials.check(token)
    assert found is not None
    assert (found.role, found.subject, found.actor) == ("window", "5", "window:5")
    kind, name, secret = token.split(".")
    assert (kind, name, len(secret) >= 43) == ("ty1", found.id, True)
    assert secret not in repr(found)
    credentials.close()
    assert not [f for f in path.parent.iterdir() if secret.encode() in f.read_bytes()]
    assert path.stat().st_mode & 0o777 == 0o600
    again = Credentials(path)
    assert again.check(token) == found
    again.close()


def test_only_the_exact_token_is_right(path: Path) -> None:
    credentials = Credentials(path)
    token = credentials.issue("terminal", "k1")
    other = credentials.issue("terminal", "k2")
    mixed = ".".join((*token.split(".")[:2], other.split(".")[2]))
    for wrong in (
        "",
        "ty1",
        "ty1..",
        token[:-1],
        token + "x",
        token.upper(),
        "ty2" + token[3:],
        mixed,
        "\x00",
    ):
        assert credentials.check(wrong) is None, wrong
    credentials.close()


def test_a_revoked_token_is_worth_nothing(path: Path) -> None:
    credentials = Credentials(path)
    token = credentials.issue("terminal", "k1")
    name = token.split(".")[1]
    assert credentials.revoke(name)
    assert credentials.check(token) is None
    assert not credentials.revoke(name)
    assert not credentials.revoke("nobody")
    assert credentials.all() == ()
    credentials.close()


def test_what_another_process_issues_or_revokes_counts_here_within_a_second(path: Path) -> None:
    clock = Seconds()
    here, there = Credentials(path, clock), Credentials(path)
    token = there.issue("reader", "board")
    assert here.check(token) is None
    clock.now += LOOK_EVERY
    assert here.check(token) is not None
    there.revoke(token.split(".")[1])
    clock.now += LOOK_EVERY
    assert here.check(token) is None
    here.close()
    there.close()


def test_a_role_that_does_not_exist_is_not_issued(path: Path) -> None:
    credentials = Credentials(path)
    with pytest.raises(ValueError, match="no role 'king'"):
        credentials.issue("king", "x")  # type: ignore[arg-type]  # a mistake on purpose
    credentials.close()


def test_two_tokens_of_one_subject_are_different_and_counted(path: Path) -> None:
    credentials = Credentials(path)
    one, two = credentials.issue("terminal", "k1"), credentials.issue("terminal", "k1")
    assert one != two
    assert len(credentials.all()) == 2
    db = sqlite3.connect(path)
    assert {len(row[0]) for row in db.execute("SELECT hash FROM credential")} == {32}
    db.close()
    credentials.close()


def test_the_days_key_lasts_a_day_and_a_restart_and_then_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = Keys(path)
    monday = keys.day_key(MONDAY)
    assert (monday.day, len(monday.key)) == (MONDAY, 64)
    assert Keys(path).day_key(MONDAY) == monday
    secret = json.loads(path.read_text())["secret"]
    tuesday = keys.day_key(TUESDAY)
    assert tuesday.key != monday.key
    assert secret not in path.read_text(), "nobody can make Monday's pseudonyms again"
    assert keys.day_key(MONDAY) == tuesday, "a clock that goes back keeps the day"


def test_secrets_are_for_their_owner_only_and_never_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "keys.json"
    key = Keys(path).day_key(MONDAY)
    assert path.stat().st_mode & 0o777 == 0o600
    assert key.key not in repr(key)
    assert caplog.text == ""
    assert [p.name for p in tmp_path.iterdir()] == ["keys.json"]


def test_a_phone_page_is_found_by_its_own_token_only(tmp_path: Path) -> None:
    keys, other = Keys(tmp_path / "keys.json"), Keys(tmp_path / "other.json")
    path = keys.phone_path(TICKET)
    assert path.startswith("/t/20261123-A01-")
    token = path.removeprefix("/t/")
    assert keys.followed(token) == TICKET
    assert Keys(tmp_path / "keys.json").followed(token) == TICKET
    assert other.followed(token) is None
    for wrong in ("", "-", token[:-1], token + "x", token.replace("A01", "A02"), "中" * 40, TICKET):
        assert keys.followed(wrong) is None
