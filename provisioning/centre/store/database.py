"""One door to the centre's database: SQLite in a file, or PostgreSQL by URL.

``read`` and ``write`` give a connection in a transaction. SQLite has one writer at a time: ``write`` begins IMMEDIATE,
so two writers wait for each other instead of failing halfway.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from provisioning.centre.store.tables import metadata

BUSY_MS = 10_000


class StoreFailed(Exception):
    """The database cannot be used; nothing of the transaction was kept. The message says what to do."""

    code = "centre.store"


class StoreFull(StoreFailed):
    """No room is left on the database's disk."""

    code = "centre.disk"


class Database:
    """``url``: ``sqlite:////var/lib/tongyuan/centre/centre.sqlite`` or ``postgresql+psycopg://user:password@host/name``."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
        self.lite = self.engine.dialect.name == "sqlite"
        if self.lite:
            event.listen(self.engine, "connect", _tuned)
            event.listen(self.engine, "begin", _begun)

    def prepare(self) -> None:
        """Make what is missing."""
        with _said():
            metadata.create_all(self.engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection whose queries see one moment. Raises StoreFailed."""
        with _said(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end, undone by any exception. Raises StoreFailed, StoreFull."""
        with _said(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _tuned(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """Transactions are begun by us, not guessed by the driver."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            f"busy_timeout = {BUSY_MS}",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _said() -> Iterator[None]:
    """The driver's errors in our words."""
    try:
        yield
    except OperationalError as error:
        text = str(error.orig)
        if "full" in text or "No space" in text:
            raise StoreFull(
                "the disk of the centre's database is full: make room, nothing was lost"
            ) from error
        raise StoreFailed(f"the centre's database cannot be used: {text}") from error
    except SQLAlchemyError as error:
        raise StoreFailed(f"the centre's database refuses: {type(error).__name__}") from error
