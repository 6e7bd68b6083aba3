"""The dynamic code as text: what stands in the QR on a phone. Pure; knows no key, no clock and no person.

    TY1. base32( kind 1 │ city 3 │ key 2 │ id 12 │ issued 6 │ life 2 │ sealed holder 17… │ signature 64 )

Numbers are big-endian; ``issued`` counts milliseconds since 1970, ``life`` seconds. Base32 (RFC 4648, no padding) keeps
to QR's alphanumeric set without the signs and the space of base45, which keyboard-like scanners type wrongly. At error
correction M a resident's code is a QR of version 8 (49 modules a side), as in base45; base64url would take version 10.

The holder travels sealed to the verifier inside the code itself: there is no directory of people on any disk, and
whoever photographs a code learns no name from it.

One text, one meaning: anything ``encode`` would not write is refused.
"""

from base64 import b32decode, b32encode
from dataclasses import dataclass, field
from struct import Struct

from hall.codes.port import CodeRefused, CodeSource
from hall.codes.suites import NONCE, SIGNATURE, TAG
from hall.wire.messages import MOST_CODE

PREFIX = "TY1."
KINDS: dict[int, CodeSource] = {1: "resident_code", 2: "enterprise_code"}
_NUMBERS: dict[CodeSource, int] = {source: number for number, source in KINDS.items()}
LONGEST_LIFE = 600  # seconds: a code that lives longer is no dynamic code
_FIRST = Struct(f">B3s2s{NONCE}s6sH")
_SIGNED = b"tongyuan dynamic code 1\0"  # so that no signature made for anything else is one here


@dataclass(frozen=True, slots=True)
class Token:
    source: CodeSource
    city: str  # six digits, GB/T 2260
    key: bytes  # id of the key, 2 bytes
    id: bytes = field(repr=False)  # random, and the nonce of the seal
    issued: int  # milliseconds since 1970
    life: int  # seconds
    sealed: bytes = field(default=b"", repr=False)
    signature: bytes = field(default=b"", repr=False)

    @property
    def expires(self) -> int:
        """Milliseconds since 1970; from then on it is over."""
        return self.issued + self.life * 1000

    def bound(self) -> bytes:
        """What the seal is bound to: everything before it."""
        city, issued = int(self.city).to_bytes(3, "big"), self.issued.to_bytes(6, "big")
        return _FIRST.pack(_NUMBERS[self.source], city, self.key, self.id, issued, self.life)

    def signed(self) -> bytes:
        """What the signature is over."""
        return _SIGNED + self.bound() + self.sealed


def encode(token: Token) -> str:
    """The text of a sealed and signed ``token``."""
    raw = token.bound() + token.sealed + token.signature
    return PREFIX + b32encode(raw).decode().rstrip("=")


def decode(text: str) -> Token:
    """What ``text`` says, unchecked but for its form. Raises CodeRefused("code.unknown") and nothing else."""
    token = _decoded(text)
    if token is None or encode(token) != text:
        raise CodeRefused("code.unknown", f"length={len(text)}")
    return token


def _decoded(text: str) -> Token | None:
    if len(text) > MOST_CODE or not text.startswith(PREFIX) or not text.isascii():
        return None
    digits = text[len(PREFIX) :]
    try:
        raw = b32decode(digits + "=" * (-len(digits) % 8))
    except ValueError:
        return None
    if len(raw) < _FIRST.size + TAG + 1 + SIGNATURE:
        return None
    kind, city_, key, id_, issued_, life = _FIRST.unpack_from(raw)
    city, issued = int.from_bytes(city_, "big"), int.from_bytes(issued_, "big")
    if kind not in KINDS or city > 999_999 or not 1 <= life <= LONGEST_LIFE:
        return None
    sealed, signature = raw[_FIRST.size : -SIGNATURE], raw[-SIGNATURE:]
    return Token(KINDS[kind], f"{city:06}", key, id_, issued, life, sealed, signature)
