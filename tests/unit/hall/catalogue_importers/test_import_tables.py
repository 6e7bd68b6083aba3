"""The office table: the template imports as it is, CSV and XLSX say the same, and what a spreadsheet spoils is told."""

import csv
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from hall.catalogue.importers import sheets
from hall.catalogue.importers.registry import importer_for
from hall.catalogue.importers.template import (
    CASES,
    COLUMNS,
    FEES,
    ITEMS,
    MATERIALS,
    OWNER,
    STEPS,
    write_template,
)
from hall.catalogue.intake import Remark
from hall.catalogue.model import Guide, Header, Limit, When

HOME = Header(hall="small", name="小厅", revision=1, region="371502")
FIRST = {OWNER: "A1", "事项名称": "甲事", "实施主体": "甲局"}


def read(path: Path) -> tuple[list[Guide], list[Remark]]:
    found = list(importer_for(path)(path, HOME))
    guides = [t[1] for t in found if not isinstance(t, Remark)]
    return [g for g in guides if isinstance(g, Guide)], [t for t in found if isinstance(t, Remark)]


def book(path: Path, **pages: list[dict[str, Any]]) -> Path:
    found = Workbook()
    found.remove(found.worksheets[0])
    for title, rows in pages.items():
        page = found.create_sheet(title)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        page.append(columns)
        for row in rows:
            page.append([row.get(column) for column in columns])
    found.save(path)
    return path


def reasons(remarks: list[Remark]) -> list[tuple[str, str, str, bool]]:
    return [(r.row, r.element, r.reason, r.refused) for r in remarks]


@pytest.mark.parametrize("name", ["t.xlsx", "t.csv"])
def test_the_template_imports_cleanly_with_its_example(tmp_path: Path, name: str) -> None:
    written = write_template(tmp_path / name)
    assert all(path.exists() for path in written)
    (guide,), remarks = read(tmp_path / name)
    assert remarks == []
    examples = {column.header: column.example for column in COLUMNS[ITEMS]}
    assert (guide.id, guide.name, guide.plain) == ("SB001", examples["事项名称"], examples["通俗说明"])
    assert guide.everyday == ("社保卡丢了", "补社保卡")
    assert (guide.legal_limit, guide.promised_limit, guide.visits) == (Limit(value=5), Limit(value=0), 1)
    assert (guide.fee_free, guide.kiosk) == (True, True)
    assert (len(guide.materials), len(guide.cases), len(guide.steps), len(guide.fees)) == (1, 1, 1, 1)
    assert guide.materials[0].certificate == "居民身份证"


