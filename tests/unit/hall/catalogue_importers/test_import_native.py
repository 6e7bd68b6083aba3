"""The native folder: what stands in it comes out, and every mistake is named by file, table and key."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.load import ConfigError
from hall.catalogue.importers.native import import_native, read_header
from hall.catalogue.importers.registry import UnknownShape, importer_for
from hall.catalogue.intake import Remark
from hall.catalogue.model import Bundle, Guide, Header

HEADER = 'hall = "small"\nname = "小厅"\nrevision = 2026112201\nregion = "371502"\n'
SMALL = Header(hall="small", name="小厅", revision=2026112201, region="371502")


def folder(path: Path, **files: str) -> Path:
    (path / "guides").mkdir()
    (path / "catalogue.toml").write_text(HEADER, encoding="utf-8")
    for name, text in files.items():
        target = path / "bundles.toml" if name == "bundles" else path / "guides" / f"{name}.toml"
        target.write_text(text, encoding="utf-8")
    return path


def read(path: Path) -> tuple[dict[str, Guide | Bundle], list[Remark]]:
    found = list(importer_for(path)(path, SMALL))
    return {t[0]: t[1] for t in found if not isinstance(t, Remark)}, [
        t for t in found if isinstance(t, Remark)
    ]


def test_guides_come_by_file_name_and_bundles_last(tmp_path: Path) -> None:
    source = folder(
        tmp_path,
        b='[[guides]]\nid = "card"\nname = "社保卡补办"\noffice = {name = "人社局"}\n'
        'valid_from = 2026-01-01\n[[guides.materials]]\nname = "身份证"\ncopies = 1\n',
        a='[[guides]]\nid = "pool"\nname = "公积金提取"\noffice = {name = "公积金中心"}\n',
        bundles='[[bundles]]\nid = "born"\nname = "出生一件事"\nmembers = ["card", "pool"]\n',
    )
    values, remarks = read(source)
    assert remarks == []
    assert list(values) == ["guides/a.toml#1", "guides/b.toml#1", "bundles.toml#1"]
    card = values["guides/b.toml#1"]
    assert isinstance(card, Guide)
    assert (card.name, card.materials[0].copies, card.valid_from) == ("社保卡补办", 1, date(2026, 1, 1))
    assert read_header(source) == read_header(source / "catalogue.toml") == SMALL


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    names = [f"f{number * 37 % 100:02}" for number in range(100)]
    table = '[[guides]]\nid = "{0}"\nname = "好"\noffice = {{name = "局"}}\n'
    values, _ = read(folder(tmp_path, **{name: table.format(name) for name in names}))
    assert [value.id for value in values.values()] == sorted(names)


def test_a_mistake_is_named_by_file_table_and_key_and_the_others_are_taken(tmp_path: Path) -> None:
    good = '[[guides]]\nid = "g"\nname = "好"\noffice = {name = "局"}\n'
    bad = (
        '[[guides]]\nid = "b"\nname = "坏"\noffice = {name = "局"}\nvisits = "1"\nkiosk = 1\ncolour = "red"\n'
        '[[guides.materials]]\nname = "身份证"\n[[guides.materials]]\ncopies = true\nname = "户口簿"\n'
    )
    values, remarks = read(folder(tmp_path, one=bad + good))
    assert list(values) == ["guides/one.toml#2"]
    assert {(r.row, r.element, r.reason, r.refused) for r in remarks} == {
        ("guides/one.toml#1", "visits", "element.wrong_type", True),
        ("guides/one.toml#1", "kiosk", "element.wrong_type", True),
        ("guides/one.toml#1", "colour", "element.unknown", True),
        ("guides/one.toml#1", "materials[2].copies", "element.wrong_type", True),
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[[guides]]\nid = ", "file.wrong_shape"),
        (b"[[guides]]\nid = 1\nid = 2", "file.wrong_shape"),
        ("[[guides]]\nname = '名'".encode("gb18030"), "file.encoding"),
        (b"guides = " + b"[" * 5000 + b"]" * 5000, "file.wrong_shape"),
        (b"guides = 3", "element.wrong_type"),
        (b"[guide]\nid = 'x'", "element.unknown"),
        (b"guides = [1, 2]", "element.wrong_type"),
    ],
)
def test_a_broken_file_is_one_remark_and_the_next_file_is_read(
    tmp_path: Path, text: bytes, reason: str
) -> None:
    source = folder(tmp_path, z='[[guides]]\nid = "g"\nname = "好"\noffice = {name = "局"}\n')
    (source / "guides" / "a.toml").write_bytes(text)
    values, remarks = read(source)
    assert list(values) == ["guides/z.toml#1"]
    assert {r.reason for r in remarks} == {reason}
    assert all(r.refused and r.row.startswith("guides/a.toml") for r in remarks)


def test_keys_that_nest_without_end_refuse_their_table_only(tmp_path: Path) -> None:
    good = '[[guides]]\nid = "g"\nname = "好"\noffice = {name = "局"}\n'
    values, remarks = read(folder(tmp_path, a="[[guides]]\n" + ".".join(["a"] * 2000) + " = 1\n" + good))
    assert list(values) == ["guides/a.toml#2"]
    assert [(r.row, r.reason) for r in remarks] == [("guides/a.toml#1", "element.wrong_type")]


def test_a_folder_without_a_header_is_no_source_and_a_wrong_header_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnknownShape, match=r"catalogue\.toml"):
        importer_for(tmp_path)
    (tmp_path / "catalogue.toml").write_text(HEADER + "colour = 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="colour"):
        read_header(tmp_path)


def test_control_and_direction_characters_show_as_escapes(tmp_path: Path) -> None:
    name = "x" * 250 + "y"
    values, remarks = read(
        folder(
            tmp_path, a=f'[[guides]]\nid = "\\u202e<b>\\u0007"\nname = "{name}"\noffice = {{name = "局"}}\n'
        )
    )
    assert values == {}
    assert {(r.element, r.reason) for r in remarks} == {("id", "element.invalid"), ("name", "text.too_long")}
    assert "\\u202e<b>\\x07" in remarks[0].detail
    assert all(len(r.detail) < 320 and r.detail.isprintable() for r in remarks)


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    source = folder(tmp_path_factory.mktemp("native"))
    (source / "guides" / "a.toml").write_bytes(b"[[guides]]\n" + data)
    for taken in import_native(source, SMALL):
        assert isinstance(taken, Remark)
        assert taken.refused
