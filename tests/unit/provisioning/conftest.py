"""For the centre's tests: a prepared ``database``, empty, once on SQLite and once on a real PostgreSQL.

The PostgreSQL is private to the run: made in a temporary directory, reached by a Unix socket, gone at the end. Each
test gets it with all rows deleted; SQLite is a copy of one prepared file.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import metadata


def _tools() -> Path | None:
    """Where initdb and postgres are: Debian keeps them off the path, by version."""
    for folder in (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/bin")):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _as_whom() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A PostgreSQL of this run's own with the tables made."""
    if (tools := _tools()) is None or (setpriv := shutil.which("setpriv")) is None:
        pytest.skip("PostgreSQL (initdb, postgres) or setpriv is not installed here")
    whom = _as_whom()
    with tempfile.TemporaryDirectory(prefix="fleet-pg-") as folder:
        if whom:
            shutil.chown(folder, whom["user"], whom["group"])
        data, environment = f"{folder}/data", {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        subprocess.run(
            [tools / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"],
            check=True,
            capture_output=True,
            cwd=folder,
            env=environment,
            **whom,
        )
        options = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "32MB",
            "autovacuum": "off",
        }
        # It ends with this process even when that is killed.
        command: list[str | Path] = [setpriv, "--pdeathsig", "SIGINT", tools / "postgres", "-D", data]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        said = Path(folder, "said")  # a file: a pipe that nobody reads is full one day, and then it waits
        with said.open("wb") as out:
            server = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, cwd=folder, env=environment, **whom
            )
        try:
            while b"ready to accept connections" not in said.read_bytes():
                with suppress(subprocess.TimeoutExpired):
                    server.wait(0.05)
                    raise AssertionError(f"PostgreSQL did not start: {said.read_text(errors='replace')}")
            url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
            database = Database(url)
            database.prepare()
            database.close()
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(60)
            finally:
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def _prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("centre") / "prepared.sqlite"
    database = Database(f"sqlite:///{path}")
    database.prepare()
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The centre's database with its tables and no rows."""
    if request.param == "sqlite":
        path = tmp_path / "centre.sqlite"
        shutil.copy(request.getfixturevalue("_prepared_sqlite"), path)
        made = Database(f"sqlite:///{path}")
    else:
        made = Database(request.getfixturevalue("postgresql_url"))
        names = ", ".join(f'"{name}"' for name in metadata.tables)
        with made.write() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    try:
        yield made
    finally:
        made.close()
