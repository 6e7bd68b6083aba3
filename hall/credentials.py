"""Who may speak to the hall: bearer tokens, of which only SHA-256 is kept.

A token is ``ty1.<id>.<secret>``. The secret has 256 random bits, so one plain hash is enough.
"""

import hmac
import secrets
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

Role = Literal["terminal", "window", "reader", "manager"]
ROLES: tuple[Role, ...] = get_args(Role)
KIND = "ty1"
LOOK_EVERY = 1.0  # seconds until a credential issued or revoked by another process counts here

SCHEMA = """
CREATE TABLE IF NOT EXISTS credential (
    id      TEXT PRIMARY KEY,
    role    TEXT NOT NULL,
    subject TEXT NOT NULL,
    hash    BLOB NOT NULL,
    issued  TEXT NOT NULL,
    revoked TEXT
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Credential:
    """One bearer. ``subject`` is the terminal's, window's or reader's own id."""

    id: str
    role: Role
    subject: str
    hash: bytes = field(repr=False)

    @property
    def actor(self) -> str:
        """How the journal names the bearer."""
        return f"{self.role}:{self.subject}"


class Credentials:
    """The credentials in the SQLite file ``path``. Raises sqlite3.Error when it cannot be used."""

    def __init__(self, path: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not path.exists():
            path.touch(mode=0o600)
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(SCHEMA)
        self._monotonic = monotonic
        self._known: dict[str, Credential] = {}
        self._version = -1
        self._look()

    def issue(self, role: Role, subject: str) -> str:
        """A new token, to be seen this once."""
        if role not in ROLES:
            raise ValueError(f"no role {role!r}; there are {', '.join(ROLES)}")
        name, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        issued = datetime.now(UTC).isoformat(timespec="seconds")
        row = (name, role, subject, sha256(secret.encode()).digest(), issued)
        self._db.execute("INSERT INTO credential VALUES (?, ?, ?, ?, ?, NULL)", row)
        self._load()
        return f"{KIND}.{name}.{secret}"

    def revoke(self, name: str) -> bool:
        """The token with the id ``name`` is worth nothing from now on. False: there is no such token."""
        revoked = datetime.now(UTC).isoformat(timespec="seconds")
        done = self._db.execute(
            "UPDATE credential SET revoked = ? WHERE id = ? AND revoked IS NULL", (revoked, name)
        )
        self._load()
        return done.rowcount == 1

    def all(self) -> tuple[Credential, ...]:
        """Every credential in force."""
        self._look()
        return tuple(self._known.values())

    def check(self, token: str) -> Credential | None:
        """Whose token it is, None when it is nobody's. Takes as long for a wrong secret as for the right one."""
        if self._monotonic() >= self._next_look:
            self._look()
        kind, _, rest = token.partition(".")
        name, _, secret = rest.partition(".")
        credential = self._known.get(name)
        given = sha256(secret.encode()).digest()
        right = hmac.compare_digest(given, credential.hash if credential else bytes(32))
        return credential if right and kind == KIND else None

    def close(self) -> None:
        self._db.close()

    def _look(self) -> None:
        """Read again if another process has written."""
        self._next_look = self._monotonic() + LOOK_EVERY
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._version = version
            self._load()

    def _load(self) -> None:
        rows = self._db.execute("SELECT id, role, subject, hash FROM credential WHERE revoked IS NULL")
        self._known = {row[0]: Credential(*row) for row in rows}
