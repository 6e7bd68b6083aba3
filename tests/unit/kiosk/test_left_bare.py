"""What a process remembers of its card devices for the next one: told once, and only while it can be true."""

import json
from pathlib import Path

import pytest

from kiosk import left_bare
from kiosk.left_bare import LONGEST


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bare.json"


def test_what_was_bare_is_told_once(path: Path) -> None:
    left_bare.remember(path, {"slot", "reader"}, lambda: 1000.0)
    assert left_bare.recall(path, lambda: 1000.0 + LONGEST) == {"reader", "slot"}
    assert left_bare.recall(path, lambda: 1000.0 + LONGEST) == set()


@pytest.mark.parametrize("now", [1000.0 + LONGEST + 1, 999.0])
def test_what_is_old_or_of_another_boots_clock_is_not_believed(path: Path, now: float) -> None:
    left_bare.remember(path, {"reader"}, lambda: 1000.0)
    assert left_bare.recall(path, lambda: now) == set()


def test_after_a_reboot_nothing_is_known(path: Path) -> None:
    left_bare.remember(path, {"reader"}, lambda: 1000.0)
    path.write_text(json.dumps({**json.loads(path.read_text()), "boot": "another"}))
    assert left_bare.recall(path, lambda: 1001.0) == set()


@pytest.mark.parametrize(
    "said", ["", "[]", "{}", '{"at": "now", "boot": "", "devices": []}', '{"at": 1000}', "\udcff"]
)
def test_a_damaged_file_says_nothing(path: Path, said: str) -> None:
    path.write_bytes(said.encode(errors="surrogateescape"))
    assert left_bare.recall(path, lambda: 1000.0) == set()


def test_a_folder_that_is_not_there_is_no_reason_to_fail(tmp_path: Path) -> None:
    left_bare.remember(tmp_path / "none" / "bare.json", {"reader"})
    assert left_bare.recall(tmp_path / "none" / "bare.json") == set()
