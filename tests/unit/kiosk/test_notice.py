"""The one-time notice says what the guide says, as the citizen's answers make it."""

from datetime import UTC, datetime

from hall.catalogue.model import Bundle, Guide
from kiosk.notice import NOT_SAID, notice_of
from screens.effects import PrintNotice
from tests.unit.hall.small_catalogue import BUNDLE, CARD, GUIDES

VERSION = "2026112201-3fa94c07"
FOOD, IDCARD, WITHDRAWN = (next(g for g in GUIDES if g.id == i) for i in ("food", "idcard", "health-code"))


def notice(
    page: Guide | Bundle, *answers: tuple[str, str], members: tuple[Guide, ...] = (), url: str = "http://h"
):
    return notice_of(
        PrintNotice("job1", page, members, answers, VERSION),
        hall="小县政务服务中心",
        terminal="K01",
        phone_url=url,
        now=datetime(2026, 11, 23, 9, 35, 2, tzinfo=UTC),
    )


def test_only_the_materials_that_apply_are_listed() -> None:
    assert [m.name for m in notice(CARD, ("who", "self")).materials] == ["居民身份证"]
    assert [m.name for m in notice(CARD, ("who", "other")).materials] == ["居民身份证", "代办人身份证"]
    assert notice(CARD, ("who", "other")).situation == ("家人代办",)


def test_who_skips_the_questions_gets_all_materials() -> None:
    assert [m.name for m in notice(CARD).materials] == ["居民身份证", "代办人身份证"]


def test_units_phones_and_places_are_never_lost() -> None:
    said = notice(CARD)
    assert ("承诺时限", "当场办结（当场）") in said.facts
    assert ("法定时限", "20 个工作日") in said.facts
    assert ("收费", "工本费：20 元") in said.facts
    assert "同源路 1 号" in said.places[0]
    assert "9:00–17:00" in said.places[0]
    assert said.phones == (("咨询", "0635-5550101"), ("投诉", "12345"))


def test_the_code_leads_to_the_same_guide_with_the_same_answers() -> None:
    assert notice(CARD, ("who", "self")).url == "http://h/g/card?who=self"
    assert notice(CARD, url="").url == ""


def test_it_names_the_version_it_was_printed_from() -> None:
    assert notice(CARD).version == VERSION


def test_a_bundle_has_one_set_of_materials() -> None:
    members = (CARD, FOOD, CARD.model_copy(update={"id": "again"}))
    assert [m.name for m in notice(BUNDLE, members=members).materials] == ["居民身份证", "代办人身份证"]


def test_a_sparse_guide_says_what_its_source_does_not() -> None:
    said = notice(IDCARD)
    assert (said.materials, said.no_materials, said.facts) == ((), NOT_SAID, ())


def test_a_withdrawn_item_says_why_and_what_to_do() -> None:
    assert notice(WITHDRAWN).withdrawn == ("不再查验健康码。", "不用再办")
