"""Alerts: opened when something is wrong, told once, acknowledged by a person, resolved by themselves when it is over.

What terminals say is looked at in turns (``sweep``), many at once: a hall that loses its power is one notification with
many lines, not many. While the centre cannot hear a terminal nothing opens and nothing resolves.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, bindparam, exists, insert, or_, select, update

from provisioning.centre.audit import record
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.rights import Actor
from provisioning.centre.signs import BY_STATE, KINDS, ONCE, SEVERITIES, Severity, Sign, held, signs
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database

DAY = 86_400.0


class AlertRefused(Exception):
    """An alert or silence that is not there, or makes no sense."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it is told. ``over``: it has resolved."""

    id: int
    terminal: str
    hall: str
    sign: Sign
    opened: float
    over: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    id: int
    severity: str
    code: str
    hall: str
    opened: float
    silenced: bool
    detail: dict[str, object] = field(default_factory=dict)


Tell = Callable[[Sequence[Alert]], None]
"""Is given what is new, worse or over, after it is in the database. Must not block."""


class Alerts:
    """``changed`` may be called from any thread (it is the fleet's listener); ``sweep`` belongs to one."""

    def __init__(self, database: Database, fleet: Fleet, now: Callable[[], float], tell: Tell) -> None:
        self._database, self._fleet, self._now, self._tell = database, fleet, now, tell
        self._stale: set[str] = set()
        self._lock = threading.Lock()  # guards _stale
        self._turn = threading.Lock()  # of whoever changes what is open
        self._open: dict[tuple[str, str], _Open] = {}

    def load(self) -> None:
        """What is open, at start. Every terminal is looked at once."""
        with self._database.read() as db:
            self._open = _not_over(db, KINDS)
        with self._lock:
            self._stale.update(live.id for live in self._fleet)

    def changed(self, before: Live | None, after: Live | None) -> None:
        """A terminal said something; it is looked at in the next turn."""
        if (live := after or before) is not None:
            with self._lock:
                self._stale.add(live.id)

    def sweep(self) -> int:
        """Open what is new, resolve what is over, tell what was silenced until now; how many changed."""
        with self._lock:
            stale, self._stale = self._stale, set()
        try:
            return self._turned(stale)
        except BaseException:
            with self._lock:
                self._stale |= stale
            raise

    def hold(self, terminal: str, hall: str, sign: Sign) -> None:
        """Something is wrong that no terminal says, until ``clear``. Nothing happens while it is open as it is."""
        if not _differs(self._open.get((terminal, sign.kind)), sign):
            return
        with self._turn:
            self._write([(terminal, hall, sign)], [])

    def clear(self, kind: str, terminal: str) -> None:
        """It is over. Costs nothing where it was not open."""
        if (terminal, kind) not in self._open:
            return
        with self._turn:
            if (terminal, kind) in self._open:
                self._write([], [(terminal, kind)])

    # -- people -------------------------------------------------------------------------------------------

    def acknowledge(self, actor: Actor, ids: Sequence[int]) -> int:
        """Somebody has seen these; how many were not yet. What happened once is over by that. Raises Forbidden."""
        with self._turn, self._database.write() as db:
            return self._acknowledged(db, actor, ids)

    def _acknowledged(self, db: Connection, actor: Actor, ids: Sequence[int]) -> int:
        at, a = self._now(), t.alerts.c
        found = list(db.execute(select(t.alerts).where(a.id.in_(ids), a.acknowledged.is_(None))).mappings())
        for row in found:
            actor.needs("alert", row["hall"])  # "": the whole fleet's, for who is bound to no hall
        if found:
            some = [row["id"] for row in found]
            mine = {"acknowledged": at, "acknowledged_by": actor.name}
            over = a.id.in_(some), a.kind.in_(ONCE), a.resolved.is_(None)
            db.execute(update(t.alerts).where(a.id.in_(some)).values(mine))
            db.execute(update(t.alerts).where(*over).values(resolved=at))
            record(db, actor, "alert.acknowledged", _subject(some), detail={"ids": some}, at=at)
        return len(found)

    def unacknowledge(self, actor: Actor, ids: Sequence[int]) -> int:
        """Nobody sees to these after all; how many somebody did. Raises Forbidden.

        What happened once, and was over by being seen, is open again, unless the same has happened since.
        """
        with self._turn, self._database.write() as db:
            return self._given_back(db, actor, ids)

    def _given_back(self, db: Connection, actor: Actor, ids: Sequence[int]) -> int:
        a, other = t.alerts.c, t.alerts.alias().c
        same = other.terminal == a.terminal, other.kind == a.kind, other.resolved.is_(None)
        over_by_it = and_(a.resolved == a.acknowledged, ~exists().where(*same))
        wanted = select(a.id, a.terminal, a.kind, a.hall).where(
            a.id.in_(ids), a.acknowledged.is_not(None), or_(a.resolved.is_(None), over_by_it)
        )
        found: dict[tuple[str, str], int] = {}
        for row in db.execute(wanted.order_by(a.id)):
            actor.needs("alert", row.hall)
            found[row.terminal, row.kind] = row.id  # the latest, where it happened more than once
        if some := list(found.values()):
            nobody_s = {"acknowledged": None, "acknowledged_by": "", "resolved": None}
            db.execute(update(t.alerts).where(a.id.in_(some)).values(nobody_s))
            record(db, actor, "alert.unacknowledged", _subject(some), detail={"ids": some}, at=self._now())
        return len(some)

    def silence(
        self,
        actor: Actor,
        scope: str,
        key: str,
        kind: str,
        begins: float,
        ends: float,
        why: str,
        *,
        daily: bool = False,
    ) -> int:
        """Nobody is told of ``kind`` ("" all) of ``scope`` (fleet, hall, group, terminal) meanwhile; its id.

        Raises AlertRefused, Forbidden.
        """
        if scope not in ("fleet", "hall", "group", "terminal") or (kind and kind not in KINDS):
            raise AlertRefused("silence.unknown", f"there is no {scope} {kind}")
        if not begins < ends or (daily and ends - begins >= DAY):
            raise AlertRefused("silence.times", "it must end after it begins, a daily one within a day")
        with self._database.write() as db:
            hall = self._hall_needed(db, actor, scope, key)
            made = db.execute(
                insert(t.silences)
                .values(
                    scope=scope,
                    key=key,
                    kind=kind,
                    begins=begins,
                    ends=ends,
                    daily=daily,
                    why=why[:200],
                    by=actor.name,
                )
                .returning(t.silences.c.id)
            ).scalar_one()
            record(
                db,
                actor,
                "silence.made",
                f"{scope} {key}".strip(),
                hall=hall or "",
                detail={"kind": kind, "why": why[:200]},
                at=self._now(),
            )
        return int(made)

    def unsilence(self, actor: Actor, silence: int) -> None:
        """Raises AlertRefused, Forbidden."""
        with self._database.write() as db:
            row = db.execute(select(t.silences).where(t.silences.c.id == silence)).first()
            if row is None:
                raise AlertRefused("silence.unknown", f"there is no silence {silence}")
            hall = self._hall_needed(db, actor, row.scope, row.key)
            db.execute(
                update(t.silences).where(t.silences.c.id == silence).values(ends=self._now(), daily=False)
            )
            subject = f"{row.scope} {row.key}".strip()
            record(db, actor, "silence.ended", subject, hall=hall or "", at=self._now())

    def silences(self, actor: Actor | None = None) -> list[RowMapping]:
        """Those that are not over, the soonest to end first; of other halls ``actor`` sees none."""
        s = t.silences.c
        wanted = select(t.silences).where(or_(s.daily, s.ends > self._now()))
        if actor is not None and actor.halls:
            mine = select(t.terminals.c.id).where(t.terminals.c.hall.in_(actor.halls))
            wanted = wanted.where(
                s.scope.in_(("fleet", "group"))
                | ((s.scope == "hall") & s.key.in_(actor.halls))
                | ((s.scope == "terminal") & s.key.in_(mine))
            )
        with self._database.read() as db:
            return list(db.execute(wanted.order_by(s.ends)).mappings())

    def listed(
        self,
        actor: Actor,
        *,
        state: str = "open",
        hall: str = "",
        terminal: str = "",
        kind: str = "",
        limit: int = 200,
    ) -> list[RowMapping]:
        """Alerts that ``actor`` may see: ``state`` open, unseen (open and not acknowledged) or all. Worst first."""
        a = t.alerts.c
        wanted = select(t.alerts)
        if state in ("open", "unseen"):
            wanted = wanted.where(a.resolved.is_(None))
        if state == "unseen":
            wanted = wanted.where(a.acknowledged.is_(None))
        for column, value in ((a.hall, hall), (a.terminal, terminal), (a.kind, kind)):
            if value:
                wanted = wanted.where(column == value)
        if actor.halls:
            wanted = wanted.where(a.hall.in_(actor.halls))
        with self._database.read() as db:
            rows = list(
                db.execute(wanted.order_by(a.resolved.isnot(None), a.opened.desc()).limit(limit)).mappings()
            )
        return sorted(rows, key=lambda r: (r["resolved"] is not None, -SEVERITIES.index(r["severity"])))

    # -- the turn -----------------------------------------------------------------------------------------

    def _turned(self, stale: set[str]) -> int:
        opened: list[tuple[str, str, Sign]] = []
        over: list[tuple[str, str]] = []
        with self._turn:
            self._look_up_happened()
            for terminal in stale:
                live = self._fleet.get(terminal)
                if live is not None and held(live):
                    continue
                had = {kind for kind in BY_STATE if (terminal, kind) in self._open}
                now = {sign.kind: sign for sign in signs(live, had)} if live is not None else {}
                if live is None or live.presence != "offline":  # else nobody knows whether it is over
                    over += [(terminal, kind) for kind in had - now.keys()]
                for kind, sign in now.items():
                    if _differs(self._open.get((terminal, kind)), sign):
                        opened.append((terminal, live.hall if live else "", sign))
            late = self._heard_again()
            if opened or over or late:
                self._write(opened, over, late)
        return len(opened) + len(over)

    def _look_up_happened(self) -> None:
        """What happened once is written by others (``happened``), and over when somebody has seen it."""
        with self._database.read() as db:
            happened = _not_over(db, ONCE)
        self._open = {key: known for key, known in self._open.items() if key[1] not in ONCE} | happened

    def _heard_again(self) -> list[tuple[str, str]]:
        """What was opened inside a silence that has ended, and what happened and was not told yet."""
        muted = [key for key, known in self._open.items() if known.silenced]
        if not muted:
            return []
        quiet = self._quiet()
        return [key for key in muted if not quiet(key[0], self._open[key].hall, key[1])]

    def _write(
        self,
        opened: Iterable[tuple[str, str, Sign]],
        over: Sequence[tuple[str, str]],
        late: Sequence[tuple[str, str]] = (),
    ) -> None:
        at, quiet = self._now(), self._quiet()
        told: list[Alert] = []
        after = dict(self._open)
        with self._database.write() as db:
            for terminal, hall, sign in opened:
                key, silent = (terminal, sign.kind), quiet(terminal, hall, sign.kind)
                known = after.get(key)
                values: dict[str, Any] = {
                    "severity": sign.severity,
                    "code": sign.code,
                    "detail": sign.detail,
                    "seen": at,
                }
                if known is None:
                    row = {"terminal": terminal, "hall": hall, "kind": sign.kind, "opened": at}
                    made = db.execute(
                        insert(t.alerts)
                        .values(**row, **values, silenced=silent, acknowledged_by="")
                        .returning(t.alerts.c.id)
                    ).scalar_one()
                    after[key] = _Open(made, sign.severity, sign.code, hall, at, silent, sign.detail)
                else:
                    db.execute(update(t.alerts).where(t.alerts.c.id == known.id).values(**values))
                    after[key] = _Open(
                        known.id, sign.severity, sign.code, hall, known.opened, known.silenced, sign.detail
                    )
                worse = known is None or SEVERITIES.index(sign.severity) > _rank(known.severity)
                if worse and not after[key].silenced:
                    told.append(Alert(after[key].id, terminal, hall, sign, after[key].opened))
            resolved = [{"_id": after[key].id, "_at": at} for key in over]
            if resolved:
                db.execute(
                    update(t.alerts)
                    .where(t.alerts.c.id == bindparam("_id"))
                    .values(resolved=bindparam("_at")),
                    resolved,
                )
            for key in late:
                known = after[key]
                db.execute(update(t.alerts).where(t.alerts.c.id == known.id).values(silenced=False))
                after[key] = _Open(
                    known.id, known.severity, known.code, known.hall, known.opened, False, known.detail
                )
                told.append(_told(key, after[key]))
        for key in over:
            known = after.pop(key)
            if not known.silenced:
                told.append(_told(key, known, over=True))
        self._open = after
        if told:
            self._tell(told)

    def _quiet(self) -> Callable[[str, str, str], bool]:
        """Whether nobody is to be told of (terminal, hall, kind) now."""
        at = self._now()
        active = [row for row in self.silences() if _covers(row, at)]

        def quiet(terminal: str, hall: str, kind: str) -> bool:
            live = self._fleet.get(terminal)
            groups = live.groups if live is not None else ()
            return any(
                row["kind"] in ("", kind)
                and (
                    row["scope"] == "fleet"
                    or (row["scope"], row["key"]) in (("hall", hall), ("terminal", terminal))
                    or (row["scope"] == "group" and row["key"] in groups)
                )
                for row in active
            )

        return quiet

    def _hall_needed(self, db: Connection, actor: Actor, scope: str, key: str) -> str | None:
        """The hall of a silence, None: of several; an account bound to halls has none that reach further.

        Raises Forbidden, AlertRefused.
        """
        hall = self._hall_of(db, scope, key)
        actor.needs("alert", "" if hall is None and actor.halls else hall)
        return hall

    @staticmethod
    def _hall_of(db: Connection, scope: str, key: str) -> str | None:
        """The hall that ``scope`` lies in; None: in more than one."""
        if scope == "hall":
            return key
        if scope == "terminal":
            hall = db.execute(select(t.terminals.c.hall).where(t.terminals.c.id == key)).scalar()
            if hall is None:
                raise AlertRefused("terminal.unknown", f"there is no terminal {key}")
            return str(hall)
        return None


