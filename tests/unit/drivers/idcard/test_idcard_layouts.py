from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.idcard.code_tables import ETHNIC_GROUPS, ethnic_group_name, sex_name
from drivers.idcard.layouts import (
    BLOCK,
    FLAG,
    CardHolder,
    IdCard,
    UnknownCardKind,
    decode_holder,
    decode_text,
    encode_holder,
    encode_text,
)
from drivers.idcard.numbers import CardKind, check_number
from drivers.idcard.samples import sample_cards, sample_holders

HOLDERS = sample_holders()
# Entries of each kind with the number of characters they hold, written down apart from the product's table.
CAPACITY = {
    CardKind.CITIZEN: {
        "name": 15, "sex": 1, "ethnic_group": 2, "birth": 8, "address": 35, "number": 18, "issuer": 15,
        "valid_from": 8, "valid_to": 8,
    },
    CardKind.HKMOTW: {
        "name": 15, "sex": 1, "birth": 8, "address": 35, "number": 18, "issuer": 15, "valid_from": 8, "valid_to": 8,
        "permit_number": 9, "times_issued": 2,
    },
    CardKind.FOREIGNER: {
        "name": 15, "sex": 1, "times_issued": 2, "birth": 8, "english_name": 46, "number": 18, "issuer": 15,
        "valid_from": 8, "valid_to": 8, "nationality": 3, "old_number_link": 3,
    },
    CardKind.FOREIGNER_OLD: {
        "english_name": 60, "sex": 1, "number": 15, "nationality": 3, "name": 15, "valid_from": 8, "valid_to": 8,
        "birth": 8, "card_version": 2, "issuer": 4,
    },
}  # fmt: skip


@st.composite
def holders(draw):
    """Any holder that a card can hold: entries up to their full length, in any letters."""
    kind = draw(st.sampled_from(CardKind))
    letters = st.characters(min_codepoint=0x21, max_codepoint=0xFFFD, exclude_categories=["Cs", "Zs"])
    entry = {
        name: draw(st.text(letters, max_size=size).map(lambda text: text.rstrip()))
        for name, size in CAPACITY[kind].items()
    }
    return CardHolder(kind=kind, **entry)


@given(holders())
@settings(max_examples=150)
def test_what_was_written_is_read(holder):
    block = encode_holder(holder)
    assert len(block) == BLOCK
    assert decode_holder(block) == holder


@pytest.mark.parametrize("kind", CardKind)
def test_full_entries_touch_no_neighbour(kind):
    full = {name: chr(0x4E00 + n) * size for n, (name, size) in enumerate(CAPACITY[kind].items())}
    assert decode_holder(encode_holder(CardHolder(kind=kind, **full))) == CardHolder(kind=kind, **full)


@pytest.mark.parametrize("kind", CardKind)
def test_an_entry_that_is_too_long_is_refused_without_saying_what_it_was(kind):
    for name, size in CAPACITY[kind].items():
        entries: dict[str, Any] = {name: "秘" * (size + 1)}
        holder = replace(CardHolder(kind, number=""), **entries)
        with pytest.raises(ValueError, match="don't go into") as caught:
            encode_holder(holder)
        assert "秘" not in str(caught.value)


@pytest.mark.parametrize(
    ("flag", "kind"), [(" ", "citizen"), ("I", "foreigner_old"), ("J", "hkmotw"), ("Y", "foreigner")]
)
def test_the_flag_at_byte_248_tells_the_kind(flag, kind):
    block = bytearray(encode_text("", BLOCK))
    block[248:250] = flag.encode("utf-16-le")
    assert decode_holder(bytes(block)).kind == CardKind(kind)


def test_a_card_of_an_unknown_kind_is_refused_rather_than_misread():
    block = bytearray(encode_holder(HOLDERS["adult"]))
    block[FLAG] = "Q".encode("utf-16-le")
    with pytest.raises(UnknownCardKind, match="'Q'"):
        decode_holder(bytes(block))


@pytest.mark.parametrize("size", [0, 255, 257])
def test_a_block_of_another_size_is_refused(size):
    with pytest.raises(ValueError, match="256 bytes"):
        decode_holder(bytes(size))


def test_half_a_character_does_not_raise():
    block = bytearray(encode_holder(HOLDERS["adult"]))
    block[0:2] = b"\x00\xd8"  # a high surrogate alone
    assert decode_holder(bytes(block)).name.startswith("\ufffd")


def test_a_rare_character_outside_the_basic_plane_survives():
    holder = replace(HOLDERS["adult"], name="测试𠮷")
    assert decode_holder(encode_holder(holder)).name == "测试𠮷"


@pytest.mark.parametrize("padding", [" ", "\0"])
def test_padding_is_taken_off(padding):
    assert decode_text(f"甲{padding * 5}".encode("utf-16-le")) == "甲"


def test_codes_read_as_words():
    assert (sex_name("1"), sex_name("2"), sex_name("0"), sex_name("9")) == ("男", "女", "未知", "未说明")
    assert (ethnic_group_name("01"), ethnic_group_name("11"), ethnic_group_name("30")) == ("汉", "满", "土")
    assert (ethnic_group_name("56"), ethnic_group_name("97")) == ("基诺", "其他")
    assert len(set(ETHNIC_GROUPS.values())) == 58


@given(st.text(max_size=3))
@settings(max_examples=60)
def test_an_unknown_code_is_shown_and_never_raises(code):
    known = code in ETHNIC_GROUPS or not code
    assert known or ethnic_group_name(code) == f"其他/代码{code}"
    assert sex_name(code) in ("", "未知", "男", "女", "未说明", f"其他/代码{code}")


def test_a_birth_entry_that_is_no_date_is_none():
    assert HOLDERS["elderly"].birth_date == date(1948, 9, 7)
    assert replace(HOLDERS["adult"], birth="19900230").birth_date is None
    assert replace(HOLDERS["adult"], birth="").birth_date is None


def test_a_foreigner_without_a_chinese_name_is_shown_by_the_english_one():
    assert replace(HOLDERS["foreigner_old"], name="").display_name == "TESTER, BELLA EXAMPLE"
    assert HOLDERS["foreigner"].display_name == "测试丁"


def test_nothing_personal_shows():
    for card in sample_cards().values():
        shown = repr(replace(card, newest_address="样例路", fingerprint=b"prints"))
        for entry in fields(card.holder):
            value = getattr(card.holder, entry.name)
            if entry.name != "kind" and value:
                assert value not in shown
        assert "样例路" not in shown
        assert "prints" not in shown
        assert "WLf" not in shown


@pytest.mark.parametrize("name", HOLDERS)
def test_sample_persons_are_consistent_with_their_numbers(name):
    holder = HOLDERS[name]
    check = check_number(holder.number, today=date(2026, 1, 1))
    assert check.valid
    assert (check.kind, check.birth, check.sex) == (holder.kind, holder.birth_date, holder.sex)
    assert IdCard(decode_holder(encode_holder(holder))) == IdCard(holder)
