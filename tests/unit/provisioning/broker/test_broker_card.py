"""What a card says of a broker, and what keeps one out of production."""

import pytest

from provisioning.broker.card import MUST, WORDS, Card, Check, Grade, fit_for_production
from provisioning.broker.probe import Access, credentials, examine


def card(**grades: Grade) -> Card:
    checks = {code: Check(code, "ok") for code in WORDS}
    checks |= {code: Check(code, grade) for code, grade in grades.items()}
    return Card("main", 0.0, tuple(checks.values()))


def with_grade(code: str, grade: Grade) -> Card:
    return card(**{code: grade})


@pytest.mark.parametrize("code", WORDS)
def test_a_leak_forbids_production_and_a_weakness_does_not(code: str) -> None:
    assert [check.code for check in fit_for_production(with_grade(code, "leak"))] == [code]
    assert fit_for_production(with_grade(code, "warn")) == ()
    assert [with_grade(code, grade).grade for grade in ("ok", "warn", "leak")] == ["ok", "warn", "leak"]


@pytest.mark.parametrize("code", MUST)
def test_what_was_not_tried_is_not_proven(code: str) -> None:
    whole = card()
    part = Card("main", 0.0, tuple(check for check in whole.checks if check.code != code))
    assert [check.code for check in fit_for_production(part)] == [code]
    assert fit_for_production(whole) == ()


def test_a_leak_is_worse_than_any_weakness_in_any_order() -> None:
    checks = (Check("broker.qos", "warn"), Check("broker.unasked", "leak"), Check("broker.will", "warn"))
    assert Card("main", 0.0, checks).grade == Card("main", 0.0, checks[::-1]).grade == "leak"


def test_every_check_has_words_in_both_languages() -> None:
    for code in WORDS:
        check = Check(code, "ok")
        assert check.words("zh") != check.words("en")


def test_a_broker_that_is_not_there_is_not_fit() -> None:
    found = examine(Access("mqtt://127.0.0.1:1", ("a", "b")), "main", lambda: 5.0, many=1)
    assert {check.code for check in fit_for_production(found)} >= set(MUST)
    assert found.at == 5.0


def test_passwords_are_taken_out_of_an_address_and_never_shown() -> None:
    assert credentials("mqtts://centre:s%2Fcret@broker.example:8883") == (
        "mqtts://broker.example:8883",
        "s/cret",
    )
    assert credentials("mqtt://[::1]:1883") == ("mqtt://[::1]:1883", None)
    assert "s3cret" not in repr(Access("mqtt://h", ("s3cret", "s3cret"), "s3cret"))
