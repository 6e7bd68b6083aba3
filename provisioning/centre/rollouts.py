"""The engine of rollouts: carries a draft's changes to the terminals they are for, wave by wave, and back again.

The database is the truth; what runs is also held in memory (``rollout_book``). ``tick`` does a little at a time:
decide, issue, commit, then publish. After a restart it goes on where it was. Knows no MQTT.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from provisioning.centre import rollout_rows as rows
from provisioning.centre.documents import CHUNK, Documents, Issued
from provisioning.centre.fleet import Fleet, Live
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_away import away, go_on_without
from provisioning.centre.rollout_book import Book, Publish, terminal_rows
from provisioning.centre.rollout_book import RolloutRefused as RolloutRefused
from provisioning.centre.rollout_plan import FAILED
from provisioning.centre.rollout_release import Releasing
from provisioning.centre.rollout_return import restore
from provisioning.centre.rollout_rows import Reached, Rollout, resolved
from provisioning.centre.rollout_start import Starting
from provisioning.centre.store.database import Database, StoreFailed
from provisioning.centre.store.tables import drafts
from provisioning.wire.documents import Apply

log = logging.getLogger(__name__)

LATE_EVERY = 5.0  # seconds between two looks for terminals that enrolled meanwhile


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
        self._book = Book(database, documents, fleet, publish, now)
        self._starting = Starting(self._book)
        self._releasing = Releasing(self._book, self._starting)
        self._looked = now()

    # -- what people do -----------------------------------------------------------------------------------

    def start(self, draft: int, actor: Actor) -> int:
        """Begin with an approved draft, by its plan; its number. Raises RolloutRefused, Forbidden, SettingsError."""
        actor.needs("approve")
        with self._book.database.read() as connection:
            row = connection.execute(select(drafts).where(drafts.c.id == draft)).one_or_none()
        if row is None or row.state != "approved":
            raise RolloutRefused("rollout.not_approved", str(draft))
        return self._starting.begin(row, actor, "change")

    def rollback(self, number: int, actor: Actor) -> int:
        """Undo a finished rollout everywhere, as a rollout of its own. Raises RolloutRefused, Forbidden."""
        return self._starting.rollback(number, actor)

    def pause(self, number: int, actor: Actor, reason: str = "") -> None:
        """Release no more; those under way come to their end. Raises RolloutRefused, Forbidden."""
        self._releasing.steer(number, actor, ("running",), "paused", reason)

    def resume(self, number: int, actor: Actor) -> None:
        """Go on. Those that failed until now are left out and count no longer. Raises RolloutRefused, Forbidden."""
        with self._book.lock:
            rollout = self._releasing.steer(number, actor, ("paused",), "running", "")
            for one in rollout.targets.values():
                if one.state in FAILED:
                    self._book.set(rollout, one, "skipped", one.code)

    def abort(self, number: int, actor: Actor, reason: str = "") -> None:
        """Stop, and give every terminal that was reached its former settings. Raises RolloutRefused, Forbidden."""
        self._releasing.steer(number, actor, ("running", "paused"), "aborting", reason)

    def go_on_without(self, number: int, actor: Actor, reason: str = "") -> int:
        """The wave waits no longer for those who are ``away``: they count neither as failed nor as confirmed, and get
        the change when they are back; how many. Raises RolloutRefused, Forbidden.
        """
        return go_on_without(self._book, number, actor, reason)

    def away(self, number: int) -> tuple[Reached, ...]:
        """Whom the wave that runs waits for and cannot go on without; none while it has something else to do."""
        return away(self._book, number)

    def restore(self, ids: Sequence[str], actor: Actor) -> list[str]:
        """Roll back one terminal, or all of a hall: the earlier confirmed settings, held until a rollout comes by.

        Gives those that had something to go back to. Raises Forbidden.
        """
        return restore(self._book, ids, actor)

    # -- what single terminals are told -------------------------------------------------------------------

    def first_settings(self, connection: Connection, terminal: Row[Any]) -> Mapping[str, Any]:
        """What a terminal gets that enrols now: what is released; a running rollout reaches it in its last wave.

        This and ``first`` are for inside a transaction; ``terminal`` is its row.
        """
        return resolved(connection, [terminal], ())[terminal.id]

    def first(self, connection: Connection, terminal: str) -> Issued:
        """The first document of a terminal that enrols. Publish it after the commit."""
        row = terminal_rows(connection, [terminal])[0]
        return self._book.documents.issue(
            connection, row, self.first_settings(connection, row), Apply(), None, "enrolled"
        )

    def reissue(self, ids: Sequence[str], why: str) -> int:
        """The same settings and today's keys under a new revision (``why``: keys, renewed); how many.

        A chunk at a time, please: all of ``ids`` is one transaction.
        """
        with self._book.lock:
            with self._book.database.write() as connection:
                issued = self._book.documents.reissue(connection, ids, why)
            for one in issued:
                for rollout in self._book.open.values():
                    target = rollout.targets.get(one.terminal)
                    if target is not None and target.rev and one.rollout == rollout.id:
                        target.rev = one.rev
            self._book.send(issued)
        return len(issued)

    # -- what terminals do, and time ----------------------------------------------------------------------

    def heard(self, live: Live) -> None:
        """``live`` reported something new."""
        self._book.heard(live)

    def tick(self, most: int = CHUNK) -> bool:
        """Do what is due, issuing at most ``most`` documents a rollout. Whether anything was done."""
        with self._book.lock:
            if not self._book.open:
                return False
            if (
                late := not 0 <= self._book.now() - self._looked < LATE_EVERY
            ):  # also when the clock was set back
                self._looked = self._book.now()
            acted = False
            for rollout in list(self._book.open.values()):
                try:
                    acted = self._step(rollout, most, late=late) or acted
                except StoreFailed:
                    raise
                except Exception:  # one rollout must not take the others with it
                    log.exception("rollout=%d step failed", rollout.id)
            return acted

    def _step(self, rollout: Rollout, most: int, *, late: bool) -> bool:
        if late:
            self._starting.join(rollout)
        acted = self._releasing.step(rollout, min(most, CHUNK))
        if not rollout.open:
            self._book.save(rollout)
            self._book.open.pop(rollout.id, None)
        return acted

    def flush(self) -> None:
        """Write what became of targets."""
        self._book.flush()

    def progress(self, number: int) -> tuple[Progress, ...]:
        """How many of each wave are in each state, by the latest of what is known."""
        with self._book.lock:
            rollout = self._book.open.get(number)
        if rollout is None:
            with self._book.database.read() as connection:
                rollout = rows.one_rollout(connection, number)
        if rollout is None:
            raise RolloutRefused("rollout.unknown", str(number))
        waves: dict[int, Counter[str]] = {wave: Counter() for wave in range(len(rollout.plan.steps))}
        for one in list(rollout.targets.values()):
            waves.setdefault(one.wave, Counter())[one.state] += 1
        return tuple(Progress(wave, dict(states)) for wave, states in sorted(waves.items()))
