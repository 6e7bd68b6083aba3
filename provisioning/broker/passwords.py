"""mosquitto's password file: one ``user:hash`` a line.

Hashes are mosquitto's own form ``$7$rounds$salt$hash``: PBKDF2 with HMAC-SHA512 (RFC 8018), salt of 12 and hash of 64
bytes in base64, as ``mosquitto_passwd`` 2.0.11 and 2.1 write it. Passwords here are random and long, so the rounds are
mosquitto's own few: every reconnect of a fleet pays for them on the broker's only thread.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

ROUNDS = 101
SALT = 12
LENGTH = 64


def hashed(password: str, *, salt: bytes | None = None, rounds: int = ROUNDS) -> str:
    """What mosquitto keeps of ``password``."""
    salt = os.urandom(SALT) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds, LENGTH)
    return f"$7${rounds}${_b64(salt)}${_b64(digest)}"


def matches(password: str, kept: str) -> bool:
    """Whether ``kept`` was made of ``password``; False for anything that is not such a hash."""
    try:
        empty, kind, rounds, salt, _digest = kept.split("$")
        raw = base64.b64decode(salt, validate=True)
        again = hashed(password, salt=raw, rounds=int(rounds)) if (empty, kind) == ("", "7") else ""
    except (ValueError, binascii.Error, OverflowError):
        return False
    return hmac.compare_digest(again.encode(), kept.encode())


def read(path: Path) -> dict[str, str]:
    """User to hash; empty where there is no file yet. Raises OSError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split(":", 1) for line in lines if ":" in line)


def write(path: Path, users: Mapping[str, str]) -> None:
    """The whole file in one step: the broker sees the old or the new one, never half. Raises OSError."""
    if bad := [user for user in users if not user or set(user) & set(":\n#+/")]:
        raise ValueError(f"{len(bad)} user names cannot stand in a password file")
    replace_private(path, "".join(f"{user}:{kept}\n" for user, kept in sorted(users.items())))


def replace_private(path: Path, text: str) -> None:
    """``path`` holds ``text``, on disk, readable by its owner alone; keeps the owner it had. Raises OSError."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        if path.exists():
            had = path.stat()
            if (had.st_uid, had.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), had.st_uid, had.st_gid)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name too must survive a power cut
    finally:
        os.close(folder)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
