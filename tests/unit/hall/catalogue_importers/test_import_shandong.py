"""The provincial library: nested, CDATA, escaped, JSON lines give the same guide; XML that attacks is refused."""

import json
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.catalogue.importers.domains import DOMAINS
from hall.catalogue.importers.registry import importer_for
from hall.catalogue.intake import Remark
from hall.catalogue.model import Guide, Header, Limit, Option, When

HOME = Header(hall="small", name="小厅", revision=1, region="371502")
TASK = "11440000006939756B2440101007000"
SCALARS = {
    "ITEM_CODE": "SD-0001",
    "NAME": "食品经营许可",
    "TYPE": "XK",
    "ASSORT": "2",
    "VERSION": "3",
    "REGION_CODE": "371502000000",
    "ORG_CODE": "",
    "ORG_NAME": "清源县行政审批服务局",
    "FOLDER_NAME": "食品（含保健食品）经营许可",
}


def keys(**values: str) -> str:
    return "<node>" + "".join(f'<key label="{k}">{escape(v)}</key>' for k, v in values.items()) + "</node>"


def children(**values: str) -> str:
    return (
        "<node>" + "".join(f"<{k.lower()}>{escape(v)}</{k.lower()}>" for k, v in values.items()) + "</node>"
    )


XML = {
    "ITEM_INFO_XML": keys(
        NAME="食品经营许可",
        TASKCODE=TASK,
        CATALOGCODE="440101007000",
        LAW_TIME="20",
        AGREE_TIME="5",
        IS_CHARGE="0",
    )
    + keys(
        SERVICE_OBJECT="1;2", ORG_PROPERTY="1", IS_WEB="1", CROSS_SCOPE="3", STATE="7", REGION_NAME="清源县"
    ),
    "ITME_EXT_INFO_XML": children(
        LAW_TIME_UNIT="workday",
        AGREE_TIME_UNIT="工作日",
        APPLY_TIMES="1",
        USELEVEL="2",
        LAW_TIME_BASIS="第三条",
    ),
    "ONLINECONDUCT_XML": keys(CONDUCT_DEPTH="1^5", IS_DELIVERY="1"),
    "CHARGEITEM_INFO_XML": keys(NAME="工本费", STANDARD="0 元", BASIS="无"),
    "ACCEPT_ADDRESS_XML": children(
        ADDRESS="府前街 1 号", OFFICE_HOUR="9:00-17:00", NAME="综合窗口", WINDOW_NUM="8"
    )
    + children(ADDRESS="城南分中心"),
    "CONSULT_XML": keys(TYPE="0", PHONE_NUMBER="0635-1") + keys(TYPE="1", PHONE_NUMBER="0635-2"),
    "RESULT_XML": keys(
        RESULT_TYPE="10", RESULT_NAME="食品经营许可证", SERVICE_MODE="1^3", RESULT_SCHEDULE="5"
    ),
    "TITLE_XML": keys(CLASS_TYPE="2", NAME="准营准办"),
    "LAW_XML": children(
        LAW_NAME="《食品安全法》", ARTICLE="第三十五条", CONTENT="国家对食品生产经营实行许可制度。"
    ),
    "APPLY_CONDITION_XML": "有固定场所 & 设备",
    "OUT_FLOW_XML": children(STEP_NAME="受理", TIME_LIMIT="1", TIME_LIMIT_UNIT="工作日")
    + children(STEP_NAME="决定"),
    "MATERIAL_XML": keys(
        ID="m1", MATERIAL_NAME="申请书", IS_NEED="1", PAGE_NUM="2", MATERIAL_FORMAT="1", COLOUR="红"
    )
    + "<node><key label='材料名称'>租赁合同</key><key label='材料必要性'>3</key></node>",
    "MATERIAL_EXT_XML": keys(MATERIAL_ID="m1", SOURCE_TYPE="10", ACCEPT_STAND="签字"),
    "QUESTION_XML": keys(QUESTION="多久？", ANSWER="五天。"),
    "CASE_SETTING_INFO": keys(CASE_NAME="场所是租的吗？", OPTION_NAME="租的", MATERIALS="租赁合同")
    + keys(CASE_NAME="场所是租的吗？", OPTION_NAME="自有"),
}


