"""The rollouts that are not over, in memory, for the parts of the engine: what terminals say comes in here, and what
became of targets goes out to the database.

Whoever changes something here holds ``lock``. Knows no plan and no layers.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from provisioning.centre import audit
from provisioning.centre import rollout_rows as rows
from provisioning.centre.documents import Documents, Issued, Order
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import UNDER_WAY, Halls, TargetState
from provisioning.centre.rollout_rows import Reached, Rollout
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import terminals
from provisioning.wire.documents import Apply

STATES: Mapping[str, TargetState] = {
    "staged": "staged",
    "probation": "probation",
    "confirmed": "confirmed",
    "rejected": "rejected",
    "rolled_back": "rolled_back",
}
SILENT = 900.0  # seconds after which a terminal that is there and says nothing of what it was told has failed

Publish = Callable[[Sequence[Issued]], None]


class RolloutRefused(Exception):
    """It cannot be done now. ``code`` says why, ``detail`` names what stands in the way.

    rollout.not_approved, rollout.nothing (no terminal would change), rollout.stale (a layer was released meanwhile),
    rollout.conflict (another rollout holds a terminal or a layer), rollout.state, rollout.not_waiting (for anybody who
    is away), rollout.superseded, rollout.unknown.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


class Book:
    """``publish`` is given what was issued, after the commit. ``now``: UTC seconds. Raises StoreFailed."""

    def __init__(
        self,
        database: Database,
        documents: Documents,
        fleet: Fleet,
        publish: Publish,
        now: Callable[[], float],
    ) -> None:
        self.database, self.documents, self.fleet = database, documents, fleet
        self.now, self._publish = now, publish
        self.lock = threading.RLock()
        with database.read() as connection:
            self.open = rows.open_rollouts(connection)
        for rollout in self.open.values():
            for one in rollout.targets.values():
                self._catch_up(rollout, one, fleet.get(one.id))

    # -- what terminals do --------------------------------------------------------------------------------

    def heard(self, live: Live) -> None:
        """``live`` reported something new."""
        with self.lock:
            for rollout in self.open.values():
                if (one := rollout.targets.get(live.id)) is not None:
                    self._catch_up(rollout, one, live)

    def give_up(self, rollout: Rollout) -> None:
        """Targets that nobody need wait for: retired ones, and those that are there and say nothing.

        One that says it has staged the document waits for its citizen to go, however long that takes.
        """
        for one in rollout.targets.values():
            if one.state not in ("waiting", *UNDER_WAY):
                continue
            if self.fleet.retired(one.id):
                self.set(rollout, one, "skipped", "")
            elif self._silent(rollout, one):
                self.set(rollout, one, "rejected", "rollout.silent")

    def _silent(self, rollout: Rollout, one: Reached) -> bool:
        live = self.fleet.get(one.id)
        if live is None or not live.online:
            return False
        there = max(one.released or 0.0, live.presence_at or 0.0)
        match one.state:
            case "pending":
                return self.now() - there > SILENT
            case "probation":  # it has a deadline of its own
                said = max(there, live.reported_at or 0.0)
                return self.now() - said > rollout.plan.apply.deadline_seconds + SILENT
        return False

    def flush(self) -> None:
        """Write what became of targets."""
        with self.lock:
            for rollout in self.open.values():
                self.save(rollout)

    def _catch_up(self, rollout: Rollout, one: Reached, live: Live | None) -> None:
        """What the terminal says about the revision of this rollout."""
        if live is None or not one.rev or live.reported_rev != one.rev:
            return
        state = STATES.get(live.reported_state)
        if state is None or state == one.state or one.state in ("skipped", "reverted"):
            return
        self.set(rollout, one, state, "" if live.fault is None else live.fault.code)

    def set(self, rollout: Rollout, one: Reached, state: TargetState, code: str) -> None:
        """Written with the next ``flush``."""
        one.state, one.code = state, code
        one.ended = None if state in UNDER_WAY else self.now()
        rollout.dirty.add(one.id)

    def leave(self, terminal: str) -> None:
        """It was told something of its own: no rollout waits for it any longer."""
        for rollout in self.open.values():
            one = rollout.targets.get(terminal)
            if one is not None and one.state not in ("skipped", "reverted"):
                self.set(rollout, one, "reverted" if one.rev else "skipped", one.code)

    def save(self, rollout: Rollout) -> None:
        """Write what became of its targets."""
        if rollout.dirty:
            with self.database.write() as connection:
                rows.save_targets(
                    connection, rollout.id, [rollout.targets[one] for one in sorted(rollout.dirty)]
                )
            rollout.dirty.clear()

    def under_way(self, terminal: str) -> bool:
        return any(
            (one := rollout.targets.get(terminal)) is not None and one.state in UNDER_WAY
            for rollout in self.open.values()
        )

    def halls(self, rollout: Rollout) -> Halls:
        """As ``rollout`` finds them: what others have under way in them is not its own."""
        under_way = {
            one.id: other.id
            for other in self.open.values()
            for one in other.targets.values()
            if one.state in UNDER_WAY
        } | {one: other.id for other in self.open.values() for one in other.queue}
        sizes: Counter[tuple[str, str]] = Counter()
        elsewhere: Counter[tuple[str, str]] = Counter()
        for live in self.fleet:
            where = under_way.get(live.id)
            if live.online or where is not None:
                sizes[live.hall, live.role] += 1
                if where not in (None, rollout.id):
                    elsewhere[live.hall, live.role] += 1
        return Halls(sizes, elsewhere)

    def is_online(self, terminal: str) -> bool:
        live = self.fleet.get(terminal)
        return live is not None and live.online

    def send(self, issued: Sequence[Issued]) -> None:
        if issued:
            self._publish(issued)

    def record(
        self,
        connection: Connection,
        actor: Actor,
        action: str,
        subject: str,
        hall: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        audit.record(connection, actor, action, subject, hall, detail, at=self.now())


def terminal_rows(connection: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    """Their rows in the registry, in this order."""
    found = connection.execute(select(terminals).where(terminals.c.id.in_(list(ids)))).all()
    place = {terminal: number for number, terminal in enumerate(ids)}
    return sorted(found, key=lambda row: place[row.id])


def order(
    row: Row[Any],
    settings: Mapping[str, Any],
    apply: Apply,
    rollout: int | None,
    why: str,
    *,
    pinned: bool = False,
) -> Order:
    """For the terminal of ``row``."""
    return Order(row.id, row.rev, row.highest, settings, apply, rollout, why, pinned)
