"""Orders to terminals: signed, short-lived, allow-listed; each ends with an answer or a time-out that stands in a list.

One order to many terminals is a batch with one entry in the audit. Results too large for a message (a picture, logs)
come by HTTP to an address that is good once.
"""

import hashlib
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from provisioning.centre.audit import record
from provisioning.centre.happened import note
from provisioning.centre.rights import Actor
from provisioning.centre.signs import Sign as Wrong
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.wire import topics
from provisioning.wire.messages import Answer, Command, Verb

SECONDS = {"identify": 30.0, "logs": 120.0, "screenshot": 45.0, "test_print": 60.0, "reboot": 300.0}
USUAL = 60.0  # seconds until an order is worth nothing any more
KEEP_ARTEFACT = 7 * 86_400.0  # seconds
FORGET_EVERY = 3600.0  # seconds between two clearings of results whose time is over
MOST_ARTEFACT = 4 * 2**20  # bytes
WITH_RESULT = ("logs", "screenshot")
MAGIC = {"screenshot": b"\x89PNG\r\n\x1a\n", "logs": b"\x1f\x8b"}

Sign = Callable[[Command], bytes]
Say = Callable[[str, str, bytes], bool]
"""Device, topic, payload; False: nobody will get it."""


class CommandRefused(Exception):
    """An order that is not given."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Batch:
    """What was ordered: the batch's id and how many terminals it went to."""

    id: str
    sent: int


