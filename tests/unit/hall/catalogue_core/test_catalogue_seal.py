"""Signing keys: kept from others, named by their public half."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hall.catalogue.errors import CatalogueBadSignature, CatalogueUnknownKey
from hall.catalogue.seal import (
    KeyRefused,
    check,
    key_id,
    public_hex,
    public_key,
    read_key,
    trusting,
    write_key,
)
from tests.unit.hall.catalogue_core.small_catalogue import KEY


def test_a_key_is_written_for_its_owner_alone_and_read_again(tmp_path: Path) -> None:
    made = write_key(tmp_path / "key.pem")
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600
    assert read_key(tmp_path / "key.pem").private_bytes_raw() == made.private_bytes_raw()
    assert (tmp_path / "key.pem").read_text().startswith("-----BEGIN PRIVATE KEY-----")


def test_a_key_is_never_written_over_another(tmp_path: Path) -> None:
    write_key(tmp_path / "key.pem")
    with pytest.raises(FileExistsError):
        write_key(tmp_path / "key.pem")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660])
def test_a_key_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    write_key(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(mode)
    with pytest.raises(KeyRefused, match="chmod"):
        read_key(tmp_path / "key.pem")


def test_what_is_no_key_of_ours_is_refused(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"no key", other):
        (tmp_path / "key.pem").write_bytes(content)
        (tmp_path / "key.pem").chmod(0o600)
        with pytest.raises(KeyRefused):
            read_key(tmp_path / "key.pem")


def test_a_public_key_is_64_hex_digits_and_has_an_id_of_16() -> None:
    public = KEY.public_key()
    assert public_hex(public) == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    assert public_key(public_hex(public)) == public
    assert key_id(public) == "56475aa75463474c"
    assert trusting(public) == {key_id(public): public}


@pytest.mark.parametrize("written", ["", "00", "zz" * 32, "00" * 33])
def test_what_is_no_public_key_is_a_value_error(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        public_key(written)


def test_only_the_signed_words_pass() -> None:
    public = KEY.public_key()
    trust, signature = trusting(public), KEY.sign(b"words")
    check(b"words", key_id(public), signature, trust)
    with pytest.raises(CatalogueBadSignature):
        check(b"other", key_id(public), signature, trust)
    with pytest.raises(CatalogueUnknownKey):
        check(b"words", "0" * 16, signature, trust)
