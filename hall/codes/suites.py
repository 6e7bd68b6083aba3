"""Signature suites of the dynamic codes: how they are signed and how the holder inside is sealed.

A key says which suite it is of; a code never does, so nobody can choose a weaker one for it.
"""

import hmac
import secrets
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from hall.codes import national

SuiteName = Literal["ed25519", "sm2"]
SIGNATURE = 64  # bytes, in both
NONCE = 12  # bytes of the seal's nonce, in both
TAG = 16  # bytes that a seal adds, in both


class Suite(Protocol):
    name: SuiteName
    seal_size: int  # bytes of a seal's key

    def new_secret(self) -> bytes: ...

    def public(self, secret: bytes) -> bytes: ...

    def sign(self, secret: bytes, message: bytes) -> bytes:
        """``SIGNATURE`` bytes."""

    def good(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Never raises."""

    def seal(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes: ...

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
        """None: not sealed with this key, nonce and ``bound``."""


class Ed25519Suite:
    """Ed25519 (RFC 8032) and ChaCha20-Poly1305 (RFC 8439)."""

    name: SuiteName = "ed25519"
    seal_size = 32

    def new_secret(self) -> bytes:
        return secrets.token_bytes(32)

    def public(self, secret: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()

    def sign(self, secret: bytes, message: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(secret).sign(message)

    def good(self, public: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def seal(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        return ChaCha20Poly1305(key).encrypt(nonce, plain, bound)

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
        try:
            return ChaCha20Poly1305(key).decrypt(nonce, sealed, bound)
        except InvalidTag:
            return None


class Sm2Suite:
    """SM2 with SM3, and SM4-GCM: the national algorithms (国密)."""

    name: SuiteName = "sm2"
    seal_size = 16

    def new_secret(self) -> bytes:
        return national.sm2_secret()

    def public(self, secret: bytes) -> bytes:
        return national.sm2_public(secret)

    def sign(self, secret: bytes, message: bytes) -> bytes:
        return national.sm2_sign(secret, self.public(secret), message)

    def good(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return national.sm2_verify(public, message, signature)

    def seal(self, key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
        return national.sm4_gcm_seal(key, nonce, plain, bound)

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
        return national.sm4_gcm_open(key, nonce, sealed, bound)


SUITES: dict[SuiteName, Suite] = {"ed25519": Ed25519Suite(), "sm2": Sm2Suite()}

MacName = Literal["hmac-sha256", "hmac-sm3"]


def mac(name: MacName, key: bytes, data: bytes) -> bytes:
    """32 bytes."""
    return hmac.digest(key, data, "sha256") if name == "hmac-sha256" else national.hmac_sm3(key, data)