def test_the_workbook_explains_every_column_on_a_page_of_its_own(tmp_path: Path) -> None:
    (path,) = write_template(tmp_path / "t.xlsx")
    opened = load_workbook(path)
    said = {(row[0], row[1]): row[3] for row in opened["说明"].iter_rows(min_row=2, values_only=True)}
    assert said == {(sheet, c.header): c.meaning for sheet, columns in COLUMNS.items() for c in columns}
    assert all(said.values())
    assert all(opened[ITEMS].column_dimensions[letter].number_format == "@" for letter in "AFGH")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_and_delimiters_that_spreadsheets_save(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(
        [list(FIRST), FIRST.values(), ["A2", '乙"𠀀,;', "乙\n局"]]
    )
    (tmp_path / "a.csv").write_bytes(text.getvalue().encode(encoding))
    guides, remarks = read(tmp_path / "a.csv")
    assert remarks == []
    assert [(g.id, g.name, g.office.name) for g in guides] == [
        ("A1", "甲事", "甲局"),
        ("A2", '乙"𠀀,;', "乙\n局"),
    ]


def test_details_are_joined_by_item_and_orphans_and_doubles_are_refused(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        事项=[
            FIRST,
            FIRST | {"事项名称": "又一个"},
            {"事项名称": "乙事", "实施主体": "乙局", "实施编码": "B2"},
        ],
        材料=[
            {
                OWNER: "A1",
                "材料名称": "身份证",
                "原件复印件": "原件和复印件",
                "份数": 2,
                "必要性": "容缺后补",
            },
            {
                OWNER: "B2",
                "材料名称": "合同",
                "适用情形": "q1=a，b",
                "材料形式": "电子",
                "原件复印件": "复印件",
            },
            {OWNER: "ZZ", "材料名称": "多余"},
            {"材料名称": "无主"},
        ],
        情形=[
            {OWNER: "B2", "问题编号": "q1", "问题": "租的？", "选项编号": "a", "选项": "不是"},
            {OWNER: "B2", "问题编号": "q1", "选项编号": "b", "选项": "是"},
        ],
        流程=[{OWNER: "A1", "环节名称": "受理", "环节时限": 1, "环节时限单位": "小时"}],
        收费=[{OWNER: "A1", "收费项目": "工本费", "收费标准": "20 元/证"}],
    )
    guides, remarks = read(path)
    first, second = guides
    (card,) = first.materials
    assert (card.name, card.original, card.copies, card.necessity) == ("身份证", "both", 2, "later")
    assert first.steps[0].limit == Limit(value=1, unit="小时")
    assert (first.fees[0].name, first.fees[0].standard) == ("工本费", "20 元/证")
    assert second.materials[0].when == (When(case="q1", options=("a", "b")),)
    assert second.materials[0].original == "copy"
    assert (second.materials[0].form, second.cases[0].question) == ("electronic", "租的？")
    assert {
        ("a.xlsx:材料!5", OWNER, "element.absent", True),
        ("a.xlsx:事项!3", OWNER, "row.duplicate", True),
    } <= set(reasons(remarks))
    assert ("a.xlsx:材料!4", OWNER, "row.no_owner", True) in reasons(remarks)
    assert [r for r in remarks if r.refused] == [
        r for r in remarks if r.reason.startswith("row.") or r.element == OWNER
    ]


def test_a_list_with_an_unreadable_line_is_left_out_whole(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        事项=[FIRST],
        材料=[{OWNER: "A1", "材料名称": "身份证"}, {OWNER: "A1", "份数": 3}],
    )
    (guide,), remarks = read(path)
    assert guide.materials == ()
    assert [(r.element, r.reason, r.refused) for r in remarks] == [("材料", "element.absent", False)]


def test_codes_that_became_numbers_are_left_out_and_said(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        事项=[
            FIRST | {"实施编码": 1.1440000006939757e30, "基本编码": 440101007000, "到现场次数": 1.0},
            FIRST | {OWNER: "A2", "实施编码": "1.1440000006939757E+30"},
            FIRST | {OWNER: "1E10", "地方编码": "2E33"},  # these are codes
        ],
    )
    guides, remarks = read(path)
    assert [(g.codes.task, g.codes.basic) for g in guides] == [("", "440101007000"), ("", ""), ("", "")]
    assert (guides[2].id, guides[2].codes.local) == ("1E10", "2E33")
    assert guides[0].visits == 1
    assert reasons(remarks) == [
        ("a.xlsx:事项!2", "实施编码", "cell.code_damaged", False),
        ("a.xlsx:事项!3", "实施编码", "cell.code_damaged", False),
    ]
    assert "store codes as text" in remarks[0].detail


def test_formulas_errors_and_merged_cells_are_said(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", 事项=[FIRST | {"受理条件": '="a"&"b"', "办理地点": "#N/A", "通俗说明": "'=文字"}]
    )
    opened = load_workbook(path)
    opened[ITEMS].merge_cells("A5:B6")
    opened.save(path)
    (guide,), remarks = read(path)
    assert (guide.conditions, guide.places, guide.plain) == ("", (), "'=文字")
    assert reasons(remarks) == [
        ("a.xlsx", "A5:B6", "cell.merged", False),
        ("a.xlsx:事项!2", "受理条件", "cell.formula", False),
        ("a.xlsx:事项!2", "办理地点", "cell.formula", False),
    ]


def test_dates_come_as_the_sheet_has_them(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        事项=[
            FIRST | {"生效日期": datetime(2026, 1, 31), "失效日期": date(2027, 2, 1)},
            FIRST | {OWNER: "A2", "生效日期": "2026年1月31日", "失效日期": "2027/2/30"},
        ],
    )
    guides, remarks = read(path)
    assert (guides[0].valid_from, guides[0].valid_until) == (date(2026, 1, 31), date(2027, 2, 1))
    assert (guides[1].valid_from, guides[1].valid_until) == (date(2026, 1, 31), None)
    assert reasons(remarks) == [("a.xlsx:事项!3", "失效日期", "element.invalid", False)]


def test_limits_labels_and_columns_that_are_not_understood_are_said(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        事项=[FIRST | {"法定办结时限": 5, "自助终端": "也许", "新列": "新值"}],
        材料=[{OWNER: "A1", "材料名称": "身份证", "材料形式": "口头", "颜色": "红"}],
    )
    (guide,), remarks = read(path)
    assert (guide.legal_limit, guide.kiosk) == (None, False)
    assert [(e.name, e.value) for e in guide.more] == [("新列", "新值")]
    assert guide.materials[0].note == "材料形式：口头"
    assert {(r.element, r.reason) for r in remarks} == {
        ("法定时限单位", "element.absent"),
        ("自助终端", "element.wrong_type"),
        ("材料形式", "element.label_unknown"),
        ("颜色", "element.unknown"),
    }


def test_a_withdrawn_item_says_where_to_go(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        事项=[FIRST | {"停办原因": "取消", "停办后去向": "改去乙局", "停办后事项": "B1；B2"}],
    )
    (guide,), remarks = read(path)
    assert remarks == []
    assert guide.state == "withdrawn"
    assert guide.withdrawn is not None
    assert (guide.withdrawn.say, guide.withdrawn.instead) == ("改去乙局", ("B1", "B2"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "file.wrong_shape"),
        (b"PK\x03\x04 cut", "file.wrong_shape"),
        (b"<html>", "file.wrong_shape"),
    ],
)
def test_a_workbook_that_is_none_is_one_remark(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    guides, remarks = read(tmp_path / "a.xlsx")
    assert guides == []
    assert reasons(remarks) == [("a.xlsx", "", reason, True)]


def test_a_workbook_that_unpacks_beyond_the_bound_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "a.xlsx", 事项=[FIRST])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b"0" * 3_000_000)
    monkeypatch.setattr(sheets, "LARGEST", 1_000_000)
    assert path.stat().st_size < 1_000_000
    guides, remarks = read(path)
    assert guides == []
    assert [r.reason for r in remarks] == ["file.wrong_shape"]
    assert "unpacks" in remarks[0].detail


