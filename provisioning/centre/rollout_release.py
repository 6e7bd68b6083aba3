"""A rollout goes on: decide, issue, commit, publish, a little at a time, until it is done or stopped."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from provisioning.centre import rollout_rows as rows
from provisioning.centre.documents import Issued, Order
from provisioning.centre.happened import note
from provisioning.centre.layers import release
from provisioning.centre.rights import CENTRE, Actor
from provisioning.centre.rollout_away import waited
from provisioning.centre.rollout_book import Book, RolloutRefused, order, terminal_rows
from provisioning.centre.rollout_plan import Advance, Finish, Release, Soak, Stop, Wait, decide, releasable
from provisioning.centre.rollout_return import take_back
from provisioning.centre.rollout_rows import Rollout, resolved
from provisioning.centre.rollout_start import Starting
from provisioning.centre.signs import Sign
from provisioning.centre.store.tables import drafts, rollouts

log = logging.getLogger(__name__)

LARGE = 300  # targets from which on they are not all looked through for every chunk
DECIDE_EVERY = 0.5  # seconds for which a decision holds then


class Releasing:
    """Moves the rollouts of ``book`` on."""

    def __init__(self, book: Book, starting: Starting) -> None:
        self._book, self._starting = book, starting

    def step(self, rollout: Rollout, most: int) -> bool:
        """Do what is due, issuing at most ``most`` documents. Whether anything was done."""
        if rollout.state == "aborting":
            rollout.waits = ()
            waited(self._book, rollout)
            return take_back(self._book, rollout, most)
        if len(rollout.targets) > LARGE and 0 <= self._book.now() - rollout.decided < DECIDE_EVERY:
            return self._go_on(rollout, most)
        self._book.give_up(rollout)
        rollout.decided, rollout.queue = self._book.now(), ()
        online = {live.id: live.online for live in self._book.fleet if live.id in rollout.targets}
        halls = self._book.halls(rollout)
        if rollout.state == "done":
            rollout.queue = releasable(rollout.views(online), halls, unstaged=rollout.plan.unstaged)
            return self._go_on(rollout, most)
        actions = decide(rollout.standing, rollout.views(online), halls, self._book.now())
        rollout.waits = next((one.terminals for one in actions if isinstance(one, Wait)), ())
        waited(self._book, rollout)
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
                    self._stop(rollout, how, code, detail)
                case Finish():
                    if not self._starting.join(rollout, ending=True):
                        self._finish(rollout)
        return any(not isinstance(one, Wait) for one in actions)

    def steer(
        self,
        number: int,
        actor: Actor,
        given: tuple[str, ...],
        becomes: rows.RolloutState,
        reason: str,
        sign: Sign | None = None,
    ) -> Rollout:
        """From one of the states ``given`` to ``becomes``; ``sign`` becomes an alert with it.

        Raises RolloutRefused, Forbidden.
        """
        with self._book.lock:
            rollout = self._book.open.get(number)
            if rollout is None or rollout.state not in given:
                raise RolloutRefused("rollout.state", str(number))
            for hall in {one.hall for one in rollout.targets.values()}:
                actor.needs("steer", hall)
            with self._book.database.write() as connection:
                rows.save_rollout(connection, number, state=becomes, reason=reason[:200], wave_since=None)
                action = {
                    "paused": "rollout.paused",
                    "running": "rollout.resumed",
                    "aborting": "rollout.aborting",
                }
                self._book.record(
                    connection, actor, action[becomes], f"rollout {number}", "", {"reason": reason[:200]}
                )
                if sign is not None:
                    note(connection, f"rollout-{number}", "", sign, at=self._book.now())
            rollout.state, rollout.since, rollout.queue = becomes, None, ()
            log.info("rollout=%d state=%s by=%s", number, becomes, actor.name)
            return rollout

    def _held(self, id: str) -> bool:
        """A rollout that runs has it: who still waits for an earlier one gets that only where the newer is aborted."""
        return any(id in other.targets for other in self._book.open.values() if other.state != "done")

    def _go_on(self, rollout: Rollout, most: int) -> bool:
        """Some of those that were decided on: together they leave every hall open, so a part of them does, too."""
        if not rollout.queue:
            return False
        some, rollout.queue = rollout.queue[:most], rollout.queue[most:]
        return self._release(
            rollout,
            [
                one
                for one in some
                if rollout.targets[one].state == "waiting"
                and self._book.is_online(one)
                and not (rollout.state == "done" and self._held(one))
            ],
        )

    def _release(self, rollout: Rollout, ids: Sequence[str]) -> bool:
        if not ids:
            return False
        changes = () if rollout.state == "done" else rollout.changes
        with self._book.database.write() as connection:
            some = [row for row in terminal_rows(connection, ids) if row.state == "enrolled"]
            settings = resolved(connection, some, changes)
            orders = [order(row, settings[row.id], rollout.plan.apply, rollout.id, "rollout") for row in some]
            issued, large = self._fitting(connection, orders)
            before_of = {row.id: row.rev for row in some}
            at = self._book.now()
            reached = [
                replace(
                    rollout.targets[one.terminal],
                    state="pending",
                    rev=one.rev,
                    before=rollout.targets[one.terminal].before or before_of[one.terminal],
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
        self._book.send(issued)
        return True

    def _fitting(self, connection: Connection, orders: Sequence[Order]) -> tuple[list[Issued], list[str]]:
        """Issue ``orders``; those too large for a terminal are named instead."""
        try:
            return self._book.documents.issue_all(connection, orders), []
        except ValueError:
            if len(orders) == 1:
                return [], [orders[0].terminal]
            middle = len(orders) // 2
            parts = [self._fitting(connection, part) for part in (orders[:middle], orders[middle:])]
            return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]

    def _finish(self, rollout: Rollout) -> None:
        at = self._book.now()
        with self._book.database.write() as connection:
            by: str = (
                connection.scalar(select(rollouts.c.by).where(rollouts.c.id == rollout.id)) or CENTRE.name
            )
            steered = Actor(by, "approver")
            placed = release(connection, steered, rollout.changes, at=at, draft=rollout.draft)
            self._starting.supersede(connection, rollout.targets, ("waiting",))
            rows.save_rollout(connection, rollout.id, state="done", ended=at)
            rows.save_targets(connection, rollout.id, rollout.targets.values())
            connection.execute(update(drafts).where(drafts.c.id == rollout.draft).values(state="applied"))
            states = dict(Counter(str(one.state) for one in rollout.targets.values()))
            self._book.record(connection, CENTRE, "rollout.done", f"rollout {rollout.id}", "", states)
        rollout.state = "done"
        rollout.dirty.clear()
        if placed:
            self._book.fleet.changed(placed)
        log.info("rollout=%d state=done", rollout.id)

    def _stop(self, rollout: Rollout, how: Literal["pause", "abort"], code: str, detail: str) -> None:
        """By itself: that wants a person."""
        reason = f"{code} {detail}"
        log.warning("rollout=%d stops: %s", rollout.id, reason)
        sign = Sign("rollout", "critical", code, {"rollout": rollout.id, "reason": reason})
        becomes: rows.RolloutState = "paused" if how == "pause" else "aborting"
        self.steer(rollout.id, CENTRE, ("running",), becomes, reason, sign)

    def _move(self, rollout: Rollout, **values: Any) -> None:  # Any: columns of ``rollouts``
        with self._book.database.write() as connection:
            rows.save_rollout(connection, rollout.id, **values)
