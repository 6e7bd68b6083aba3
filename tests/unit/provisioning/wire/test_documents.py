"""Signed documents: what is refused and why, and that nothing else gets through."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from provisioning.wire.documents import (
    ACCESS_BYTES,
    LONGEST,
    MOST,
    Document,
    Refused,
    etag,
    open_command,
    open_document,
    prove,
    proven,
    seal,
    sign_command,
    sign_document,
    unseal,
)
from provisioning.wire.messages import MOST_PEM, Access, Command

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RING = {"a": KEY.public_key().public_bytes_raw().hex()}

leaf = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20)
tree = st.dictionaries(
    st.text(max_size=8), st.recursive(leaf, lambda t: st.lists(t, max_size=3), max_leaves=6), max_size=6
)


def document(settings: dict[str, object] | None = None, **changed: object) -> Document:
    told = settings if settings is not None else {"screen": {"theme": "large"}}
    values: dict[str, object] = {
        "device": "qy-k01",
        "rev": 7,
        "etag": etag(told),
        "issued": NOW,
        "expires": NOW + timedelta(days=90),
        "settings": told,
    }
    return Document.model_validate(values | changed)


def code_of(payload: bytes, *, device: str = "qy-k01", highest: int = 0, now: datetime = NOW) -> str:
    with pytest.raises(Refused) as refused:
        open_document(payload, RING, device, highest, now)
    return refused.value.code


def bent(payload: bytes, **changed: object) -> bytes:
    return json.dumps(json.loads(payload) | changed).encode()


@given(tree)
def test_a_document_is_read_as_it_was_signed(settings: dict[str, object]) -> None:
    body = document(settings)
    assert open_document(sign_document(body, "a", KEY), RING, "qy-k01", 7, NOW) == body


@given(st.data())
def test_a_document_with_any_bit_flipped_is_refused(data: st.DataObject) -> None:
    payload = bytearray(sign_document(document(), "a", KEY))
    body, place = document(), data.draw(st.integers(0, len(payload) * 8 - 1))
    payload[place // 8] ^= 1 << place % 8
    try:
        read = open_document(bytes(payload), RING, "qy-k01", 0, NOW)
    except Refused:
        return
    assert read == body  # base64 has idle bits


class Newer(Document):
    """What a later version of the centre may say."""

    more: str = "than we know"


def test_a_document_that_says_more_than_this_program_knows_is_read_all_the_same() -> None:
    newer = Newer.model_validate(document().model_dump())
    assert open_document(sign_document(newer, "a", KEY), RING, "qy-k01", 7, NOW) == document()


def test_what_an_access_adds_does_not_count_against_the_settings_and_has_its_own_bound() -> None:
    pem = "-" * MOST_PEM
    access = Access(since=NOW, url="mqtts://broker.example:8883", ca=pem, centre_ca=pem)
    told: dict[str, object] = {"text": "x" * (MOST // 4 * 3 - 1000)}
    alone, both = (sign_document(document(told, access=one), "a", KEY) for one in (None, access))
    assert MOST - 1500 < len(alone) <= MOST
    assert len(both) - len(alone) <= ACCESS_BYTES
    assert open_document(both, RING, "qy-k01", 7, NOW).access == access
    with pytest.raises(ValidationError):
        Access(since=NOW, url="mqtts://broker.example:8883", ca=pem + "-")


def test_an_unsigned_document_is_refused() -> None:
    assert code_of(bent(sign_document(document(), "a", KEY), sig="")) == "config.unsigned"


def test_a_document_of_a_key_that_is_not_trusted_is_refused() -> None:
    assert code_of(sign_document(document(), "b", KEY)) == "config.unknown_key"


def test_a_document_signed_by_somebody_else_under_a_trusted_name_is_refused() -> None:
    assert code_of(sign_document(document(), "a", OTHER)) == "config.bad_signature"


def test_a_document_for_another_terminal_is_refused() -> None:
    assert code_of(sign_document(document(device="qy-k02"), "a", KEY)) == "config.wrong_device"


def test_an_older_revision_is_refused_and_the_same_passes() -> None:
    payload = sign_document(document(), "a", KEY)
    assert code_of(payload, highest=8) == "config.old_revision"
    assert open_document(payload, RING, "qy-k01", 7, NOW).rev == 7


def test_an_expired_document_is_refused_from_its_last_moment_on() -> None:
    payload = sign_document(document(), "a", KEY)
    assert code_of(payload, now=NOW + timedelta(days=90)) == "config.expired"


def test_a_document_that_is_too_large_is_neither_made_nor_read() -> None:
    with pytest.raises(ValueError, match="are allowed"):
        sign_document(document({"text": "啊" * MOST}), "a", KEY)
    assert code_of(b" " * (LONGEST + 1)) == "config.too_large"


@pytest.mark.parametrize(
    "payload", [b"", b"{}", b"[]", b"\xff\xfe", b'{"v":2,"kid":"a","sig":"","doc":""}', b"null"]
)
def test_what_is_no_envelope_is_refused(payload: bytes) -> None:
    assert code_of(payload) == "config.malformed"


def test_settings_that_are_not_those_of_the_etag_are_refused() -> None:
    assert code_of(sign_document(document(etag="0" * 16), "a", KEY)) == "config.malformed"


def test_a_command_is_no_document_although_the_same_key_signed_it() -> None:
    raw = base64.b64decode(json.loads(sign_document(document(), "a", KEY))["doc"])
    order = Command(id="c1", device="qy-k01", verb="identify", issued=NOW, expires=NOW + timedelta(minutes=1))
    stolen = bent(sign_command(order, "a", KEY), doc=base64.b64encode(raw).decode())
    assert code_of(stolen) == "config.bad_signature"
    assert code_of(sign_command(order, "a", KEY)) == "config.bad_signature"


def test_a_command_is_read_in_time_and_refused_afterwards() -> None:
    order = Command(id="c1", device="qy-k01", verb="reboot", issued=NOW, expires=NOW + timedelta(minutes=1))
    payload = sign_command(order, "a", KEY)
    assert open_command(payload, RING, "qy-k01", NOW) == order
    with pytest.raises(Refused) as refused:
        open_command(payload, RING, "qy-k01", NOW + timedelta(minutes=1))
    assert refused.value.code == "config.expired"


@given(st.binary(max_size=200))
def test_a_secret_is_opened_by_the_terminal_it_was_sealed_for_and_by_no_other(secret: bytes) -> None:
    mine, yours = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = seal(secret, mine.public_key().public_bytes_raw().hex())
    assert unseal(sealed, mine) == secret
    with pytest.raises(Refused):
        unseal(sealed, yours)


@given(st.text(max_size=60))
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        unseal(text, X25519PrivateKey.generate())


def test_a_proof_holds_for_its_key_purpose_subject_and_time() -> None:
    proof, public = prove(KEY, "enrolment", "e1", NOW), RING["a"]
    assert proven(proof, public, "enrolment", "e1", NOW + timedelta(seconds=300))
    assert not proven(proof, public, "enrolment", "e1", NOW + timedelta(seconds=301))
    assert not proven(proof, public, "enrolment", "e1", NOW - timedelta(seconds=301))
    assert not proven(proof, public, "enrolment", "e2", NOW)
    assert not proven(proof, public, "claimed", "e1", NOW)
    assert not proven(proof, OTHER.public_key().public_bytes_raw().hex(), "enrolment", "e1", NOW)


@pytest.mark.parametrize("proof", ["", ".", "x.y", "9" * 4000 + ".a", "1.1", "²²."])
def test_nonsense_proves_nothing(proof: str) -> None:
    assert not proven(proof, RING["a"], "enrolment", "e1", NOW)
