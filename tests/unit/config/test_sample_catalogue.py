"""The sample hall's catalogue is whole: counts, codes, cases, places, the words of the citizens' survey."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.hall import Hall
from config.load import load
from hall.catalogue.cases import asked, materials_for, next_question
from hall.catalogue.codes import LEVELS, check_sign, mistakes
from hall.catalogue.importers.native import import_native, read_header
from hall.catalogue.intake import Remark
from hall.catalogue.model import Bundle, Case, Guide, Header, Limit, Material
from hall.catalogue.vocabulary import Vocabulary, merged, national, read
from screens.theme.fonts import icon_char

SITE = Path(__file__).parents[3] / "config" / "sites" / "qingyuan"
FOLDER = SITE / "catalogue"
HOME = "371599"
KEYWORDS = {  # what the survey's citizens looked for → what has to be there in its official words
    "公积金": "住房公积金提取",
    "个税": "个人所得税纳税记录开具",
    "社保": "社会保险个人权益记录查询打印",
    "结婚": "结婚登记",
    "低保": "最低生活保障对象认定",
    "网约车": "网络预约出租汽车驾驶员证核发",
    "身份证": "居民身份证申领、换领、补领",
    "老年证": "老年人优待证办理",
    "老年人福利补贴": "老年人福利补贴",
    "残疾人证": "残疾人证办理",
    "健康码": "健康码信息查询",
    "核酸": "核酸检测结果查询",
    "建筑许可": "建筑工程施工许可证核发",
    "用电": "低压居民新装用电",
    "开公司": "公司设立登记",
}
BUNDLES = {
    "出生",
    "退休",
    "企业注册",
    "企业注销",
    "高校毕业生落户",
    "不动产登记与水电气暖联办",
    "住房公积金贷款",
    "异地就医备案",
}
Page = Guide | Bundle
Answers = dict[str, str]


def loaded() -> list[Page]:
    taken = list(import_native(FOLDER, read_header(FOLDER)))
    assert [remark for remark in taken if isinstance(remark, Remark)] == []
    return [page[1] for page in taken if not isinstance(page, Remark)]


PAGES = loaded()
GUIDES = [page for page in PAGES if isinstance(page, Guide)]
OURS = [guide for guide in GUIDES if guide.region == HOME]
IN_FORCE = [guide for guide in OURS if guide.state == "in_force"]
TOGETHER = [page for page in PAGES if isinstance(page, Bundle)]
BY_ID = {page.id: page for page in PAGES}
ASKING = [page for page in PAGES if page.cases]


@pytest.fixture(scope="module")
def hall() -> Hall:
    return load(SITE / "hall.toml", Hall)


@pytest.fixture(scope="module")
def header() -> Header:
    return read_header(FOLDER)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return read(FOLDER / "vocabulary.toml")


def is_full(guide: Guide) -> bool:
    """Whether nothing is left unsaid that the survey found missing."""
    said = (
        guide.plain,
        guide.plain_en,
        guide.everyday,
        guide.conditions,
        guide.materials,
        guide.steps,
        guide.legal_limit,
        guide.promised_limit,
        guide.bases,
        guide.results,
        guide.places,
        guide.consult_phones,
        guide.complaint_phones,
        guide.queue,
    )
    return all(said) and guide.visits is not None and guide.fee_free is not None


def every_way(cases: tuple[Case, ...]) -> Iterator[Answers]:
    """All ways to answer to the end."""

    def on(answers: Answers) -> Iterator[Answers]:
        question = next_question(cases, answers)
        if question is None:
            yield answers
            return
        for option in question.options:
            yield from on(answers | {question.id: option.id})

    yield from on({})


# -- what is there ---------------------------------------------------------------------------------------


def test_there_is_enough_of_it() -> None:
    assert len({guide.name for guide in OURS}) >= 125
    assert len([guide for guide in OURS if is_full(guide)]) >= 42
    assert len([guide for guide in OURS if guide.cases]) >= 10
    assert len(TOGETHER) >= 12
    assert len([guide for guide in OURS if guide.state == "withdrawn"]) >= 5
    assert len([guide for guide in IN_FORCE if guide.kiosk]) >= 20
    assert len([guide for guide in IN_FORCE if guide.online.url]) >= 20


def test_ids_are_there_once_and_pages_have_names_in_both_languages_and_plain_words() -> None:
    assert Counter(page.id for page in PAGES).most_common(1)[0][1] == 1
    assert [guide.id for guide in OURS if not guide.plain or not guide.everyday] == []
    assert [page.id for page in PAGES if not page.name_en] == []
    assert [bundle.id for bundle in TOGETHER if not bundle.plain_en] == []


@pytest.mark.parametrize("said", KEYWORDS)
def test_what_citizens_look_for_is_there(said: str, vocabulary: Vocabulary) -> None:
    guide = next(guide for guide in OURS if guide.name == KEYWORDS[said])
    words = merged(national(), vocabulary).synonyms.get(said, ())
    texts = (guide.name, guide.main_name, *guide.everyday)
    assert any(word in text for word in (said, *words) for text in texts)


@pytest.mark.parametrize("said", sorted(BUNDLES))
def test_what_citizens_look_for_together_is_a_bundle(said: str) -> None:
    assert any(said in (bundle.name, *bundle.everyday) or said in bundle.name for bundle in TOGETHER)


def test_long_names_and_rare_characters_are_among_the_names() -> None:
    assert sum(80 <= len(guide.name) <= 110 for guide in OURS) >= 2
    assert any(not in_gb2312(guide.name) for guide in OURS)


def in_gb2312(text: str) -> bool:
    try:
        return bool(text.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def test_the_same_items_are_done_elsewhere_too() -> None:
    ours = {guide.name: guide.codes.basic for guide in OURS}
    elsewhere = [guide for guide in GUIDES if guide.region != HOME and guide.name in ours]
    assert len(elsewhere) >= 12
    assert {guide.region for guide in elsewhere} >= {"371502", "370100", "370000", "130104"}
    assert [guide.id for guide in elsewhere if guide.codes.basic != ours[guide.name]] == []


# -- codes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.id)
def test_codes_are_whole(guide: Guide) -> None:
    assert list(mistakes(guide.codes, guide.office.code, guide.level)) == []
    assert guide.codes.task == guide.office.code + guide.codes.task[18] + guide.codes.basic
    assert check_sign(guide.office.code) == guide.office.code[17]
    assert guide.codes.task[18] in LEVELS


def test_an_office_has_one_code_and_an_item_has_its_own() -> None:
    offices = {(guide.office.name, guide.office.code) for guide in OURS}
    assert len({name for name, _ in offices}) == len({code for _, code in offices}) == len(offices)
    tasks = Counter(guide.codes.task for guide in GUIDES)
    assert [task for task, times in tasks.items() if times > 1] == []


# -- cases -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ASKING, ids=lambda page: page.id)
def test_every_material_is_needed_by_someone_and_every_answer_can_be_given(page: Page) -> None:
    ways = list(every_way(page.cases))
    needed = [material for way in ways for material in materials_for(page.materials, way)]
    assert [material.name for material in page.materials if material not in needed] == []
    given_answers = {answer for way in ways for answer in way.items()}
    assert given_answers == {(case.id, option.id) for case in page.cases for option in case.options}
    assert all(materials_for(page.materials, way) for way in ways), "nobody comes with empty hands"


@pytest.mark.parametrize("page", ASKING, ids=lambda page: page.id)
def test_no_question_is_put_in_vain(page: Page) -> None:
    assert len(page.cases) <= 4
    for case in page.cases:
        others = [other for other in page.cases if other is not case]
        asked_for = [when.case for material in page.materials for when in material.when]
        asked_for += [when.case for other in others for when in other.when]
        assert case.id in asked_for, case.question


@pytest.mark.parametrize("page", ASKING, ids=lambda page: page.id)
def test_the_answers_decide_what_to_bring(page: Page) -> None:
    lists = {tuple(m.name for m in materials_for(page.materials, way)) for way in every_way(page.cases)}
    assert len(lists) > 1


@pytest.mark.parametrize("page", ASKING, ids=lambda page: page.id)
def test_a_question_depends_only_on_those_before_it(page: Page) -> None:
    before: set[str] = set()
    for case in page.cases:
        assert {when.case for when in case.when} <= before
        before.add(case.id)


@given(st.data())
def test_no_material_is_asked_for_twice(data: st.DataObject) -> None:
    page = data.draw(st.sampled_from(ASKING))
    answers: Answers = {}
    while (question := next_question(page.cases, answers)) is not None:
        answers[question.id] = data.draw(st.sampled_from([option.id for option in question.options]))
    assert {case.id for case in asked(page.cases, answers)} == set(answers)
    names = Counter(material.name for material in materials_for(page.materials, answers))
    assert [name for name, times in names.items() if times > 1] == []


# -- materials, limits, fees -----------------------------------------------------------------------------


def all_materials() -> list[tuple[str, Material]]:
    return [(page.id, material) for page in PAGES for material in page.materials]


def test_each_material_says_who_issues_it_and_how_many_to_bring() -> None:
    unsaid = [
        (id, material.name)
        for id, material in all_materials()
        if not (material.issuer and material.form and material.necessity and material.source)
        or (material.original and material.copies is None)
    ]
    assert unsaid == []


def test_forms_have_a_blank_and_a_sample_on_invented_hosts_only() -> None:
    materials = [material for _, material in all_materials()]
    assert sum(bool(material.blank and material.sample) for material in materials) >= 40
    urls = [url for material in materials for url in (material.blank, material.sample) if url]
    urls += [url for guide in GUIDES for url in (guide.online.url, guide.online.mobile) if url]
    assert [url for url in urls if not url.startswith("https://example.invalid/")] == []


def test_limits_are_working_days_calendar_days_hours_or_minutes_and_promises_hold_the_law() -> None:
    def within(promised: Limit, legal: Limit) -> bool:
        return promised.unit != legal.unit or promised.value <= legal.value

    limits = [guide.legal_limit for guide in GUIDES] + [guide.promised_limit for guide in GUIDES]
    limits += [step.limit for guide in GUIDES for step in guide.steps]
    assert {limit.unit for limit in limits if limit} <= {"工作日", "自然日", "小时", "分钟"}
    late = [
        guide.id
        for guide in GUIDES
        if guide.promised_limit and guide.legal_limit and not within(guide.promised_limit, guide.legal_limit)
    ]
    assert late == []


def test_what_is_free_has_no_fee_and_what_is_not_says_how_much() -> None:
    assert [guide.id for guide in IN_FORCE if guide.fee_free is None] == []
    assert [guide.id for guide in IN_FORCE if guide.fee_free == bool(guide.fees)] == []
    assert [guide.id for guide in IN_FORCE for fee in guide.fees if not (fee.standard and fee.basis)] == []


def test_a_basis_is_a_title_in_book_marks_and_an_article_by_its_number() -> None:
    bases = [(guide.id, basis) for guide in GUIDES for basis in guide.bases]
    assert [(id, basis.title) for id, basis in bases if not re.search("《.+》", basis.title)] == []
    wrong = [
        b.article
        for _, b in bases
        if b.article and not re.fullmatch("第[一二三四五六七八九十百千零]+[条章].*", b.article)
    ]
    assert wrong == []


# -- ways on ---------------------------------------------------------------------------------------------


def test_a_guide_leads_to_a_queue_of_the_hall_and_to_windows_that_serve_it(hall: Hall) -> None:
    queues = {queue.id for queue in hall.queues}
    pages: list[Page] = [*IN_FORCE, *TOGETHER]
    assert [page.id for page in pages if page.queue not in queues] == []
    assert {page.queue for page in IN_FORCE} == queues, "no queue without a guide"
    for page in pages:
        serving = {window.id for window in hall.windows if page.queue in window.serves}
        for place in page.places:
            if place.name == hall.name:
                assert set(re.findall(r"\d+", place.windows)) == serving, page.id


def test_withdrawn_items_say_why_and_lead_to_items_in_force() -> None:
    for guide in GUIDES:
        if guide.withdrawn is not None:
            assert guide.withdrawn.reason
            assert guide.withdrawn.say
            assert {BY_ID[other].id for other in guide.withdrawn.instead} <= {g.id for g in IN_FORCE}
            assert not guide.kiosk
            assert not guide.queue


def test_bundles_have_members_in_force_and_one_set_of_materials() -> None:
    for bundle in TOGETHER:
        assert set(bundle.members) <= {guide.id for guide in IN_FORCE}
        assert len(set(bundle.members)) == len(bundle.members)
        assert all((bundle.materials, bundle.limit, bundle.everyday))


def test_themes_and_events_stand_in_the_header_with_icons_that_exist(header: Header) -> None:
    missing = icon_char("square-outline")
    assert [g.name for g in (*header.themes, *header.events) if icon_char(g.icon) == missing] == []
    assert [g.name for g in (*header.themes, *header.events) if not g.name_en] == []
    assert {theme for guide in GUIDES for theme in guide.themes} <= {theme.name for theme in header.themes}
    events = {event for page in PAGES for event in page.events}
    assert events == {event.name for event in header.events}


def test_the_header_names_the_hall_and_its_region(header: Header, hall: Hall) -> None:
    assert (header.hall, header.region) == (hall.id, hall.region)
    assert header.region_names[-1] in hall.name


# -- people ----------------------------------------------------------------------------------------------


def test_phones_are_invented_lines_of_offices_or_national_numbers() -> None:
    phones = {p for page in PAGES for p in (*page.consult_phones, *(place.phone for place in page.places))}
    phones |= {phone for guide in GUIDES for phone in guide.complaint_phones}
    invented = re.compile(r"0635-5550\d{3}|0(531|311)-55500\d{3}|123\d\d|")
    assert [phone for phone in phones if not invented.fullmatch(phone)] == []


def test_no_file_holds_a_mobile_number_or_an_identity_number() -> None:
    for file in FOLDER.rglob("*.toml"):
        text = file.read_text(encoding="utf-8")
        assert re.findall(r"(?<![0-9A-Z])1[3-9]\d{9}(?![0-9A-Z])", text) == []
        assert re.findall(r"(?<![0-9A-Z])[1-9]\d{5}(19|20)\d{9}[0-9X](?![0-9A-Z])", text) == []


# -- words -----------------------------------------------------------------------------------------------


def test_hot_words_are_a_handful_and_none_is_denied(vocabulary: Vocabulary) -> None:
    assert 8 <= len(vocabulary.hot) <= 10
    assert [w for w in vocabulary.hot for denied in vocabulary.deny if denied in w] == []
    assert vocabulary.deny


def test_no_item_is_called_by_a_denied_word(vocabulary: Vocabulary) -> None:
    said = [text for page in PAGES for text in (page.name, *page.everyday)]
    assert [text for text in said for denied in vocabulary.deny if denied in text] == []


def test_each_synonym_of_the_site_stands_in_a_name(vocabulary: Vocabulary) -> None:
    names = [text for page in PAGES for text in (page.name, getattr(page, "main_name", ""))]
    for said, words in vocabulary.synonyms.items():
        assert any(word in name for word in words for name in names), said


def test_every_file_is_ended_and_without_stray_blanks() -> None:
    for file in FOLDER.rglob("*.toml"):
        text = file.read_text(encoding="utf-8")
        assert text.endswith("\n"), file.name
        assert not re.search(r"[ \t]+$|\t", text, re.MULTILINE), file.name
        assert tomllib.loads(text)
