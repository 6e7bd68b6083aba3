import json
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.certificates.identifier import ROOT, check_sign, doubtful, make, parse

VECTORS = Path(__file__).parents[4].parent / "shared" / "data" / "device_vectors.json"
# Public samples besides those of the vectors.
MORE = (
    "1.2.156.3005.2.11100000000013338W087.11370800MB28559184.37080001202411010001.001.3",
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.002.S",
)
# Shandong's
OTHER_RULE = "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"
SIGNS = string.ascii_uppercase + string.digits
fields = st.text(SIGNS, min_size=1, max_size=32)


def test_every_vector_holds_and_is_written_as_it_was_read():
    if not VECTORS.is_file():
        pytest.skip(f"{VECTORS} is not there")
    for text in json.loads(VECTORS.read_text("utf-8"))["ecert_id"]["valid"]:
        found = parse(text)
        assert found is not None
        assert found.holds
        assert str(found) == text
        assert not doubtful(text)


@pytest.mark.parametrize("text", MORE)
def test_other_public_samples_hold_too(text):
    assert not doubtful(text)


def test_an_identifier_with_another_rule_is_doubted_and_still_read():
    found = parse(OTHER_RULE)
    assert found is not None
    assert found.type == "11100000000013661B006"
    assert doubtful(OTHER_RULE)


@given(fields, fields, fields, fields)
@settings(max_examples=100)
def test_what_is_made_holds_and_reads_back(type_code, issuer, serial, version):
    made = make(type_code, issuer, serial, version)
    assert parse(str(made)) == made
    assert made.holds


@given(fields, st.data())
@settings(max_examples=150)
def test_one_wrong_or_two_swapped_signs_are_found(serial, data):
    """What ISO 7064 promises of a hybrid system: all single errors; swaps of neighbours nearly all."""
    right = serial + check_sign(serial)
    place = data.draw(st.integers(0, len(serial) - 1))
    other = data.draw(st.sampled_from(SIGNS.replace(right[place], "")))
    wrong = right[:place] + other + right[place + 1 :]
    assert check_sign(wrong[:-1]) != wrong[-1]


def test_lower_case_letters_count_as_capitals():
    assert check_sign("ab12") == check_sign("AB12")


@given(st.text(max_size=250))
@settings(max_examples=150)
def test_no_text_breaks_the_parser(text):
    for candidate in (text, f"{ROOT}.{text}", f"{ROOT}.A.B.C.D.{text}"):
        found = parse(candidate)
        assert found is None or str(found) == candidate
        assert doubtful(candidate) in (True, False)


@pytest.mark.parametrize(
    "text",
    ["x", f"{ROOT}.A.B.C.D", f"{ROOT}.A..C.001.1", f"{ROOT}.A.B.C.001.12", "9" * 300, f"{ROOT}.证.B.C.001.1"],
)
def test_what_has_not_the_form_is_no_identifier_and_doubtful(text):
    assert parse(text) is None
    assert doubtful(text)


def test_a_serial_with_a_hyphen_is_read_and_doubted():
    text = f"{ROOT}.A.B.0624_001.001.U"
    assert parse(text) is not None
    assert doubtful(text)


def test_no_identifier_at_all_is_no_reason_for_doubt():
    assert not doubtful("")


@pytest.mark.parametrize("field", ["", "A.B", "证", "a b"])
def test_a_field_that_is_not_plain_makes_no_identifier(field):
    with pytest.raises(ValueError, match="letters and digits"):
        make("T", field, "1")


def test_nothing_of_a_certificate_shows_in_repr():
    assert "SECRET" not in repr(make("T", "SECRET1", "SECRET2"))
