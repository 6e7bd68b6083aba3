"""The documents that list things list all of them, and the steps in them run."""

import doctest
import itertools
import json
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.core import TyperGroup

from config.reference import reference as settings
from config.reference import schema
from hall.api.app import openapi
from hall.wire.reference import reference as topics
from provisioning.centre.api.describe import openapi as centre_openapi
from provisioning.centre.preauthorise import KNOWN, NEEDED
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.settings import Centre
from provisioning.centre.signs import KINDS
from provisioning.wire.messages import Verb
from provisioning.wire.reference import reference as fleet_topics
from tongyuan.cli import app
from tongyuan.codes import reference as codes
from tongyuan.fleet_codes import fleet_codes
from tongyuan.fleet_settings import reference as fleet_settings

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
SETTINGS_IN_TABLES = {"apply.when", "apply.probation_seconds", "apply.deadline_seconds"}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("settings.md", settings),
        ("settings.schema.json", schema),
        ("fleet-settings.md", fleet_settings),
        ("topics.md", topics),
        ("fleet-topics.md", fleet_topics),
        ("codes.md", codes),
    ],
)
def test_a_generated_reference_is_what_would_be_generated_now(name: str, made: Callable[[], str]) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == made()


@pytest.mark.parametrize(
    ("name", "made"), [("openapi.json", openapi), ("fleet-openapi.json", centre_openapi)]
)
def test_an_openapi_description_is_what_would_be_generated_now(name: str, made: Callable[[], object]) -> None:
    assert json.loads((DOCS / name).read_text(encoding="utf-8")) == json.loads(json.dumps(made()))


def test_codes_are_found_however_the_fleet_says_them() -> None:
    by_class, by_call, by_return, by_table = (
        "agent.identity",
        "config.expired",
        "trial.no_broker",
        "csv.twice",
    )
    assert {by_class, by_call, by_return, by_table, "terminal.disk", "kiosk.bad_request"} <= fleet_codes()
    assert not fleet_codes() & {"kiosk.sock", "agent.started", "rollout.paused", "simulator.not_enrolled"}


def commands_in(text: str) -> list[list[str]]:
    """What follows ``tongyuan`` or ``./run`` in indented lines and between backticks."""
    lines = re.findall(r"^ {4}(?:tongyuan|\./run)([^\n#]*)", text, re.MULTILINE)
    lines += re.findall(r"`(?:tongyuan|\./run)( [^`]*)`", text)
    return [shlex.split(line) for line in lines]


def command_of(words: list[str]) -> tuple[str, set[str], list[str]]:
    """The command that ``words`` begin with, its options, and the words behind it. Raises KeyError."""
    at: Any = typer.main.get_command(app)
    while isinstance(at, TyperGroup) and words and not words[0].startswith("-"):
        at, words = at.commands[words[0]], words[1:]
    return str(at.name), {option for one in at.params for option in one.opts} | {"--help"}, words


def options_in(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("--")}


@pytest.mark.parametrize("document", ["README.md", *sorted(f"docs/{one.name}" for one in DOCS.glob("*.md"))])
def test_every_command_that_is_named_exists_with_its_options(document: str) -> None:
    for words in commands_in((ROOT / document).read_text(encoding="utf-8")):
        name, known, rest = command_of(words)
        assert options_in(rest) <= known, (document, name)


def test_commands_are_found_in_text_and_in_examples() -> None:
    found = commands_in((DOCS / "fleet.md").read_text(encoding="utf-8"))
    assert len(found) > 12
    assert ["fleet", "broker-config", "FOLDER"] in found
    assert any(words[:2] == ["fleet", "uplink"] and "--link-file" in words for words in found)


def test_the_signature_of_a_web_hook_is_checked_as_the_document_says() -> None:
    from provisioning.centre.notify import signature

    example = doctest.script_from_examples((DOCS / "fleet.md").read_text(encoding="utf-8"))
    given: dict[str, Callable[[str, bytes, str], bool]] = {}
    exec(example, given)
    assert given["genuine"]("word", b"body", signature(b"word", b"body"))
    assert not given["genuine"]("word", b"body", signature(b"other", b"body"))