def parse_plain(columns: dict[str, str]) -> str:
    """Escaped text is what a column of text is; markup is escaped as a whole."""
    return "".join(f"<{k}>{escape(v)}</{k}>" for k, v in columns.items())


def inner(text: str) -> str:
    return text if text.startswith("<") else escape(text)


FORMS = {
    "escaped.xml": "<rows><row>" + parse_plain(SCALARS | XML) + "</row></rows>",
    "cdata.xml": "<?xml version='1.0' encoding='UTF-8'?><ROWS><ROW>"
    + parse_plain(SCALARS)
    + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in XML.items())
    + "</ROW></ROWS>",
    "nested.xml": "<rows><row>"
    + parse_plain(SCALARS)
    + "".join(f"<{k.lower()}>{inner(v)}</{k.lower()}>" for k, v in XML.items())
    + "</row></rows>",
    "lines.jsonl": json.dumps(SCALARS | XML, ensure_ascii=False) + "\n",
}


def read(path: Path) -> tuple[list[Guide], list[Remark]]:
    found = list(importer_for(path)(path, HOME))
    guides = [t[1] for t in found if not isinstance(t, Remark)]
    assert all(isinstance(guide, Guide) for guide in guides)
    return [g for g in guides if isinstance(g, Guide)], [t for t in found if isinstance(t, Remark)]


