"""What a password of the centre must be, and its argon2id hash (RFC 9106). Knows no account and no database."""

import threading

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

LEAST, MOST = 10, 200
_RUNS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_WORDS = (
    "password passwort passw0rd p@ssw0rd admin administrator letmein welcome iloveyou woaini woaini1314 aini1314"
    " 5201314 1314520 147258369 123321 112233 q1w2e3r4 1q2w3e4r 1qaz2wsx 1q2w3e qazwsx qwerty asdfgh zxcvbn abc123"
    " abcd1234 aa123456 a123456 qq123456 test root changeme default tongyuan tingting zhengwu huanying nihao"
)
_COMMON = frozenset(_WORDS.split())
"""Words that are no password, alone or padded with figures and signs."""


class WeakPassword(Exception):
    """A password that will not do. ``code`` says why: auth.password_{short,long,name,common}."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def require_strong(password: str, name: str) -> None:
    """Raises WeakPassword: fewer than 10 characters, the name inside it, a common word or a plain run."""
    low = password.lower()
    if len(password) < LEAST:
        raise WeakPassword("auth.password_short")
    if len(password) > MOST:
        raise WeakPassword("auth.password_long")
    if name.lower() in low or name.lower()[::-1] in low:
        raise WeakPassword("auth.password_name")
    letters = "".join(character for character in low if character.isalpha())
    bare = low.strip("0123456789!@#$%^&*._-+?")
    if len(set(low)) < 5 or {low, letters, bare} & _COMMON or low[: len(low) // 2] * 2 == low or _is_run(low):
        raise WeakPassword("auth.password_common")


def _is_run(low: str) -> bool:
    """Neighbouring keys or letters and nothing else, in either direction."""
    return any(low in run * 3 or low[::-1] in run * 3 for run in _RUNS)


class Passwords:
    """Hashes one at a time: each takes 64 MiB, and a flood of sign-ins must not take the machine's memory."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
        self._one = threading.Lock()
        self._nobody = self._hasher.hash("a password that nobody has")

    def hashed(self, password: str) -> str:
        with self._one:
            return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether ``password`` is the one behind ``kept``. None (no such user) takes as long and never fits."""
        try:
            with self._one:
                self._hasher.verify(kept or self._nobody, password[: MOST + 1])
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def outdated(self, kept: str) -> bool:
        """Whether ``kept`` was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)
