"""Terminals that are away and hold their wave: ops are told of it after a while, and may go on without them."""

import logging
from dataclasses import replace

from sqlalchemy import Connection, select

from provisioning.centre import happened
from provisioning.centre import rollout_rows as rows
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_book import Book, RolloutRefused
from provisioning.centre.rollout_plan import WITHOUT
from provisioning.centre.rollout_rows import Reached, Rollout
from provisioning.centre.signs import Sign
from provisioning.centre.store.tables import alerts

log = logging.getLogger(__name__)

WAITING = "rollout.waiting"


def waited(book: Book, rollout: Rollout) -> None:
    """``rollout.waits`` is as of now: an alert when that lasts too long; it goes when it is over.

    Somebody who has seen it for a wave is told no more of that wave.

    Of terminals that the centre cannot hear nobody knows whether they are away: nothing is told then.
    """
    if not rollout.waits:
        wave = None
    elif all(
        (live := book.fleet.get(one)) is not None and live.presence != "unknown" for one in rollout.waits
    ):
        late = book.now() - _quiet_since(rollout) > rollout.plan.soak + rollout.plan.patience_seconds
        wave = rollout.wave if late else None
    else:
        return
    if wave == rollout.told:
        return
    subject = f"rollout-{rollout.id}"
    with book.database.write() as connection:
        if wave is None:
            happened.over(connection, subject, WAITING, at=book.now())
        elif not _told(connection, subject, wave):
            detail = {"rollout": rollout.id, "wave": wave, "away": len(rollout.waits)}
            sign = Sign("rollout", "warning", WAITING, {**detail, "terminals": list(rollout.waits[:20])})
            happened.note(connection, subject, "", sign, at=book.now())
    rollout.told = wave


def away(book: Book, number: int) -> tuple[Reached, ...]:
    """Whom the wave that runs cannot go on without, and who are away."""
    with book.lock:
        rollout = book.open.get(number)
        if rollout is None:
            return ()
        return tuple(rollout.targets[one] for one in rollout.waits)


def go_on_without(book: Book, number: int, actor: Actor, reason: str) -> int:
    """Whom the wave waits for has no part in whether it goes on, until it settles; how many.

    They stay pending, and get the change when they are back. Raises RolloutRefused, Forbidden.
    """
    with book.lock:
        rollout = book.open.get(number)
        if rollout is None or rollout.state != "running":
            raise RolloutRefused("rollout.state", str(number))
        for hall in {one.hall for one in rollout.targets.values()}:
            actor.needs("steer", hall)
        left = [replace(rollout.targets[one], code=WITHOUT) for one in rollout.waits]
        if not left:
            raise RolloutRefused("rollout.not_waiting", str(number))
        with book.database.write() as connection:
            rows.save_targets(connection, number, left)
            detail = {"wave": rollout.wave, "terminals": [one.id for one in left], "reason": reason[:200]}
            book.record(connection, actor, "rollout.went_on", f"rollout {number}", "", detail)
        rollout.targets.update((one.id, one) for one in left)
        rollout.waits, rollout.decided = (), 0.0
    log.info("rollout=%d wave=%d goes on without=%d by=%s", number, rollout.wave, len(left), actor.name)
    return len(left)


def _quiet_since(rollout: Rollout) -> float:
    """When anything happened last in the waves that were reached."""
    reached = (one for one in rollout.targets.values() if one.wave <= rollout.wave)
    return max([rollout.started, *(one.ended or one.released or 0.0 for one in reached)])


def _told(connection: Connection, subject: str, wave: int) -> bool:
    """Whether that is told already, or somebody has seen it; one that was over by itself counts no longer."""
    a = alerts.c
    known = a.resolved.is_(None) | a.acknowledged.is_not(None)
    of = select(a.detail).where(a.terminal == subject, a.code == WAITING, known)
    return any(detail.get("wave") == wave for detail in connection.scalars(of))
