"""What terminals say is counted once, by day, without any trace of who asked."""

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from hall.catalogue.reports import KEEP, MOST, CatalogueReports
from hall.wire.messages import CatalogueReport

NOON = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


class Desk:
    def __init__(self, folder: Path) -> None:
        self.now, self.path = NOON, folder / "reports.sqlite"
        self.reports = CatalogueReports(self.path, lambda: self.now)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.reports.close()


def test_counts_add_up_over_terminals_and_keys_make_retries_harmless(desk: Desk) -> None:
    desk.reports.hear("k1", "a", CatalogueReport(misses={"甲乙": 2, "丙": 1}))
    desk.reports.hear("k1", "a", CatalogueReport(misses={"甲乙": 2, "丙": 1}))
    desk.reports.hear("k2", "a", CatalogueReport(misses={"甲乙": 1, "丁": 1}))
    assert desk.reports.misses(NOON.date()).misses == (("甲乙", 3), ("丁", 1), ("丙", 1))
    assert desk.reports.misses(date(2026, 11, 21)).misses == ()


def test_the_last_word_of_each_terminal_stands(desk: Desk) -> None:
    desk.reports.hear("k2", "1", CatalogueReport(version="3-abc", states=("catalogue.older",)))
    desk.reports.hear("k1", "1", CatalogueReport())
    desk.now += timedelta(hours=1)
    desk.reports.hear("k2", "2", CatalogueReport(version="4-def"))
    told = [(t.terminal, t.version, t.states, t.at) for t in desk.reports.terminals()]
    assert told == [("k1", None, (), NOON), ("k2", "4-def", (), NOON + timedelta(hours=1))]


def test_days_are_kept_apart_and_forgotten_in_the_end(desk: Desk) -> None:
    desk.reports.hear("k1", "1", CatalogueReport(misses={"甲": 1}))
    desk.now += timedelta(days=1)
    desk.reports.hear("k1", "2", CatalogueReport(misses={"甲": 5}))
    assert desk.reports.misses(NOON.date()).misses == (("甲", 1),)
    desk.now += KEEP
    desk.reports.hear("k1", "3", CatalogueReport())
    assert desk.reports.misses(NOON.date()).misses == ()
    assert desk.reports.misses(NOON.date() + timedelta(days=1)).misses == (("甲", 5),)


def test_a_terminal_gone_mad_does_not_fill_the_disk(desk: Desk) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [a + b + c + d for a in letters for b in letters for c in letters for d in "xy"]
    for start in range(0, len(words), 200):
        texts = dict.fromkeys(words[start : start + 200], 1)
        desk.reports.hear("k1", str(start), CatalogueReport(misses=texts))
    rows = sqlite3.connect(desk.path)
    assert rows.execute("SELECT count(*) FROM miss").fetchone()[0] == MOST < len(words)
    rows.close()


def test_nothing_on_the_disk_joins_a_text_to_a_terminal_or_a_time(desk: Desk) -> None:
    desk.reports.hear("k1", "1", CatalogueReport(misses={"甲乙": 1}))
    rows = sqlite3.connect(desk.path)
    assert rows.execute("SELECT * FROM miss").fetchall() == [("2026-11-22", "甲乙", 1)]
    rows.close()


@pytest.mark.parametrize("text", ["", "13912345678", "张三1", "甲" * 21, "a b", "１", "<b>", "٣", "甲\n"])
def test_a_text_that_may_hold_a_number_is_no_report(text: str) -> None:
    with pytest.raises(ValidationError):
        CatalogueReport(misses={text: 1})


def test_letters_and_han_characters_are_a_report() -> None:
    report = CatalogueReport(misses={"kdf": 1, "社保卡丢了": 2, "〇": 1, "\U00020000": 1, "甲" * 20: 1})
    assert sum(report.misses.values()) == 6


def test_too_many_texts_are_no_report() -> None:
    with pytest.raises(ValidationError):
        CatalogueReport(misses={f"{chr(0x4E00 + n)}": 1 for n in range(201)})
