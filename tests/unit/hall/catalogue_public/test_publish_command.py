"""``tongyuan catalogue publish``, ``misses`` and ``template``: what staff type, and what they are told."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hall.catalogue.importers.registry import importer_for
from hall.catalogue.intake import Remark
from hall.catalogue.reports import CatalogueReports
from hall.catalogue.seal import public_hex
from hall.published import REPORTS, Published
from hall.wire.messages import CatalogueReport
from tests.unit.hall.small_catalogue import HEADER, KEY, write_catalogue
from tongyuan.catalogue import app

PUBLIC = public_hex(KEY.public_key())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def publish(file: Path, data: Path, key: str = PUBLIC, hall: str = "small") -> Result:
    return run("publish", file, "--data", data, "--key-hex", key, "--hall", hall)


def shown(data: Path) -> str:
    published = Published(data, lambda: datetime.now(UTC))
    try:
        return asyncio.run(published.guides.ask(lambda catalogue: catalogue.about.version))
    finally:
        published.close()


def test_a_published_file_is_what_the_hall_shows(tmp_path: Path) -> None:
    done = publish(write_catalogue(tmp_path), tmp_path / "data")
    assert done.exit_code == 0, done.output
    assert shown(tmp_path / "data") in done.output


def test_the_next_version_costs_terminals_only_the_difference(tmp_path: Path) -> None:
    publish(write_catalogue(tmp_path), tmp_path / "data")
    done = publish(write_catalogue(tmp_path, revision=2026112301), tmp_path / "data")
    assert done.exit_code == 0, done.output
    assert "from " in done.output
    assert shown(tmp_path / "data").startswith("2026112301-")


@pytest.mark.parametrize(
    ("key", "hall", "code"),
    [("00" * 32, "small", "catalogue.unknown_key"), (PUBLIC, "other", "catalogue.wrong_hall")],
)
def test_what_terminals_would_refuse_is_not_published(tmp_path: Path, key: str, hall: str, code: str) -> None:
    done = publish(write_catalogue(tmp_path), tmp_path / "data", key, hall)
    assert (done.exit_code, code in done.output) == (1, True), done.output


def test_an_older_revision_is_refused_and_the_newer_stays(tmp_path: Path) -> None:
    publish(write_catalogue(tmp_path, revision=2), tmp_path / "data")
    done = publish(write_catalogue(tmp_path, revision=1), tmp_path / "data")
    assert (done.exit_code, "catalogue.older" in done.output) == (1, True), done.output
    assert shown(tmp_path / "data").startswith("2-")


def test_a_key_that_is_none_is_said(tmp_path: Path) -> None:
    done = publish(write_catalogue(tmp_path), tmp_path / "data", key="xyz")
    assert done.exit_code == 2
    assert "64 hex digits" in done.output


def test_searches_in_vain_are_listed_for_staff(tmp_path: Path) -> None:
    day = datetime(2026, 11, 23, 10, tzinfo=UTC)
    reports = CatalogueReports(tmp_path / REPORTS, lambda: day)
    reports.hear("k01", "key-1", CatalogueReport(version="v1", misses={"修仙": 3, "飞升": 1}))
    reports.close()
    done = run("misses", "--data", tmp_path, "--day", "2026-11-23")
    assert done.exit_code == 0, done.output
    assert done.output.index("修仙") < done.output.index("飞升")
    assert "修仙" not in run("misses", "--data", tmp_path, "--day", "2026-11-22").output


@pytest.mark.parametrize("name", ["guides.xlsx", "guides.csv"])
def test_the_template_imports_as_it_is(tmp_path: Path, name: str) -> None:
    done = run("template", tmp_path / name)
    assert done.exit_code == 0, done.output
    path = tmp_path / name
    taken = list(importer_for(path)(path, HEADER))
    assert taken
    assert not [remark for remark in taken if isinstance(remark, Remark) and remark.refused]


def test_a_template_of_another_kind_is_refused(tmp_path: Path) -> None:
    assert run("template", tmp_path / "guides.doc").exit_code == 2
