"""The engine of rollouts: carries a draft's changes to the terminals they are for, wave by wave, and back again.

The database is the truth; what runs is also held in memory. ``tick`` does a little at a time: decide, issue, commit,
then publish. After a restart it goes on where it was. Knows no MQTT.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from provisioning.centre import audit
from provisioning.centre import rollout_rows as rows
from provisioning.centre.documents import MANY, Documents, Issued, Order, before, settings_of
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.layers import LayerChange
from provisioning.centre.layers import write as write_layer
from provisioning.centre.rights import CENTRE, Actor
from provisioning.centre.rollout_plan import (
    FAILED,
    UNDER_WAY,
    Advance,
    Candidate,
    Finish,
    Halls,
    Plan,
    Release,
    Soak,
    Stop,
    TargetState,
    assign,
    decide,
    releasable,
)
from provisioning.centre.rollout_rows import Reached, Rollout, resolved
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import drafts, layers, rollouts, terminals
from provisioning.wire.documents import Apply, etag

log = logging.getLogger(__name__)

CHUNK = 100  # documents issued in one transaction
LARGE = 300  # targets from which on they are not all looked through for every chunk
DECIDE_EVERY = 0.5  # seconds for which a decision holds then
LATE_EVERY = 5.0  # seconds between two looks for terminals that enrolled meanwhile
STATES: Mapping[str, TargetState] = {
    "staged": "staged",
    "probation": "probation",
    "confirmed": "confirmed",
    "rejected": "rejected",
    "rolled_back": "rolled_back",
}

Publish = Callable[[Sequence[Issued]], None]


class RolloutRefused(Exception):
    """It cannot be done now. ``code`` says why, ``detail`` names what stands in the way.

    rollout.not_approved, rollout.nothing (no terminal would change), rollout.stale (a layer was released meanwhile),
    rollout.conflict (another rollout holds a terminal or a layer), rollout.state, rollout.superseded, rollout.unknown.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Progress:
    """``states``: how many targets of a wave are in each state."""

    wave: int
    states: Mapping[str, int]


