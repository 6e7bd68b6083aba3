import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.voice.numerals import EN_SMALL, EN_TENS, ZH_DIGITS
from drivers.voice.phrases import (
    BETWEEN_LANGUAGES,
    BETWEEN_REPEATS,
    BREATH,
    NOTICE_LENGTH,
    Announcement,
    Gong,
    Notice,
    Pause,
    Reading,
    Word,
    all_tokens,
    caption,
    sentences,
    tokens,
)

designations = st.from_regex(r"[A-Z]{0,3}-?[0-9]{1,6}|[A-Z]{1,4}", fullmatch=True)
announcements = st.builds(
    Announcement,
    number=designations,
    window=designations,
    zone=st.just("hall"),
    languages=st.sampled_from([("zh",), ("en",), ("zh", "en"), ("en", "zh")]),
)
readings = st.builds(
    Reading, yao=st.booleans(), window_as_number=st.booleans(), gong=st.booleans(), times=st.integers(1, 3)
)


def said(number="A012", window="3", *, language="zh", **reading):
    item = Announcement(number, window, "hall", languages=(language,))
    return [t.text for t in tokens(item, Reading(**reading)) if isinstance(t, Word)]


def number_part(words):
    """What lies between 请 and 号, or between "Number" and the request."""
    ends = {"号", "please go to counter"}
    end = next(i for i, word in enumerate(words) if word in ends)
    return words[1:end]


def test_a_call_is_said_gong_first_then_chinese_then_english():
    assert tokens(Announcement("A012", "3", "hall"), Reading()) == (
        Gong(),
        *(Word("zh", text) for text in ["请", "A", "零", "一", "二", "号"]),
        BREATH,
        *(Word("zh", text) for text in ["到", "三", "号窗口", "办理"]),
        BETWEEN_LANGUAGES,
        *(Word("en", text) for text in ["Number", "A", "zero", "one", "two"]),
        BREATH,
        Word("en", "please go to counter"),
        Word("en", "three"),
    )


def test_the_caption_reads_as_it_would_be_heard():
    item = Announcement("A012", "3", "hall")
    assert caption(tokens(item, Reading())) == (
        "请 A 零一二号，到三号窗口办理 Number A, zero one two, please go to counter three"
    )


@settings(max_examples=150)
@given(announcements, readings)
def test_every_call_can_be_said_with_the_words_of_a_full_pack(item, reading):
    full = set(all_tokens())
    assert all(token in full for token in tokens(item, reading) if isinstance(token, Word))


@settings(max_examples=150)
@given(designations, readings)
def test_a_ticket_number_is_read_character_by_character_in_both_languages(number, reading):
    chinese = Reading(yao=reading.yao, window_as_number=reading.window_as_number)
    digits = {**{word: str(n) for n, word in enumerate(ZH_DIGITS)}, "幺": "1"}
    zh = number_part(
        [t.text for t in tokens(Announcement(number, "1", "h", ("zh",)), chinese)[1:] if isinstance(t, Word)]
    )
    assert "".join(digits.get(word, word) for word in zh) == number.replace("-", "")
    en = number_part(
        [t.text for t in tokens(Announcement(number, "1", "h", ("en",)), chinese)[1:] if isinstance(t, Word)]
    )
    names = {word: str(n) for n, word in enumerate(EN_SMALL[:10])}
    assert "".join(names.get(word, word) for word in en) == number.replace("-", "")


@settings(max_examples=80)
@given(designations)
def test_one_is_yao_or_yi_by_setting_but_never_both_in_one_string(number):
    digits = re.findall(r"[0-9]{2,}", number)
    ones = sum(run.count("1") for run in digits)
    assert number_part(said(number, yao=True)).count("幺") == ones
    assert "幺" not in said(number, yao=False)


def test_a_lone_one_is_never_yao():
    assert number_part(said("A1", yao=True)) == ["A", "一"]
    assert said("A11", "1", yao=True, window_as_number=False)[-3:] == ["一", "号窗口", "办理"]


def test_a_window_is_a_number_or_single_digits_by_setting():
    assert said(window="12")[-4:] == ["十", "二", "号窗口", "办理"]
    assert said(window="12", window_as_number=False, yao=True)[-4:] == ["幺", "二", "号窗口", "办理"]
    assert said(window="12", language="en")[-2:] == ["please go to counter", "twelve"]
    assert said(window="12", language="en", window_as_number=False)[-2:] == ["one", "two"]


