"""The hall's secrets in one file that only its own user may read. Never logged, never sent but the day's key.

The pseudonym secret is made anew each day and the old one is gone: nobody, the hall included, can tell who an
old pseudonym was.
"""

import hmac
import json
import os
import secrets
from base64 import urlsafe_b64encode
from datetime import date
from hashlib import blake2b
from pathlib import Path

from hall.queue.model import TicketId
from hall.wire.messages import DayKey

MARK = 16  # letters of a page's mark: 96 bits


class Keys:
    """Secrets kept in ``path`` (mode 0600), made when it is not there. Raises OSError, ValueError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept = json.loads(path.read_text()) if path.exists() else {}
        self._phone = bytes.fromhex(kept["phone"]) if kept else secrets.token_bytes(32)
        self._day = date.fromisoformat(kept["day"]) if kept else date.min
        self._secret = bytes.fromhex(kept["secret"]) if kept else b""
        if not kept:
            self._keep()

    def day_key(self, today: date) -> DayKey:
        """The key of the day's pseudonyms; the day before is forgotten, and does not come back."""
        if today > self._day:
            self._day, self._secret = today, secrets.token_bytes(32)
            self._keep()
        key = hmac.digest(self._secret, b"pseudonym " + self._day.isoformat().encode(), "sha256")
        return DayKey(day=self._day, key=key.hex())

    def phone_path(self, ticket: TicketId) -> str:
        """The page that follows a number: nobody finds it who was not given it."""
        return f"/t/{ticket}-{self._mark(ticket)}"

    def followed(self, token: str) -> TicketId | None:
        """The ticket that a page's token is for; None: not one of ours."""
        ticket, mark = TicketId(token[: -MARK - 1]), token[-MARK:]
        return ticket if hmac.compare_digest(mark.encode(), self._mark(ticket).encode()) else None

    def _mark(self, ticket: TicketId) -> str:
        seal = blake2b(ticket.encode(), digest_size=12, key=self._phone, person=b"phone")  # RFC 7693: keyed
        return urlsafe_b64encode(seal.digest()).decode()

    def _keep(self) -> None:
        content = {"phone": self._phone.hex(), "day": self._day.isoformat(), "secret": self._secret.hex()}
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
