"""Events reach the centre once in effect, however often and in whatever order their batches come."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from provisioning.centre.collection import Collection, UnknownDevice
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.wire.messages import Event, EventBatch
from tests.unit.provisioning.centre.fleet_rows import add_hall, add_terminal, fails, open_alerts

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NUMBERS = count(100)


def event(seq: int) -> Event:
    return Event(seq=seq, at=MORNING + timedelta(seconds=seq), type="kiosk.started", body={"n": seq})


def batch(*seqs: int, lost_before: int = 0) -> EventBatch:
    return EventBatch(stream="agent", lost_before=lost_before, events=tuple(event(s) for s in seqs))


def kept(database: Database, device: str = "k1") -> list[int]:
    with database.read() as db:
        rows = db.execute(
            select(t.events.c.seq).where(t.events.c.terminal == device).order_by(t.events.c.seq)
        )
        return [row.seq for row in rows]


@pytest.fixture
def collection(database: Database) -> Collection:
    return Collection(database, lambda: MORNING.timestamp())


def test_a_batch_is_kept_and_its_last_number_acknowledged(database: Database, collection: Collection) -> None:
    taken = collection.take("k1", batch(1, 2, 3))
    assert (taken.ack.seq, [e.seq for e in taken.new], kept(database)) == (3, [1, 2, 3], [1, 2, 3])


def test_what_comes_again_is_acknowledged_and_not_kept_twice(
    database: Database, collection: Collection
) -> None:
    collection.take("k1", batch(1, 2))
    taken = collection.take("k1", batch(1, 2, 3))
    assert (taken.ack.seq, [e.seq for e in taken.new], kept(database)) == (3, [3], [1, 2, 3])


def test_what_comes_too_early_is_not_taken(database: Database, collection: Collection) -> None:
    taken = collection.take("k1", batch(2, 3))
    assert (taken.ack.seq, taken.new, kept(database)) == (0, (), [])


def test_a_batch_without_events_asks_how_far_the_centre_is(collection: Collection) -> None:
    collection.take("k1", batch(1, 2))
    assert collection.take("k1", batch()).ack.seq == 2


def test_what_the_sender_gave_up_is_written_down_as_a_gap(database: Database, collection: Collection) -> None:
    collection.take("k1", batch(1))
    taken = collection.take("k1", batch(5, 6, lost_before=4))
    assert (taken.gap, taken.ack.seq, kept(database)) == ((2, 4), 6, [1, 5, 6])
    assert collection.position("k1", "agent") == (6, 3)
    assert collection.take("k1", batch(5, 6, lost_before=4)).gap is None
    told = {"stream": "agent", "first": 2, "last": 4}
    assert open_alerts(database) == [("k1", "", "centre.gap", told)]


def test_a_gap_that_could_not_be_told_comes_again(
    database: Database, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_hall(database)
    add_terminal(database, "k1")
    with monkeypatch.context() as broken:
        broken.setattr("provisioning.centre.happened.note", fails)
        with pytest.raises(StoreFailed):
            collection.take("k1", batch(5, lost_before=4))
    assert collection.position("k1", "agent") == (0, 0)
    assert collection.take("k1", batch(5, lost_before=4)).gap == (1, 4)
    assert [(subject, hall) for subject, hall, *_ in open_alerts(database)] == [("k1", "qy")]


def test_streams_of_one_device_are_counted_apart(collection: Collection, database: Database) -> None:
    add_hall(database)
    add_terminal(database, "hall-qy", kind="hall")
    collection.take("hall-qy", batch(1, 2))
    journal = EventBatch(stream="journal", events=(event(1),))
    assert collection.take("hall-qy", journal).ack.seq == 1
    with database.read() as db:
        assert db.execute(select(t.journal.c.hall, t.journal.c.seq)).all() == [("qy", 1)]


def test_a_journal_of_somebody_unknown_is_not_kept(database: Database, collection: Collection) -> None:
    with pytest.raises(UnknownDevice):
        collection.take("nobody", EventBatch(stream="journal", events=(event(1),)))
    assert collection.position("nobody", "journal") == (0, 0)


sendings = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 5)), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(sendings)
def test_any_order_of_overlapping_batches_keeps_each_event_once_without_a_hole(
    database: Database, collection: Collection, sent: list[tuple[int, int]]
) -> None:
    device = f"k{next(NUMBERS)}"  # nobody has heard of it, whatever was tried before
    acked = 0
    for first, many in sent:
        ack = collection.take(device, batch(*range(first, first + many))).ack.seq
        assert ack >= acked
        acked = ack
    assert kept(database, device) == list(range(1, acked + 1))


def test_batches_taken_together_are_taken_as_one_after_the_other(
    database: Database, collection: Collection
) -> None:
    add_hall(database)
    for name in ("k1", "k2"):
        add_terminal(database, name)
    add_terminal(database, "hall-qy", kind="hall")
    collection.take("k2", batch(1))
    journal = EventBatch(stream="journal", events=(event(1), event(2)))
    together = collection.take_all(
        [
            ("k1", batch(1, 2)),
            ("k2", batch(1, 2, 3)),
            ("k1", batch(2, 3)),
            ("hall-qy", journal),
            ("k1", batch(9, lost_before=8)),
            ("k3", batch()),
        ]
    )
    assert [taken.ack.seq for taken in together] == [2, 3, 3, 2, 9, 0]
    assert [[e.seq for e in taken.new] for taken in together] == [[1, 2], [2, 3], [3], [1, 2], [9], []]
    assert (kept(database), kept(database, "k2")) == ([1, 2, 3, 9], [1, 2, 3])
    assert collection.position("k1", "agent") == (9, 5)
    assert collection.position("hall-qy", "journal") == (2, 0)


def test_of_batches_taken_together_none_is_kept_where_one_is_of_somebody_unknown(
    database: Database, collection: Collection
) -> None:
    journal = EventBatch(stream="journal", events=(event(1),))
    with pytest.raises(UnknownDevice):
        collection.take_all([("k1", batch(1)), ("nobody", journal)])
    assert (kept(database), collection.position("k1", "agent")) == ([], (0, 0))


def test_the_acknowledgement_of_a_journal_says_which_record_is_the_last(
    database: Database, collection: Collection
) -> None:
    add_hall(database)
    add_hall(database, "lc")
    add_terminal(database, "hall-qy", kind="hall")
    add_terminal(database, "hall-lc", "lc", kind="hall")

    def journal(name: str, *seqs: int) -> EventBatch:
        hashed = tuple(event(n).model_copy(update={"body": {"hash": f"{name}-{n}"}}) for n in seqs)
        return EventBatch(stream="journal", events=hashed)

    assert collection.take("hall-qy", journal("qy")).ack.hash == ""
    collection.take("hall-lc", journal("lc", 1, 2, 3))
    acks = [
        collection.take("hall-qy", batch).ack
        for batch in (journal("qy", 1, 2), journal("qy", 2), journal("qy"))
    ]
    assert [(ack.seq, ack.hash) for ack in acks] == [(2, "qy-2")] * 3
    assert collection.take("hall-qy", journal("forked", 1, 2, 3)).ack.hash == "forked-3"
    assert collection.take("hall-qy", batch(1)).ack.hash == ""
