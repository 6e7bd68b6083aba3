"""Tells people: a line in the log for each alert, and web-hooks for whoever wants them elsewhere.

A web-hook gets one POST with all alerts of a turn, signed with HMAC-SHA256 over its body, and again with growing pauses
when it does not take it; one that fails rests meanwhile, so that it costs the others no more than one try a pause. What
is sent names terminals and codes, no people.
"""

import hashlib
import hmac
import json
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import Row, insert, select, update

from provisioning.centre.alerts import Alert
from provisioning.centre.audit import record
from provisioning.centre.rights import Actor
from provisioning.centre.signs import SEVERITIES
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.centre.vault import Vault

log = logging.getLogger(__name__)

SIGNATURE = "X-Tongyuan-Signature"
ANSWER = 5.0  # seconds
PAUSES = (2.0, 10.0, 60.0, 300.0)  # seconds before each further try
WAITING = 500  # most messages kept for hooks that do not answer


class HookRefused(Exception):
    """A web-hook that cannot be."""

    code = "hook.invalid"


@dataclass(frozen=True, slots=True)
class _Letter:
    hook: int
    url: str
    body: bytes
    secret: bytes = field(repr=False)
    tries: int = 0
    due: float = 0.0


class Notifier:
    """``tell`` is for Alerts and only enqueues; ``work`` sends what is due and belongs to one thread.

    ``now``: UTC seconds.
    """

    def __init__(self, database: Database, vault: Vault, now: Callable[[], float]) -> None:
        self._database, self._vault, self._now = database, vault, now
        self._letters: deque[_Letter] = deque(maxlen=WAITING)
        self._fresh: deque[Alert] = deque(maxlen=10 * WAITING)
        self._resting: dict[int, float] = {}  # hook: until when it is left alone
        self._news = threading.Event()
        self._over = threading.Event()
        self._session = requests.Session()
        self._session.trust_env = False

    def tell(self, alerts: Sequence[Alert]) -> None:
        """Log, and hand to the hooks."""
        for alert in alerts:
            log.log(
                logging.WARNING if alert.sign.severity != "info" and not alert.over else logging.INFO,
                "alert=%d state=%s severity=%s kind=%s code=%s hall=%s terminal=%s",
                alert.id,
                "over" if alert.over else "open",
                alert.sign.severity,
                alert.sign.kind,
                alert.sign.code,
                alert.hall,
                alert.terminal,
            )
        self._fresh.extend(alerts)
        self._news.set()

    # -- hooks --------------------------------------------------------------------------------------------

    def add(self, actor: Actor, url: str, *, least: str = "warning", hall: str = "") -> tuple[int, str]:
        """A new web-hook: its id, and the secret that signs what it gets, shown this once.

        Raises HookRefused, Forbidden.
        """
        actor.needs("admin")
        if least not in SEVERITIES:
            raise HookRefused(f"severity is one of {', '.join(SEVERITIES)}")
        _checked(url)
        secret = secrets.token_urlsafe(32)
        with self._database.write() as db:
            row = {"url": url, "secret": b"", "least": least, "hall": hall, "disabled": False, "failures": 0}
            made = int(db.execute(insert(t.hooks).values(**row).returning(t.hooks.c.id)).scalar_one())
            sealed = self._vault.seal(secret.encode(), f"hook {made}")
            db.execute(update(t.hooks).where(t.hooks.c.id == made).values(secret=sealed))
            record(
                db,
                actor,
                "hook.added",
                f"hook {made}",
                detail={"host": urlsplit(url).hostname},
                at=self._now(),
            )
        return made, secret

    def disable(self, actor: Actor, hook: int) -> None:
        """It gets nothing any more. Raises HookRefused, Forbidden."""
        actor.needs("admin")
        with self._database.write() as db:
            if db.execute(update(t.hooks).where(t.hooks.c.id == hook).values(disabled=True)).rowcount == 0:
                raise HookRefused(f"there is no hook {hook}")
            record(db, actor, "hook.disabled", f"hook {hook}", at=self._now())

    # -- the sending thread -------------------------------------------------------------------------------

    def run(self) -> None:
        """Until ``close``."""
        while not self._over.is_set():
            try:
                pause = self.work()
            except StoreFailed as error:
                log.warning("hooks=waiting reason=%s", error.code)
                pause = 5.0
            except Exception:  # last resort of the thread: other alerts must be told
                log.exception("hooks=turn failed")
                pause = 5.0
            self._news.wait(pause)
            self._news.clear()

    def close(self) -> None:
        self._over.set()
        self._news.set()

    def work(self) -> float:
        """Send what is due; seconds until more is."""
        if not self._fresh and not self._letters:
            return 60.0
        with self._database.read() as db:
            hooks = {row.id: row for row in db.execute(select(t.hooks).where(t.hooks.c.disabled.is_(False)))}
        self._address(hooks.values())
        now = self._now()
        for _ in range(len(self._letters)):
            letter = self._letters.popleft()
            if letter.hook not in hooks:
                continue  # somebody disabled it meanwhile
            if self._due(letter) > now:
                self._letters.append(letter)
            elif not self._sent(letter):
                self._again(letter, now)
        return max(0.1, min(map(self._due, self._letters), default=now + 60) - now)

    def _due(self, letter: _Letter) -> float:
        return max(letter.due, self._resting.get(letter.hook, 0.0))

    def _address(self, hooks: Iterable[Row[Any]]) -> None:
        """Put what is new into one letter a hook."""
        fresh: list[Alert] = []
        while self._fresh:
            fresh.append(self._fresh.popleft())
        for hook in hooks:
            least = [str(s) for s in SEVERITIES].index(hook.least)
            for_it = [
                alert
                for alert in fresh
                if SEVERITIES.index(alert.sign.severity) >= least and hook.hall in ("", alert.hall)
            ]
            if for_it:
                secret = self._vault.open(hook.secret, f"hook {hook.id}")
                self._letters.append(_Letter(hook.id, hook.url, _body(for_it, self._now()), secret))

    def _sent(self, letter: _Letter) -> bool:
        headers = {"Content-Type": "application/json", SIGNATURE: signature(letter.secret, letter.body)}
        try:
            answer = self._session.post(
                letter.url, data=letter.body, headers=headers, timeout=ANSWER, allow_redirects=False
            )
            taken = answer.status_code < 300
        except requests.RequestException:
            taken = False
        values = {"failures": 0 if taken else t.hooks.c.failures + 1}
        try:
            with self._database.write() as db:
                db.execute(update(t.hooks).where(t.hooks.c.id == letter.hook).values(**values))
        except StoreFailed as error:  # only the count: the letter was sent, or is tried again
            log.warning("hook=%d not counted reason=%s", letter.hook, error.code)
        return taken

    def _again(self, letter: _Letter, now: float) -> None:
        due = self._resting[letter.hook] = now + PAUSES[min(letter.tries, len(PAUSES) - 1)]
        if letter.tries >= len(PAUSES):
            log.warning("hook=%d gave up after %d tries", letter.hook, letter.tries + 1)
            return
        self._letters.append(
            _Letter(letter.hook, letter.url, letter.body, letter.secret, letter.tries + 1, due)
        )


def signature(secret: bytes, body: bytes) -> str:
    """What stands in the header: HMAC-SHA256 of the body, hex. The receiver computes the same."""
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def _body(alerts: Sequence[Alert], at: float) -> bytes:
    lines = [
        {
            "id": alert.id,
            "state": "over" if alert.over else "open",
            "severity": alert.sign.severity,
            "kind": alert.sign.kind,
            "code": alert.sign.code,
            "hall": alert.hall,
            "terminal": alert.terminal,
            "opened": alert.opened,
            "detail": alert.sign.detail,
        }
        for alert in alerts
    ]
    return json.dumps({"v": 1, "at": at, "alerts": lines}, ensure_ascii=False, separators=(",", ":")).encode()


def _checked(url: str) -> None:
    """https anywhere; http only on this machine: alerts name halls and terminals. Raises HookRefused."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        raise HookRefused("a web-hook is https://host/path, without a user in it")
    if parts.scheme == "http" and not _here(parts.hostname):
        raise HookRefused("a web-hook must be https; http is for this machine only")


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
