"""The code on a terminal's screen: 8 characters that nobody mistakes for each other, read out or typed as one likes."""

import hashlib
import secrets
import unicodedata

ALPHABET = "ACDEFGHJKMNPQRTUVWXY34679"
"""Without 0 O, 1 I L, 2 Z, 5 S, 8 B: 25 characters, 1.5e11 codes."""
LENGTH = 8


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def hashed(typed: str) -> str:
    """What is kept of a code, however it was typed: full-width, in small letters, with hyphens or spaces."""
    plain = unicodedata.normalize("NFKC", typed).upper()
    return hashlib.sha256("".join(plain.replace("-", " ").split()).encode()).hexdigest()
