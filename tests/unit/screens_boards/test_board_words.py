"""Notices in pages, openings in words, facts in both languages."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.words.notices import columns, notice_pages
from screens.words.opening import opening
from screens.words.phrase import NOTHING, Phrase
from screens.words.words import words_of

NOW = datetime(2026, 11, 20, 18, 30)


def test_a_notice_that_fits_is_one_page():
    assert notice_pages("请到咨询台。", "Please ask.", 40, 40) == [("请到咨询台。", "Please ask.")]


def test_a_long_notice_breaks_after_its_sentences():
    chinese = "午间照常办理。老年人请走绿色通道。"
    assert [zh for zh, _ in notice_pages(chinese, "", 20, 40)] == ["午间照常办理。", "老年人请走绿色通道。"]


def test_a_break_near_the_beginning_is_not_taken():
    assert [zh for zh, _ in notice_pages("好。下午一点以后，全部窗口都开放", "", 24, 40)] == [
        "好。下午一点以后，",
        "全部窗口都开放",
    ]


def test_a_time_is_never_broken():
    pages = [en for _, en in notice_pages("", "Open from 12:00 until 13:00 today", 40, 14)]
    assert pages == ["Open from", "12:00 until", "13:00 today"]


def test_the_language_that_ends_first_shows_its_last_page_on():
    pages = notice_pages("短", "a long line that needs pages", 40, 12)
    assert {zh for zh, _ in pages} == {"短"}
    assert len(pages) > 1


@given(st.text(alphabet="办不成事，。：！12:00 abc.", max_size=120), st.integers(4, 40))
def test_pages_fit_and_lose_nothing_but_spaces(text, width):
    pages = [zh for zh, _ in notice_pages(text, "", width, width)]
    assert all(columns(page) <= width for page in pages)
    assert "".join("".join(pages).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("opens", "zh", "en"),
    [
        ("13:00", "13:00 开放", "opens 13:00"),
        ("2026-11-21 09:00", "明天 09:00 开放", "opens tomorrow 09:00"),
        ("2026-11-23 09:00", "11月23日 星期一 09:00 开放", "opens Monday 23 Nov 09:00"),
        ("", "", ""),
        ("soon 09:00", "", ""),
    ],
)
def test_the_next_opening_is_told_as_people_say_it(opens, zh, en):
    phrase = opening(opens, NOW)
    assert (phrase.said(words_of("zh")), phrase.said(words_of("en"))) == (zh, en)


def test_a_fact_may_come_in_both_languages():
    phrase = Phrase("caller.transfer.window", (("number", "B012"), ("queue", ("税务", "Taxes"))))
    assert phrase.said(words_of("zh")) == "B012 转到 税务，哪个窗口？"
    assert phrase.said(words_of("en")) == "B012 to Taxes: which window?"
    assert not NOTHING
