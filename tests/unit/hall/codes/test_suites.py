"""The algorithms against published vectors, and both suites against everything a signature or a seal must refuse."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from hall.codes import national
from hall.codes.suites import NONCE, SIGNATURE, SUITES, TAG, Suite, mac

suites = pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
VECTORS = Path(__file__).parents[4].parent / "shared" / "data" / "device_vectors.json"

# GB/T 32905 A.1 and A.2; the rest recomputed by two implementations against each other below
SM3 = [
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
]


@pytest.mark.parametrize(("data", "digest"), SM3)
def test_sm3_agrees_with_the_standard_with_openssl_and_without(data: bytes, digest: str) -> None:
    assert national.sm3(data).hex() == digest
    assert national.sm3_without_openssl(data).hex() == digest


@given(st.binary(max_size=200))
@settings(max_examples=30, deadline=None)
def test_two_implementations_of_sm3_agree(data: bytes) -> None:
    assert national.sm3(data) == national.sm3_without_openssl(data)


@given(st.binary(max_size=150), st.binary(max_size=80))
@settings(max_examples=30, deadline=None)
def test_hmac_is_rfc_2104_over_any_hash(key: bytes, data: bytes) -> None:
    if "sm3" in hashlib.algorithms_available:
        assert national.hmac_sm3(key, data) == hmac.new(key, data, "sm3").digest()
    assert mac("hmac-sha256", key, data) == hmac.new(key, data, "sha256").digest()
    assert mac("hmac-sm3", key, data) == national.hmac_sm3(key, data)


def test_the_collected_vectors_hold() -> None:
    if not VECTORS.exists():
        pytest.skip("the collected vectors are not beside this repository")
    sm = json.loads(VECTORS.read_text())["sm"]
    assert national.sm3(b"abc").hex() == sm["sm3_abc"]
    key, plain = bytes.fromhex(sm["sm4"]["key"]), bytes.fromhex(sm["sm4"]["pt"])
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert (encryptor.update(plain) + encryptor.finalize()).hex() == sm["sm4"]["ct"]


def test_sm4_gcm_agrees_with_rfc_8998() -> None:
    key, nonce = bytes.fromhex("0123456789abcdeffedcba9876543210"), bytes.fromhex("00001234567800000000abcd")
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = b"".join(bytes([byte]) * 8 for byte in bytes.fromhex("aabbccddeeffeeaa"))
    sealed = national.sm4_gcm_seal(key, nonce, plain, bound)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert national.sm4_gcm_open(key, nonce, sealed, bound) == plain


def test_sm2_agrees_with_the_example_of_gb_t_32918_5() -> None:
    secret = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
    public = national.sm2_public(secret)
    assert public.hex() == (
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    k = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
    signature = national.sm2_sign(secret, public, b"message digest", k)
    assert signature.hex() == (
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    assert national.sm2_verify(public, b"message digest", signature)


def test_sm2_refuses_numbers_out_of_range_and_points_off_the_curve() -> None:
    secret = national.sm2_secret()
    public = national.sm2_public(secret)
    good = national.sm2_sign(secret, public, b"m")
    r, s = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")

    def written(r: int, s: int) -> bytes:
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    assert national.sm2_verify(public, b"m", written(r, s))
    for wrong in (written(0, s), written(r, 0), written(r, national.N - r), written(national.N, s)):
        assert not national.sm2_verify(public, b"m", wrong)
    if s + national.N < 1 << 256:
        assert not national.sm2_verify(public, b"m", written(r, s + national.N))
    assert national.on_curve(public)
    assert not any(map(national.on_curve, (b"", bytes(64), b"\xff" * 64, public[32:] + public[:32])))
    assert not national.sm2_verify(bytes(64), b"m", good)
    assert not national.sm2_verify(public[:-1] + bytes([public[-1] ^ 1]), b"m", good)
    for out_of_range in (bytes(32), national.N.to_bytes(32, "big"), b""):
        with pytest.raises(ValueError, match="private key"):
            national.sm2_public(out_of_range)


def test_sm2_keys_that_begin_with_0_and_4_work_as_any_other() -> None:
    """gmssl's constructor strips those digits off a public key."""
    secret = (11).to_bytes(32, "big")
    public = national.sm2_public(secret)
    assert public.hex().startswith("04")
    assert national.sm2_verify(public, b"m", national.sm2_sign(secret, public, b"m"))


@suites
def test_a_signature_is_good_for_its_own_message_and_key_only(suite: Suite) -> None:
    secret = suite.new_secret()
    public, other = suite.public(secret), suite.public(suite.new_secret())

    @given(st.binary(max_size=100), st.integers(0, SIGNATURE * 8 - 1))
    @settings(max_examples=8, deadline=None)
    def holds(message: bytes, bit: int) -> None:
        signature = suite.sign(secret, message)
        assert len(signature) == SIGNATURE
        assert suite.good(public, message, signature)
        assert not suite.good(public, message + b"\0", signature)
        assert not suite.good(other, message, signature)
        flipped = bytearray(signature)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not suite.good(public, message, bytes(flipped))

    holds()
    for odd in (b"", bytes(64), b"\xff" * 64, bytes(63), bytes(65)):
        assert not suite.good(public, b"m", odd)
    assert not suite.good(b"", b"m", suite.sign(secret, b"m"))


@suites
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_a_seal_opens_only_as_it_was_made(suite: Suite, data: st.DataObject) -> None:
    key, nonce = bytes(suite.seal_size), bytes(NONCE)
    plain, bound = data.draw(st.binary(max_size=80)), data.draw(st.binary(max_size=20))
    sealed = suite.seal(key, nonce, plain, bound)
    assert len(sealed) == len(plain) + TAG
    assert suite.unseal(key, nonce, sealed, bound) == plain
    assert suite.unseal(key, nonce, sealed, bound + b"x") is None
    assert suite.unseal(key, b"\1" * NONCE, sealed, bound) is None
    assert suite.unseal(b"\1" * suite.seal_size, nonce, sealed, bound) is None
    cut = data.draw(st.integers(0, len(sealed) - 1))
    assert suite.unseal(key, nonce, sealed[:cut], bound) is None
    flipped = bytearray(sealed)
    flipped[cut] ^= 1
    assert suite.unseal(key, nonce, bytes(flipped), bound) is None
