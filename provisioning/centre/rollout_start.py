"""How a rollout begins: whom the change reaches, in which wave each, and what stands in the way."""

import logging
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from provisioning.centre import rollout_rows as rows
from provisioning.centre.documents import MANY
from provisioning.centre.layers import LayerChange, read_all
from provisioning.centre.reach import around, speaks
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_book import Book, RolloutRefused
from provisioning.centre.rollout_plan import UNDER_WAY, Candidate, Plan, assign
from provisioning.centre.rollout_rows import Reached, Rollout, resolved
from provisioning.centre.store.tables import drafts, layer_history, rollouts, terminals
from provisioning.wire.documents import etag

log = logging.getLogger(__name__)


class Starting:
    """Puts new rollouts, and new terminals, into the book."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def begin(self, draft: Row[Any], actor: Actor, kind: str) -> int:
        """With ``draft``, a row that is approved; the rollout's number. Raises RolloutRefused, Forbidden."""
        changes, plan = rows.changes_of(draft.changes), Plan.model_validate(draft.plan)
        found = self._affected(changes)
        if not found:
            raise RolloutRefused("rollout.nothing", str(draft.id))
        for one in found:
            actor.needs("steer", one.hall)
        waves = assign(found, plan, f"draft {draft.id}")
        at = self._book.now()
        made = [Reached(one.id, one.hall, one.role, waves[one.id], "waiting") for one in found]
        with self._book.lock:
            self._no_conflict(changes, waves)
            with self._book.database.write() as connection:
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
                self.supersede(connection, waves, UNDER_WAY)
                connection.execute(update(drafts).where(drafts.c.id == draft.id).values(state="rolling"))
                detail = {"draft": draft.id, "terminals": len(made), "waves": list(plan.steps), "kind": kind}
                self._book.record(connection, actor, "rollout.started", f"rollout {number}", "", detail)
            rollout = Rollout(number, draft.id, "running", plan, 0, None, at, changes)
            rollout.targets = {one.id: one for one in made}
            self._book.open[number] = rollout
        log.info("rollout=%d state=running terminals=%d waves=%d", number, len(made), len(plan.steps))
        return number

    def rollback(self, number: int, actor: Actor) -> int:
        """Undo a finished rollout everywhere, as one of its own, by the same plan. Raises RolloutRefused, Forbidden."""
        actor.needs("steer")
        with self._book.database.write() as connection:
            done = connection.execute(select(rollouts).where(rollouts.c.id == number)).one_or_none()
            if done is None or done.state != "done":
                raise RolloutRefused("rollout.state", str(number))
            if (undo := rows.former(connection, done.draft)) is None:
                raise RolloutRefused("rollout.superseded", str(number))
            at = self._book.now()
            made = connection.execute(
                insert(drafts)
                .values(
                    title=f"↩ {done.title}"[:120],
                    state="approved",
                    changes=[
                        {"kind": one.kind, "key": one.key, "base": one.base, "values": dict(one.values)}
                        for one in undo
                    ],
                    plan=done.plan,
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
            return self.begin(made, actor, "rollback")
        except Exception:
            with self._book.database.write() as connection:
                connection.execute(update(drafts).where(drafts.c.id == made.id).values(state="discarded"))
            raise

    def join(self, rollout: Rollout, *, ending: bool = False) -> bool:
        """Terminals that enrolled meanwhile, also those that did so again, come in the last wave. Whether any did.

        ``ending``: and all those whose settings are others than they were told, because something else was released
        while this ran: a layer, or where they stand.
        """
        if rollout.state not in ("running", "paused"):
            return False
        with self._book.database.read() as connection:
            everybody = ending and _overtaken(connection, rollout)
            mine = speaks(rollout.changes)
            some = select(terminals).where(*rows.TOLD)
            if not everybody:
                some = some.where(around(rollout.changes), terminals.c.enrolled >= rollout.started)
            fresh = [
                row
                for row in connection.execute(some)
                if self._may_join(rollout, row, everybody) and (mine(row) or row.id in rollout.targets)
            ]
            settings = resolved(connection, fresh, rollout.changes) if fresh else {}
        last = len(rollout.plan.steps) - 1
        joined = [
            Reached(
                row.id, row.hall, row.role, last, "waiting", before=_before(rollout, row) if everybody else 0
            )
            for row in fresh
            if etag(settings[row.id]) != row.etag
        ]
        if joined:
            with self._book.database.write() as connection:
                rows.save_targets(connection, rollout.id, joined)
                new = [one for one in joined if one.id not in rollout.targets]
                rows.add_targets(connection, rollout.id, new)
        rollout.targets.update((one.id, one) for one in joined)
        if everybody:
            return bool(joined)
        passed = {row.id for row in fresh} - {one.id for one in joined}
        for id in passed & rollout.targets.keys():
            self._book.set(rollout, rollout.targets[id], "skipped", "")
        rollout.looked |= passed
        return bool(joined)

    def _may_join(self, rollout: Rollout, row: Row[Any], everybody: bool) -> bool:
        one = rollout.targets.get(row.id)
        if not everybody:
            return row.id not in rollout.looked and _is_new(row, one)
        if row.pinned or (one is not None and one.state != "confirmed"):
            return False
        return not any(  # theirs: they look, too
            row.id in other.targets
            for other in self._book.open.values()
            if other is not rollout and other.state != "done"
        )

    def _affected(self, changes: Sequence[LayerChange]) -> list[Candidate]:
        """Terminals that ``changes`` give other settings than they were told last, or have still to be told.

        The latter wait in an earlier rollout, which would tell them its own and be the last to speak.
        """
        with self._book.lock:
            awaiting = {
                one.id
                for other in self._book.open.values()
                for one in other.targets.values()
                if one.state == "waiting"
            }
        with self._book.database.read() as connection:
            mine = speaks(changes)
            some = [
                row
                for row in connection.execute(
                    select(terminals).where(*rows.TOLD, around(changes)).order_by(terminals.c.id)
                )
                if mine(row)
            ]
            found: list[Candidate] = []
            for start in range(0, len(some), MANY):
                part = some[start : start + MANY]
                settings = resolved(connection, part, changes)
                found += [
                    Candidate(row.id, row.hall, row.role, self._book.is_online(row.id))
                    for row in part
                    if row.id in awaiting or etag(settings[row.id]) != row.etag
                ]
        return found

    def _no_conflict(self, changes: Iterable[LayerChange], ids: Iterable[str]) -> None:
        touched, wanted = {(one.kind, one.key) for one in changes}, set(ids)
        for other in self._book.open.values():
            if other.state == "done":
                continue
            if shared := wanted & other.targets.keys():
                raise RolloutRefused("rollout.conflict", f"rollout {other.id}: {min(shared)}")
            if any((one.kind, one.key) in touched for one in other.changes):
                raise RolloutRefused("rollout.conflict", f"rollout {other.id}")

    @staticmethod
    def _still_there(connection: Connection, draft: Row[Any], changes: Sequence[LayerChange]) -> None:
        if connection.scalar(select(drafts.c.state).where(drafts.c.id == draft.id)) != "approved":
            raise RolloutRefused("rollout.not_approved", str(draft.id))
        now = read_all(connection, (one.layer for one in changes))
        for one in changes:
            if one.layer not in now or now[one.layer].version != one.base:
                raise RolloutRefused("rollout.stale", " ".join(one.layer).strip())

    def supersede(self, connection: Connection, ids: Iterable[str], states: Collection[str]) -> None:
        """Finished rollouts have no more to do for those of ``ids`` that stand so with them: a newer one has."""
        wanted = set(ids)
        for other in self._book.open.values():
            passed = [
                one
                for one in other.targets.values()
                if other.state == "done" and one.id in wanted and one.state in states
            ]
            for one in passed:
                one.state, one.ended = "skipped", self._book.now()
            rows.save_targets(connection, other.id, passed)


def _is_new(row: Row[Any], one: Reached | None) -> bool:
    """Whether a terminal enrolled, or did so again, since the rollout had to do with it: it was told other settings."""
    if one is None:
        return True
    return one.state != "waiting" and bool(row.enrolled > (one.ended or one.released or row.enrolled))


def _overtaken(connection: Connection, rollout: Rollout) -> bool:
    """Whether something else was released since ``rollout`` began."""
    h = layer_history.c
    others = select(h.id).where(h.at >= rollout.started, or_(h.draft.is_(None), h.draft != rollout.draft))
    return connection.scalar(others.limit(1)) is not None


def _before(rollout: Rollout, row: Row[Any]) -> int:
    """The revision that giving up goes back to; 0: the one it has when it is told another."""
    one = rollout.targets.get(row.id)
    return 0 if one is None else one.before