def _not_over(db: Connection, kinds: Iterable[str]) -> dict[tuple[str, str], _Open]:
    wanted = select(t.alerts).where(t.alerts.c.resolved.is_(None), t.alerts.c.kind.in_(kinds))
    return {(row["terminal"], row["kind"]): _opened(row) for row in db.execute(wanted).mappings()}


def _opened(row: RowMapping) -> _Open:
    return _Open(
        row["id"],
        row["severity"],
        row["code"],
        row["hall"],
        row["opened"],
        row["silenced"],
        dict(row["detail"]),
    )


def _subject(ids: Sequence[int]) -> str:
    return f"{len(ids)} alerts" if len(ids) > 1 else f"alert {ids[0]}"


def _covers(silence: RowMapping, at: float) -> bool:
    if not silence["daily"]:
        return bool(silence["begins"] <= at < silence["ends"])
    return bool(
        at >= silence["begins"] and (at - silence["begins"]) % DAY < silence["ends"] - silence["begins"]
    )


def _differs(known: _Open | None, sign: Sign) -> bool:
    return known is None or (known.severity, known.code) != (sign.severity, sign.code)


def _rank(severity: str) -> int:
    return [str(one) for one in SEVERITIES].index(severity)


def _told(key: tuple[str, str], known: _Open, *, over: bool = False) -> Alert:
    severity: Severity = SEVERITIES[_rank(known.severity)]
    return Alert(
        known.id, key[0], known.hall, Sign(key[1], severity, known.code, known.detail), known.opened, over
    )
