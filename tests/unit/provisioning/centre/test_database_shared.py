"""A command beside the running service (``tongyuan fleet hall``) must not take the service's records with it."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import insert, select

from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database

BESIDE = """
import sys
from sqlalchemy import select
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database

database = Database(sys.argv[1])
with database.read() as connection:
    print(len(connection.execute(select(t.kept)).all()))
database.close()
"""
ROOT = Path(__file__).parents[4]


def test_what_is_written_after_another_process_has_come_and_gone_is_kept(tmp_path: Path) -> None:
    """Closing any descriptor of the file takes the process's locks off it (fcntl(2)); SQLite of another process then
    believes itself alone, and removes the log that this one still writes to.
    """
    url = f"sqlite:///{tmp_path / 'centre.sqlite'}"
    service = Database(url)
    service.prepare()
    with service.write() as connection:
        connection.execute(insert(t.kept).values(key="one", value="1"))
    with service.read() as first, service.read() as second:  # a second connection, while the first is open
        assert len(first.execute(select(t.kept)).all()) == len(second.execute(select(t.kept)).all())

    def beside() -> int:
        ran = subprocess.run([sys.executable, "-c", BESIDE, url], cwd=ROOT, capture_output=True, check=True)
        return int(ran.stdout)

    known = beside()
    with service.write() as connection:
        connection.execute(insert(t.kept).values(key="two", value="2"))
    assert beside() == known + 1
    service.close()