def test_the_plan_in_the_document_has_the_defaults_of_the_code() -> None:
    text = (DOCS / "fleet.md").read_text(encoding="utf-8")
    plan = Plan()
    said = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+?) \|", text, re.MULTILINE))
    assert said["waves"].replace(" ", "").split(",") == list(plan.waves)
    assert float(said["soak_seconds"]) == plan.soak_seconds
    for share in ("failures", "success", "least"):
        assert float(said[share].removesuffix(" %")) / 100 == getattr(plan, share), share
    for number in ("hall_failures", "same_failures"):
        assert int(said[number]) == getattr(plan, number), number
    assert float(said["apply.probation_seconds"]) == plan.apply.probation_seconds
    assert float(said["apply.deadline_seconds"]) == plan.apply.deadline_seconds
    assert (said["on_failure"], said["apply.when"]) == (plan.on_failure, plan.apply.when)


def test_the_units_start_what_exists() -> None:
    units = list((ROOT / "provisioning" / "units").glob("*.service"))
    assert len(units) >= 4
    for unit in units:
        (start,) = re.findall(r"^ExecStart=/opt/tongyuan/\.venv/bin/(.*)$", unit.read_text("utf-8"), re.M)
        program, *words = shlex.split(start)
        if program == "python":
            assert words[0] == "-m"
            assert (ROOT / words[1] / "__main__.py").is_file(), unit.name
            continue
        name, known, rest = command_of(words)
        assert name in ("serve", "uplink")
        assert options_in(rest) <= known


def test_every_code_of_the_fleet_that_a_document_explains_has_words() -> None:
    listed = set(re.findall(r"^\| `([a-z_.]+)` \|", (DOCS / "codes.md").read_text("utf-8"), re.MULTILINE))
    for name in ("fleet.md", "operations.md"):
        text = (DOCS / name).read_text(encoding="utf-8")
        rows = "".join(re.findall(r"^\| (`[a-z_]+\.[^|]*)\|", text, re.MULTILINE))
        explained = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", rows)) - SETTINGS_IN_TABLES
        explained = {code for code in explained if not code.startswith("fault.")}  # devices: tested above
        assert len(explained) > 10
        assert explained - listed == set(), name


def test_the_steps_to_a_new_driver_work_as_written() -> None:
    failed, run = doctest.testfile(str(DOCS / "new-driver.md"), module_relative=False, encoding="utf-8")
    assert run > 8
    assert failed == 0


def test_every_code_that_operations_explains_is_one_the_product_can_say() -> None:
    codes = set(
        re.findall(r"`((?:fault|hall|journal)\.[a-z_]+)`", (DOCS / "operations.md").read_text("utf-8"))
    )
    codes -= {"hall.toml", "journal.db"}
    source = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("drivers", "hall", "kiosk", "screens")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert len(codes) > 8
    assert {code for code in codes if f'"{code}"' not in source} == set()


def test_the_readme_names_folders_that_exist() -> None:
    named = re.findall(r"`([a-z]+)/`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(named) >= 9
    assert [name for name in named if not (ROOT / name).is_dir()] == []


def example_in(document: str, begins: str) -> str:
    """The indented block of ``document`` whose first line begins with these words."""
    lines = (DOCS / document).read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith(f"    {begins}"))
    block = itertools.takewhile(lambda line: line.startswith("    "), lines[first:])
    return "\n".join(line[4:] for line in block)


def test_the_example_of_a_centre_can_be_used() -> None:
    centre = Centre.model_validate(tomllib.loads(example_in("fleet.md", "data =")))
    assert centre.production
    assert centre.tls is not None
    assert centre.brokers[0].url.startswith("mqtts://")


def test_the_example_of_a_table_of_serials_names_the_columns_there_are() -> None:
    columns, line = example_in("fleet.md", "serial,terminal").splitlines()
    assert set(columns.split(",")) == set(KNOWN)
    assert len(line.split(",")) == len(KNOWN)
    assert set(NEEDED) < set(KNOWN)


def test_every_kind_of_alert_that_is_raised_is_in_the_document() -> None:
    section = (DOCS / "fleet.md").read_text(encoding="utf-8").partition("## Alerts")[2].partition("\n## ")[0]
    named = {
        kind for row in re.findall(r"^\| ([a-z_, ]+) \|", section, re.MULTILINE) for kind in row.split(", ")
    }
    assert named - {"kind"} == set(KINDS)


def test_every_command_a_terminal_knows_is_in_the_document() -> None:
    section = (
        (DOCS / "fleet.md").read_text(encoding="utf-8").partition("## Commands")[2].partition("\n## ")[0]
    )
    named = {
        verb for row in re.findall(r"^\| ([a-z_, ]+) \|", section, re.MULTILINE) for verb in row.split(", ")
    }
    assert named - {"verb"} == set(get_args(Verb)) - {"wipe"}  # which is what retiring says
