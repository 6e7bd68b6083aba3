"""``tongyuan catalogue``: from a source folder to a verified file, and words on whatever goes wrong."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hall.catalogue.file import Catalogue
from hall.catalogue.intake import Remark
from tests.unit.hall.catalogue_core.small_catalogue import made
from tongyuan.catalogue import app
from tongyuan.catalogue_report import write_report

HEADER = """
hall = "qingyuan"
name = "清源县政务服务中心"
revision = 2026112201
region = "371521"
region_names = ["山东省", "聊城市", "清源县"]
"""
GUIDES = """
[[guides]]
id = "card"
name = "社会保障卡挂失"
region = "371521"
office = { name = "清源县人社局" }
conditions = "=1+1 有卡"

[[guides]]
id = "card"
name = "又一个"
office = { name = "清源县人社局" }

[[guides]]
id = "pension"
name = "养老金申领"
office = { name = "清源县人社局" }
queue = "nowhere"
"""
HALL = Path(__file__).parents[4] / "config" / "sites" / "qingyuan" / "hall.toml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "guides").mkdir(parents=True)
    (folder / "catalogue.toml").write_text(HEADER, encoding="utf-8")
    (folder / "guides" / "social.toml").write_text(GUIDES, encoding="utf-8")
    return folder


@pytest.fixture
def public(tmp_path: Path) -> str:
    made = run("key", tmp_path / "key.pem")
    assert made.exit_code == 0, made.output
    return made.stdout.splitlines()[-1]


def build(source: Path, out: str, *more: object) -> Result:
    folder = source.parent
    given = ("--out", folder / out, "--key", folder / "key.pem", "--published", "2026-11-22")
    return run("build", source, *given, "--hall", HALL, *more)


def test_a_source_becomes_a_verified_file(source: Path, public: str, tmp_path: Path) -> None:
    built = build(source, "c")
    assert built.exit_code == 0, built.output
    assert "3 rows read: 2 guides and 0 bundles taken under 2 names, 1 rows refused" in built.stdout
    assert "id.duplicate" in built.stdout
    about = Catalogue.open(tmp_path / "c").about
    assert about.version in built.stdout
    verified = run("verify", tmp_path / "c", "--key-hex", public, "--hall", "qingyuan")
    assert verified.exit_code == 0, verified.output
    assert about.version in verified.stdout


def test_the_report_has_a_line_for_every_remark(source: Path, public: str, tmp_path: Path) -> None:
    build(source, "c")
    with (tmp_path / "c.report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["reason"], row["what"]) for row in rows] == [
        ("guides/social.toml#2", "id.duplicate", "refused"),
        ("guides/social.toml#3", "queue.unknown", "doubtful"),
    ]
    build(source, "c", "--report", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [remark["reason"] for remark in report["remarks"]] == ["id.duplicate", "queue.unknown"]
    assert report["counts"]["refused"] == 1


def test_a_spreadsheet_computes_nothing_of_what_a_row_says(tmp_path: Path) -> None:
    remarks = [Remark("r", "e", "x", f"{sign}1+1", refused=False) for sign in "=+-@"]
    report = made(tmp_path / "c")
    write_report(replace(report, remarks=tuple(remarks)), tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["detail"] for row in csv.DictReader(file)] == ["'=1+1", "'+1+1", "'-1+1", "'@1+1"]


def test_a_report_of_another_kind_is_a_usage_error(source: Path, public: str, tmp_path: Path) -> None:
    assert build(source, "c", "--report", tmp_path / "r.pdf").exit_code == 2
    assert not (tmp_path / "c").exists()


def test_a_file_for_another_hall_or_of_another_key_is_refused_with_its_code(
    source: Path, public: str, tmp_path: Path
) -> None:
    build(source, "c")
    wrong = run("verify", tmp_path / "c", "--key-hex", public, "--hall", "elsewhere")
    assert (wrong.exit_code, "catalogue.wrong_hall" in wrong.stderr) == (1, True)
    other = run("key", tmp_path / "other.pem").stdout.splitlines()[-1]
    unknown = run("verify", tmp_path / "c", "--key-hex", other)
    assert (unknown.exit_code, "catalogue.unknown_key" in unknown.stderr) == (1, True)
    assert run("verify", tmp_path / "c", "--key-hex", "00").exit_code == 2


def test_what_is_no_catalogue_is_refused_by_every_command(tmp_path: Path) -> None:
    (tmp_path / "c").write_bytes(b"nothing")
    for arguments in (("show", "x"), ("search", "x"), ("diff", str(tmp_path / "c"))):
        refused = run(arguments[0], tmp_path / "c", arguments[1])
        assert (refused.exit_code, "catalogue.damaged" in refused.stderr) == (1, True)


def test_a_diff_shows_what_changes(source: Path, public: str, tmp_path: Path) -> None:
    build(source, "a")
    guides = source / "guides" / "social.toml"
    guides.write_text(
        GUIDES.replace("=1+1 有卡", "有卡有证").replace('"pension"', '"old-age"'), encoding="utf-8"
    )
    build(source, "b")
    shown = run("diff", tmp_path / "a", tmp_path / "b").stdout
    assert "card  社会保障卡挂失  conditions\n  - =1+1 有卡\n  + 有卡有证\n" in shown
    assert "+ old-age  养老金申领\n- pension  养老金申领\n" in shown
    assert "3 difference(s)" in shown
    lines = run("diff", tmp_path / "a", tmp_path / "b", "--json").stdout.splitlines()
    assert [json.loads(line)["element"] for line in lines] == ["conditions", "", ""]


def test_show_and_search_look_into_a_file(source: Path, public: str, tmp_path: Path) -> None:
    build(source, "c")
    assert "conditions: =1+1 有卡\n" in run("show", tmp_path / "c", "card").stdout
    assert json.loads(run("show", tmp_path / "c", "card", "--json").stdout)["id"] == "card"
    assert run("show", tmp_path / "c", "nobody").exit_code == 1
    assert run("search", tmp_path / "c", "shbzk").stdout.startswith("card  社会保障卡挂失")


def test_a_site_may_have_words_of_its_own(source: Path, public: str, tmp_path: Path) -> None:
    words = 'version = "site"\nhot = ["养老"]\n[synonyms]\n"领钱" = ["养老金申领"]\n'
    (source / "vocabulary.toml").write_text(words, encoding="utf-8")
    assert build(source, "c").exit_code == 0
    catalogue = Catalogue.open(tmp_path / "c")
    assert catalogue.hot() == ("养老",)
    assert catalogue.about.vocabulary.endswith("+site")
    assert catalogue.search("领钱").entries[0].id == "pension"


def test_what_is_missing_is_said(source: Path, public: str, tmp_path: Path) -> None:
    again = run("key", tmp_path / "key.pem")
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)
    (tmp_path / "key.pem").chmod(0o644)
    unsafe = build(source, "c")
    assert (unsafe.exit_code, "chmod 600" in unsafe.stderr) == (1, True)
    (tmp_path / "key.pem").chmod(0o600)
    (source / "catalogue.toml").write_text("hall = 1", encoding="utf-8")
    bad = build(source, "c")
    assert (bad.exit_code, "config.invalid" in bad.stderr) == (1, True)
    (source / "catalogue.toml").unlink()
    assert build(source, "c").exit_code == 2
    assert not (tmp_path / "c").exists()
