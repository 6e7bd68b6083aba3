"""What of a card may reach the glass."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hall.wire.identity import age, enough, masked_name, masked_number, priority_of, pseudonym

KEY = bytes(32)


def test_the_pseudonym_changes_with_the_days_key_and_with_the_number() -> None:
    first = pseudonym(KEY, "37010219900101001X")
    assert len(first) == 64
    assert first == pseudonym(KEY, "37010219900101001X")
    assert first != pseudonym(bytes([1] * 32), "37010219900101001X")
    assert first != pseudonym(KEY, "370102199001010028")


def test_names_are_masked_so_that_only_their_owner_knows_them() -> None:
    assert masked_name("测试") == "测*"
    assert masked_name("测小试") == "测*试"
    assert masked_name("欧阳测试") == "欧**试"
    assert masked_name("DOE JOHN") == "D*******"
    assert masked_name("") == ""


@given(st.text(min_size=2, max_size=50).map(str.strip).filter(lambda name: len(name) >= 2))
def test_a_masked_name_never_equals_the_name(name: str) -> None:
    assert masked_name(name) != name or "*" in name
    assert "*" in masked_name(name)


def test_a_birthday_counts_from_its_own_day() -> None:
    assert age(date(1961, 11, 23), date(2026, 11, 22)) == 64
    assert age(date(1961, 11, 23), date(2026, 11, 23)) == 65


def test_the_old_are_offered_priority() -> None:
    assert priority_of(date(1961, 11, 23), date(2026, 11, 23)) == "elder"
    assert priority_of(date(1961, 11, 24), date(2026, 11, 23)) == "ordinary"
    assert priority_of(None, date(2026, 11, 23)) == "ordinary"


@given(st.text(max_size=30))
def test_a_masked_number_keeps_its_length_and_at_most_six_characters(number: str) -> None:
    masked = masked_number(number)
    assert len(masked) == len(number.strip())
    assert sum(c != "*" for c in masked) <= 6


def test_enough_assurance_is_the_same_or_more() -> None:
    assert enough("high", "substantial")
    assert enough("substantial", "substantial")
    assert not enough("low", "substantial")
