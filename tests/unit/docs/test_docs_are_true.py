"""The documents that list things list all of them, and the steps in them run."""

import doctest
import json
import re
from pathlib import Path

import pytest

from config.reference import reference as settings
from hall.api.app import openapi
from hall.wire.reference import reference as topics
from tongyuan.codes import reference as codes

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"


@pytest.mark.parametrize(
    ("name", "made"), [("settings.md", settings), ("topics.md", topics), ("codes.md", codes)]
)
def test_a_generated_reference_is_what_would_be_generated_now(name: str, made: object) -> None:
    assert callable(made)
    assert (DOCS / name).read_text(encoding="utf-8") == made()


def test_the_openapi_description_is_what_would_be_generated_now() -> None:
    assert json.loads((DOCS / "openapi.json").read_text(encoding="utf-8")) == json.loads(
        json.dumps(openapi())
    )


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