@pytest.mark.parametrize("name", FORMS)
def test_every_outer_form_gives_the_same_guide_to_the_letter(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(FORMS[name], encoding="utf-8")
    (guide,), remarks = read(tmp_path / name)
    assert remarks == []
    assert (guide.id, guide.name, guide.main_name) == (TASK, "食品经营许可", "食品（含保健食品）经营许可")
    assert (guide.type, guide.type_code, guide.handling, guide.level) == ("行政许可", "XK", "承诺件", "省级")
    assert (guide.region, guide.region_name) == ("371502000000", "清源县")
    assert (guide.office.name, guide.office.kind) == ("清源县行政审批服务局", "法定机关")
    assert (guide.codes.task, guide.codes.basic, guide.codes.local) == (TASK, "440101007000", "SD-0001")
    assert guide.audience == ("自然人", "企业法人")
    assert guide.themes == ("准营准办",)
    assert guide.legal_limit == Limit(value=20, unit="工作日", note="第三条")
    assert guide.promised_limit == Limit(value=5, unit="工作日")
    assert (guide.fee_free, guide.kiosk, guide.visits) == (True, True, 1)
    assert [(f.name, f.standard, f.basis) for f in guide.fees] == [("工本费", "0 元", "无")]
    assert [(p.name, p.address, p.windows, p.hours) for p in guide.places] == [
        ("综合窗口", "府前街 1 号", "8", "9:00-17:00"),
        ("", "城南分中心", "", ""),
    ]
    assert (guide.consult_phones, guide.complaint_phones) == (("0635-1",), ("0635-2",))
    (result,) = guide.results
    assert (result.name, result.kind, result.validity, result.delivery) == (
        "食品经营许可证",
        "证照",
        "5年",
        "窗口领取、邮寄送达",
    )
    assert [(b.title, b.article, b.text) for b in guide.bases] == [
        ("《食品安全法》", "第三十五条", "国家对食品生产经营实行许可制度。")
    ]
    assert guide.conditions == "有固定场所 & 设备"
    assert [(s.name, s.limit) for s in guide.steps] == [("受理", Limit(value=1)), ("决定", None)]
    form, lease = guide.materials
    assert (form.name, form.necessity, form.copies, form.form) == ("申请书", "required", 2, "paper")
    assert (form.source, form.standard, form.when) == ("申请人自备", "签字", ())
    assert (lease.name, lease.necessity) == ("租赁合同", "later")
    assert lease.when == (When(case="q1", options=("a1",)),)
    (case,) = guide.cases
    assert (case.question, case.options) == (
        "场所是租的吗？",
        (Option(id="a1", label="租的"), Option(id="a2", label="自有")),
    )
    assert [(q.question, q.answer) for q in guide.faqs] == [("多久？", "五天。")]
    assert guide.online.depth == "互联网咨询、互联网办理"
    more = {element.name: element.value for element in guide.more}
    assert more["通办范围"] == "全市"
    assert more["是否支持物流快递"] == "1"
    assert (more["VERSION"], more["ITEM_INFO_XML/STATE"], more["MATERIAL_XML[1] COLOUR"]) == ("3", "7", "红")


def rows(*bodies: str) -> str:
    return "<rows>" + "".join(f"<row>{body}</row>" for body in bodies) + "</rows>"


GOOD = "<ITEM_CODE>ok</ITEM_CODE><NAME>好</NAME><ORG_NAME>局</ORG_NAME>"


def test_an_unknown_code_stands_as_it_is_and_is_noted(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(rows(GOOD + "<TYPE>QQ</TYPE><ASSORT>9</ASSORT>"), encoding="utf-8")
    (guide,), remarks = read(tmp_path / "a.xml")
    assert (guide.type, guide.type_code, guide.handling) == ("QQ", "QQ", "9")
    assert [(r.element, r.reason, r.refused) for r in remarks] == [
        ("TYPE", "element.label_unknown", False),
        ("ASSORT", "element.label_unknown", False),
    ]


def test_a_limit_without_its_unit_is_none(tmp_path: Path) -> None:
    body = GOOD + "<ITEM_INFO_XML>" + keys(LAW_TIME="20") + "</ITEM_INFO_XML>"
    (tmp_path / "a.xml").write_text(rows(body), encoding="utf-8")
    (guide,), remarks = read(tmp_path / "a.xml")
    assert guide.legal_limit is None
    assert [(r.element, r.reason) for r in remarks] == [("LAW_TIME_UNIT", "element.absent")]


ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "inside",
    [f"{ENTITY}<node>&b;</node>", "<!DOCTYPE x SYSTEM 'file:///etc/hostname'><node/>", "<node>&b;</node>"],
)
def test_entities_inside_a_column_refuse_the_row_only(tmp_path: Path, inside: str) -> None:
    body = GOOD + f"<MATERIAL_XML>{escape(inside)}</MATERIAL_XML>"
    (tmp_path / "a.xml").write_text(rows(body, GOOD), encoding="utf-8")
    guides, remarks = read(tmp_path / "a.xml")
    if inside.startswith("<!"):
        assert [(r.row, r.reason, r.refused) for r in remarks] == [("a.xml#1", "xml.forbidden", True)]
        assert len(guides) == 1
    else:  # an entity that nothing declares: that column is broken
        assert [(r.row, r.reason, r.refused) for r in remarks] == [("a.xml#1", "xml.broken", False)]
        assert guides[0].materials == ()


@pytest.mark.parametrize(
    ("text", "reason", "taken"),
    [
        (ENTITY + rows(GOOD), "xml.forbidden", 0),
        (rows(GOOD)[:-7], "xml.broken", 1),
        (rows(GOOD, GOOD)[:-20], "xml.broken", 1),
        ("<!DOCTYPE rows>" + rows(GOOD), "xml.forbidden", 0),
        (rows(GOOD, "<a>" * 100 + "</a>" * 100), "xml.broken", 1),
        ("<rows>" + "<a>" * 5000, "xml.broken", 0),
        ("nothing", "xml.broken", 0),
        ("", "xml.broken", 0),
        ("<?xml version='1.0' encoding='no-such'?><rows/>", "xml.broken", 0),
    ],
)
def test_a_broken_file_says_so_and_the_rows_before_are_taken(
    tmp_path: Path, text: str, reason: str, taken: int
) -> None:
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    guides, remarks = read(tmp_path / "a.xml")
    assert len(guides) == taken
    assert [(r.reason, r.refused) for r in remarks] == [(reason, True)]


def test_case_records_that_cannot_be_understood_are_kept_and_no_question_is_asked(tmp_path: Path) -> None:
    body = GOOD + "<CASE_SETTING_INFO>" + keys(WHAT="甲", EVER="乙") + "</CASE_SETTING_INFO>"
    (tmp_path / "a.xml").write_text(rows(body), encoding="utf-8")
    (guide,), remarks = read(tmp_path / "a.xml")
    assert guide.cases == ()
    assert [r.reason for r in remarks] == ["case.unclear"]
    assert [(m.name, m.value) for m in guide.more] == [
        ("CASE_SETTING_INFO[1] WHAT", "甲"),
        ("CASE_SETTING_INFO[1] EVER", "乙"),
    ]


def test_a_question_with_one_answer_is_not_asked(tmp_path: Path) -> None:
    body = GOOD + "<CASE_SETTING_INFO>" + keys(CASE_NAME="租？", OPTION_NAME="是") + "</CASE_SETTING_INFO>"
    (tmp_path / "a.xml").write_text(rows(body), encoding="utf-8")
    (guide,), remarks = read(tmp_path / "a.xml")
    assert guide.cases == ()
    assert [r.reason for r in remarks] == ["case.unclear"]
    assert "租？" in [element.value for element in guide.more]


def test_what_stands_twice_or_outside_any_form_is_said_or_kept(tmp_path: Path) -> None:
    twice = GOOD + "<name>另</name>"
    inside = GOOD + "<ITEM_INFO_XML>" + keys(IS_CHARGE="0") + keys(IS_CHARGE="1") + "</ITEM_INFO_XML>"
    loose = GOOD + "<QUESTION_XML><node>散<QUESTION>问</QUESTION>文</node><node COLOUR='红'/></QUESTION_XML>"
    (tmp_path / "a.xml").write_text(rows(twice, inside, loose), encoding="utf-8")
    (second, third), remarks = read(tmp_path / "a.xml")
    assert [(r.row, r.element, r.reason, r.refused) for r in remarks] == [
        ("a.xml#1", "NAME", "element.twice", True),
        ("a.xml#2", "ITEM_INFO_XML/IS_CHARGE", "element.twice", False),
        ("a.xml#3", "QUESTION_XML", "element.absent", False),  # the second has no question
    ]
    assert second.fee_free is True
    kept = " ".join(element.value for element in third.more)
    assert "散 文" in kept
    assert "红" in kept


def test_labels_are_those_of_the_reference_data() -> None:
    data = Path(__file__).parents[4].parent / "shared" / "data" / "elements.json"
    if not data.exists():
        pytest.skip("the reference data elements.json is not beside the repository")
    domains = json.loads(data.read_text(encoding="utf-8"))["value_domains"]
    known = {
        "TYPE": domains["task_type"][3],
        "USELEVEL": domains["use_level"][0],
        "ASSORT": domains["project_type 办件类型"][0],
        "SERVICE_OBJECT": domains["server_type 服务对象"][0],
        "CROSS_SCOPE": domains["cross_scope 通办范围"][0],
        "CONDUCT_DEPTH": domains["online_handle_depth 网上办理深度"][0],
        "POWER_SOURCE": domains["power_source 权力来源"][0],
        "ORG_PROPERTY": domains["dept_type 实施主体性质"][0],
        "SOURCE_TYPE": domains["source_type 材料来源渠道"][0],
        "SERVICE_MODE": domains["送达方式"][0],
        "RESULT_SCHEDULE": domains["结果有效时限"][0],
        "HANDLINGMODE": domains["办理方式"][0],
    }
    for element, domain in known.items():
        assert DOMAINS["shandong", element] == domain["values"]


TEXTS = st.text(max_size=30) | st.sampled_from(
    ["<a>", "<a/>", "<node><key label='NAME'>x</key></node>", "</node>"]
)


@settings(max_examples=80)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(sorted(SCALARS | XML)),
            TEXTS | st.integers() | st.none() | st.booleans() | st.lists(TEXTS, max_size=2),
        ),
        max_size=4,
    )
)
def test_any_rows_are_taken_or_refused_and_none_is_lost(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[dict[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("shandong") / "a.jsonl"
    path.write_text(
        "".join(json.dumps({"ITEM_CODE": "x"} | body) + "\n" for body in bodies), encoding="utf-8"
    )
    if not bodies:
        return
    found = list(importer_for(path)(path, HOME))
    rows_said = {t.row.split(" ")[0] for t in found if isinstance(t, Remark) and t.refused}
    rows_taken = {t[0] for t in found if not isinstance(t, Remark)}
    assert rows_said.isdisjoint(rows_taken)
    assert rows_said | rows_taken == {f"a.jsonl#{n}" for n in range(1, len(bodies) + 1)}
