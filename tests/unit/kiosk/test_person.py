"""What of a card may reach the glass."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kiosk.person import age, masked, person, pseudonym

KEY = bytes(32)


def test_the_pseudonym_changes_with_the_days_key_and_with_the_number() -> None:
    first = pseudonym(KEY, "37010219900101001X")
    assert len(first) == 64
    assert first == pseudonym(KEY, "37010219900101001X")
    assert first != pseudonym(bytes([1] * 32), "37010219900101001X")
    assert first != pseudonym(KEY, "370102199001010028")


def test_names_are_masked_so_that_only_their_owner_knows_them() -> None:
    assert masked("测试") == "测*"
    assert masked("测小试") == "测*试"
    assert masked("欧阳测试") == "欧**试"
    assert masked("DOE JOHN") == "D*******"
    assert masked("") == ""


@given(st.text(min_size=2, max_size=50).map(str.strip).filter(lambda name: len(name) >= 2))
def test_a_masked_name_never_equals_the_name(name: str) -> None:
    assert masked(name) != name or "*" in name
    assert "*" in masked(name)


def test_a_birthday_counts_from_its_own_day() -> None:
    assert age(date(1961, 11, 23), date(2026, 11, 22)) == 64
    assert age(date(1961, 11, 23), date(2026, 11, 23)) == 65


def test_the_old_are_offered_priority_and_nothing_shows_in_a_repr() -> None:
    known = person(
        KEY, number="37010219400101001X", name="测小试", birth=date(1940, 1, 1), today=date(2026, 11, 23)
    )
    assert known.priority == "elder"
    assert "测" not in repr(known)
    assert known.pseudonym not in repr(known)
