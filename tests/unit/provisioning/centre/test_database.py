"""The centre's database, on SQLite and PostgreSQL: same shape, one writer at a time, nothing half done."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text, update

from provisioning.centre.store.database import Database, StoreFailed, StoreNewer
from provisioning.centre.store.tables import enrolments, kept, layers, metadata, signing_keys, targets


def test_the_migrated_tables_are_those_of_tables_py(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert set(metadata.tables) == set(connection.dialect.get_table_names(connection)) - {
            "alembic_version"
        }


def test_preparing_twice_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(kept).values(key="id", value="c1"))
    database.prepare()
    with database.read() as connection:
        assert connection.scalar(select(kept.c.value)) == "c1"


def test_two_that_prepare_at_once_make_one_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'both.sqlite'}"
    failed: list[BaseException] = []

    def prepare() -> None:
        database = Database(url)
        try:
            database.prepare()
        except BaseException as error:  # noqa: BLE001  told to the test's thread
            failed.append(error)
        finally:
            database.close()

    both = [threading.Thread(target=prepare) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert failed == []


@pytest.fixture
def made_newer(database: Database) -> Iterator[Database]:
    with database.write() as connection:
        own = connection.scalar(text("SELECT version_num FROM alembic_version"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    yield database
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :own"), {"own": own})


def test_a_database_of_a_newer_version_is_refused_and_left_alone(made_newer: Database) -> None:
    with pytest.raises(StoreNewer, match=r"9999.*start that version"):
        made_newer.prepare()
    with made_newer.read() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


def test_columns_with_reserved_names_are_written_and_read(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            insert(layers).values(
                kind="fleet", key="", values={"screen": {"theme": "large"}}, version=1, at=2.5, by="lin"
            )
        )
        connection.execute(
            insert(targets).values(
                rollout=1, terminal="a", hall="h", wave=0, state="waiting", rev=0, before=7, code=""
            )
        )
        connection.execute(update(targets).where(targets.c.before == 7).values(before=8))
    with database.read() as connection:
        row = connection.execute(select(layers).where(layers.c.key == "", layers.c.at < 3)).one()
        assert row._mapping["values"] == {"screen": {"theme": "large"}}
        assert (row.by, connection.scalar(select(targets.c.before))) == ("lin", 8)


def test_bytes_and_null_json_come_back_as_they_were(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            insert(signing_keys).values(kid="k", public="00", private=b"\x00\xff", state="next", created=1.0)
        )
        connection.execute(
            insert(enrolments).values(
                id="e",
                code="c",
                public_key="p",
                seal_key="s",
                serial="S",
                facts={"型号": "K1"},
                created=0.0,
                expires=1.0,
                state="pending",
                by="",
            )
        )
    with database.read() as connection:
        assert connection.scalar(select(signing_keys.c.private)) == b"\x00\xff"
        assert connection.scalar(select(enrolments.c.facts)) == {"型号": "K1"}


def test_an_exception_undoes_the_whole_transaction(database: Database) -> None:
    def half() -> None:
        with database.write() as connection:
            connection.execute(insert(kept).values(key="a", value="1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(kept)) == 0


def test_what_the_driver_refuses_is_said_in_our_words(database: Database) -> None:
    def twice() -> None:
        with database.write() as connection:
            connection.execute(insert(kept).values(key="a", value="1"))
            connection.execute(insert(kept).values(key="a", value="2"))

    with pytest.raises(StoreFailed):
        twice()


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.write() as connection:
        connection.execute(insert(kept).values(key="a", value="1"))
    with database.read() as reader:
        assert reader.scalar(select(kept.c.value)) == "1"
        with database.write() as connection:
            connection.execute(update(kept).values(value="2"))
        assert reader.scalar(select(kept.c.value)) == "1"
    with database.read() as reader:
        assert reader.scalar(select(kept.c.value)) == "2"


def test_a_reader_of_postgresql_cannot_write(database: Database) -> None:
    if database.lite:
        pytest.skip("SQLite has no read-only transaction; the reader's is rolled back")
    with pytest.raises(StoreFailed), database.read() as connection:
        connection.execute(insert(kept).values(key="a", value="1"))


def test_counting_up_from_many_threads_loses_nothing(database: Database) -> None:
    """Read, then write what was read plus one: right only when writers wait for each other."""
    with database.write() as connection:
        connection.execute(insert(kept).values(key="n", value="0"))

    def bump(connection: Connection) -> None:
        value = connection.scalar(select(kept.c.value).where(kept.c.key == "n"))
        connection.execute(update(kept).where(kept.c.key == "n").values(value=str(int(value or 0) + 1)))

    def many() -> None:
        for _ in range(10):
            with database.write() as connection:
                bump(connection)

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.scalar(select(kept.c.value)) == "40"
