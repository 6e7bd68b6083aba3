"""The book on disk: found again, and nobody in it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hall.appointments.book import AppointmentBook
from hall.appointments.rules import Appointment
from hall.keys import Keys
from hall.wire.identity import pseudonym

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 23)
TEN = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
NUMBER = "370102199001010" + "01X"


def appointed(key: bytes, id: str = "7", hours: int = 0) -> Appointment:
    starts = TEN + timedelta(hours=hours)
    return Appointment(
        id, "qingyuan", "social", starts, starts + timedelta(minutes=30), pseudonym(key, NUMBER), "card"
    )


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    made = Keys(tmp_path / "keys.json")
    made.day_key(DAY)
    return made


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AppointmentBook]:
    made = AppointmentBook(tmp_path / "appointments.sqlite")
    yield made
    made.close()


def test_an_appointment_is_found_by_its_person_and_by_its_number(book: AppointmentBook, keys: Keys) -> None:
    key = keys.key_ahead(DAY)
    assert key is not None
    later, earlier = appointed(key, "8", hours=2), appointed(key, "7")
    assert book.put([(DAY, later), (DAY, earlier)]) == 2
    assert [a.id for a in book.of(pseudonym(key, NUMBER))] == ["7", "8"]
    assert book.numbered("8") == replace(
        later, starts=later.starts.astimezone(), ends=later.ends.astimezone()
    )
    assert book.numbered("9") is None
    assert book.of("00" * 32) == ()


def test_a_change_replaces_what_was_handed_over_before(book: AppointmentBook, keys: Keys) -> None:
    key = keys.key_ahead(DAY) or b""
    book.put([(DAY, appointed(key))])
    book.put([(DAY, replace(appointed(key), cancelled=True))])
    found = book.numbered("7")
    assert found is not None
    assert found.cancelled


def test_a_day_that_is_over_is_forgotten(book: AppointmentBook, keys: Keys) -> None:
    key = keys.key_ahead(DAY) or b""
    book.put([(DAY, appointed(key)), (DAY + timedelta(days=1), appointed(key, "8", hours=24))])
    book.forget_before(DAY + timedelta(days=1))
    assert book.numbered("7") is None
    assert book.numbered("8") is not None


def test_no_file_holds_a_number(book: AppointmentBook, keys: Keys, tmp_path: Path) -> None:
    book.put([(DAY, appointed(keys.key_ahead(DAY) or b""))])
    for file in tmp_path.iterdir():
        assert NUMBER.encode() not in file.read_bytes(), file.name


def test_the_key_of_a_day_to_come_is_the_one_of_that_day(tmp_path: Path, keys: Keys) -> None:
    ahead = keys.key_ahead(DAY + timedelta(days=3))
    again = Keys(tmp_path / "keys.json")
    assert ahead is not None
    assert again.key_ahead(DAY + timedelta(days=3)) == ahead
    assert again.day_key(DAY).key == keys.day_key(DAY).key
    assert again.day_key(DAY + timedelta(days=3)).key == ahead.hex()


def test_the_key_of_a_day_that_is_over_does_not_come_back(tmp_path: Path, keys: Keys) -> None:
    skipped = keys.key_ahead(DAY + timedelta(days=1))
    keys.day_key(DAY + timedelta(days=2))
    assert keys.key_ahead(DAY) is None
    assert keys.key_ahead(DAY + timedelta(days=1)) is None
    assert skipped is not None
    assert skipped.hex() not in (tmp_path / "keys.json").read_text(encoding="ascii")
