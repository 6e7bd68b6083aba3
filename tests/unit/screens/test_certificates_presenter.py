"""The list of certificates without a window: whose, which, how they stand, what they spare, and the ways on."""

from dataclasses import replace
from datetime import date

import pytest

from screens import samples as hall_samples
from screens.certificates.card import ACROSS, card_of, fitted, validity
from screens.certificates.presenter import CertificatesPresenter
from screens.certificates.samples import (
    COMPANY,
    MANY_MATERIALS,
    OF_A_COMPANY,
    OF_A_PERSON,
    STATES,
    presentation,
    shown,
)
from screens.effects import Show
from screens.events import Picture, Ticked, Touched
from screens.guide.lines import width
from screens.guide.presenter import GuidePresenter
from screens.guide.samples import CARD, SPARSE
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.words.words import LANGUAGES, words_of

ZH, EN = words_of("zh"), words_of("en")


def terminal(**given):
    return Terminal(hall=hall_samples.hall(), now=hall_samples.NOW, **given)


def listed(given=None, page=None, **more):
    situation = shown(terminal(**more), presentation() if given is None else given, page)
    presenter = CertificatesPresenter(situation)
    presenter.enter()
    return situation, presenter


def all_cards(presenter):
    cards = list(presenter.view.cards)
    while presenter.view.after_value:
        presenter.handle(Touched("page", presenter.view.after_value))
        cards += presenter.view.cards
    return cards


def test_it_says_whose_they_are_and_what_was_shown():
    _, presenter = listed()
    assert presenter.view.who == "欧阳*海 · 居民码"
    assert presenter.view.title == "您的电子证照"


def test_every_certificate_is_on_one_page_or_another_once():
    for theme in THEMES:
        _, presenter = listed(theme=theme)
        assert sorted(card.id for card in all_cards(presenter)) == sorted(c.id for c in OF_A_PERSON)


@pytest.mark.parametrize(
    ("at", "zh", "en", "icon", "kind"),
    [
        (0, "有效至 2031-05-01", "Valid until 2031-05-01", "check-circle-outline", "ok"),
        (1, "长期有效", "No end date", "check-circle-outline", "ok"),
        (3, "已过期，2024-03-01 到期", "Expired on 2024-03-01", "clock-alert-outline", "amber"),
        (4, "已注销", "Cancelled", "cancel", "amber"),
        (5, "已暂停", "Suspended", "pause-circle-outline", "amber"),
        (6, "尚未生效，2027-01-01 起有效", "Not valid before 2027-01-01", "calendar-clock-outline", "amber"),
    ],
)
def test_how_it_stands_is_said_by_word_and_icon(at, zh, en, icon, kind):
    told = validity(ZH, OF_A_PERSON[at])
    assert (told.text, told.icon, told.kind) == (zh, icon, kind)
    assert validity(EN, OF_A_PERSON[at]).text == en


def test_without_dates_it_is_said_all_the_same():
    expired = OF_A_PERSON[3].model_copy(update={"valid_to": None})
    not_yet = OF_A_PERSON[6].model_copy(update={"valid_from": None})
    assert [validity(ZH, c).text for c in (expired, not_yet)] == ["已过期", "尚未生效"]


def test_a_doubtful_one_is_a_quiet_note_for_the_clerk_and_can_be_opened_and_sent():
    situation, presenter = listed(presentation(OF_A_PERSON[2:3]))
    card = presenter.view.cards[0]
    assert card.note == "编号待窗口核对，不影响办理"
    assert card.state.kind == "ok"
    assert presenter.view.attach
    assert presenter.handle(Touched("open", card.id)) == (Show("certificate"),)
    assert situation.visit.looking_at == card.id


def test_number_and_issuer_stand_on_the_card_in_lines_that_fit():
    long = OF_A_PERSON[0].model_copy(update={"name": "证" * 60, "issuer": "局" * 90})
    for tokens in THEMES.values():
        card = card_of(ZH, tokens, long)
        assert card.line.split("\n")[0] == "371************01X"
        assert card.name.endswith("…")
        assert card.line.endswith("…")
        for text, size in ((card.name, tokens.body), (card.line, tokens.small)):
            assert all(width(line, size) <= ACROSS - 150 for line in text.split("\n"))


