"""From a key that is trusted to the one that signs: hand-overs, true and forged."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from provisioning.wire.documents import MOST, Document, Refused, etag, open_document, sign_document
from provisioning.wire.hand_over import STEP_BYTES, STEPS, HandOver, hand_over, walked

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEYS = [Ed25519PrivateKey.generate() for _ in range(STEPS + 4)]
PUBLIC = [key.public_key().public_bytes_raw().hex() for key in KEYS]
FIRST = {"k0": PUBLIC[0]}


def step(by: int, to: int, *, signed: int | None = None, minutes: float | None = None) -> HandOver:
    """From key ``by`` to key ``to``, made at minute ``to`` unless told otherwise."""
    made = NOW + timedelta(minutes=to if minutes is None else minutes)
    return hand_over(f"k{by}", KEYS[by if signed is None else signed], f"k{to}", PUBLIC[to], made)


def chain(length: int) -> list[HandOver]:
    return [step(n, n + 1) for n in range(length)]


def code_of(steps: list[HandOver], signer: int, until: datetime | None = NOW) -> str:
    """ "" or why a document signed by that key is refused by a terminal that trusts the first one."""
    told: dict[str, object] = {"a": 1}
    body = Document(
        device="qy-k01", rev=1, etag=etag(told), issued=NOW, expires=NOW + timedelta(days=1), settings=told
    )
    payload = sign_document(body, f"k{signer}", KEYS[signer], steps)
    try:
        open_document(payload, FIRST, "qy-k01", 0, NOW, until)
    except Refused as refused:
        return refused.code
    return ""


def test_a_chain_leads_from_a_trusted_key_to_the_one_that_signs() -> None:
    assert code_of(chain(3), 3) == ""
    assert code_of(chain(STEPS), STEPS) == ""


def test_without_hand_overs_or_with_a_gap_the_key_stays_unknown() -> None:
    assert code_of([], 2) == "config.unknown_key"
    assert code_of([step(0, 1), step(2, 3)], 3) == "config.unknown_key"
    assert code_of(chain(2), 3) == "config.unknown_key"


def test_a_hand_over_that_somebody_else_signed_leads_nowhere() -> None:
    assert code_of([step(0, 1, signed=2)], 1) == "config.unknown_key"
    assert code_of([step(5, 1)], 1) == "config.unknown_key"  # by a key that nobody trusts
    assert code_of([step(0, 1).model_copy(update={"sig": "not base64"})], 1) == "config.unknown_key"
    assert code_of([step(0, 1).model_copy(update={"sig": ""})], 1) == "config.unknown_key"


@pytest.mark.parametrize(
    "bent",
    [
        {"public": PUBLIC[2]},
        {"kid": "k2"},
        {"by": "k2"},
        {"made": NOW + timedelta(days=9)},
    ],
)
def test_no_word_of_a_hand_over_can_be_changed(bent: dict[str, object]) -> None:
    forged = step(0, 1).model_copy(update=bent)
    assert walked(FIRST | {"k2": PUBLIC[3]}, NOW, [forged]).keys() == FIRST.keys() | {"k2"}


def test_a_hand_over_is_no_document_and_a_document_no_hand_over() -> None:
    assert walked(FIRST, NOW, [step(0, 1)]).keys() == {"k0", "k1"}
    raw = b"tongyuan/document/1\n"
    assert not raw.startswith(b"tongyuan/hand-over/1\n")


def test_a_key_that_was_made_before_the_list_and_is_not_on_it_was_revoked() -> None:
    """Who has stolen it may say again what was once true."""
    assert code_of([step(0, 1, minutes=0)], 1) == "config.unknown_key"
    assert code_of([step(0, 1, minutes=-5), step(1, 2, minutes=5)], 2) == "config.unknown_key"
    assert code_of(chain(2), 2, until=NOW + timedelta(minutes=1)) == "config.unknown_key"


def test_a_terminal_that_does_not_know_how_old_its_list_is_walks_nowhere() -> None:
    assert code_of(chain(1), 1, until=None) == "config.unknown_key"


def test_a_trusted_name_is_never_given_to_another_key() -> None:
    usurper = hand_over("k0", KEYS[0], "k0", PUBLIC[5], NOW + timedelta(minutes=1))
    assert walked(FIRST, NOW, [usurper]) == FIRST


def test_a_circle_ends() -> None:
    circle = [step(0, 1), step(1, 2), step(2, 0, minutes=9), step(2, 1, minutes=9), step(1, 2)]
    assert walked(FIRST, NOW, circle) == {f"k{n}": PUBLIC[n] for n in range(3)}


def test_a_list_that_is_too_long_is_refused_unread() -> None:
    assert code_of(chain(STEPS + 1), STEPS + 1) == "config.malformed"


def test_a_full_document_has_room_for_all_its_hand_overs() -> None:
    told: dict[str, object] = {"text": "x" * (MOST // 4 * 3 - 1000)}
    body = Document(
        device="qy-k01", rev=1, etag=etag(told), issued=NOW, expires=NOW + timedelta(days=1), settings=told
    )
    alone = sign_document(body, "k0", KEYS[0])
    assert MOST - 1500 < len(alone) <= MOST
    long = [
        hand_over("x" * 32, KEYS[0], "y" * 32, PUBLIC[1], NOW + timedelta(microseconds=1))
        for _ in range(STEPS)
    ]
    payload = sign_document(body, "k0", KEYS[0], long)
    assert len(payload) - len(alone) <= STEPS * STEP_BYTES
    assert open_document(payload, FIRST, "qy-k01", 0, NOW) == body


numbers = st.integers(0, 5)


@given(
    st.lists(
        st.builds(step, numbers, numbers, signed=numbers | st.none(), minutes=st.integers(-3, 9)), max_size=8
    )
)
def test_nothing_is_added_but_by_a_trusted_key_in_its_own_name(steps: list[HandOver]) -> None:
    """Against a model that believes a hand-over only where it is the very one that its key would have made."""
    known = dict(FIRST)
    for one in steps:
        by, to = int(one.by[1:]), int(one.kid[1:])
        genuine = hand_over(one.by, KEYS[by], one.kid, PUBLIC[to], one.made) == one
        if genuine and one.made > NOW and one.by in known:
            known.setdefault(one.kid, one.public)
    assert walked(FIRST, NOW, steps) == known
