"""Searches in vain are counted without anybody's number, reach the hall at least once and count there once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall.wire.messages import CatalogueReport
from kiosk.catalogue.misses import BATCH, MOST, Misses, cleaned
from kiosk.catalogue.reporter import AGAIN, FLUSH, CatalogueReporter
from tests.unit.kiosk.offering import Offering


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("社保卡丢了怎么办？", "社保卡丢了怎么办"),
        (" she bao ka ", "shebaoka"),
        ("ＫＤＦ", "kdf"),
        ("身份证 370202199001011234", ""),
        ("１３９１２３４５６７８", ""),
        ("三楼3号", ""),
        ("甲" * 20, "甲" * 20),
        ("甲" * 21, ""),
        ("。。。", ""),
        ("", ""),
        ("a\u202eb", "ab"),
        ("дом", ""),
        ("〇", "〇"),
    ],
)
def test_only_short_texts_of_letters_and_han_characters_are_counted(text: str, counted: str) -> None:
    assert cleaned(text) == counted


@given(text=st.text(max_size=30))
def test_whatever_is_counted_fits_the_report_and_holds_no_digit(text: str) -> None:
    if counted := cleaned(text):
        assert CatalogueReport(misses={counted: 1}).misses == {counted: 1}
        assert not any(sign.isdigit() for sign in counted)
        assert len(counted) <= 20


def test_the_same_text_is_counted_together_and_taken_once() -> None:
    misses = Misses()
    for text in ("甲乙", "甲乙？", "丙", "123"):
        misses.note(text)
    assert misses.take() == {"甲乙": 2, "丙": 1}
    assert misses.take() == {}


def test_a_terminal_without_its_hall_counts_no_more_texts_than_it_may() -> None:
    misses = Misses()
    for number in range(MOST + 500):
        misses.note(chr(0x4E00 + number))
    misses.note(chr(0x4E00))
    taken: dict[str, int] = {}
    while batch := misses.take():
        assert len(batch) <= BATCH
        taken |= batch
    assert len(taken) == MOST
    assert taken[chr(0x4E00)] == 2


class Told:
    """A reporter and what it needs."""

    def __init__(self, folder: Path) -> None:
        self.hall, self.misses = Offering(folder), Misses()
        self.version: str | None = "1-a"
        self.codes: tuple[str, ...] = ()
        self.time, self.keys = 0.0, 0
        self.reporter = CatalogueReporter(self.hall, self, self.misses, self, self.new_key)  # type: ignore[arg-type]

    def states(self) -> tuple[str, ...]:
        return self.codes

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def new_key(self) -> str:
        self.keys += 1
        return f"key{self.keys}"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def test_the_same_is_said_once_and_a_change_at_once(told: Told) -> None:
    for _ in range(3):
        told.reporter.tell()
    told.codes = ("catalogue.older",)
    for _ in range(3):
        told.reporter.tell()
    told.version, told.codes = "2-b", ()
    told.reporter.tell()
    said = [(report.version, report.states) for _, report in told.hall.reports]
    assert said == [("1-a", ()), ("1-a", ("catalogue.older",)), ("2-b", ())]
    told.sleep(AGAIN)
    told.reporter.tell()
    assert len(told.hall.reports) == 4


def test_what_was_not_confirmed_is_sent_again_as_it_was_with_its_key(told: Told) -> None:
    told.hall.down = True
    told.misses.note("甲")
    told.reporter.tell()
    told.misses.note("乙")
    told.version = "2-b"
    told.reporter.tell()
    told.hall.down = False
    told.reporter.tell()
    first = ("key1", CatalogueReport(version="1-a", misses={"甲": 1}))
    assert told.hall.reports == [first, first, first]
    told.sleep(FLUSH)
    told.reporter.tell()
    assert told.hall.reports[3:] == [("key2", CatalogueReport(version="2-b", misses={"乙": 1}))]


def test_counts_wait_for_their_hour(told: Told) -> None:
    told.reporter.tell()
    told.misses.note("甲")
    told.reporter.tell()
    assert len(told.hall.reports) == 1
    told.sleep(FLUSH)
    told.reporter.tell()
    assert told.hall.reports[1][1].misses == {"甲": 1}