def test_what_fits_is_left_as_it_is():
    assert fitted("身份证", 34, 200, 1) == ("身份证",)
    assert fitted("", 34, 200, 1) == ()


def test_nothing_is_opened_that_is_not_on_the_list():
    situation, presenter = listed()
    assert presenter.handle(Touched("open", "c99")) == ()
    assert situation.visit.looking_at == ""


def test_the_ways_on_are_consent_and_the_clerks_phone():
    _, presenter = listed()
    assert presenter.handle(Touched("attach")) == (Show("consent"),)
    assert presenter.handle(Touched("handover")) == (Show("handover"),)


def test_without_one_in_force_nothing_can_be_sent_or_handed_over():
    _, presenter = listed(presentation(OF_A_PERSON[3:6]))
    assert (presenter.view.attach, presenter.view.handover) == ("", "")
    assert presenter.handle(Touched("attach")) == presenter.handle(Touched("handover")) == ()
    assert len(presenter.view.cards) == 3


def test_coming_from_a_guide_it_says_what_is_spared_and_what_must_be_brought():
    _, presenter = listed(page=MANY_MATERIALS)
    view = presenter.view
    assert view.title == "免提交 4 / 6"
    covered = view.sparing.covered.replace("\n", "")
    assert covered == "免提交：申请人居民身份证、户口簿、社会保障卡、不动产权证书或者房屋租赁合同备案证明"
    assert view.sparing.left.replace("\n", "") == "还要带：社会保障卡申领登记表、近期免冠白底彩色照片"


def test_in_large_type_what_must_be_brought_is_told_in_full():
    _, presenter = listed(page=MANY_MATERIALS, theme="large")
    sparing = presenter.view.sparing
    assert sparing.left.replace("\n", "") == "还要带：社会保障卡申领登记表、近期免冠白底彩色照片"
    assert sparing.covered.endswith("…")


def test_a_list_with_nothing_in_force_leads_on():
    situation, presenter = listed(presentation(OF_A_PERSON[3:6]))
    assert presenter.view.on.intent == "take"
    situation.link = "hall.unreachable"
    assert presenter.view.on.intent == "staff"
    _, presenter = listed(presentation(OF_A_PERSON[3:6]), page=CARD)
    assert presenter.view.on.intent == "guide"
    _, presenter = listed()
    assert presenter.view.on.text == ""


def test_only_materials_that_apply_count():
    situation, presenter = listed(page=CARD)
    assert presenter.view.title == "免提交 1 / 4"
    situation.visit.answers = (("why", "lost"), ("who", "other"))
    assert presenter.view.title == "免提交 1 / 5"  # the agent's own card is another person's


def test_certificates_that_spare_something_come_first_and_expired_ones_last():
    _, presenter = listed(page=MANY_MATERIALS)
    ids = [card.id for card in all_cards(presenter)]
    assert ids == ["c1", "c2", "c3", "c8", "c9", "c4", "c5", "c6", "c7"]
    _, presenter = listed(presentation(OF_A_PERSON[::-1]), page=CARD)
    assert [card.id for card in all_cards(presenter)][:3] == ["c1", "c9", "c8"]


def test_an_expired_certificate_spares_nothing():
    expired = OF_A_PERSON[0].model_copy(update={"status": "expired"})
    _, presenter = listed(presentation((expired,)), CARD)
    assert presenter.view.title == "免提交 0 / 4"
    assert presenter.view.sparing.covered == ""


def test_when_everything_is_spared_it_says_so():
    page = CARD.model_copy(update={"materials": CARD.materials[:1], "cases": ()})
    _, presenter = listed(page=page)
    assert presenter.view.sparing.left == "都不用带了"


def test_a_guide_without_materials_leaves_the_usual_heading():
    _, presenter = listed(page=SPARSE)
    assert presenter.view.title == "您的电子证照"


def test_a_company_is_named_with_its_code_and_its_agent():
    _, presenter = listed(presentation(OF_A_COMPANY, company=COMPANY))
    view = presenter.view
    assert view.title == "企业电子证照"
    assert view.who == "企业码"
    assert view.company.name == COMPANY.name
    assert view.company.code == "统一社会信用代码 91371525MA3TNY2B7K"
    assert view.company.agent.replace("\n", "") == "经办人 欧阳*海 · 办理行政许可，授权至 2027-06-30"


