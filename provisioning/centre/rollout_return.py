"""The way back: of a rollout that is given up, and of single terminals to what they had before."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import update

from provisioning.centre import rollout_rows as rows
from provisioning.centre.documents import CHUNK, Order, before, settings_of
from provisioning.centre.rights import CENTRE, Actor
from provisioning.centre.rollout_book import Book, order, terminal_rows
from provisioning.centre.rollout_rows import Rollout, resolved
from provisioning.centre.store.tables import drafts
from provisioning.wire.documents import Apply, etag

log = logging.getLogger(__name__)


def take_back(book: Book, rollout: Rollout, most: int) -> bool:
    """The former settings for whom the rollout has reached; the others are passed over."""
    told = (one for one in rollout.targets.values() if one.rev or one.before)
    reached = [one for one in told if one.state != "reverted"][:most]
    with book.database.write() as connection:
        some = {row.id: row for row in terminal_rows(connection, [one.id for one in reached])}
        released = resolved(connection, list(some.values()), ())
        orders: list[Order] = []
        for one in reached:
            if (row := some.get(one.id)) is None or row.state != "enrolled" or row.rollout != rollout.id:
                continue  # retired, or told something else since
            settings = settings_of(connection, one.id, one.before) or released[one.id]
            held = etag(settings) != etag(released[one.id])
            orders.append(order(row, settings, rollout.plan.apply, rollout.id, "abort", pinned=held))
        issued = book.documents.issue_all(connection, orders)
        revs = {one.terminal: one.rev for one in issued}
        at = book.now()
        gone = [replace(one, state="reverted", rev=revs.get(one.id, one.rev), ended=at) for one in reached]
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
            book.record(connection, CENTRE, "rollout.aborted", f"rollout {rollout.id}")
        rows.save_targets(connection, rollout.id, gone)
    for one in gone:
        rollout.targets[one.id] = one
    if over:
        rollout.state = "aborted"
        log.info("rollout=%d state=aborted", rollout.id)
    book.send(issued)
    return True


def restore(book: Book, ids: Sequence[str], actor: Actor) -> list[str]:
    """Roll back one terminal, or all of a hall: the earlier confirmed settings, held until a rollout comes by.

    Gives those that had something to go back to. Raises Forbidden.
    """
    done: list[str] = []
    with book.lock:
        for start in range(0, len(ids), CHUNK):
            with book.database.write() as connection:
                orders: list[Order] = []
                for row in terminal_rows(connection, ids[start : start + CHUNK]):
                    actor.needs("steer", row.hall)
                    rev = before(connection, row.id)
                    settings = None if rev is None else settings_of(connection, row.id, rev)
                    if settings is not None:
                        orders.append(order(row, settings, Apply(), None, "rollback", pinned=True))
                issued = book.documents.issue_all(connection, orders)
                if issued:
                    halls = {row.hall for row in terminal_rows(connection, [one.terminal for one in issued])}
                    book.record(
                        connection,
                        actor,
                        "terminal.rolled_back",
                        issued[0].terminal if len(issued) == 1 else f"{len(issued)} terminals",
                        halls.pop() if len(halls) == 1 else "",
                        {"terminals": [one.terminal for one in issued]},
                    )
            done += [one.terminal for one in issued]
            for one in issued:
                book.leave(one.terminal)
            book.send(issued)
    return done