def test_entities_in_a_workbook_are_refused(tmp_path: Path) -> None:
    source = book(tmp_path / "a.xlsx", 事项=[FIRST])
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                data = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + data
            new.writestr(name, data)
    guides, remarks = read(tmp_path / "b.xlsx")
    assert guides == []
    assert [r.refused for r in remarks] == [True]


def test_a_csv_line_that_is_broken_does_not_stop_the_others(tmp_path: Path) -> None:
    text = (
        '事项编号,事项名称,实施主体\nA1,甲,甲局\nA2,"乙"x,乙局\nA3,'
        + "长" * 140_000
        + ',丙局\nA4,丁,丁局,多\nA5,"戊,戊局\n'
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    guides, remarks = read(tmp_path / "a.csv")
    assert [g.id for g in guides] == ["A1", "A4"]
    assert [(r.row, r.reason, r.refused) for r in remarks] == [
        ("a.csv!3", "csv.broken", True),
        ("a.csv!4", "csv.broken", True),
        ("a.csv!5", "element.unknown", False),
        ("a.csv!6", "csv.broken", True),
    ]


def test_a_table_without_the_column_of_names_has_every_row_refused_and_a_second_column_is_not_read(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text("名称,实施主体\n甲,甲局\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("事项名称,实施主体,事项名称\n甲,甲局,乙\n", encoding="utf-8")
    guides, remarks = read(tmp_path / "a.csv")
    assert guides == []
    assert [(r.element, r.reason, r.refused) for r in remarks] == [("事项名称", "element.absent", True)]
    (guide,), remarks = read(tmp_path / "b.csv")
    assert guide.name == "甲"
    assert ("b.csv!1", "事项名称", "element.twice", True) in reasons(remarks)


def test_items_are_not_taken_without_their_materials_when_that_file_cannot_be_read(tmp_path: Path) -> None:
    write_template(tmp_path / "t.csv")
    (tmp_path / "t-材料.csv").write_bytes(b"\xff\xff\xff")
    guides, remarks = read(tmp_path / "t.csv")
    assert guides == []
    assert reasons(remarks) == [("t-材料.csv", "", "file.encoding", True)]


def test_columns_beyond_the_bound_are_said(tmp_path: Path) -> None:
    wide = FIRST | {f"列{number}": "值" for number in range(250)}
    (guide,), remarks = read(book(tmp_path / "a.xlsx", 事项=[wide]))
    assert len(guide.more) == 197
    assert reasons(remarks)[0] == ("a.xlsx:事项!1", "", "element.unknown", True)


CELLS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates() | st.times()
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6) | st.sampled_from(
    ["A1", "A2", "q1", "q1=a", "=1+1", "是", "2026-02-30", "；；"]
)


@settings(max_examples=40)
@given(
    st.lists(st.dictionaries(st.sampled_from([c.header for c in COLUMNS[ITEMS]]), CELLS | TEXTS), max_size=4),
    st.lists(
        st.dictionaries(st.sampled_from([c.header for c in COLUMNS[MATERIALS]]), CELLS | TEXTS), max_size=3
    ),
    st.lists(st.dictionaries(st.sampled_from([c.header for c in COLUMNS[CASES]]), TEXTS), max_size=3),
)
def test_any_cells_are_taken_or_refused_and_no_item_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    items: list[dict[str, Any]],
    materials: list[dict[str, Any]],
    cases: list[dict[str, Any]],
) -> None:
    path = book(
        tmp_path_factory.mktemp("tables") / "a.xlsx",
        **{ITEMS: [FIRST, *items], MATERIALS: materials, CASES: cases, STEPS: [], FEES: []},
    )
    found = list(importer_for(path)(path, HOME))
    refused = {t.row for t in found if isinstance(t, Remark) and t.refused}
    taken = {t[0] for t in found if not isinstance(t, Remark)}
    written = {
        f"a.xlsx:{ITEMS}!{number}"
        for number, row in enumerate([FIRST, *items], start=2)
        if any(value not in (None, "") for value in row.values())
    }
    assert refused.isdisjoint(taken)
    assert taken | {row for row in refused if f":{ITEMS}!" in row} == written


@settings(max_examples=60)
@given(st.binary(max_size=120))
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.csv"
    path.write_bytes(data)
    _, remarks = read(path)
    assert all(r.detail.isprintable() for r in remarks)
