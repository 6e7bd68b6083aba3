"""A hall's page tells that its journal is not the collected one, lets it begin anew, and says what may be missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from typer.testing import CliRunner

from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.uplink import BEHIND
from tests.unit.provisioning.centre.api.centre_world import browser
from tests.unit.provisioning.console.console_world import ConsoleCentre, console, enter
from tongyuan.cli import app

BEGIN = "/halls/h000/journal"
UPLINK = "hall-h000"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[ConsoleCentre]:
    database = Database(f"sqlite:///{tmp_path}/centre.sqlite")
    database.prepare()
    yield console(database, tmp_path, terminals=20, halls=2)
    database.close()


def broken(centre: ConsoleCentre) -> int:
    """The uplink has said so; the number of the last record that came."""
    alert = {"terminal": UPLINK, "hall": "h000", "kind": "journal", "severity": "critical", "code": BEHIND}
    rest = {"detail": {}, "opened": 1.0, "seen": 1.0, "acknowledged_by": "", "silenced": False}
    with centre.database.write() as db:
        db.execute(insert(t.alerts).values(**alert, **rest))
        return int(db.execute(select(t.streams.c.acked).where(t.streams.c.terminal == UPLINK)).scalar_one())


def test_a_journal_begins_anew_on_its_hall_s_page_and_only_where_it_is_broken(centre: ConsoleCentre) -> None:
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "operator")
        assert BEGIN not in some.get("/halls/h000").text
        refused = some.post(BEGIN, data={"csrf": csrf, "why": "磁盘坏了"})
        assert "hall.journal_whole" in refused.headers["location"]
        acked = broken(centre)
        assert f'action="{BEGIN}"' in some.get("/halls/h000").text
        assert BEGIN not in some.get("/halls/h001").text
        assert "hall.no_reason" in some.post(BEGIN, data={"csrf": csrf, "why": " "}).headers["location"]
        answer = some.post(BEGIN, data={"csrf": csrf, "why": "磁盘坏了"})
        assert (answer.status_code, "journal_begun" in answer.headers["location"]) == (303, True)
        page = some.get("/halls/h000").text
        assert f"第 {acked:,} 条" in page
        assert "operator: 磁盘坏了" in page
        assert BEGIN not in page


def test_who_sees_without_steering_sees_that_it_is_broken_and_no_lever(centre: ConsoleCentre) -> None:
    broken(centre)
    with browser(centre.app(pages=True)) as some:
        csrf = enter(some, "viewer")
        page = some.get("/halls/h000").text
        assert "什么也不上传" in page
        assert BEGIN not in page
        assert some.post(BEGIN, data={"csrf": csrf, "why": "x"}).status_code == 403


def test_without_a_console_the_command_begins_it(centre: ConsoleCentre, tmp_path: Path) -> None:
    settings = tmp_path / "centre.toml"
    settings.write_text(
        f'data = "{tmp_path}"\nurl = "http://127.0.0.1:1"\nproduction = false\n'
        f'[[brokers]]\nfolder = "{tmp_path}"\nurl = "mqtt://127.0.0.1:1"\n',
        encoding="utf-8",
    )

    words = ["fleet", "new-journal", "h000", "--why", "the disk died", "--config", str(settings)]
    refused = CliRunner().invoke(app, words)
    assert getattr(refused.exception, "code", "") == "hall.journal_whole"
    acked = broken(centre)
    ran = CliRunner().invoke(app, words)
    assert (ran.exit_code, ran.output) == (0, f"h000: branch 1, after record {acked}\n")
    with centre.database.read() as db:
        (row,) = db.execute(select(t.journal_branches)).all()
    assert (row.hall, row.by, row.why) == ("h000", "centre", "the disk died")
