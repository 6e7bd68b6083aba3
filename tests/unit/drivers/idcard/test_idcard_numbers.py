from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drivers.idcard.numbers import CardKind, Flaw, check_number, mod_11_2, mrz_7_3_1

TODAY = date(2026, 3, 1)

births = st.dates(date(1900, 1, 1), TODAY)


@st.composite
def long_numbers(draw):
    """Well-formed 18-place numbers of every kind."""
    region = draw(
        st.integers(100000, 899999).map(str)
        | st.sampled_from(["810000", "820000", "830000"])
        | st.integers(0, 99999).map(lambda n: f"9{n:05}")
    )
    digits = region + f"{draw(births):%Y%m%d}" + f"{draw(st.integers(0, 999)):03}"
    return digits + mod_11_2(digits)


@st.composite
def old_numbers(draw):
    digits = draw(st.from_regex(r"[A-Z]{3}[0-9]{4}", fullmatch=True)) + f"{draw(births):%y%m%d}"
    digits += str(draw(st.integers(0, 9)))
    return digits + mrz_7_3_1(digits)


@given(long_numbers())
@settings(max_examples=100)
def test_a_well_formed_number_is_valid_and_says_birth_and_sex(number):
    check = check_number(number, today=TODAY)
    assert check.valid
    assert f"{check.birth:%Y%m%d}" == number[6:14]
    assert check.sex == ("1" if number[16] in "13579" else "2")


@given(long_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
@settings(max_examples=300)
def test_every_change_of_one_place_is_caught(number, place, character):
    assume(number[place] != character)
    assert not check_number(number[:place] + character + number[place + 1 :], today=TODAY).valid


@given(long_numbers(), st.integers(0, 16))
@settings(max_examples=200)
def test_every_swap_of_neighbours_is_caught(number, place):
    left, right = number[place : place + 2]
    assume(left != right)
    assert not check_number(number[:place] + right + left + number[place + 2 :], today=TODAY).valid


@given(old_numbers(), st.integers(3, 14), st.sampled_from("0123456789"))
@settings(max_examples=200)
def test_every_change_of_one_digit_of_an_old_foreigners_number_is_caught(number, place, digit):
    assert check_number(number, today=TODAY).valid
    assume(number[place] != digit)
    assert not check_number(number[:place] + digit + number[place + 1 :], today=TODAY).valid


@given(st.text(max_size=20))
@settings(max_examples=150)
def test_no_text_at_all_raises(text):
    assert isinstance(check_number(text, today=TODAY).valid, bool)


@pytest.mark.parametrize(
    ("digits", "kind"),
    [
        ("37990019900101901", CardKind.CITIZEN),
        ("81000019850505999", CardKind.HKMOTW),
        ("82000019850505999", CardKind.HKMOTW),
        ("83000019850505999", CardKind.HKMOTW),
        ("81000119850505999", CardKind.CITIZEN),
        ("93739819901231998", CardKind.FOREIGNER),
    ],
)
def test_the_kind_is_told_by_the_first_digits(digits, kind):
    assert check_number(digits + mod_11_2(digits), today=TODAY).kind is kind


def with_check(digits):
    return digits + mod_11_2(digits)


@pytest.mark.parametrize(
    ("number", "flaw"),
    [
        ("", Flaw.LENGTH),
        (with_check("37990019900101901")[:17], Flaw.LENGTH),
        (with_check("37990019900101901") + " ", Flaw.LENGTH),
        ("3799001990010190x0", Flaw.CHARACTERS),
        ("X79900199001019010", Flaw.CHARACTERS),
        ("３79900199001019010", Flaw.CHARACTERS),  # a full-width digit
        (with_check("07990019900101901"), Flaw.REGION),
        (with_check("37990019900230901"), Flaw.BIRTH_DATE),
        (with_check("37990019000229901"), Flaw.BIRTH_DATE),  # 1900 was no leap year
        (with_check("37990000000101901"), Flaw.BIRTH_DATE),
        (with_check("37990020260302901"), Flaw.BIRTH_IN_FUTURE),
        (with_check("37990019900101901")[:17] + "Y", Flaw.CHARACTERS),
        ("KAZ37999012310", Flaw.LENGTH),
        ("kaz379990123108", Flaw.CHARACTERS),
        ("379900900101901", Flaw.CHARACTERS),  # a citizen's number of before 1999
        ("KAZ379990133101", Flaw.BIRTH_DATE),
    ],
)
def test_the_first_flaw_is_named(number, flaw):
    assert check_number(number, today=TODAY).flaw is flaw


def test_a_wrong_check_digit_is_named():
    right = mod_11_2("37990019900101901")
    wrong = "0" if right != "0" else "1"
    assert check_number("37990019900101901" + wrong, today=TODAY).flaw is Flaw.CHECK_DIGIT


def test_who_is_born_today_is_valid_and_who_is_born_tomorrow_is_not():
    assert check_number(with_check("37990020260301901"), today=TODAY).valid
    assert check_number(with_check("37990020260301901"), today=date(2026, 2, 28)).flaw is Flaw.BIRTH_IN_FUTURE


@pytest.mark.parametrize(
    ("yymmdd", "birth"),
    [
        ("901231", date(1990, 12, 31)),
        ("260301", date(2026, 3, 1)),
        ("260302", date(1926, 3, 2)),
        ("000229", date(2000, 2, 29)),
    ],
)
def test_a_birth_year_of_two_digits_is_the_latest_that_is_past(yymmdd, birth):
    number = f"KAZ3799{yymmdd}7"
    assert check_number(number + mrz_7_3_1(number), today=TODAY).birth == birth


def test_the_textbook_number_of_the_standard_is_valid():
    # GB 11643 itself gives this sample.
    check = check_number("11010519491231002X", today=TODAY)
    assert (check.valid, check.birth, check.sex) == (True, date(1949, 12, 31), "2")


def test_nothing_personal_shows():
    assert "1949" not in repr(check_number("11010519491231002X", today=TODAY))