def test_an_authority_without_end_says_none():
    company = COMPANY.model_copy(update={"authority_until": None})
    _, presenter = listed(presentation(OF_A_COMPANY, company=company))
    assert presenter.view.company.agent == "经办人 欧阳*海 · 办理行政许可"


def test_nothing_found_is_said_with_a_way_on():
    situation, presenter = listed(presentation(()))
    card = presenter.view.state
    assert card.title == "没有找到您的电子证照"
    assert (card.main.intent, card.second.intent) == ("take", "again")
    assert presenter.handle(Touched("take")) == (Show("choose"),)
    assert presenter.handle(Touched("again")) == (Show("present"),)
    assert situation.visit.presentation is None
    assert situation.visit.purpose == "certificates"
    assert situation.visit.card == ""


def test_nothing_found_coming_from_a_guide_leads_back_to_it():
    _, presenter = listed(presentation(()), CARD)
    assert presenter.view.state.main.intent == "guide"
    assert presenter.handle(Touched("guide")) == (Show("guide"),)


@pytest.mark.parametrize("code", ["certificates.unreachable", "certificates.from_the_future", "hall.silent"])
def test_a_list_that_cannot_be_had_is_said_with_its_code(code):
    _, presenter = listed(presentation((), code))
    card = presenter.view.state
    assert card.title == "现在查不到电子证照"
    assert code in card.code
    assert (card.main.intent, card.second.intent) == ("again", "take")


def test_without_the_hall_no_number_is_offered_but_help():
    situation, presenter = listed(presentation((), "certificates.unreachable"))
    situation.link = "hall.unreachable"
    assert presenter.view.state.second.intent == "staff"
    assert presenter.handle(Touched("take")) == ()


def test_coming_back_to_the_list_forgets_the_picture_and_the_code():
    situation, presenter = listed()
    visit = situation.visit
    visit.face, visit.looking_at, visit.asked, visit.face_until = Picture(1, 1, b"rgb"), "c1", "k", 9.0
    visit.share_url, visit.share_until = "http://hall/c/1", 9.0
    presenter.enter()
    assert (visit.face, visit.looking_at, visit.asked, visit.face_until) == (None, "", "", 0.0)
    assert (visit.share_url, visit.share_until) == ("", 0.0)


def test_coming_back_to_the_list_it_is_where_it_was_and_another_begins_anew():
    situation, presenter = listed()
    presenter.handle(Touched("page", "1"))
    presenter.enter()
    assert presenter.view.before_value == "0"
    situation.visit.presentation = presentation()
    presenter.enter()
    assert presenter.view.before_value == ""


def test_a_page_that_is_not_there_is_the_last_one():
    _, presenter = listed()
    presenter.handle(Touched("page", "99"))
    assert presenter.view.after_value == ""
    assert presenter.view.cards


def test_without_a_presentation_there_is_nothing_to_see():
    situation, presenter = listed()
    situation.visit.presentation = None
    assert presenter.handle(Touched("attach")) == (Show("welcome"),)
    assert presenter.view == type(presenter.view)()
    assert not presenter.say()


def test_a_view_shows_nobody_in_its_repr():
    _, presenter = listed(presentation(OF_A_PERSON, company=COMPANY))
    seen = repr(presenter.view)
    assert not any(text in seen for text in ("欧阳", "371", "公安局", COMPANY.name, COMPANY.code))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("theme", THEMES)
def test_every_designed_state_can_be_said_and_drawn(theme, language):
    for name, make in STATES.items():
        screen, view = make(terminal(theme=theme, language=language))
        assert view != type(view)(), (name, screen)


@pytest.mark.parametrize(
    ("given", "page", "says"),
    [
        (presentation(), None, "查到9份电子证照"),
        (presentation(), MANY_MATERIALS, "6样材料，免交4样"),
        (presentation(()), None, "没有找到"),
        (presentation((), "certificates.unreachable"), None, "现在查不到"),
    ],
)
def test_what_is_read_aloud(given, page, says):
    _, presenter = listed(given, page)
    assert says in presenter.say().said(ZH)
    assert presenter.say().said(EN)


