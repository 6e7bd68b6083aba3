"""The hall's secrets in one file that only its own user may read. Never logged, never sent but the day's key.

The pseudonym secret is made anew each day and the old one is gone: nobody, the hall included, can tell who an
old pseudonym was. The secret of a day to come is made early where somebody has an appointment on it.
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
        self._ahead = {
            date.fromisoformat(day): bytes.fromhex(secret) for day, secret in kept.get("ahead", {}).items()
        }
        if not kept:
            self._keep()

    def day_key(self, today: date) -> DayKey:
        """The key of the day's pseudonyms; the day before is forgotten, and does not come back."""
        if today > self._day:
            self._day, self._secret = today, self._ahead.get(today) or secrets.token_bytes(32)
            self._ahead = {day: secret for day, secret in self._ahead.items() if day > today}
            self._keep()
        return DayKey(day=self._day, key=_pseudonyms(self._secret, self._day).hex())

    def key_ahead(self, day: date) -> bytes | None:
        """The key of a day's pseudonyms, for appointments: today's or a day's to come; None for a day that is over.

        The same as ``day_key`` gives on that day. Raises OSError where it cannot be kept.
        """
        if day <= self._day:
            return _pseudonyms(self._secret, day) if day == self._day else None
        if day not in self._ahead:
            self._ahead[day] = secrets.token_bytes(32)
            self._keep()
        return _pseudonyms(self._ahead[day], day)

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
        content = {
            "phone": self._phone.hex(),
            "day": self._day.isoformat(),
            "secret": self._secret.hex(),
            "ahead": {day.isoformat(): secret.hex() for day, secret in self._ahead.items()},
        }
        new = self._path.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


def _pseudonyms(secret: bytes, day: date) -> bytes:
    return hmac.digest(secret, b"pseudonym " + day.isoformat().encode(), "sha256")