def test_a_window_read_as_a_number_never_holds_yao():
    assert all("幺" not in said(number="B7", window=str(n), yao=True) for n in range(1000))


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ("0", "零"),
        ("03", "三"),
        ("10", "十"),
        ("11", "十一"),
        ("20", "二十"),
        ("99", "九十九"),
        ("100", "一百"),
        ("101", "一百零一"),
        ("110", "一百一十"),
        ("112", "一百一十二"),
        ("999", "九百九十九"),
        ("1000", "一零零零"),
        ("B12", "B十二"),
        ("B", "B"),
    ],
)
def test_chinese_window_numbers(window, text):
    words = said(window=window)
    assert "".join(words[words.index("到") + 1 : -2]) == text


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ("0", "zero"),
        ("03", "three"),
        ("19", "nineteen"),
        ("20", "twenty"),
        ("21", "twenty one"),
        ("100", "one hundred"),
        ("101", "one hundred and one"),
        ("142", "one hundred and forty two"),
        ("1000", "one zero zero zero"),
        ("B12", "B twelve"),
    ],
)
def test_english_window_numbers(window, text):
    words = said(window=window, language="en")
    assert " ".join(words[words.index("please go to counter") + 1 :]) == text


def test_every_window_number_up_to_999_is_read_so_that_it_can_be_understood_again():
    tens = {word: 10 * n for n, word in enumerate(EN_TENS, 2)}
    small = {word: n for n, word in enumerate(EN_SMALL)}
    for n in range(1000):
        chinese = "".join(said(window=str(n))[said(window=str(n)).index("到") + 1 : -2])
        value = digit = 0
        for character in chinese:
            if character in "十百":
                value += (digit or 1) * (10 if character == "十" else 100)
                digit = 0
            else:
                digit = ZH_DIGITS.index(character)
        assert value + digit == n, chinese
        value = 0
        words = said(window=str(n), language="en")
        for word in words[words.index("please go to counter") + 1 :]:
            value = value * 100 if word == "hundred" else value + (tens | small).get(word, 0)
        assert value == n, words


@settings(max_examples=100)
@given(announcements, readings)
def test_sentences_hold_the_same_words_as_the_clips(item, reading):
    sequence = tokens(item, reading)
    clips = "".join(t.text for t in sequence if isinstance(t, Word))
    spoken = "".join(part.text for part in sentences(sequence) if isinstance(part, Word))
    assert re.sub(r"[ ,]", "", spoken) == clips.replace(" ", "")
    assert [p for p in sentences(sequence) if isinstance(p, Pause)] == [
        p for p in sequence if isinstance(p, Pause)
    ]


def test_letters_stand_apart_so_that_no_synthesiser_takes_them_for_a_syllable_or_an_article():
    texts = [
        part.text
        for part in sentences(tokens(Announcement("AB12", "3", "h"), Reading()))
        if isinstance(part, Word)
    ]
    assert texts[0] == "请 A B 一二号"
    assert texts[2] == "Number A, B, one two"


def test_a_call_may_be_said_several_times_with_one_gong():
    sequence = tokens(Announcement("A1", "1", "h", ("zh",)), Reading(times=2))
    assert sequence.count(Gong()) == 1
    assert sequence.count(BETWEEN_REPEATS) == 1
    half = (len(sequence) - 2) // 2
    assert sequence[1 : 1 + half] == sequence[2 + half :]


def test_each_language_says_its_own_words_for_the_place():
    item = Announcement("A1", "3", "h", place=(Word("zh", "二楼"), Word("en", "second floor")))
    assert caption(tokens(item, Reading())) == (
        "请 A 一号，到二楼三号窗口办理 Number A, one, please go to counter three, second floor"
    )


def test_no_gong_by_setting():
    assert Gong() not in tokens(Announcement("A1", "1", "h"), Reading(gong=False))
    assert Gong() not in tokens(Notice("请保持安静", "h"), Reading(gong=False))


def test_a_notice_is_one_word_so_that_a_hall_can_record_it():
    assert tokens(Notice(" 请保持安静 ", "h"), Reading()) == (Gong(), Word("zh", "请保持安静"))


def test_the_text_of_a_notice_does_not_show_in_its_repr():
    assert "张三" not in repr(Notice("请张三到服务台", "h"))


@pytest.mark.parametrize("text", ["", "  ", "长" * (NOTICE_LENGTH + 1)])
def test_a_notice_without_words_or_without_end_is_refused(text):
    with pytest.raises(ValueError, match="notice"):
        Notice(text, "h")


@pytest.mark.parametrize("bad", ["", "-", "a12", "A 12", "A12\n", "１２", "A" * 13, "号", "A.1"])
def test_what_cannot_be_read_aloud_is_refused(bad):
    with pytest.raises(ValueError, match="number="):
        Announcement(bad, "1", "h")
    with pytest.raises(ValueError, match="window="):
        Announcement("A1", bad, "h")


def test_an_announcement_in_no_language_and_endless_repeats_are_refused():
    with pytest.raises(ValueError, match="language"):
        Announcement("A1", "1", "h", ())
    with pytest.raises(ValueError, match="times"):
        Reading(times=4)