# -- the guide ------------------------------------------------------------------------------------------------


def guide(page=MANY_MATERIALS, given=None, **more):
    situation = shown(terminal(**more), given or presentation(), page)
    situation.visit.presentation = given
    presenter = GuidePresenter(situation, lambda: "job-1")
    presenter.enter()
    return situation, presenter


def blocks(presenter):
    seen = list(presenter.view.blocks)
    while presenter.view.after_value:
        presenter.handle(Touched("page", presenter.view.after_value))
        seen += presenter.view.blocks
    return seen


def offered(presenter):
    return [block for block in blocks(presenter) if block.intent == "certificates"]


def test_a_guide_offers_to_show_a_code_and_says_how_much_it_could_spare():
    situation, presenter = guide()
    (offer,) = offered(presenter)
    assert (offer.head, offer.text) == ("免交证件：出示居民码", "最多可免 4 样")
    situation.visit.card, situation.visit.card_code = "failed", "fault.card_moved"
    assert presenter.handle(Touched("certificates")) == (Show("present"),)
    assert (situation.visit.purpose, situation.visit.card) == ("certificates", "")


def test_it_offers_nothing_where_no_certificate_is_named_or_this_terminal_cannot_ask():
    for page, given in ((SPARSE, {}), (MANY_MATERIALS, {"link": "hall.unreachable"})):
        situation, presenter = guide(page)
        situation.link = given.get("link")
        presenter.handle(Touched("section", "materials"))
        assert offered(presenter) == []
        assert presenter.handle(Touched("certificates")) == ()
    situation, presenter = guide()
    situation.features = frozenset({"guide"})
    presenter.enter()
    assert offered(presenter) == []
    assert presenter.handle(Touched("certificates")) == ()


def test_once_shown_the_guide_marks_what_is_spared_and_leads_to_the_certificates():
    _, presenter = guide(given=presentation())
    seen = blocks(presenter)
    spared = [b for b in seen if "免提交" in b.good]
    assert [b.head.replace("\n", "") for b in spared] == [
        "申请人居民身份证",
        "户口簿",
        "社会保障卡",
        "不动产权证书或者房屋租赁合同备案证明",
    ]
    assert all(b.look == "ok" and b.icon == "check-decagram" and not b.intent for b in spared)
    (offer,) = [b for b in seen if b.intent == "certificates"]
    assert offer.head == "已免 4 / 6"
    assert presenter.handle(Touched("certificates")) == (Show("certificates"),)


def test_a_material_that_is_spared_still_says_all_that_the_source_says():
    _, presenter = guide(given=presentation())
    first = next(b for b in blocks(presenter) if "免提交" in b.good)
    assert "必须带 · 原件 1 份" in first.soft
    assert "公安机关" in first.soft


def test_the_page_is_laid_out_anew_when_certificates_come_or_the_hall_goes():
    situation, presenter = guide()
    assert offered(presenter)[0].head.startswith("免交证件")
    situation.visit.presentation = presentation()
    presenter.handle(Touched("page", "0"))
    assert offered(presenter)[0].head == "已免 4 / 6"
    situation.visit.presentation = None
    situation.link = "hall.unreachable"
    presenter.handle(Touched("page", "0"))
    assert offered(presenter) == []


def test_in_large_type_the_first_material_still_stands_on_the_first_page():
    for language in LANGUAGES:
        _, presenter = guide(CARD, theme="large", language=language)
        (offer,) = (b for b in presenter.view.blocks if b.intent == "certificates")
        assert not offer.head
    _, presenter = guide(CARD, theme="large")
    assert any(block.intent == "tick" for block in presenter.view.blocks)


def test_where_nothing_is_spared_the_guide_says_so_and_still_leads_to_them():
    _, presenter = guide(CARD, presentation(OF_A_COMPANY))
    (offer,) = offered(presenter)
    assert offer.head == "这次没有能免的材料"


def test_a_tick_of_time_changes_nothing_of_the_list():
    _, presenter = listed()
    before = presenter.view
    assert presenter.handle(Ticked(hall_samples.NOW, 5.0)) == ()
    assert replace(before) == presenter.view
    assert date(2031, 5, 1).isoformat() in before.cards[0].state.text
