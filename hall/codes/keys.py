"""The embedded issuer's keys: a ring in one file that only the hall's own user may read (mode 0600).

A new key signs from when it is made; the ones before it still verify for ``OVERLAP``, longer than any code lives.
"""

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import RLock

from hall.codes.suites import SUITES, Suite, SuiteName

OVERLAP = timedelta(hours=1)
ROTATE = timedelta(days=30)  # well below the codes one seal key may make with random nonces


@dataclass(frozen=True, slots=True)
class CodeKey:
    """``id`` is 2 random bytes; ``public`` verifies, ``secret`` signs, ``seal`` hides the holder."""

    id: bytes
    suite: SuiteName
    made: datetime
    public: bytes = field(repr=False)
    secret: bytes = field(repr=False)
    seal: bytes = field(repr=False)


class CodeKeys:
    """The ring kept in ``path``; from any thread.

    Raises OSError, ValueError (the file is damaged, or others may read it).
    """

    def __init__(self, path: Path, suite: SuiteName = "ed25519") -> None:
        self._path, self._suite = path, suite
        self._making = RLock()
        self._ring: tuple[CodeKey, ...] = tuple(_read(path)) if path.exists() else ()

    def signing(self, now: datetime) -> CodeKey:
        """The newest key, of the suite that is set; made when there is none or it has served its time."""
        with self._making:
            newest = self._ring[-1] if self._ring else None
            if newest is None or newest.suite != self._suite or now - newest.made >= ROTATE:
                newest = self.rotate(now)
            return newest

    def rotate(self, now: datetime) -> CodeKey:
        """A new key from now on; those whose successor is older than the overlap are forgotten."""
        with self._making:
            key = _fresh(SUITES[self._suite], now)
            while self.find(key.id) is not None:
                key = _fresh(SUITES[self._suite], now)
            followed = zip(self._ring, (*self._ring, key)[1:], strict=True)
            kept = tuple(old for old, successor in followed if now - successor.made < OVERLAP)
            ring = (*kept, key)
            _write(self._path, ring)
            self._ring = ring  # one assignment: who reads without the lock sees the old ring or the new one
            return key

    def find(self, key_id: bytes) -> CodeKey | None:
        return next((key for key in self._ring if key.id == key_id), None)


def _fresh(suite: Suite, now: datetime) -> CodeKey:
    secret = suite.new_secret()
    public, seal = suite.public(secret), secrets.token_bytes(suite.seal_size)
    return CodeKey(secrets.token_bytes(2), suite.name, now, public, secret, seal)


def _read(path: Path) -> Iterable[CodeKey]:
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{path.name} may be read by others: chmod 600")
    try:
        for kept in json.loads(path.read_text())["keys"]:
            suite = SUITES[kept["suite"]]
            secret, seal = bytes.fromhex(kept["secret"]), bytes.fromhex(kept["seal"])
            made = datetime.fromisoformat(kept["made"])
            yield CodeKey(bytes.fromhex(kept["id"]), suite.name, made, suite.public(secret), secret, seal)
    except (KeyError, TypeError, ValueError):  # not the cause: it could quote the file
        raise ValueError(f"{path.name} is damaged: move it away and a new one is made") from None


def _write(path: Path, ring: tuple[CodeKey, ...]) -> None:
    keys = [
        {
            "id": key.id.hex(),
            "suite": key.suite,
            "made": key.made.isoformat(),
            "secret": key.secret.hex(),
            "seal": key.seal.hex(),
        }
        for key in ring
    ]
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"keys": keys}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