class Commands:
    """``now``: UTC seconds. ``answered``, ``sweep`` and ``keep`` may be called from any thread."""

    def __init__(self, database: Database, now: Callable[[], float], sign: Sign, say: Say) -> None:
        self._database, self._now, self._sign, self._say = database, now, sign, say
        self._due: dict[str, float] = {}  # orders without an answer
        self._forgot = float("-inf")
        self._lock = threading.Lock()

    def load(self) -> None:
        """Orders that had no answer yet when the centre ended."""
        with self._database.read() as db:
            rows = db.execute(
                select(t.commands.c.id, t.commands.c.expires).where(t.commands.c.state == "sent")
            )
            self._due = {row.id: row.expires for row in rows}

    def send(
        self, actor: Actor, terminals: Sequence[str], verb: str, args: dict[str, str] | None = None
    ) -> Batch:
        """Order ``verb`` of each of ``terminals``. Raises CommandRefused, Forbidden."""
        if verb not in get_args(Verb):
            raise CommandRefused("command.unknown", f"there is no command {verb!r}")
        if not terminals:
            raise CommandRefused("command.nobody", "no terminal was named")
        with self._database.read() as db:
            question = select(t.terminals.c.id, t.terminals.c.hall).where(
                t.terminals.c.id.in_(terminals) & (t.terminals.c.state == "enrolled")
            )
            found = {row.id: row.hall for row in db.execute(question)}
        if unknown := sorted(set(terminals) - found.keys()):
            raise CommandRefused("terminal.unknown", f"not in the fleet: {', '.join(unknown[:5])}")
        for hall in set(found.values()):
            actor.needs("retire" if verb == "wipe" else "command", hall)
        now = self._now()
        batch, expires = secrets.token_hex(8), now + SECONDS.get(verb, USUAL)
        rows, envelopes = [], []
        for terminal in found:
            told, put = dict(args or {}), ""
            if verb in WITH_RESULT:
                token = secrets.token_urlsafe(32)
                told["put"], put = f"/v1/artefacts/{token}", _hash(token)
            body = Command.model_validate(
                {
                    "id": secrets.token_hex(8),
                    "device": terminal,
                    "verb": verb,
                    "args": told,
                    "issued": datetime.fromtimestamp(now, UTC),
                    "expires": datetime.fromtimestamp(expires, UTC),
                }
            )
            shown = {name: value for name, value in told.items() if name != "put"}
            rows.append(_row(body, batch, actor.name, shown, put))
            envelopes.append((terminal, self._sign(body)))
        with self._database.write() as db:
            db.execute(insert(t.commands), rows)
            hall = next(iter(found.values())) if len(set(found.values())) == 1 else ""
            subject = f"terminal {rows[0]['terminal']}" if len(rows) == 1 else f"{len(rows)} terminals"
            record(
                db,
                actor,
                f"command.{verb}",
                subject,
                hall=hall,
                detail={"batch": batch, "terminals": sorted(found)},
                at=now,
            )
        with self._lock:
            self._due.update((row["id"], expires) for row in rows)
        sent = sum(
            self._say(terminal, topics.command(terminal), envelope) for terminal, envelope in envelopes
        )
        return Batch(batch, sent)

    def answered(self, terminal: str, *answers: Answer) -> int:
        """A terminal says how orders ended; how many of them it was asked for and had not answered before."""
        ended = 0
        with self._database.write() as db:
            for answer in answers:
                of = (t.commands.c.id == answer.id) & (t.commands.c.terminal == terminal)
                ended += db.execute(
                    update(t.commands)
                    .where(of & t.commands.c.state.in_(("sent", "timeout")))
                    .values(
                        state="done" if answer.ok else "failed",
                        code=answer.code,
                        text=answer.text,
                        answered=self._now(),
                    )
                ).rowcount
        with self._lock:
            for answer in answers:
                self._due.pop(answer.id, None)
        return ended

    def sweep(self) -> None:
        """Orders whose time is over end as time-outs; old results are thrown away, once an hour.

        A time-out that nobody sees is none: one alert a batch, until somebody has seen it.
        """
        now = self._now()
        self._forget(now)
        with self._lock:
            late = [one for one, expires in self._due.items() if expires <= now]
        if not late:
            return
        c = t.commands.c
        with self._database.write() as db:
            changed = db.execute(
                update(t.commands)
                .where((c.expires <= now) & (c.state == "sent"))  # by id they are too many for one statement
                .values(state="timeout", code="command.timeout", answered=now)
                .returning(c.batch, c.verb, c.terminal)
            ).all()
            batches: dict[tuple[str, str], list[str]] = {}
            for row in changed:
                batches.setdefault((row.batch, row.verb), []).append(row.terminal)
            for (batch, verb), terminals in batches.items():
                _note_late(db, batch, verb, sorted(terminals), at=now)
        with self._lock:
            for one in late:
                self._due.pop(one, None)

    def _forget(self, now: float) -> None:
        if 0 <= now - self._forgot < FORGET_EVERY:
            return
        self._forgot = now
        with self._database.write() as db:
            db.execute(delete(t.artefacts).where(t.artefacts.c.expires <= now))

    def awaits(self, token: str) -> bool:
        """Whether a result may come to this address now."""
        c = t.commands.c
        with self._database.read() as db:
            return (
                db.scalar(select(c.id).where((c.put == _hash(token)) & (c.expires > self._now()))) is not None
            )

    def keep(self, token: str, content: bytes, *, masked: bool = False) -> None:
        """A result comes in; the token is used up whatever becomes of it. Raises CommandRefused."""
        now = self._now()
        with self._database.write() as db:
            c = t.commands.c
            row = db.execute(
                update(t.commands)
                .where((c.put == _hash(token)) & (c.expires > now))
                .values(put="")
                .returning(c.id, c.terminal, c.verb)
            ).first()
            if row is None:
                raise CommandRefused("artefact.unknown", "this address was used, or its time is over")
            valid = len(content) <= MOST_ARTEFACT and content.startswith(MAGIC[row.verb])
            if valid:
                values: dict[str, Any] = {"command": row.id, "terminal": row.terminal, "kind": row.verb}
                values |= {"content": content, "masked": masked, "at": now, "expires": now + KEEP_ARTEFACT}
                db.execute(insert(t.artefacts).values(**values))
        if not valid:
            raise CommandRefused(
                "artefact.invalid", f"this is not a {row.verb} of at most {MOST_ARTEFACT} bytes"
            )

    # -- looking ------------------------------------------------------------------------------------------

    def listed(
        self, actor: Actor, *, terminal: str = "", batch: str = "", limit: int = 50
    ) -> list[RowMapping]:
        """Orders, newest first, of terminals that ``actor`` sees."""
        wanted = select(t.commands).join(t.terminals, t.terminals.c.id == t.commands.c.terminal)
        if terminal:
            wanted = wanted.where(t.commands.c.terminal == terminal)
        if batch:
            wanted = wanted.where(t.commands.c.batch == batch)
        if actor.halls:
            wanted = wanted.where(t.terminals.c.hall.in_(actor.halls))
        with self._database.read() as db:
            return list(db.execute(wanted.order_by(t.commands.c.issued.desc()).limit(limit)).mappings())

    def artefact(self, actor: Actor, command: str) -> RowMapping | None:
        """A result, for whoever may see its terminal."""
        wanted = (
            select(t.artefacts, t.terminals.c.hall)
            .join(t.terminals, t.terminals.c.id == t.artefacts.c.terminal)
            .where((t.artefacts.c.command == command) & (t.artefacts.c.expires > self._now()))
        )
        with self._database.read() as db:
            row = db.execute(wanted).mappings().first()
        if row is not None:
            actor.needs("see", row["hall"])
        return row

    def last_artefact(self, actor: Actor, terminal: str, kind: str) -> str | None:
        """The command whose result of ``kind`` is the newest of ``terminal``."""
        wanted = (
            select(t.artefacts.c.command, t.terminals.c.hall)
            .join(t.terminals, t.terminals.c.id == t.artefacts.c.terminal)
            .where((t.artefacts.c.terminal == terminal) & (t.artefacts.c.kind == kind))
            .order_by(t.artefacts.c.at.desc())
        )
        with self._database.read() as db:
            row = db.execute(wanted).first()
        if row is None:
            return None
        actor.needs("see", row.hall)
        return str(row.command)


def _note_late(db: Connection, batch: str, verb: str, terminals: Sequence[str], *, at: float) -> None:
    subject, hall = batch, ""
    if len(terminals) == 1:
        subject = terminals[0]
        hall = db.scalar(select(t.terminals.c.hall).where(t.terminals.c.id == subject)) or ""
    detail: dict[str, object] = {"verb": verb, "terminals": list(terminals[:20])}
    note(db, subject, hall, Wrong("command", "info", "command.timeout", detail), at=at)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _row(body: Command, batch: str, by: str, shown: dict[str, str], put: str) -> dict[str, Any]:
    return {
        "id": body.id,
        "batch": batch,
        "terminal": body.device,
        "verb": body.verb,
        "args": shown,
        "by": by,
        "issued": body.issued.timestamp(),
        "expires": body.expires.timestamp(),
        "state": "sent",
        "code": "",
        "text": "",
        "answered": None,
        "put": put,
    }
