"""docs/catalogue.md is true: its columns, its codes, and its examples are those of the importers."""

import re
from pathlib import Path

from hall.catalogue import vocabulary
from hall.catalogue.importers.registry import SHAPES, importer_for, read_header
from hall.catalogue.importers.remarks import REASONS
from hall.catalogue.importers.template import COLUMNS
from hall.catalogue.intake import Remark

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
SOURCES = ROOT / "hall" / "catalogue"
LITERAL = re.compile(
    r'"((?:file|json|xml|csv|row|element|text|cell|office|bundle|case|limit|code|id|validity|queue|instead)\.[a-z_]+)"'
)
NOT_REASONS = {
    "office.code",
    "file.unknown_shape",
    "id.duplicate",
}  # elements; an exception's code; the builder's


def written_in(*files: Path) -> set[str]:
    return {code for file in files for code in LITERAL.findall(file.read_text(encoding="utf-8"))}


def test_every_reason_stands_on_the_page_and_no_other() -> None:
    page = set(re.findall(r"^\| `([a-z_.]+)` \|", PAGE, re.MULTILINE))
    builder = written_in(SOURCES / "gathering.py", SOURCES / "codes.py", SOURCES / "cleaning.py")
    assert page == set(REASONS) | builder - {"office.code"}


def test_importers_use_the_listed_reasons_and_only_those() -> None:
    used = written_in(*(SOURCES / "importers").glob("*.py")) - NOT_REASONS
    assert used == set(REASONS)


def test_every_column_of_the_template_stands_on_the_page() -> None:
    for columns in COLUMNS.values():
        for column in columns:
            needed = "是" if column.needed else ""
            assert f"| {column.header} | {needed} | {column.meaning} | {column.example} |" in PAGE
    assert all(shape in PAGE for shape in SHAPES)


def test_the_example_folder_imports(tmp_path: Path) -> None:
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        target = tmp_path / block.splitlines()[0].removeprefix("# ")
        target.parent.mkdir(exist_ok=True)
        target.write_text(block, encoding="utf-8")
    found = list(importer_for(tmp_path)(tmp_path, read_header(tmp_path)))
    assert [t for t in found if isinstance(t, Remark)] == []
    assert len(found) == 4
    assert vocabulary.read(tmp_path / "vocabulary.toml").synonyms["跑滴滴"] == ()


def test_the_example_of_the_provincial_library_imports(tmp_path: Path) -> None:
    (block,) = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "a.xml").write_text(block, encoding="utf-8")
    header = read_header(ROOT / "config" / "sites" / "qingyuan" / "catalogue")
    (taken,) = importer_for(tmp_path / "a.xml")(tmp_path / "a.xml", header)
    assert not isinstance(taken, Remark)
    guide = taken[1].model_dump(exclude_defaults=True)
    assert (guide["promised_limit"], guide["kiosk"], guide["type"]) == ({"value": 5}, True, "行政许可")
    assert guide["materials"] == ({"name": "申请书"},)
