"""Too many wrong codes in a short time."""

from kiosk.tries import MOST, REST, WITHIN, Tries


def test_after_the_most_tries_nobody_is_looked_up_for_a_while() -> None:
    tries = Tries()
    until = [tries.missed("code.forged", float(n)) for n in range(MOST)]
    assert until == [None] * (MOST - 1) + [MOST - 1 + REST]


def test_tries_far_apart_are_no_guessing() -> None:
    tries = Tries()
    assert all(tries.missed("code.expired", n * WITHIN) is None for n in range(20))


def test_a_device_or_a_service_that_fails_is_no_try() -> None:
    tries = Tries()
    codes = ("fault.card_unreadable", "hall.unreachable", "code.unreachable", "code.resting")
    assert all(tries.missed(code, 0.0) is None for code in codes * MOST)


def test_somebody_who_is_recognised_ends_the_count() -> None:
    tries = Tries()
    for n in range(MOST - 1):
        tries.missed("id_number.check_digit", float(n))
    tries.known()
    assert tries.missed("id_number.check_digit", float(MOST)) is None


def test_the_count_begins_anew_after_the_rest() -> None:
    tries = Tries()
    for n in range(MOST):
        tries.missed("code.forged", float(n))
    assert tries.missed("code.forged", float(MOST)) is None
