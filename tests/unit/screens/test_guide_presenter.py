"""The guide page without a window: what it says, to the letter, and what can be done with it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from hall.catalogue import wording
from hall.catalogue.model import Guide, Limit, Material, Office, Place
from screens import samples as hall_samples
from screens.effects import OpenGuide, PrintNotice, Show
from screens.events import NoticeFailed, NoticePrinted, Ticked, Touched
from screens.guide import told
from screens.guide.lines import lines, width
from screens.guide.presenter import ACROSS, GuidePresenter
from screens.guide.samples import ANSWERS, CARD, GONE, LONG, SHOP, SPARSE, VERSION, opened, reading
from screens.guide.sections import tabs
from screens.guide.voice import as_said, spoken
from screens.printing.presenter import PRINT_CEILING
from screens.theme.fonts import icon_char
from screens.theme.tokens import THEMES
from screens.visit import Reading, Terminal
from screens.words.words import LANGUAGES, words_of
from tests.unit.screens.any_guide import LETTERS, bundles, guides

SLOTS = ("head", "text", "good", "late", "soft", "qr")
PATIENT = settings(
    max_examples=50, deadline=None, suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large)
)


def terminal(**given):
    return Terminal(hall=hall_samples.hall(), **given)


def all_views(presenter, page):
    """The view of every page of every section."""
    for section in tabs(page):
        presenter.handle(Touched("section", section))
        yield presenter.view
        while presenter.view.after_value:
            presenter.handle(Touched("page", presenter.view.after_value))
            yield presenter.view


def letters(views):
    """What the pages say: every slot as one stream, so that a text that goes on overleaf is whole."""
    views = list(views)
    return [
        "".join(str(getattr(block, slot)).replace("\n", "") for view in views for block in view.blocks)
        for slot in SLOTS
    ] + [view.title.replace("\n", "") for view in views]


def says(view, text):
    return any(text in stream for stream in letters([view]))


# Codes for programs, and what is for another language or another screen.
NOT_SHOWN = {"original", "form", "necessity", "when", "state", "cases", "queue", "sample", "blank"}
ENGLISH = {"name_en", "plain_en"}


def texts_of(value, skip=NOT_SHOWN | ENGLISH):
    """Every text of the model below ``value``, without its line ends."""
    if isinstance(value, Limit):
        yield from filter(None, (value.note, f"{value.value}" if value.value else ""))
        if value.value:
            yield value.unit
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in skip:
                yield from texts_of(getattr(value, name), skip)
    elif isinstance(value, tuple):
        for each in value:
            yield from texts_of(each, skip)
    elif isinstance(value, date):
        yield value.isoformat()
    elif isinstance(value, str) and value:
        yield "".join(value.splitlines())


# -- to the letter ----------------------------------------------------------------------------------------


@PATIENT
@given(guides(), st.sampled_from(list(THEMES)))
def test_every_letter_of_every_element_stands_on_some_page(guide, theme):
    presenter = opened(terminal(theme=theme), guide)
    streams = letters(all_views(presenter, guide))
    for text in texts_of(guide):
        assert any(text in stream for stream in streams), text
    for material in guide.materials:
        for url in filter(None, (material.sample, material.blank)):
            assert any(url in stream for stream in streams)


@PATIENT
@given(bundles(), st.sampled_from(list(THEMES)))
def test_every_letter_of_a_bundle_stands_on_some_page(bundle, theme):
    presenter = opened(terminal(theme=theme), bundle)
    streams = letters(all_views(presenter, bundle))
    for text in texts_of(bundle, NOT_SHOWN | ENGLISH | {"members"}):
        assert any(text in stream for stream in streams), text


@PATIENT
@given(guides(withdrawn=True), st.sampled_from(list(THEMES)))
def test_a_withdrawn_item_says_why_and_what_instead_to_the_letter(guide, theme):
    presenter = opened(terminal(theme=theme), guide)
    views = [presenter.view]
    while views[-1].after_value:
        presenter.handle(Touched("page", views[-1].after_value))
        views.append(presenter.view)
    streams = letters(views)
    assert views[0].gone
    assert not views[0].tabs
    for text in (guide.name, *texts_of(guide.withdrawn)):
        assert any("".join(text.splitlines()) in stream for stream in streams), text


@PATIENT
@given(guides(), st.sampled_from(list(THEMES)), st.sampled_from(LANGUAGES))
def test_no_view_raises_and_none_is_higher_than_the_glass(guide, theme, language):
    seen = terminal(theme=theme, language=language)
    presenter = opened(seen, guide)
    for view in all_views(presenter, guide):
        assert height(view, seen.tokens) <= 1920 - seen.tokens.header - seen.tokens.bar
        said = presenter.say()
        text = said.said(seen.words)
        assert 0 < len(text) <= 300
        assert "\n" not in text


def height(view, tokens):
    """Of everything on the page, as the kv rules stack it."""
    rows = (len(view.facts) + 1) // 2
    gap = 2 * tokens.unit
    sheet = sum(block.height for block in view.blocks) + gap * len(view.blocks)
    title = 1.44 * getattr(tokens, view.title_kind) * (view.title.count("\n") + 1)
    tabs = 2 * tokens.target + tokens.unit + gap if view.tabs else tokens.card * 1.45 + 8 * tokens.unit
    actions = tokens.target + 40 + gap if view.printing.text else 0
    pager = tokens.target if view.page else 0
    line = 1.47 * tokens.small if view.line else 0
    foot = tokens.unit + 1.47 * tokens.small + tokens.unit
    return gap + title + line + tabs + rows * (view.fact_height + gap) + sheet + pager + actions + foot


@given(st.text(LETTERS + "\n\t\x00\u202e", max_size=300), st.integers(20, 1000))
def test_lines_are_the_text_and_no_wider_than_they_may_be(text, within):
    broken = lines(text, 34, within)
    assert "".join(broken) == "".join(text.splitlines()).translate({0: " ", 9: " ", 0x202E: " "})
    assert all(width(line, 34) <= within or len(line) == 1 for line in broken)


def test_no_line_begins_with_a_mark_that_belongs_to_the_one_before():
    broken = lines("补领社会保障卡，应当带身份证。", 100, 710)
    assert broken == ("补领社会保障", "卡，应当带身份", "证。")
    assert all(not line.startswith(("，", "。")) for line in broken)


def test_numbers_and_latin_words_stay_whole():
    assert lines("收费标准每平方米1000元", 100, 950) == ("收费标准每平方米", "1000元")


def test_what_is_broken_is_as_wide_as_it_says():
    assert width("补卡", 34) == 68
    assert width("1", 100) == 59


# -- sections -----------------------------------------------------------------------------------------------


def open_section(view):
    return next(tab.section for tab in view.tabs if tab.open)


def test_what_was_asked_about_is_open_first():
    presenter = opened(terminal(), CARD, "fees")
    assert open_section(presenter.view) == "fees"
    assert says(presenter.view, "不收费")


def test_otherwise_what_to_bring_is_open_first_and_plain_words_where_nothing_is_known():
    assert open_section(opened(terminal(), CARD).view) == "materials"
    assert open_section(opened(terminal(), SPARSE).view) == "plain"
    assert (
        open_section(opened(terminal(), SHOP, "fees").view) == "materials"
    )  # a bundle has no fees of its own


def test_every_section_is_one_touch_away_and_has_an_icon_and_a_word():
    view = opened(terminal(), CARD).view
    assert [tab.word for tab in view.tabs] == [
        "一看就懂", "带什么", "去哪办", "谁能办", "怎么办", "多少钱", "依据", "别处能办", "其他信息", "手机看"
    ]  # fmt: skip
    assert all(tab.icon for tab in view.tabs)


@pytest.mark.parametrize("page", [CARD, LONG, SPARSE, SHOP], ids=lambda page: page.id)
def test_every_icon_of_the_page_is_in_the_icon_font(page):
    presenter = opened(terminal(), page)
    views = list(all_views(presenter, page))
    icons = {icon for v in views for icon in (v.taking.icon, v.printing.icon)}
    icons |= {each.icon for v in views for each in (*v.tabs, *v.facts, *v.blocks) if each.icon}
    assert not {icon for icon in icons if icon_char(icon) == icon_char("square-outline")}


def test_a_section_that_does_not_exist_is_no_news():
    presenter = opened(terminal(), SHOP)
    before = presenter.view
    presenter.handle(Touched("section", "fees"))
    presenter.handle(Touched("page", "x"))
    presenter.handle(Touched("page", "99"))
    assert presenter.view == before


def test_the_key_facts_stand_first_and_lead_to_their_sections():
    facts = {fact.word: fact for fact in opened(terminal(), CARD, "plain").view.facts}
    assert facts["承诺多久办完"].text == "1 个工作日"
    assert facts["收不收费"].text == "不收费"
    assert facts["要跑几次"].text == "1 次"
    assert facts["要带几样"].text == "6 样"
    assert facts["谁能办"].text == "个人"
    assert facts["在哪里办"].text == "窗口、网上、自助机"
    assert {fact.section for fact in facts.values()} <= set(tabs(CARD))


def test_what_the_source_does_not_say_is_said_to_be_unsaid():
    presenter = opened(terminal(), SPARSE)
    assert all(fact.text == "没写明，可咨询" for fact in presenter.view.facts)
    for section in ("materials", "place", "conditions", "process", "fees", "basis"):
        presenter.handle(Touched("section", section))
        assert says(presenter.view, "来源没有写明，请咨询 0635-5554321"), section


def test_without_a_phone_the_office_is_named():
    guide = Guide(id="x", name="补证", office=Office(name="清源县民政局"))
    view = opened(terminal(), guide, "fees").view
    assert says(view, "来源没有写明，请咨询清源县民政局")


def test_a_fact_that_is_too_long_for_a_glance_is_left_to_its_section():
    bundle = SHOP.model_copy(update={"consult_phones": ("0635-5552222 转 1 或者 2，工作日上午" * 3,)})
    facts = opened(terminal(theme="large"), bundle, "plain").view.facts
    assert "点开看" in {fact.text for fact in facts}


def test_a_guide_in_english_says_its_chinese_name_too():
    presenter = opened(terminal(language="en"), CARD)
    presenter.handle(Touched("section", "about"))
    assert presenter.view.title.startswith("Replacement of a social security")
    assert says(presenter.view, CARD.name)


@pytest.mark.parametrize(
    ("limit", "zh", "en"),
    [
        (Limit(value=20), "20 个工作日", "20 working days"),
        (Limit(value=1, unit="自然日"), "1 个自然日", "1 calendar day"),
        (Limit(value=3, unit="刻钟"), "3 刻钟", "3 刻钟"),
        (Limit(value=0), "当场办结", "At once"),
        (Limit(value=5, note="不含评审"), "5 个工作日（不含评审）", "5 working days (不含评审)"),
    ],
)
def test_a_limit_is_never_without_its_unit(limit, zh, en):
    assert told.limit(words_of("zh"), limit) == zh == wording.limit_text(limit)
    assert told.limit(words_of("en"), limit) == en


# -- materials ------------------------------------------------------------------------------------------------


def heads(presenter):
    """Of the checklist, over all its pages."""
    presenter.handle(Touched("section", "materials"))
    found = []
    while True:
        found += [(b.value, b.head.replace("\n", "")) for b in presenter.view.blocks if b.intent == "tick"]
        if not presenter.view.after_value:
            return found
        presenter.handle(Touched("page", presenter.view.after_value))


def test_only_the_materials_of_the_citizens_own_case_are_listed_and_it_says_so():
    presenter = opened(terminal(), CARD, answers=ANSWERS)
    assert says(presenter.view, "已按您的情况筛选：丢失 · 本人办理")
    names = [name for _value, name in heads(presenter)]
    assert "挂失证明或挂失回执" in names
    assert "原社会保障卡" not in names
    assert "代办人居民身份证" not in names


def test_unanswered_all_are_listed_with_the_case_each_is_for():
    presenter = opened(terminal(), CARD)
    assert says(presenter.view, "下面是全部材料，没有按您的情况筛选")
    assert len(heads(presenter)) == len(CARD.materials)
    streams = letters(all_views(presenter, CARD))
    assert any("什么时候要带：谁来办？ 别人代办" in stream for stream in streams)


def test_the_answers_can_be_changed_from_there():
    seen = terminal()
    presenter = opened(seen, CARD, answers=ANSWERS)
    assert presenter.handle(Touched("change")) == (Show("cases"),)
    assert seen.visit.answers == ()


def test_a_material_is_ticked_and_unticked_and_stays_so_when_answers_change():
    seen = terminal()
    presenter = opened(seen, CARD, answers=ANSWERS)
    last = heads(presenter)[-1][0]
    presenter.handle(Touched("tick", last))
    seen.visit.answers = (("why", "damaged"), ("who", "self"))
    presenter.enter()
    assert [b.value for v in all_views(presenter, CARD) for b in v.blocks if b.ticked] == [last]
    presenter.handle(Touched("tick", last))
    assert not [b for v in all_views(presenter, CARD) for b in v.blocks if b.ticked]


def test_another_guide_begins_with_nothing_ticked_and_its_own_section():
    seen = terminal()
    presenter = opened(seen, CARD, "fees")
    presenter.handle(Touched("tick", "0"))
    seen.visit.reading = reading(LONG)
    presenter.enter()
    assert open_section(presenter.view) == "materials"
    assert not [b for v in all_views(presenter, LONG) for b in v.blocks if b.ticked]


def test_what_a_material_is_stands_in_words():
    words = words_of("zh")
    material = Material(
        name="照片", original="both", copies=2, form="either", necessity="later", certificate="居民身份证"
    )
    part = told.material_part(words, material, 0, False)
    assert part.text == "原件和复印件 2 份 · 纸质或电子均可"
    assert part.late == "可容缺后补：先受理，后交"
    assert part.good == "可用电子证照：居民身份证"
    assert told.material_facts(words, Material(name="a")) == ""
    assert told.material_facts(words, Material(name="a", copies=3)) == "3 份"


@pytest.mark.parametrize("original", ["original", "copy", "both"])
@pytest.mark.parametrize("form", ["paper", "electronic", "either"])
def test_originals_and_forms_are_called_what_the_paper_calls_them(original, form):
    words = words_of("zh")
    assert words(f"guide.material.{original}") == wording.ORIGINAL[original]
    assert words(f"guide.material.{form}") == wording.FORM[form]


def test_forms_are_had_by_a_phone():
    presenter = opened(terminal(), CARD, answers=ANSWERS)
    codes = {b.qr for v in all_views(presenter, CARD) for b in v.blocks if b.qr}
    assert {CARD.materials[1].sample, CARD.materials[1].blank} <= codes


def test_a_bundle_without_a_set_of_its_own_lists_its_members_materials_once():
    presenter = opened(terminal(), SHOP)
    names = [name for _value, name in heads(presenter)]
    assert len(names) == len(set(names)) == 4
    assert says(
        opened(terminal(), SHOP).view, "用于：个体工商户设立登记、食品经营许可（首次申请）、设置户外招牌备案"
    )


def test_a_bundles_member_is_a_touch_away_and_a_missing_one_is_told():
    seen = terminal()
    presenter = opened(seen, SHOP)
    presenter.handle(Touched("section", "members"))
    assert [b.value for b in presenter.view.blocks if b.intent == "open"] == list(SHOP.members)
    assert presenter.handle(Touched("open", "gt-sl")) == (OpenGuide("gt-sl"),)
    seen.visit.reading = replace(reading(SHOP), members=())
    presenter.enter()
    presenter.handle(Touched("section", "members"))
    assert says(presenter.view, "有 3 件事在目录里找不到")


def test_places_that_differ_are_all_shown():
    other = Place(name="镇便民中心", address="文化街 6 号")
    guide = CARD.model_copy(update={"places": (*CARD.places, other)})
    view = opened(terminal(), guide, "place").view
    assert says(view, "文化街 6 号")
    assert says(view, "清源县振兴路 88 号一楼 B 区")


# -- withdrawn ------------------------------------------------------------------------------------------------


def test_a_withdrawn_item_leads_to_what_is_done_instead_and_gives_no_number():
    seen = terminal()
    presenter = opened(seen, GONE)
    view = presenter.view
    assert view.gone == "这件事已经取消"
    assert says(view, "从 2020-06-01 起取消")
    assert [b.value for b in view.blocks if b.intent == "open"] == ["sy-dj"]
    assert not view.taking.button
    assert not view.printing.text
    assert presenter.handle(Touched("take")) == ()
    assert presenter.handle(Touched("notice")) == ()
    assert not seen.visit.for_item


def test_a_withdrawn_item_with_nothing_instead_names_a_phone():
    assert GONE.withdrawn is not None
    bare = GONE.model_copy(update={"withdrawn": GONE.withdrawn.model_copy(update={"say": "", "reason": ""})})
    seen = terminal()
    presenter = opened(seen, bare)
    seen.visit.reading = Reading(VERSION, bare)
    presenter.enter()
    assert says(presenter.view, "来源没有写明改办什么，请咨询 0635-5554321")
    assert says(presenter.view, "来源没有写明为什么取消")


# -- taking a number ------------------------------------------------------------------------------------------


def test_a_number_is_taken_for_the_page_at_its_own_queue():
    seen = terminal()
    presenter = opened(seen, CARD)
    assert presenter.handle(Touched("take")) == (Show("identify"),)
    assert (seen.visit.queue, seen.visit.for_item) == ("social", True)
    seen.visit.person = hall_samples.person()
    assert presenter.handle(Touched("take")) == (Show("confirm"),)


def test_a_queue_that_needs_nobodys_name_leads_straight_to_the_confirmation():
    seen = terminal()
    guide = SPARSE.model_copy(update={"queue": "utilities"})
    assert opened(seen, guide).handle(Touched("take")) == (Show("confirm"),)


def test_a_page_without_a_queue_leads_to_the_general_one():
    seen = terminal()
    opened(seen, SPARSE).handle(Touched("take"))
    assert seen.visit.queue == "general"


def _shut(**changes):
    queues = tuple(replace(q, **changes) if q.id == "social" else q for q in hall_samples.hall().queues)
    return {"hall": replace(hall_samples.hall(), queues=queues)}


@pytest.mark.parametrize(
    ("changed", "why", "when"),
    [
        ({"link": "hall.unreachable"}, "暂时连不上大厅，取号请到咨询台", ""),
        (
            {"hall": replace(hall_samples.hall(), open_now=False, opens="13:30")},
            "现在不是取号时间",
            "13:30 开放",
        ),
        (_shut(state="closed", opens="13:30"), "这个业务现在不办", "13:30 开放"),
        (_shut(state="quota"), "今天的号已经取完", ""),
        (_shut(state="paused"), "这个业务暂停取号", ""),
        ({"hall": replace(hall_samples.hall(), queues=())}, "这件事不在这台机器取号，请到咨询台", ""),
    ],
)
def test_where_no_number_is_given_the_button_says_why_and_when(changed, why, when):
    seen = Terminal(**{"hall": hall_samples.hall(), **changed})
    presenter = opened(seen, CARD)
    taking = presenter.view.taking
    assert not taking.button
    assert taking.why.replace("\n", "") == why
    assert taking.when == when
    assert presenter.handle(Touched("take")) == ()
    assert not seen.visit.for_item
    assert seen.visit.fault is None


# -- the notice -----------------------------------------------------------------------------------------------


def test_the_notice_is_printed_of_what_is_read_and_as_it_was_answered():
    seen = terminal()
    presenter = opened(seen, CARD, answers=ANSWERS)
    assert presenter.handle(Touched("notice")) == (PrintNotice("job-1", CARD, (), ANSWERS, VERSION),)
    assert (seen.visit.notice, seen.visit.notice_job) == ("printing", "job-1")


def test_it_is_not_printed_twice_while_it_is_printing():
    presenter = opened(terminal(), CARD)
    presenter.handle(Touched("notice"))
    assert presenter.handle(Touched("notice")) == ()
    assert presenter.view.printing.intent == ""
    assert presenter.view.printing.text == "正在打印…"


def test_only_its_own_job_is_news():
    seen = terminal()
    presenter = opened(seen, CARD)
    presenter.handle(Touched("notice"))
    presenter.handle(NoticePrinted("another"))
    presenter.handle(NoticeFailed("another", "fault.paper_out", True))
    assert seen.visit.notice == "printing"
    presenter.handle(NoticePrinted("job-1"))
    assert presenter.view.printing.kind == "ok"


@pytest.mark.parametrize(
    ("sure", "state", "words"), [(True, "failed", "卡纸了"), (False, "unknown", "没看清有没有打出来")]
)
def test_a_failure_says_what_happened_and_can_be_tried_again(sure, state, words):
    seen = terminal()
    presenter = opened(seen, CARD)
    presenter.handle(Touched("notice"))
    presenter.handle(NoticeFailed("job-1", "fault.paper_jam", sure))
    assert seen.visit.notice == state
    printing = presenter.view.printing
    assert words in printing.text.replace("\n", "")
    assert printing.line == "点这里再打一次"
    assert len(presenter.handle(Touched("notice"))) == 1


def test_a_printer_that_says_nothing_is_not_waited_for_for_ever():
    seen = terminal()
    presenter = opened(seen, CARD)
    presenter.handle(Touched("notice"))
    presenter.handle(Ticked(hall_samples.NOW, PRINT_CEILING - 1))
    assert seen.visit.notice == "printing"
    presenter.handle(Ticked(hall_samples.NOW, PRINT_CEILING))
    assert seen.visit.notice == "unknown"


def test_without_a_printer_the_button_says_so_and_prints_nothing():
    presenter = opened(terminal(printer="fault.paper_out"), CARD)
    assert presenter.view.printing.intent == ""
    assert presenter.view.printing.line == "fault.paper_out"
    assert presenter.handle(Touched("notice")) == ()


# -- the phone, the version, the voice -------------------------------------------------------------------------


def test_the_phones_code_leads_to_this_guide_with_these_answers():
    presenter = opened(terminal(), CARD, answers=ANSWERS)
    presenter.handle(Touched("section", "phone"))
    assert [b.qr for b in presenter.view.blocks] == ["http://10.20.30.40:8080/g/sbk-bl?who=self&why=lost"]


def test_without_pages_for_phones_that_is_said():
    seen = terminal()
    presenter = opened(seen, CARD)
    seen.phone_url = ""
    presenter.handle(Touched("section", "phone"))
    assert not any(block.qr for block in presenter.view.blocks)
    assert says(presenter.view, "这台机器现在不能给手机看")


def test_the_version_that_is_read_stands_on_the_page():
    assert opened(terminal(), CARD).view.version == "目录版本 2026112201-3fa94c07"


def test_reading_aloud_says_the_name_once_then_each_section():
    seen = terminal()
    presenter = opened(seen, CARD, "place")
    first = presenter.say().said(seen.words)
    assert first.startswith("社会保障卡补领、换领、换发。去哪办。清源县政务服务中心")
    presenter.handle(Touched("section", "fees"))
    assert presenter.say().said(seen.words) == "多少钱。不收费。"
    presenter.handle(Touched("section", "plain"))
    assert "承诺多久办完 1 个工作日" in presenter.say().said(seen.words)


def test_a_tick_is_not_read_aloud_again():
    presenter = opened(terminal(), CARD, answers=ANSWERS)
    before = presenter.say()
    presenter.handle(Touched("tick", "0"))
    assert presenter.say() == before


def test_what_is_too_long_to_hear_out_ends_with_a_sentence():
    words = words_of("zh")
    assert spoken(words, "一二三。", "四五六", most=8) == "一二三。四五六。"
    assert spoken(words, "一二三", "四五六", most=7) == "一二三。"
    assert spoken(words, "一二三四五六", most=4) == "一二三。"
    assert spoken(words, "", "\n") == ""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("电话：0635-5551234", "电话：0 6 3 5 5 5 5 1 2 3 4"),
        ("12345", "1 2 3 4 5"),
        ("每平方米 12345 元", "每平方米 12345 元"),
        ("从 2020-06-01 起取消", "从 2020年6月1日 起取消"),
        ("周一至周五 9:00–12:30，13:00–17:00", "周一至周五 9点到12点30分，13点到17点"),
        ("20 个工作日", "20 个工作日"),
    ],
)
def test_numbers_are_said_as_people_say_them(written, said):
    assert as_said(words_of("zh"), written) == said


def test_a_phone_is_said_digit_by_digit_in_english_too():
    assert as_said(words_of("en"), "Phone: 12333, 9:00") == "Phone: 1 2 3 3 3, 9:00"


def test_nobody_at_the_glass_sees_nothing():
    presenter = GuidePresenter(terminal(), str)
    presenter.enter()
    assert presenter.view == type(presenter.view)()
    assert not presenter.say()
    assert presenter.handle(Touched("take")) == (Show("welcome"),)


def test_a_page_is_laid_out_within_the_margins():
    for view in all_views(opened(terminal(), LONG), LONG):
        for block in view.blocks:
            assert all(width(line, 34) <= ACROSS - 48 for line in block.text.split("\n"))
