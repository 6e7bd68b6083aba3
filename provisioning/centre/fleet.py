"""How every terminal is, now: the fleet's live state in memory, fed by what terminals say, written to the database in
batches.

Values are frozen, so any thread may read one. Only the desk's thread changes them. Knows no MQTT and no rollouts.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select, update

from provisioning.centre.documents import MANY, Issued, confirm
from provisioning.centre.live import Live as Live
from provisioning.centre.live import Online as Online
from provisioning.centre.live import of_row, written
from provisioning.centre.live import stale as stale
from provisioning.centre.paper import minutes_left
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.centre.store.tables import halls, terminals
from provisioning.wire.messages import Health, Presence, Reported

log = logging.getLogger(__name__)

HEALTH_EVERY = 30.0  # seconds
SILENT = 3 * HEALTH_EVERY  # without a word for this long: offline

OnChange: TypeAlias = Callable[["Live | None", "Live | None"], None]
"""Called with a terminal before and after; None: it was not known, or it is retired."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The fleet, or a hall of it, in numbers; a hall's journal uplink is no terminal."""

    all: int
    online: int
    offline: int
    unknown: int
    converged: int
    faulty: int  # devices in fault, by health


class Fleet:
    """``now`` gives UTC seconds. Call ``load`` first; then ``heard_*`` and ``sweep`` from one thread, ``flush`` often.

    ``on_change``: who is told of changes, on the changing thread; they must be quick.
    """

    def __init__(
        self, database: Database, now: Callable[[], float], on_change: Iterable[OnChange] = ()
    ) -> None:
        self._database, self._now = database, now
        self._listeners = list(on_change)
        self._live: dict[str, Live] = {}
        self._retired: frozenset[str] = frozenset()
        self._dirty: set[str] = set()
        self._confirmed: list[tuple[str, int, float]] = []
        self._unread: set[str] = set()  # whose rows could not be read again yet
        self._listening: dict[str, float] = {}  # broker: since when we hear its terminals
        self._lock = threading.Lock()

    def listen(self, listener: OnChange) -> None:
        """Also tell ``listener``."""
        self._listeners.append(listener)

    # -- reading ------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._live)

    def __iter__(self) -> Iterator[Live]:
        return iter(list(self._live.values()))

    def get(self, terminal: str) -> Live | None:
        return self._live.get(terminal)

    def retired(self, terminal: str) -> bool:
        return terminal in self._retired

    @property
    def all_retired(self) -> frozenset[str]:
        return self._retired

    def counts(self, among: Iterable[Live] | None = None) -> Counts:
        some = [one for one in (self if among is None else among) if one.kind == "terminal"]
        states = [one.presence for one in some]
        return Counts(
            len(some),
            states.count("online"),
            states.count("offline"),
            states.count("unknown"),
            sum(one.converged for one in some),
            sum(one.health is not None and any(one.health.devices.values()) for one in some),
        )

    # -- from the database --------------------------------------------------------------------------------

    def load(self) -> None:
        """Everything, at start. Nobody is known to be there until heard."""
        self.refresh(None)
        log.info("fleet=loaded terminals=%d retired=%d", len(self._live), len(self._retired))

    def changed(self, ids: Sequence[str]) -> None:
        """Somebody changed these in the registry (enrolled, renamed, retired), committed: take their rows again.

        Where the database is away just now, ``sweep`` does it when it is back.
        """
        try:
            self.refresh(ids)
        except StoreFailed:
            with self._lock:
                self._unread.update(ids)

    def refresh(self, ids: Sequence[str] | None) -> None:
        """Take the rows of ``ids`` as they are now; None: all of them. Raises StoreFailed."""
        question = select(terminals, halls.c.broker).outerjoin(halls, halls.c.id == terminals.c.hall)
        parts = [None] if ids is None else [ids[n : n + MANY] for n in range(0, len(ids), MANY)]
        with self._database.read() as connection:
            rows = [
                row
                for part in parts
                for row in connection.execute(
                    question if part is None else question.where(terminals.c.id.in_(part))
                )
            ]
        changes: list[tuple[Live | None, Live | None]] = []
        with self._lock:
            for row in rows:
                before = self._live.get(row.id)
                after = None if row.state == "retired" else of_row(row, before)
                if after is None:
                    self._live.pop(row.id, None)
                else:
                    self._live[row.id] = after
                if before != after:
                    changes.append((before, after))
            gone = {row.id for row in rows if row.state == "retired"}
            self._retired = (self._retired - {row.id for row in rows}) | gone
        for change in changes:
            self._tell(*change)

    def issued(self, some: Sequence[Issued]) -> None:
        """These documents are in the database now."""
        with self._lock:
            for one in some:
                if (live := self._live.get(one.terminal)) is not None and one.rev > live.rev:
                    self._live[one.terminal] = replace(
                        live, rev=one.rev, etag=one.etag, rollout=one.rollout, pinned=one.pinned
                    )

    # -- from the terminals -------------------------------------------------------------------------------

    def heard_presence(self, terminal: str, said: Presence) -> bool:
        """False: nobody we know, or the will of a connection that is over."""
        live, at = self._live.get(terminal), self._now()
        if live is None or (not said.on and live.sid not in ("", said.sid)):
            return False
        presence: Online = "online" if said.on else "offline"
        if presence != live.presence or said.sid != live.sid:
            self._put(
                live,
                presence=presence,
                sid=said.sid,
                boot=said.boot if said.on else live.boot,
                presence_at=at,
                seen=at if said.on else live.seen,
            )
        return True

    def heard_health(self, terminal: str, said: Health) -> bool:
        """A word of health also says that it is there: its presence may have been lost."""
        live, at = self._live.get(terminal), self._now()
        if live is None:
            return False
        printed = live.printed.seen(at, said.paper.printed)
        self._put(
            live,
            presence="online",
            sid=said.sid,
            presence_at=live.presence_at if live.online else at,
            seen=at,
            health=said,
            health_at=at,
            skew=said.at.timestamp() - at,
            printed=printed,
            paper_minutes=minutes_left(printed, said.paper, at),
        )
        return True

    def heard_reported(self, terminal: str, said: Reported) -> bool:
        """False: not from a terminal we know, or older than what it said already."""
        live, at = self._live.get(terminal), self._now()
        if live is None or stale(live, said):
            return False
        if said.state == "confirmed" and said.rev == live.rev and said.etag not in ("", live.etag):
            said = said.model_copy(update={"state": "drifted"})  # it runs something else under this number
        if said.state == "confirmed" and (live.reported_rev, live.reported_state) != (said.rev, "confirmed"):
            self._confirmed.append((terminal, said.rev, at))
        self._put(
            live,
            reported_rev=said.rev,
            reported_state=said.state,
            running=said.running,
            good=said.good,
            highest=max(live.highest, said.highest),
            fault=said.fault,
            app=said.app[:40],
            os=said.os[:60],
            keys=said.keys,
            access=said.access,
            reported_at=at,
            seen=at,
        )
        return True

    # -- time ---------------------------------------------------------------------------------------------

    def link(self, broker: str, up: bool) -> None:
        """The way to ``broker`` came or went. While it is gone nobody knows how its terminals are."""
        if up:
            self._listening[broker] = self._now()
            return
        self._listening.pop(broker, None)
        for live in self:
            if live.broker == broker and live.presence != "unknown":
                self._put(live, presence="unknown")

    def sweep(self) -> None:
        """Who has been silent for ``SILENT`` since we can hear is offline; what could not be read is read."""
        if self._unread:
            with self._lock:
                unread, self._unread = sorted(self._unread), set()
            self.changed(unread)
        at = self._now()
        for live in self:
            since = self._listening.get(live.broker)
            if since is None or live.presence == "offline":
                continue
            if at - max(since, live.seen or live.enrolled) > SILENT:
                self._put(live, presence="offline", presence_at=at)

    # -- to the database ----------------------------------------------------------------------------------

    def flush(self) -> int:
        """Write what changed since the last time; how many rows. On StoreFailed everything is kept for the next."""
        with self._lock:
            dirty, self._dirty = self._dirty, set()
            confirmed, self._confirmed = self._confirmed, []
            rows = [written(self._live[one]) for one in sorted(dirty) if one in self._live]
        if not rows and not confirmed:
            return 0
        try:
            with self._database.write() as connection:
                if rows:
                    connection.execute(update(terminals).where(terminals.c.id == bindparam("_id")), rows)
                confirm(connection, confirmed)
        except Exception:
            with self._lock:
                self._dirty |= dirty
                self._confirmed = confirmed + self._confirmed
            raise
        return len(rows)

    def _put(self, before: Live, **changes: Any) -> None:  # Any: the fields of Live, checked by its tests
        with self._lock:
            if (current := self._live.get(before.id)) is None:
                return
            after = self._live[before.id] = replace(current, **changes)
            self._dirty.add(before.id)
        self._tell(before, after)

    def _tell(self, before: Live | None, after: Live | None) -> None:
        for listener in self._listeners:
            listener(before, after)
