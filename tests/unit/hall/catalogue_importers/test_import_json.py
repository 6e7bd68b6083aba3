"""The JSON shapes: to the letter what the source says, and of any rows each is taken or refused."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.catalogue.importers.items import region_code
from hall.catalogue.importers.json_rows import json_rows
from hall.catalogue.importers.registry import UnknownShape, importer_for
from hall.catalogue.intake import Remark
from hall.catalogue.model import Guide, Header

DATA = Path(__file__).parents[4].parent / "shared" / "data"
HOME = Header(
    hall="small",
    name="小厅",
    revision=1,
    region="440106",
    region_names=("广东省", "广州市", "天河区"),
)
TASK = "11440000006939756B2440101007000"
GUIDE: dict[str, Any] = {
    "name": "甲事",
    "main_name": "主",
    "task_name": "甲事（省）",
    "short_name": "短",
    "everyday_name": "俗",
    "type_code": "01",
    "type": "行政许可",
    "level": "省级",
    "department": "某厅",
    "region": "广东省",
    "region_code": "440000",
    "catalog_code": TASK[19:],
    "task_code": TASK,
    "handle_item_code": TASK + "01",
    "service_objects": ["自然人"],
    "themes": ["其他"],
    "visits": 2,
    "legal_limit": {"value": 7, "unit": "自然日"},
    "promise_limit": {"value": 7, "unit": "工作日"},
    "acceptance_condition": "条件一。\n条件二。",
    "materials": ["一；二", "三"],
    "address": "办理地点：某路 1 号",
    "consult_phone": "020-1；020-2",
    "complaint_phone": "020-3",
    "express": "不支持",
    "online": True,
    "url": "https://example.org/#/a",
    "co_departments": "甲厅、乙厅",
}
ITEM = {"id": "N1", "name": "甲事", "departments": ["广东省甲厅"], "regions": ["广东省"], "codes": [TASK]}
COUNTY = {"name": "甲事", "department": "区甲局", "item_code_upstream": "511A-1", "type_code_upstream": "99"}
SHAPES = {
    "guangdong": GUIDE,
    "items": ITEM,
    "guangan": COUNTY,
    "names": {"name": "甲事", "doc": "文", "subject": "个人"},
}


def write(path: Path, rows: object) -> Path:
    path.write_text(json.dumps({"meta": {}, "items": rows}, ensure_ascii=False), encoding="utf-8")
    return path


def read(path: Path) -> tuple[list[Guide], list[Remark]]:
    found = list(importer_for(path)(path, HOME))
    return [t[1] for t in found if not isinstance(t, Remark) and isinstance(t[1], Guide)], [
        t for t in found if isinstance(t, Remark)
    ]


def one(path: Path, row: dict[str, Any]) -> tuple[Guide, list[tuple[str, str]]]:
    (guide,), remarks = read(write(path / "one.json", [row]))
    return guide, [(r.element, r.reason) for r in remarks]


def source(name: str) -> list[dict[str, Any]]:
    if not (DATA / name).exists():
        pytest.skip(f"the reference data {name} is not beside the repository")
    rows: list[dict[str, Any]] = json.loads((DATA / name).read_text(encoding="utf-8"))["items"]
    return rows


def test_a_published_guide_comes_to_the_letter(tmp_path: Path) -> None:
    guide, remarks = one(tmp_path, GUIDE)
    assert remarks == []
    assert guide.model_dump(exclude_defaults=True) == {
        "id": TASK + "01",
        "name": "甲事",
        "main_name": "主",
        "everyday": ("俗", "短"),
        "codes": {"task": TASK, "handle": TASK + "01", "basic": TASK[19:]},
        "type": "行政许可",
        "type_code": "01",
        "level": "省级",
        "region": "440000",
        "region_name": "广东省",
        "office": {"name": "某厅"},
        "audience": ("自然人",),
        "themes": ("其他",),
        "conditions": "条件一。\n条件二。",
        "materials": ({"name": "一；二"}, {"name": "三"}),
        "legal_limit": {"value": 7, "unit": "自然日"},
        "promised_limit": {"value": 7},
        "visits": 2,
        "places": ({"address": "办理地点：某路 1 号"},),
        "consult_phones": ("020-1；020-2",),
        "complaint_phones": ("020-3",),
        "online": {"url": "https://example.org/#/a"},
        "more": (
            {"name": "事项名称", "value": "甲事（省）"},
            {"name": "是否支持物流快递", "value": "不支持"},
            {"name": "是否网办", "value": "是"},
            {"name": "联办机构", "value": "甲厅、乙厅"},
        ),
        "source": "one.json",
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"task_code": "21" + TASK[2:]}, ("task_code", "code.check_digit")),
        ({"level": "县级"}, ("task_code", "code.level")),
        ({"catalog_code": "440101007001"}, ("task_code", "code.basic")),
        ({"promise_limit": {"value": 8, "unit": "工作日"}}, ("promise_limit", "limit.promise_longer")),
        ({"legal_limit": None}, ("legal_limit", "element.absent")),
        ({"promise_limit": None}, ("promise_limit", "element.absent")),
        ({"acceptance_condition": ""}, ("acceptance_condition", "element.absent")),
        ({"materials": []}, ("materials", "element.absent")),
        ({"department": None}, ("department", "element.absent")),
        ({"visits": "many"}, ("visits", "element.wrong_type")),
        ({"visits": True}, ("visits", "element.wrong_type")),
        ({"visits": -1}, ("visits", "element.invalid")),
        ({"legal_limit": {"value": 1.5, "unit": "工作日"}}, ("legal_limit", "element.wrong_type")),
        ({"legal_limit": {"value": 5}}, ("legal_limit", "element.wrong_type")),
        ({"themes": "其他"}, ("themes", "element.wrong_type")),
        ({"materials": ["甲", 3]}, ("materials", "element.wrong_type")),
        ({"materials": ["甲" * 1001]}, ("materials", "text.too_long")),
        ({"url": "javascript:alert(1)"}, ("url", "element.invalid")),
        ({"region_code": "44"}, ("region_code", "element.invalid")),
        ({"acceptance_condition": "长" * 10_000_000}, ("acceptance_condition", "text.too_long")),
        ({"address": "\ud800"}, ("address", "element.invalid")),
    ],
)
def test_a_doubtful_element_is_noted_and_the_guide_is_taken(
    tmp_path: Path, change: dict[str, Any], expected: tuple[str, str]
) -> None:
    row = {key: value for key, value in GUIDE.items() if key != "handle_item_code"} | change
    escaped = "\ud800" in row["address"]  # half of a pair can stand in JSON as an escape only
    text = json.dumps({"items": [row]}, ensure_ascii=escaped)
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    (guide,), remarks = read(tmp_path / "a.json")
    assert guide.name == "甲事"
    assert expected in [(r.element, r.reason) for r in remarks]
    assert all(not r.refused and len(r.detail) <= 320 for r in remarks)


def test_half_a_list_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    guide, _ = one(tmp_path, GUIDE | {"materials": ["身份证", {"name": "户口簿"}]})
    assert guide.materials == ()


def test_a_text_too_long_for_its_place_stands_among_the_further_elements(tmp_path: Path) -> None:
    guide, remarks = one(tmp_path, GUIDE | {"consult_phone": "电话：" + "8" * 3000})
    assert remarks == [("consult_phone", "text.too_long")]
    assert guide.consult_phones == ()
    assert ("consult_phone", "电话：" + "8" * 3000) in [(e.name, e.value) for e in guide.more]


def test_an_unknown_element_is_kept_verbatim(tmp_path: Path) -> None:
    guide, remarks = one(tmp_path, GUIDE | {"<b>新</b>": "<script>x</script>", "other": {"a": [1]}})
    more = {e.name: e.value for e in guide.more}
    assert (more["<b>新</b>"], more["other"]) == ("<script>x</script>", '{"a": [1]}')
    assert remarks == []


def test_one_further_element_that_cannot_stand_takes_no_other_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps([GUIDE | {"broken": "\ud800", "whole": "值"}]), encoding="utf-8"
    )
    (guide,), remarks = read(tmp_path / "a.json")
    assert [(r.element, r.reason, r.refused) for r in remarks] == [("broken", "element.invalid", False)]
    assert [e.name for e in guide.more][-2:] == ["联办机构", "whole"]


def test_rows_nested_to_any_depth_are_taken_or_refused(tmp_path: Path) -> None:
    for depth in (10, *range(920, 1001)):  # around what Python can nest
        text = f'[{{"name": "甲", "deep": {"[" * depth}{"]" * depth}}}, {{"name": "乙"}}]'
        (tmp_path / "a.json").write_text(text, encoding="utf-8")
        guides, _ = read(tmp_path / "a.json")
        assert guides[-1].name == "乙"


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"name": None}, {"name": ["甲"]}, {"department": "局" * 201}]
)
def test_a_row_without_a_usable_name_or_office_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    guides, remarks = read(write(tmp_path / "a.json", [GUIDE | change, GUIDE]))
    assert len(guides) == 1
    assert {(r.row, r.refused) for r in remarks} == {("a.json#1", True)}


def test_each_region_of_a_name_is_a_guide_with_the_office_that_bears_its_name(tmp_path: Path) -> None:
    row = {
        "id": "N7",
        "name": "甲事",
        "departments": ["广东省司法厅", "广州市司法局"],
        "levels": ["省级", "市级"],
        "regions": ["广东省", "广东省广州市", "吉林省"],
        "codes": [TASK, TASK[19:]],
        "aliases": ["俗"],
    }
    guides, remarks = read(write(tmp_path / "a.json", [row]))
    assert [(g.id, g.region, g.region_name, g.office.name) for g in guides] == [
        ("N7.1", "440000", "广东省", "广东省司法厅"),
        ("N7.2", "440100", "广东省广州市", "广州市司法局"),
        ("N7.3", "", "吉林省", "广东省司法厅、广州市司法局"),
    ]
    assert {(g.level, g.everyday, g.more[0].value) for g in guides} == {
        ("省级、市级", ("俗",), f"{TASK}、{TASK[19:]}")
    }
    assert [(r.row, r.reason, r.refused) for r in remarks] == [("a.json#1", "office.unclear", False)]


def test_what_is_wrong_with_a_name_is_said_once_for_all_its_regions(tmp_path: Path) -> None:
    guides, remarks = read(
        write(tmp_path / "a.json", [{"id": "N1", "name": "甲", "regions": ["甲省", "乙省"]}])
    )
    assert [g.office.name for g in guides] == ["未注明", "未注明"]
    assert [(r.element, r.reason) for r in remarks] == [("departments", "element.absent")]


def test_a_countys_item_keeps_its_platforms_codes(tmp_path: Path) -> None:
    row = COUNTY | {
        "type": "公共服务",
        "level": "县级",
        "region": "某区",
        "region_code": "511602",
        "main_name": "主",
    }
    guide, remarks = one(tmp_path, row)
    assert remarks == []
    assert (guide.id, guide.codes.local, guide.codes.task, guide.type, guide.type_code) == (
        "511A-1",
        "511A-1",
        "",
        "公共服务",
        "99",
    )
    assert (guide.level, guide.region, guide.region_name, guide.main_name) == ("县级", "511602", "某区", "主")


def test_home_its_city_and_its_province_are_known_by_name() -> None:
    names = ["天河区", "广东省广州市天河区", "广州市", "广东省", "吉林省", ""]
    assert [region_code(name, HOME) for name in names] == ["440106", "440106", "440100", "440000", "", ""]
    assert region_code("广东省", Header(hall="h", name="h", revision=1, region="440106")) == ""


def test_a_one_thing_bundle_without_members_is_a_guide_with_a_remark(tmp_path: Path) -> None:
    guide, remarks = one(tmp_path, SHAPES["names"])
    assert (guide.type, guide.audience, guide.bases[0].title) == ("一件事", ("个人",), "文")
    assert ("name", "bundle.no_members") in remarks


def test_the_same_row_has_the_same_id_whatever_stands_around_it(tmp_path: Path) -> None:
    ids = [
        read(write(tmp_path / "a.json", rows))[0][-1].id
        for rows in ([{"name": "甲"}], [{"name": "乙"}, {"name": "甲"}])
    ]
    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("text", "taken", "reasons"),
    [
        ('[{"a": 1}, {"a": NaN}, {"a": 2}]', [1, 3], ["json.broken"]),
        ('[{"a": 1, "a": 2}, {"b": 1}]', [2], ["element.twice"]),
        (
            '[{"a": ]}, [1, {"b": "]}"}], 5, {"b": 1}]',
            [4],
            ["json.broken", "row.wrong_type", "row.wrong_type"],
        ),
        ('[{"a": "\\q,]"}, {"b": 1} {"c": 1}, {"d": 1}]', [3], ["json.broken", "json.broken"]),
        ('[{"a": 1}, {"b": 1', [1], ["file.truncated"]),
        ('[{"a": 1}', [1], ["file.truncated"]),
        ('[{"a": ' + "[" * 100_000 + "]" * 100_000 + '}, {"b": 1}]', [2], ["json.broken"]),
        ('[{"a": ' + "9" * 5000 + '}, {"b": 1}]', [2], ["json.broken"]),
        ('{"meta": {"x": 1}, "items": [{"a": 1}], "z": 0}', [1], []),
        ('{"items": [{"a": 1}]', [1], ["file.wrong_shape"]),
        ('[{"a": 1}] [{"b": 2}]', [1], ["file.wrong_shape"]),
        ('{"rows": []}', [], ["file.wrong_shape"]),
        ('{"items": 5}', [], ["file.wrong_shape"]),
        ("hello", [], ["file.wrong_shape"]),
        ("", [], ["file.wrong_shape"]),
        ("[]", [], []),
        (
            '[{"a": 1}, {"a": "' + '\\"' * 100_000,
            [1],
            ["file.truncated"],
        ),  # no string makes it try again and again
    ],
)
def test_a_broken_row_never_stops_the_others(
    tmp_path: Path, text: str, taken: list[int], reasons: list[str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    found = list(json_rows(path))
    assert [t[0] for t in found if not isinstance(t, Remark)] == [f"a.json#{n}" for n in taken]
    assert [t.reason for t in found if isinstance(t, Remark)] == reasons


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_read_whatever_its_form(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.json").write_text('[{"名": "值"}]', encoding=encoding)
    assert list(json_rows(tmp_path / "a.json")) == [("a.json#1", {"名": "值"})]


def test_other_encodings_and_missing_files_are_one_remark(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"名": "值"}]', encoding="gb18030")
    assert [r.reason for r in json_rows(tmp_path / "a.json") if isinstance(r, Remark)] == ["file.encoding"]
    assert [r.reason for r in json_rows(tmp_path / "b.json") if isinstance(r, Remark)] == ["file.unreadable"]


def test_a_file_of_no_known_shape_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnknownShape, match="names"):
        importer_for(write(tmp_path / "a.json", [{"colour": "red"}]))
    with pytest.raises(UnknownShape):
        importer_for(tmp_path / "a.pdf")


def test_the_shape_is_told_though_the_first_rows_say_little(tmp_path: Path) -> None:
    guides, _ = read(write(tmp_path / "a.json", [3, {"name": "乙"}, GUIDE]))
    assert [(g.name, g.visits) for g in guides] == [("乙", None), ("甲事", 2)]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


def rows_of(shape: str) -> st.SearchStrategy[list[Any]]:
    whole = SHAPES[shape]
    changed = st.dictionaries(st.sampled_from(sorted(whole)), ANY, max_size=4).map(
        lambda change: whole | change
    )
    return st.lists(changed | ANY, max_size=4)


@settings(max_examples=120)
@given(st.data())
def test_any_rows_are_taken_or_refused_and_none_is_lost(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shape = data.draw(st.sampled_from(sorted(SHAPES)))
    rows = [SHAPES[shape], *data.draw(rows_of(shape))]  # the first tells the shape
    path = write(tmp_path_factory.mktemp("json") / "a.json", rows)
    found = list(importer_for(path)(path, HOME))
    refused = {t.row for t in found if isinstance(t, Remark) and t.refused}
    taken = {t[0] for t in found if not isinstance(t, Remark)}
    assert refused.isdisjoint(taken)
    assert refused | taken == {f"a.json#{n}" for n in range(1, len(rows) + 1)}


@settings(max_examples=100)
@given(st.text(alphabet='[]{},:"\\ a1\n', max_size=40))
def test_no_text_makes_reading_rows_raise_or_run_on(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(text, encoding="utf-8")
    found: Iterator[object] = json_rows(path)
    assert len(list(found)) <= len(text) + 2


def test_all_real_guides_come_and_every_doubt_is_told() -> None:
    rows = source("guides_guangdong.json")
    guides, remarks = read(DATA / "guides_guangdong.json")
    assert len(guides) == len({g.id for g in guides}) == len(rows) == 2262
    assert not any(r.refused for r in remarks)
    assert len({r.row for r in remarks if r.reason in ("code.check_digit", "code.credit")}) == 6
    assert not any(r.reason in ("code.level", "code.basic", "limit.promise_longer") for r in remarks)
    for element in ("legal_limit", "promise_limit", "acceptance_condition", "materials"):
        absent = {r.row for r in remarks if (r.element, r.reason) == (element, "element.absent")}
        assert absent == {
            f"guides_guangdong.json#{n}" for n, row in enumerate(rows, start=1) if not row[element]
        }


def test_every_element_of_every_real_guide_matches_the_source_to_the_letter() -> None:
    rows = source("guides_guangdong.json")
    guides, _ = read(DATA / "guides_guangdong.json")
    for row, guide in zip(rows, guides, strict=True):
        more = {e.name: e.value for e in guide.more}
        phone = guide.consult_phones[0] if guide.consult_phones else more.get("consult_phone", "")
        limits = [
            limit and {"value": limit.value, "unit": limit.unit}
            for limit in (guide.legal_limit, guide.promised_limit)
        ]
        assert limits == [row["legal_limit"], row["promise_limit"]]
        assert [m.name for m in guide.materials] == row["materials"]
        assert (guide.conditions, phone) == (row["acceptance_condition"], row["consult_phone"])
        assert (guide.name, guide.main_name, guide.type, guide.type_code) == (
            row["name"],
            row["main_name"],
            row["type"],
            row["type_code"],
        )
        assert (guide.codes.task, guide.codes.handle, guide.codes.basic) == (
            row["task_code"],
            row["handle_item_code"],
            row["catalog_code"],
        )
        assert (guide.office.name, guide.region, guide.region_name, guide.level) == (
            row["department"],
            row["region_code"],
            row["region"],
            row["level"],
        )
        assert (list(guide.audience), list(guide.themes), guide.visits) == (
            row["service_objects"],
            row["themes"],
            row["visits"],
        )
        assert (guide.places[0].address, guide.online.url) == (row["address"], row["url"])
        assert (guide.complaint_phones or ("",))[0] == row["complaint_phone"]
        assert {row["everyday_name"], row["short_name"]} - {""} == set(guide.everyday)
        assert more.get("事项名称", row["name"]) == row["task_name"]
        assert (more["是否支持物流快递"], more.get("联办机构", "")) == (row["express"], row["co_departments"])
        assert more["是否网办"] == ("是" if row["online"] else "否")


def test_the_other_real_lists_come_whole() -> None:
    items = source("items.json")
    guides, remarks = read(DATA / "items.json")
    assert (
        len(guides)
        == len({g.id for g in guides})
        == sum(max(1, len(row.get("regions", []))) for row in items)
    )
    assert {g.name for g in guides} == {row["name"] for row in items}
    assert not any(r.refused for r in remarks)
    for name, count in (("items_guangan.json", 1135), ("items_one_thing.json", 34), ("items_seed.json", 23)):
        found, said = read(DATA / name)
        assert [g.name for g in found] == [row["name"] for row in source(name)]
        assert len({g.id for g in found}) == count
        assert not any(r.refused for r in said)
