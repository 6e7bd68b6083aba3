"""One door to the centre's database: SQLite in a file, or PostgreSQL by URL.

``read`` and ``write`` give a connection in a transaction. One writer at a time on both: SQLite begins IMMEDIATE,
PostgreSQL takes one lock, so two writers wait for each other instead of failing halfway, and what a writer has read
holds until it commits. Writers are short: nobody hashes, sends or waits inside ``write``.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_MS = 10_000
MIGRATIONS = Path(__file__).parent / "migrations"
WRITER = 0x746F6E67  # our number among PostgreSQL's advisory locks; any constant does


class StoreFailed(Exception):
    """The database cannot be used; nothing of the transaction was kept. The message says what to do."""

    code = "centre.store"


class ValueRefused(Exception):
    """What was said fits no column: a figure with too many digits, a character that is none."""

    code = "request.invalid"


class StoreFull(StoreFailed):
    """No room is left on the database's disk."""

    code = "centre.disk"


class StoreNewer(StoreFailed):
    """A newer version of the centre has been at this database: this one would not understand it."""

    code = "centre.store_newer"


class Database:
    """``url``: ``sqlite:////var/lib/tongyuan/centre/centre.sqlite`` or ``postgresql+psycopg://user:password@host/name``."""

    def __init__(self, url: str) -> None:
        lite = url.startswith("sqlite")
        self.engine: Engine = create_engine(url, pool_size=10, max_overflow=30, pool_pre_ping=not lite)
        self.lite = lite
        if lite:
            event.listen(self.engine, "do_connect", _private)
            event.listen(self.engine, "connect", _tuned)
            event.listen(self.engine, "begin", _begun)

    def prepare(self) -> None:
        """Bring the tables to this version's shape, in one transaction. Raises StoreFailed, StoreNewer."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        steps = ScriptDirectory.from_config(config)
        known = {step.revision for step in steps.walk_revisions()}
        with self.write() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
            if strange := found - known:
                raise StoreNewer(
                    f"the database is of a newer version ({', '.join(sorted(strange))}; this one knows"
                    f" {steps.get_current_head()}): start that version, or restore the backup made before it"
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection whose queries see one moment. Raises StoreFailed."""
        options: dict[str, Any] = (
            {} if self.lite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with _said(), self.engine.connect().execution_options(**options) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end, undone by any exception. Raises StoreFailed, StoreFull."""
        with _said(), self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            if not self.lite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {BUSY_MS}")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _private(_dialect: Any, _record: Any, arguments: list[Any], _options: dict[str, Any]) -> None:
    """Passwords' hashes lie in it: readable by this account alone, and what SQLite puts beside it is as it is.

    Only a file that is not there yet is touched: to close one that is open elsewhere in this process would take
    SQLite's locks off it (fcntl(2)), and another process would remove the log that this one writes to.
    """
    if (path := str(arguments[0])) and path != ":memory:" and not path.startswith("file:"):
        with suppress(OSError):  # SQLite says it better
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


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
    except (
        OverflowError,
        UnicodeEncodeError,
    ) as error:  # of SQLite's driver: SQLAlchemy leaves them as they are
        raise ValueRefused("a figure or a character that cannot be kept") from error
    except OperationalError as error:
        text = str(error.orig)
        if "full" in text or "No space" in text:
            raise StoreFull(
                "the disk of the centre's database is full: make room, nothing was lost"
            ) from error
        raise StoreFailed(f"the centre's database cannot be used: {text}") from error
    except DataError as error:
        raise ValueRefused("a figure or a character that cannot be kept") from error
    except SQLAlchemyError as error:
        raise StoreFailed(f"the centre's database refuses: {type(error).__name__}") from error
