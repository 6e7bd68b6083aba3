"""A database of an earlier version is brought to this one's shape, and says the same as before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url, select, text

from provisioning.centre.branches import branches
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import MIGRATIONS, Database

ROW = (
    "INSERT INTO terminals (id, hall, kind, role, name, name_en, serial, groups, zones, public_key, seal_key, state,"
    " enrolled, rev, etag, pinned, reported_rev, reported_state, running, good, highest, app, os, keys, online, sid,"
    " boot, password) VALUES (:id, 'qy', :kind, 'x', 'x', '', '', '[]', '[]', '', '', 'enrolled', 0, 0, '', false, 0,"
    " '', 0, 0, 0, '', '', '[]', false, '', 0, '')"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Without any table."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'old.sqlite'}")
        yield made
        made.close()
        return
    url = make_url(request.getfixturevalue("postgresql_url"))
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE old"))
    made = Database(url.set(database="old").render_as_string(hide_password=False))
    yield made
    made.close()
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE old WITH (FORCE)"))
    server.dispose()


def bring(database: Database, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def test_a_journal_of_the_first_version_is_the_first_branch_and_its_last_record_is_known(
    empty: Database,
) -> None:
    bring(empty, "0001")
    with empty.write() as db:
        for device, kind in (("qy-journal", "hall"), ("k1", "terminal")):
            db.execute(text(ROW), {"id": device, "kind": kind})
        for device, stream, acked, lost in (("qy-journal", "journal", 2, 0), ("k1", "agent", 2, 1)):
            values = {"device": device, "stream": stream, "acked": acked, "lost": lost}
            db.execute(text("INSERT INTO streams VALUES (:device, :stream, :acked, :lost, 5.0)"), values)
        for seq in (1, 2):
            body = f'{{"hash": "h{seq}", "by": "terminal:k1"}}'
            values = {"seq": seq, "body": body}
            db.execute(text("INSERT INTO journal VALUES ('qy', :seq, 1.5, 'x', :body, 2.5)"), values)
    empty.prepare()
    with empty.read() as db:
        assert compare_metadata(MigrationContext.configure(db), t.metadata) == []
        rows = db.execute(select(t.journal).order_by(t.journal.c.seq)).all()
        assert [(r.hall, r.branch, r.seq, r.at, r.body["hash"], r.received) for r in rows] == [
            ("qy", 0, 1, 1.5, "h1", 2.5),
            ("qy", 0, 2, 1.5, "h2", 2.5),
        ]
        streams = db.execute(select(t.streams).order_by(t.streams.c.terminal)).all()
        assert [tuple(row) for row in streams] == [
            ("k1", "agent", 2, 1, 5.0, ""),
            ("qy-journal", "journal", 2, 0, 5.0, "h2"),
        ]
        assert branches(db, "qy") == ()
