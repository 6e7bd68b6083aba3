"""The audit trail: in the transaction of the change, in one chain, read by filter and page."""

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from provisioning.centre import audit
from provisioning.centre.rights import CENTRE, Actor
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import audit as table
from provisioning.centre.store.tables import kept

LIN = Actor("lin", "operator", ("qy",))


def _write(database: Database, count: int) -> None:
    with database.write() as connection:
        for number in range(1, count + 1):
            detail = {"n": number, "名": "大字", "nested": {"share": 0.1, 3: (1, 2)}}
            audit.record(
                connection, LIN, "draft.changed", f"draft {number}", "qy", detail, at=1000.25 + number
            )


def test_an_untouched_chain_is_sound(database: Database) -> None:
    _write(database, 5)
    proof = audit.verify(database)
    assert (proof.sound, proof.entries, proof.broken) == (True, 5, None)
    with database.read() as connection:
        assert audit.entries(connection, CENTRE).entries[0].hash == proof.head


def test_an_empty_chain_is_sound(database: Database) -> None:
    assert audit.verify(database) == audit.Proof(0, audit.FIRST, None)


@pytest.mark.parametrize(
    ("harm", "broken"),
    [
        (lambda c: c.execute(update(table).where(table.c.id == 3).values(who="wu")), 3),
        (lambda c: c.execute(update(table).where(table.c.id == 3).values(at=1.0)), 3),
        (lambda c: c.execute(update(table).where(table.c.id == 3).values(hall="")), 3),
        (lambda c: c.execute(update(table).where(table.c.id == 3).values(detail={})), 3),
        (lambda c: c.execute(update(table).where(table.c.id == 3).values(action="x")), 3),
        (lambda c: c.execute(update(table).where(table.c.id == 3).values(subject="x")), 3),
        (lambda c: c.execute(update(table).where(table.c.id == 3).values(hash="0" * 64)), 3),
        (lambda c: c.execute(delete(table).where(table.c.id == 3)), 4),
        (lambda c: c.execute(delete(table).where(table.c.id == 1)), 2),
        (
            lambda c: c.execute(
                insert(table).values(
                    id=6, at=1.0, who="wu", action="x", subject="", hall="", detail={}, hash="1" * 64
                )
            ),
            6,
        ),
    ],
)
def test_a_changed_missing_or_added_entry_breaks_the_chain(
    database: Database, harm: Callable[[Connection], Any], broken: int
) -> None:
    _write(database, 5)
    with database.write() as connection:
        harm(connection)
    assert audit.verify(database).broken == broken


def test_an_entry_that_was_written_anew_with_its_hash_breaks_the_next(database: Database) -> None:
    _write(database, 4)
    with database.write() as connection:
        before = connection.execute(select(table).where(table.c.id == 2)).mappings().one()
        forged = dataclasses.replace(audit.Entry(**before), id=3, who="wu")
        values = dataclasses.asdict(dataclasses.replace(forged, hash=audit._hashed(before["hash"], forged)))
        connection.execute(update(table).where(table.c.id == 3).values(values))
    assert audit.verify(database).broken == 4


def test_an_entry_goes_with_the_change_that_was_undone(database: Database) -> None:
    def half() -> None:
        with database.write() as connection:
            connection.execute(insert(kept).values(key="a", value="1"))
            audit.record(connection, LIN, "kept.changed", "a", at=1.0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert audit.verify(database).entries == 0


def test_entries_of_many_threads_make_one_chain(database: Database) -> None:
    def some() -> None:
        for _ in range(5):
            with database.write() as connection:
                audit.record(connection, LIN, "a", "b", at=1.0)

    threads = [threading.Thread(target=some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    proof = audit.verify(database)
    assert (proof.sound, proof.entries) == (True, 20)


def test_entries_are_filtered_and_paged_newest_first(database: Database) -> None:
    _write(database, 7)
    with database.write() as connection:
        audit.record(connection, CENTRE, "rollout.aborted", "rollout 100%", at=2000.0)
        audit.record(connection, Actor("wu", "viewer"), "session.opened", "user wu", at=2001.0)
    with database.read() as connection:
        page = audit.entries(connection, CENTRE, action="draft.", page=2, size=3)
        assert ([entry.subject for entry in page.entries], page.total) == (
            ["draft 4", "draft 3", "draft 2"],
            7,
        )
        assert audit.entries(connection, CENTRE, who="wu").total == 1
        assert audit.entries(connection, CENTRE, subject="100%").total == 1
        assert audit.entries(connection, CENTRE, subject="0_%").total == 0
        assert audit.entries(connection, CENTRE, hall="qy", since=1002.25, until=1004.25).total == 2
        assert audit.entries(connection, CENTRE, action="rollout.aborted").entries[0].at == 2000.0
        assert page.entries[0].detail == {"n": 4, "名": "大字", "nested": {"share": 0.1, "3": [1, 2]}}


def test_who_is_bound_to_halls_reads_of_those_and_the_own(database: Database) -> None:
    _write(database, 2)
    with database.write() as connection:
        audit.record(connection, CENTRE, "hall.changed", "hall hx", "hx", at=1.0)
        audit.record(connection, CENTRE, "layer.changed", "fleet", at=1.0)
        audit.record(connection, Actor("mei", "operator", ("hx",)), "session.opened", "user mei", at=1.0)
    with database.read() as connection:
        seen = audit.entries(connection, Actor("mei", "operator", ("hx",))).entries
        assert [entry.action for entry in seen] == ["session.opened", "hall.changed"]
