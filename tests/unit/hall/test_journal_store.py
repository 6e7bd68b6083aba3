"""What every store of a journal promises: one class of tests, run on each form."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hall.journal.chain import Head, Record, genesis
from hall.journal.codec import encode
from hall.journal.errors import SequenceTaken
from hall.journal.memory import MemoryStore
from hall.journal.sqlite import SqliteStore
from hall.journal.store import Answer, Store
from hall.queue import events as e
from hall.queue.model import WindowId
from tests.unit.hall.small_hall import MORNING

Open = Callable[[], Store]


def records_after(head: Head, *happened: e.Event) -> list[Record]:
    records: list[Record] = []
    for event in happened:
        records.append(encode(event, head, "window:1", f"key-{head.seq}"))
        head = Head(records[-1].seq, records[-1].hash)
    return records


def opened(window: str) -> e.Event:
    return e.WindowOpened(MORNING, WindowId(window))


def answer(key: str, at: datetime = MORNING) -> Answer:
    return Answer(key, b"\x01" * 32, 201, f'{{"key":"{key}"}}'.encode(), at)


class TestStore:
    @pytest.fixture(params=["memory", "sqlite"])
    def open_store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
        stores: list[Store] = []

        def opener() -> Store:
            if request.param == "memory":
                store: Store = stores[0] if stores else MemoryStore("small")
            else:
                store = SqliteStore(tmp_path / "journal.sqlite", "small")
            stores.append(store)
            return store

        yield opener
        for store in stores:
            store.close()

    def test_a_new_journal_begins_with_its_halls_name(self, open_store: Open) -> None:
        store = open_store()
        assert store.head() == Head(0, genesis("small").hash)
        assert list(store.read(0)) == []
        assert store.day_start() == 0

    def test_what_was_appended_is_read_in_order(self, open_store: Open) -> None:
        store = open_store()
        records = records_after(store.head(), *map(opened, "123"))
        store.append(0, records[:2], [answer("a")])
        store.append(2, records[2:], [answer("b"), answer("c")])
        assert list(store.read(0)) == records
        assert list(store.read(2)) == records[2:]
        assert store.head() == Head(3, records[2].hash)

    def test_answers_are_found_by_their_key(self, open_store: Open) -> None:
        store = open_store()
        store.append(0, [], [answer("a"), answer("b")])
        assert store.answer("a") == answer("a")
        assert store.answer("b") == answer("b")
        assert store.answer("c") is None
        assert store.head().seq == 0

    def test_an_append_that_follows_another_record_changes_nothing(self, open_store: Open) -> None:
        store = open_store()
        first = records_after(store.head(), opened("1"))
        store.append(0, first, [answer("a")])
        with pytest.raises(SequenceTaken):
            store.append(0, records_after(Head(0, genesis("small").hash), opened("2")), [answer("b")])
        assert list(store.read(0)) == first
        assert store.answer("b") is None

    def test_of_two_that_share_a_journal_only_one_wins(self, open_store: Open) -> None:
        one, two = open_store(), open_store()
        mine = records_after(one.head(), opened("1"))
        one.append(0, mine, [answer("a")])
        with pytest.raises(SequenceTaken):
            two.append(0, records_after(Head(0, genesis("small").hash), opened("2")), [answer("b")])
        assert list(two.read(0)) == mine
        assert two.answer("a") == answer("a")
        two.append(1, records_after(two.head(), opened("2")), [answer("b")])
        assert one.head().seq == 2

    def test_an_answer_that_another_gave_is_seen_before_anything_else_is_written(
        self, open_store: Open
    ) -> None:
        one, two = open_store(), open_store()
        one.append(0, [], [answer("a")])
        if one is not two:  # a journal in memory has only one process
            with pytest.raises(SequenceTaken):
                two.append(0, records_after(two.head(), opened("2")), [answer("b")])
        assert two.answer("a") == answer("a")
        two.append(0, records_after(two.head(), opened("2")), [answer("b")])
        assert two.head().seq == 1

    def test_the_day_starts_behind_the_last_opening_of_a_new_day(self, open_store: Open) -> None:
        store = open_store()
        day, next_day = date(2026, 11, 23), date(2026, 11, 24)
        happened = (
            *(e.DayOpened(MORNING, day), opened("1"), e.DayClosed(MORNING, day, "closed", ())),
            *(e.DayOpened(MORNING, next_day), opened("1"), e.DayReopened(MORNING, next_day)),
        )
        store.append(0, records_after(store.head(), *happened), [])
        assert store.day_start() == 3
        assert [record.type for record in store.read(3)] == ["day_opened", "window_opened", "day_reopened"]

    def test_old_answers_are_forgotten_and_records_are_not(self, open_store: Open) -> None:
        store = open_store()
        old = MORNING - timedelta(days=8)
        store.append(0, records_after(store.head(), opened("1")), [answer("old", old), answer("older", old)])
        store.append(1, [], [answer("new")])
        assert store.forget(MORNING - timedelta(days=7)) == 2
        assert store.answer("old") is None
        assert store.answer("new") == answer("new")
        assert store.head().seq == 1
        store.append(1, [], [answer("next")])
        assert store.answer("next") == answer("next")

    def test_nothing_at_all_can_be_appended(self, open_store: Open) -> None:
        store = open_store()
        store.append(0, [], [])
        assert store.head().seq == 0

    def test_many_at_once_are_one_append(self, open_store: Open) -> None:
        store = open_store()
        records = records_after(store.head(), *(opened(str(n)) for n in range(700)))
        store.append(0, records, [answer(str(n)) for n in range(600)])
        assert list(store.read(0)) == records
        assert all(store.answer(str(n)) for n in range(600))


def test_a_sqlite_journal_is_still_there_when_it_is_opened_again(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "journal.sqlite", "small")
    records = records_after(store.head(), *map(opened, "12"))
    store.append(0, records, [answer("a", datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC))])
    store.close()
    store.close()
    again = SqliteStore(tmp_path / "journal.sqlite", "small")
    assert list(again.read(0)) == records
    assert again.answer("a") == answer("a", datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC))
    again.close()