class Rollouts:
    """``publish`` is given what was issued, after the commit. Every method may be called from any thread.

    Never call one inside a transaction of your own. Raises StoreFailed.
    """

    def __init__(
        self,
        database: Database,
        documents: Documents,
        fleet: Fleet,
        publish: Publish,
        now: Callable[[], float],
    ) -> None:
        self._database, self._documents, self._fleet = database, documents, fleet
        self._publish, self._now = publish, now
        self._lock = threading.RLock()
        self._looked = now()
        with database.read() as connection:
            self._open = rows.open_rollouts(connection)
        for rollout in self._open.values():
            for one in rollout.targets.values():
                self._catch_up(rollout, one, fleet.get(one.id))

    # -- what people do -----------------------------------------------------------------------------------

    def start(self, draft: int, actor: Actor, plan: Plan | None = None) -> int:
        """Begin with an approved draft; the rollout's number. Raises RolloutRefused, Forbidden, SettingsError."""
        actor.needs("approve")
        with self._database.read() as connection:
            row = connection.execute(select(drafts).where(drafts.c.id == draft)).one_or_none()
        if row is None or row.state != "approved":
            raise RolloutRefused("rollout.not_approved", str(draft))
        return self._begin(row, actor, plan or Plan.model_validate(row.plan), "change")

    def rollback(self, number: int, actor: Actor, plan: Plan | None = None) -> int:
        """Undo a finished rollout everywhere, as a rollout of its own. Raises RolloutRefused, Forbidden."""
        actor.needs("steer")
        with self._database.write() as connection:
            done = connection.execute(select(rollouts).where(rollouts.c.id == number)).one_or_none()
            if done is None or done.state != "done":
                raise RolloutRefused("rollout.state", str(number))
            if (undo := rows.former(connection, done.draft)) is None:
                raise RolloutRefused("rollout.superseded", str(number))
            used = plan or Plan.model_validate(done.plan)
            at = self._now()
            made = connection.execute(
                insert(drafts)
                .values(
                    title=f"↩ {done.title}"[:120],
                    state="approved",
                    changes=[
                        {"kind": one.kind, "key": one.key, "base": one.base, "values": dict(one.values)}
                        for one in undo
                    ],
                    plan=used.model_dump(mode="json"),
                    author=actor.name,
                    created=at,
                    changed=at,
                    reviewer=done.by,
                    reviewed=at,
                    remark=f"rollout {number}",
                    version=1,
                )
                .returning(drafts)
            ).one()
        try:
            return self._begin(made, actor, used, "rollback")
        except Exception:
            with self._database.write() as connection:
                connection.execute(update(drafts).where(drafts.c.id == made.id).values(state="discarded"))
            raise

    def pause(self, number: int, actor: Actor, reason: str = "") -> None:
        """Release no more; those under way come to their end. Raises RolloutRefused, Forbidden."""
        self._steer(number, actor, ("running",), "paused", reason)

    def resume(self, number: int, actor: Actor) -> None:
        """Go on. Those that failed until now are left out and count no longer. Raises RolloutRefused, Forbidden."""
        with self._lock:
            rollout = self._steer(number, actor, ("paused",), "running", "")
            for one in rollout.targets.values():
                if one.state in FAILED:
                    self._set(rollout, one, "skipped", one.code)

    def abort(self, number: int, actor: Actor, reason: str = "") -> None:
        """Stop, and give every terminal that was reached its former settings. Raises RolloutRefused, Forbidden."""
        self._steer(number, actor, ("running", "paused"), "aborting", reason)

    def restore(self, ids: Sequence[str], actor: Actor) -> list[str]:
        """Roll back one terminal, or all of a hall: the earlier confirmed settings, held until a rollout comes by.

        Gives those that had something to go back to. Raises Forbidden.
        """
        done: list[str] = []
        with self._lock:
            for start in range(0, len(ids), CHUNK):
                with self._database.write() as connection:
                    orders: list[Order] = []
                    for row in _terminals(connection, ids[start : start + CHUNK]):
                        actor.needs("steer", row.hall)
                        rev = before(connection, row.id)
                        settings = None if rev is None else settings_of(connection, row.id, rev)
                        if settings is not None:
                            orders.append(_order(row, settings, Apply(), None, "rollback", pinned=True))
                    issued = self._documents.issue_all(connection, orders)
                    if issued:
                        halls = {row.hall for row in _terminals(connection, [one.terminal for one in issued])}
                        self._record(
                            connection,
                            actor,
                            "terminal.rolled_back",
                            issued[0].terminal if len(issued) == 1 else f"{len(issued)} terminals",
                            halls.pop() if len(halls) == 1 else "",
                            {"terminals": [one.terminal for one in issued]},
                        )
                done += [one.terminal for one in issued]
                for one in issued:
                    self._leave(one.terminal)
                self._send(issued)
        return done

    def refresh(self, ids: Sequence[str]) -> list[str]:
        """The registry changed (name, window, hall, groups): tell these terminals, where it changes their settings.

        One that a rollout has under way, and one held by a rollback of its own, is left as it is.
        """
        told: list[str] = []
        with self._lock:
            for start in range(0, len(ids), CHUNK):
                with self._database.write() as connection:
                    some = [
                        row
                        for row in _terminals(connection, ids[start : start + CHUNK])
                        if not row.pinned and row.rev and not self._under_way(row.id)
                    ]
                    orders: list[Order] = []
                    for changes, these in self._by_changes(some):
                        settings = resolved(connection, these, changes)
                        orders += [
                            _order(row, settings[row.id], Apply(), row.rollout, "registry")
                            for row in these
                            if etag(settings[row.id]) != row.etag
                        ]
                    issued = self._documents.issue_all(connection, orders)
                self._send(issued)
                told += [one.terminal for one in issued]
        return told

    def first_settings(self, connection: Connection, terminal: Row[Any]) -> Mapping[str, Any]:
        """What a terminal gets that enrols now: what is released; a running rollout reaches it in its last wave.

        This and ``first`` are for inside a transaction; ``terminal`` is its row.
        """
        return resolved(connection, [terminal], ())[terminal.id]

    def first(self, connection: Connection, terminal: str) -> Issued:
        """The first document of a terminal that enrols. Publish it after the commit."""
        row = _terminals(connection, [terminal])[0]
        return self._documents.issue(
            connection, row, self.first_settings(connection, row), Apply(), None, "enrolled"
        )

    def reissue(self, ids: Sequence[str], why: str) -> int:
        """The same settings and today's keys under a new revision (``why``: keys, renewed); how many.

        A chunk at a time, please: all of ``ids`` is one transaction.
        """
        with self._lock, self._database.write() as connection:
            issued = self._documents.reissue(connection, ids, why)
        with self._lock:
            for one in issued:
                for rollout in self._open.values():
                    target = rollout.targets.get(one.terminal)
                    if target is not None and target.rev and one.rollout == rollout.id:
                        target.rev = one.rev
            self._send(issued)
        return len(issued)

    # -- what terminals do --------------------------------------------------------------------------------

    def heard(self, live: Live) -> None:
        """``live`` reported something new."""
        with self._lock:
            for rollout in self._open.values():
                if (one := rollout.targets.get(live.id)) is not None:
                    self._catch_up(rollout, one, live)

    # -- time ---------------------------------------------------------------------------------------------

    def tick(self, most: int = CHUNK) -> bool:
        """Do what is due, issuing at most ``most`` documents a rollout. Whether anything was done."""
        with self._lock:
            if not self._open:
                return False
            if late := self._now() - self._looked >= LATE_EVERY:
                self._looked = self._now()
            acted = False
            for rollout in list(self._open.values()):
                if late:
                    self._join(rollout)
                acted = self._step(rollout, min(most, CHUNK)) or acted
                if not rollout.open:
                    self._save(rollout)
                    self._open.pop(rollout.id, None)
            return acted

    def flush(self) -> None:
        """Write what became of targets."""
        with self._lock:
            for rollout in self._open.values():
                self._save(rollout)

    def progress(self, number: int) -> tuple[Progress, ...]:
        """How many of each wave are in each state, by the latest of what is known."""
        with self._lock:
            rollout = self._open.get(number)
        if rollout is None:
            with self._database.read() as connection:
                rollout = rows.one_rollout(connection, number)
        if rollout is None:
            raise RolloutRefused("rollout.unknown", str(number))
        waves: dict[int, Counter[str]] = {wave: Counter() for wave in range(len(rollout.plan.steps))}
        for one in list(rollout.targets.values()):
            waves.setdefault(one.wave, Counter())[one.state] += 1
        return tuple(Progress(wave, dict(states)) for wave, states in sorted(waves.items()))

    # -- beginning ----------------------------------------------------------------------------------------

    def _begin(self, draft: Row[Any], actor: Actor, plan: Plan, kind: str) -> int:
        changes = rows.changes_of(draft.changes)
        found = self._affected(changes)
        if not found:
            raise RolloutRefused("rollout.nothing", str(draft.id))
        for one in found:
            actor.needs("steer", one.hall)
        waves = assign(found, plan, f"draft {draft.id}")
        at = self._now()
        made = [Reached(one.id, one.hall, one.role, waves[one.id], "waiting") for one in found]
        with self._lock:
            self._no_conflict(changes, waves)
            with self._database.write() as connection:
                self._still_there(connection, draft, changes)
                number: int = connection.execute(
                    insert(rollouts)
                    .values(
                        draft=draft.id,
                        title=draft.title,
                        kind=kind,
                        state="running",
                        reason="",
                        plan=plan.model_dump(mode="json"),
                        wave=0,
                        waves=len(plan.steps),
                        wave_since=None,
                        started=at,
                        by=actor.name,
                        ended=None,
                    )
                    .returning(rollouts.c.id)
                ).scalar_one()
                rows.add_targets(connection, number, made)
                self._supersede(connection, waves)
                connection.execute(update(drafts).where(drafts.c.id == draft.id).values(state="rolling"))
                detail = {"draft": draft.id, "terminals": len(made), "waves": list(plan.steps), "kind": kind}
                self._record(connection, actor, "rollout.started", f"rollout {number}", "", detail)
            rollout = Rollout(number, draft.id, "running", plan, 0, None, at, changes)
            rollout.targets = {one.id: one for one in made}
            self._open[number] = rollout
        log.info("rollout=%d state=running terminals=%d waves=%d", number, len(made), len(plan.steps))
        return number

    def _affected(self, changes: Sequence[LayerChange]) -> list[Candidate]:
        """Terminals that ``changes`` give other settings than they were told last."""
        with self._database.read() as connection:
            some = [
                row
                for row in connection.execute(
                    select(terminals).where(rows.scope(changes)).order_by(terminals.c.id)
                )
                if rows.in_scope(row, changes)
            ]
            found: list[Candidate] = []
            for start in range(0, len(some), MANY):
                part = some[start : start + MANY]
                settings = resolved(connection, part, changes)
                found += [
                    Candidate(row.id, row.hall, row.role, self._is_online(row.id))
                    for row in part
                    if etag(settings[row.id]) != row.etag
                ]
        return found

    def _no_conflict(self, changes: Iterable[LayerChange], ids: Iterable[str]) -> None:
        touched, wanted = {(one.kind, one.key) for one in changes}, set(ids)
        for other in self._open.values():
            if other.state == "done":
                continue
            if shared := wanted & other.targets.keys():
                raise RolloutRefused("rollout.conflict", f"rollout {other.id}: {min(shared)}")
            if any((one.kind, one.key) in touched for one in other.changes):
                raise RolloutRefused("rollout.conflict", f"rollout {other.id}")

    @staticmethod
    def _still_there(connection: Connection, draft: Row[Any], changes: Iterable[LayerChange]) -> None:
        if connection.scalar(select(drafts.c.state).where(drafts.c.id == draft.id)) != "approved":
            raise RolloutRefused("rollout.not_approved", str(draft.id))
        for one in changes:
            version = connection.scalar(
                select(layers.c.version).where(layers.c.kind == one.kind, layers.c.key == one.key)
            )
            if (version or 0) != one.base:
                raise RolloutRefused("rollout.stale", f"{one.kind} {one.key}".strip())

    def _supersede(self, connection: Connection, ids: Iterable[str]) -> None:
        """A finished rollout has no more to do for terminals that a new one reaches."""
        wanted = set(ids)
        for other in self._open.values():
            passed = [
                one
                for one in other.targets.values()
                if one.id in wanted and (one.state == "waiting" or one.state in UNDER_WAY)
            ]
            for one in passed:
                one.state, one.ended = "skipped", self._now()
            rows.save_targets(connection, other.id, passed)

    def _join(self, rollout: Rollout) -> bool:
        """Terminals that enrolled meanwhile come in the last wave. Whether there were any."""
        if rollout.state not in ("running", "paused"):
            return False
        with self._database.read() as connection:
            fresh = [
                row
                for row in connection.execute(
                    select(terminals).where(
                        rows.scope(rollout.changes), terminals.c.enrolled >= rollout.started
                    )
                )
                if row.id not in rollout.targets and row.id not in rollout.looked
            ]
            fresh = [row for row in fresh if rows.in_scope(row, rollout.changes)]
            settings = resolved(connection, fresh, rollout.changes) if fresh else {}
        last = len(rollout.plan.steps) - 1
        joined = [
            Reached(row.id, row.hall, row.role, last, "waiting")
            for row in fresh
            if etag(settings[row.id]) != row.etag
        ]
        if joined:
            with self._database.write() as connection:
                rows.add_targets(connection, rollout.id, joined)
        rollout.looked |= {row.id for row in fresh}
        rollout.targets.update((one.id, one) for one in joined)
        return bool(joined)

    # -- going on -----------------------------------------------------------------------------------------

    def _step(self, rollout: Rollout, most: int) -> bool:
        if rollout.state == "aborting":
            return self._take_back(rollout, most)
        if len(rollout.targets) > LARGE and 0 <= self._now() - rollout.decided < DECIDE_EVERY:
            return self._go_on(rollout, most)
        self._drop_retired(rollout)
        rollout.decided, rollout.queue = self._now(), ()
        online = {live.id: live.online for live in self._fleet if live.id in rollout.targets}
        halls = self._halls(rollout)
        if rollout.state == "done":
            rollout.queue = releasable(rollout.views(online), halls, unstaged=rollout.plan.unstaged)
            return self._go_on(rollout, most)
        actions = decide(rollout.standing, rollout.views(online), halls, self._now())
        for action in actions:
            match action:
                case Release(ids):
                    rollout.queue = ids
                    self._go_on(rollout, most)
                case Soak(since):
                    self._move(rollout, wave_since=since)
                    rollout.since = since
                case Advance(wave):
                    self._move(rollout, wave=wave, wave_since=None)
                    rollout.wave, rollout.since, rollout.decided = wave, None, 0.0
                    log.info("rollout=%d wave=%d", rollout.id, wave)
                case Stop(how, code, detail):
                    self._stop(rollout, how, f"{code} {detail}")
                case Finish():
                    if not self._join(rollout):
                        self._finish(rollout)
        return bool(actions)

    def _go_on(self, rollout: Rollout, most: int) -> bool:
        """Some of those that were decided on: together they leave every hall open, so a part of them does, too."""
        if not rollout.queue:
            return False
        some, rollout.queue = rollout.queue[:most], rollout.queue[most:]
        return self._release(
            rollout, [one for one in some if rollout.targets[one].state == "waiting" and self._is_online(one)]
        )

    def _release(self, rollout: Rollout, ids: Sequence[str]) -> bool:
        if not ids:
            return False
        changes = () if rollout.state == "done" else rollout.changes
        with self._database.write() as connection:
            some = [row for row in _terminals(connection, ids) if row.state == "enrolled"]
            settings = resolved(connection, some, changes)
            orders = [
                _order(row, settings[row.id], rollout.plan.apply, rollout.id, "rollout") for row in some
            ]
            issued, large = self._fitting(connection, orders)
            before_of = {row.id: row.rev for row in some}
            at = self._now()
            reached = [
                replace(
                    rollout.targets[one.terminal],
                    state="pending",
                    rev=one.rev,
                    before=before_of[one.terminal],
                    released=at,
                )
                for one in issued
            ] + [
                replace(rollout.targets[one], state="rejected", code="config.too_large", ended=at)
                for one in large
            ]
            rows.save_targets(connection, rollout.id, reached)
        for one in reached:
            rollout.targets[one.id] = one
        self._send(issued)
        return True

    def _fitting(self, connection: Connection, orders: Sequence[Order]) -> tuple[list[Issued], list[str]]:
        """Issue ``orders``; those too large for a terminal are named instead."""
        try:
            return self._documents.issue_all(connection, orders), []
        except ValueError:
            if len(orders) == 1:
                return [], [orders[0].terminal]
            middle = len(orders) // 2
            parts = [self._fitting(connection, part) for part in (orders[:middle], orders[middle:])]
            return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]

    def _take_back(self, rollout: Rollout, most: int) -> bool:
        """The former settings for whom the rollout has reached; the others are passed over."""
        reached = [one for one in rollout.targets.values() if one.rev and one.state != "reverted"][:most]
        with self._database.write() as connection:
            some = {row.id: row for row in _terminals(connection, [one.id for one in reached])}
            released = resolved(connection, list(some.values()), ())
            orders: list[Order] = []
            for one in reached:
                if (row := some.get(one.id)) is None or row.state != "enrolled" or row.rollout != rollout.id:
                    continue  # retired, or told something else since
                settings = settings_of(connection, one.id, one.before) or released[one.id]
                held = etag(settings) != etag(released[one.id])
                orders.append(_order(row, settings, rollout.plan.apply, rollout.id, "abort", pinned=held))
            issued = self._documents.issue_all(connection, orders)
            revs = {one.terminal: one.rev for one in issued}
            at = self._now()
            gone = [
                replace(one, state="reverted", rev=revs.get(one.id, one.rev), ended=at) for one in reached
            ]
            over = len(reached) < most
            if over:
                gone += [
                    replace(one, state="skipped", ended=at)
                    for one in rollout.targets.values()
                    if one.state == "waiting"
                ]
                rows.save_rollout(connection, rollout.id, state="aborted", ended=at)
                connection.execute(
                    update(drafts)
                    .where(drafts.c.id == rollout.draft)
                    .values(state="returned", remark="rollout.aborted")
                )
                self._record(connection, CENTRE, "rollout.aborted", f"rollout {rollout.id}")
            rows.save_targets(connection, rollout.id, gone)
        for one in gone:
            rollout.targets[one.id] = one
        if over:
            rollout.state = "aborted"
            log.info("rollout=%d state=aborted", rollout.id)
        self._send(issued)
        return True

    def _finish(self, rollout: Rollout) -> None:
        at = self._now()
        with self._database.write() as connection:
            by: str = (
                connection.scalar(select(rollouts.c.by).where(rollouts.c.id == rollout.id)) or CENTRE.name
            )
            for change in rollout.changes:
                write_layer(connection, Actor(by, "approver"), change, at=at, draft=rollout.draft)
            rows.save_rollout(connection, rollout.id, state="done", ended=at)
            rows.save_targets(connection, rollout.id, rollout.targets.values())
            connection.execute(update(drafts).where(drafts.c.id == rollout.draft).values(state="applied"))
            states = dict(Counter(str(one.state) for one in rollout.targets.values()))
            self._record(connection, CENTRE, "rollout.done", f"rollout {rollout.id}", "", states)
        rollout.state = "done"
        rollout.dirty.clear()
        log.info("rollout=%d state=done", rollout.id)

    # -- small things -------------------------------------------------------------------------------------

    def _steer(
        self, number: int, actor: Actor, given: tuple[str, ...], becomes: rows.RolloutState, reason: str
    ) -> Rollout:
        with self._lock:
            rollout = self._open.get(number)
            if rollout is None or rollout.state not in given:
                raise RolloutRefused("rollout.state", str(number))
            for hall in {one.hall for one in rollout.targets.values()}:
                actor.needs("steer", hall)
            with self._database.write() as connection:
                rows.save_rollout(connection, number, state=becomes, reason=reason[:200], wave_since=None)
                action = {
                    "paused": "rollout.paused",
                    "running": "rollout.resumed",
                    "aborting": "rollout.aborting",
                }
                self._record(
                    connection, actor, action[becomes], f"rollout {number}", "", {"reason": reason[:200]}
                )
            rollout.state, rollout.since, rollout.queue = becomes, None, ()
            log.info("rollout=%d state=%s by=%s", number, becomes, actor.name)
            return rollout

    def _stop(self, rollout: Rollout, how: str, reason: str) -> None:
        log.warning("rollout=%d stops: %s", rollout.id, reason)
        if how == "pause":
            self._steer(rollout.id, CENTRE, ("running",), "paused", reason)
        else:
            self._steer(rollout.id, CENTRE, ("running",), "aborting", reason)

    def _move(self, rollout: Rollout, **values: Any) -> None:  # Any: columns of ``rollouts``
        with self._database.write() as connection:
            rows.save_rollout(connection, rollout.id, **values)

    def _halls(self, rollout: Rollout) -> Halls:
        under_way = {
            one.id: other.id
            for other in self._open.values()
            for one in other.targets.values()
            if one.state in UNDER_WAY
        } | {one: other.id for other in self._open.values() for one in other.queue}
        sizes: Counter[tuple[str, str]] = Counter()
        elsewhere: Counter[tuple[str, str]] = Counter()
        for live in self._fleet:
            where = under_way.get(live.id)
            if live.online or where is not None:
                sizes[live.hall, live.role] += 1
                if where not in (None, rollout.id):
                    elsewhere[live.hall, live.role] += 1
        return Halls(sizes, elsewhere)

    def _catch_up(self, rollout: Rollout, one: Reached, live: Live | None) -> None:
        """What the terminal says about the revision of this rollout."""
        if live is None or not one.rev or live.reported_rev != one.rev:
            return
        state = STATES.get(live.reported_state)
        if state is None or state == one.state or one.state in ("skipped", "reverted"):
            return
        self._set(rollout, one, state, "" if live.fault is None else live.fault.code)

    def _set(self, rollout: Rollout, one: Reached, state: TargetState, code: str) -> None:
        one.state, one.code = state, code
        one.ended = None if state in UNDER_WAY else self._now()
        rollout.dirty.add(one.id)

    def _leave(self, terminal: str) -> None:
        """It was told something of its own: no rollout waits for it any longer."""
        for rollout in self._open.values():
            one = rollout.targets.get(terminal)
            if one is not None and one.state not in ("skipped", "reverted"):
                self._set(rollout, one, "reverted" if one.rev else "skipped", one.code)

    def _drop_retired(self, rollout: Rollout) -> None:
        for one in rollout.targets.values():
            if one.state in ("waiting", *UNDER_WAY) and self._fleet.retired(one.id):
                self._set(rollout, one, "skipped", "")

    def _save(self, rollout: Rollout) -> None:
        if rollout.dirty:
            with self._database.write() as connection:
                rows.save_targets(
                    connection, rollout.id, [rollout.targets[one] for one in sorted(rollout.dirty)]
                )
            rollout.dirty.clear()

    def _under_way(self, terminal: str) -> bool:
        return any(
            (one := rollout.targets.get(terminal)) is not None and one.state in UNDER_WAY
            for rollout in self._open.values()
        )

    def _by_changes(
        self, some: Sequence[Row[Any]]
    ) -> Iterable[tuple[tuple[LayerChange, ...], list[Row[Any]]]]:
        """Rows with the changes that hold for them: of the rollout that reached them and is not over."""
        left = list(some)
        for rollout in self._open.values():
            if rollout.state in ("running", "paused"):
                mine = [row for row in left if (one := rollout.targets.get(row.id)) is not None and one.rev]
                left = [row for row in left if row not in mine]
                if mine:
                    yield rollout.changes, mine
        if left:
            yield (), left

    def _is_online(self, terminal: str) -> bool:
        live = self._fleet.get(terminal)
        return live is not None and live.online

    def _send(self, issued: Sequence[Issued]) -> None:
        if issued:
            self._publish(issued)

    def _record(
        self,
        connection: Connection,
        actor: Actor,
        action: str,
        subject: str,
        hall: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        audit.record(connection, actor, action, subject, hall, detail, at=self._now())


def _terminals(connection: Connection, ids: Sequence[str]) -> list[Row[Any]]:
    found = connection.execute(select(terminals).where(terminals.c.id.in_(list(ids)))).all()
    place = {terminal: number for number, terminal in enumerate(ids)}
    return sorted(found, key=lambda row: place[row.id])


def _order(
    row: Row[Any],
    settings: Mapping[str, Any],
    apply: Apply,
    rollout: int | None,
    why: str,
    *,
    pinned: bool = False,
) -> Order:
    return Order(row.id, row.rev, row.highest, settings, apply, rollout, why, pinned)
