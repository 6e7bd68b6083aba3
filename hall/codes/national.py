"""SM2, SM3 and SM4 (GB/T 32918, 32905, 32907) on bytes, over OpenSSL where it knows them and gmssl where it doesn't.

gmssl 3.2.2 is used for its point arithmetic only, because of what was found in it: ``func.random_hex`` draws k from the
ordinary generator, ``CryptSM2`` strips leading 0s and 4s off a public key, ``verify`` accepts r and s outside [1, n-1],
and a signature whose sum meets the point at infinity raises TypeError.
"""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from gmssl import sm2
from gmssl import sm3 as gm_sm3

ID = b"1234567812345678"  # the signer's default identity, GM/T 0009
BLOCK = 64  # bytes of an SM3 block
TAG = 16  # bytes of a GCM tag
_CURVE = sm2.default_ecc_table
N = int(_CURVE["n"], 16)
_P, _A, _B = (int(_CURVE[name], 16) for name in "pab")
_OPENSSL = "sm3" in hashlib.algorithms_available


def sm3(data: bytes) -> bytes:
    """32 bytes."""
    return hashlib.new("sm3", data).digest() if _OPENSSL else sm3_without_openssl(data)


def sm3_without_openssl(data: bytes) -> bytes:
    return bytes.fromhex(gm_sm3.sm3_hash(list(data)))


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """RFC 2104 over SM3."""
    key = (sm3(key) if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in key) + data)
    return sm3(bytes(byte ^ 0x5C for byte in key) + inner)


def sm2_secret() -> bytes:
    """A fresh private key: 32 bytes, d in [1, n-2]."""
    return (secrets.randbelow(N - 2) + 1).to_bytes(32, "big")


def sm2_public(secret: bytes) -> bytes:
    """x and y of dG: 64 bytes. Raises ValueError."""
    d = int.from_bytes(secret, "big")
    if len(secret) != 32 or not 1 <= d <= N - 2:
        raise ValueError("not an SM2 private key")
    return bytes.fromhex(_crypt(b"")._kg(d, _CURVE["g"]))


def sm2_sign(secret: bytes, public: bytes, message: bytes, k: int | None = None) -> bytes:
    """r and s: 64 bytes. ``k`` is drawn from the system's generator; only a test vector gives one."""
    crypt, hashed = _crypt(public, secret), _hashed(public, message)
    while True:
        once = secrets.randbelow(N - 1) + 1 if k is None else k
        if (text := crypt.sign(hashed, f"{once:064x}")) is not None:
            return bytes.fromhex(text)


def sm2_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether it is exactly the signature of ``message``; never raises."""
    if len(signature) != 64 or not on_curve(public):
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (1 <= r < N and 1 <= s < N):
        return False
    try:
        return bool(_crypt(public).verify(signature.hex(), _hashed(public, message)))
    except TypeError:  # the sum is the point at infinity: gmssl has no such point
        return False


def on_curve(public: bytes) -> bool:
    if len(public) != 64:
        return False
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    return x < _P and y < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0


def sm4_gcm_seal(key: bytes, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    """Cipher text and tag (RFC 8998)."""
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def sm4_gcm_open(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    """The plain text; None: not sealed with this."""
    if len(sealed) < TAG:
        return None
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, sealed[-TAG:])).decryptor()
    decryptor.authenticate_additional_data(bound)
    try:
        return decryptor.update(sealed[:-TAG]) + decryptor.finalize()
    except InvalidTag:
        return None


def _crypt(public: bytes, secret: bytes = b"") -> sm2.CryptSM2:
    crypt = sm2.CryptSM2(secret.hex(), "")
    crypt.public_key = public.hex()  # not by the constructor: it strips leading digits
    return crypt


def _hashed(public: bytes, message: bytes) -> bytes:
    """SM3(Z ‖ M), GB/T 32918.2 5.5."""
    curve = bytes.fromhex(_CURVE["a"] + _CURVE["b"] + _CURVE["g"])
    return sm3(sm3((len(ID) * 8).to_bytes(2, "big") + ID + curve + public) + message)
