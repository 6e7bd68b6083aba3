"""Signing keys and the seal: Ed25519 (RFC 8032) over the manifest's bytes."""

import os
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hall.catalogue.errors import CatalogueBadSignature, CatalogueUnknownKey


class KeyRefused(Exception):
    """A file that is no signing key, or one that others may read."""

    code = "catalogue.key_refused"


def write_key(path: Path) -> Ed25519PrivateKey:
    """A new signing key in ``path`` (PKCS8 PEM, mode 0600). Raises FileExistsError, OSError."""
    key = Ed25519PrivateKey.generate()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    return key


def read_key(path: Path) -> Ed25519PrivateKey:
    """The signing key in ``path``. Raises KeyRefused, OSError."""
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise KeyRefused(f"{path}: others may read or write it; chmod 600 it, or make a new key")
        pem = file.read(100_000)
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused(f"{path}: is no private key in PEM without a passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefused(f"{path}: is no Ed25519 key; make one with `tongyuan catalogue key`")
    return key


def public_hex(key: Ed25519PublicKey) -> str:
    """The public key as it stands in a terminal's settings: 64 hex digits."""
    return key.public_bytes_raw().hex()


def public_key(written: str) -> Ed25519PublicKey:
    """The public key that ``public_hex`` wrote. Raises ValueError."""
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(written))


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hex digits of SHA-256 over the raw public key."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def trusting(*keys: Ed25519PublicKey) -> dict[str, Ed25519PublicKey]:
    """``keys`` by id, as ``check`` and ``verify`` want them."""
    return {key_id(key): key for key in keys}


def check(manifest: bytes, key: str, signature: bytes, trust: Mapping[str, Ed25519PublicKey]) -> None:
    """Raises CatalogueUnknownKey, CatalogueBadSignature unless a trusted key signed ``manifest``."""
    public = trust.get(key)
    if public is None:
        raise CatalogueUnknownKey(f"signed with the key {key[:16]}, which is not among the trusted ones")
    try:
        public.verify(signature, manifest)
    except InvalidSignature as error:
        raise CatalogueBadSignature(f"the signature by {key[:16]} does not belong to the manifest") from error
