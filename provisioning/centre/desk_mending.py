"""What the desk puts right by itself: terminals that lag behind what they say themselves, that were told more than the
database remembers, that do not know the keys of the day; documents that grow old; statuses that a broker lost.
"""

import logging
from collections.abc import Callable

from provisioning.centre.documents import CHUNK, Documents
from provisioning.centre.fleet import Fleet
from provisioning.centre.outbound import Outbound
from provisioning.centre.rollouts import Rollouts
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store.database import Database

log = logging.getLogger(__name__)

COUNT_AFTER = 15.0  # seconds after a connect until statuses are counted
ASK_EVERY = 300.0  # seconds between two resyncs of one terminal
LAGGING = 60.0  # seconds for which health may tell of another revision than the last report
AGE_EVERY = 3600.0
AHEAD = 200  # issued documents that may wait to be sent before more are issued


class Mending:
    """``ask`` orders a terminal to say everything again. All on the desk's thread. Raises StoreFailed."""

    def __init__(
        self,
        database: Database,
        documents: Documents,
        keys: SigningKeys,
        fleet: Fleet,
        rollouts: Rollouts,
        outbound: Outbound,
        ask: Callable[[str], object],
        now: Callable[[], float],
    ) -> None:
        self._database, self._documents, self._keys = database, documents, keys
        self._fleet, self._rollouts, self._outbound = fleet, rollouts, outbound
        self._ask, self._now = ask, now
        self._counting: dict[str, tuple[float, set[str]]] = {}  # broker: when to count, who was there
        self._asked: dict[str, float] = {}
        self._to_ask: dict[str, None] = {}
        self._again: dict[str, str] = {}  # terminal: why its document is to be issued anew
        self._keyed: dict[str, frozenset[str]] = {}  # terminal: keys it was told of last
        self._aged: float | None = None  # when documents were looked through

    def linked(self, broker: str, up: bool) -> None:
        """All statuses are on their way, or none."""
        self._counting.pop(broker, None)
        if up:
            self._counting[broker] = (self._now() + COUNT_AFTER, set())

    def present(self, broker: str, device: str) -> None:
        """Its status came."""
        if broker in self._counting:
            self._counting[broker][1].add(device)

    def ahead(self, device: str) -> None:
        """It was told more than we remember: our database was put back from a copy."""
        self._again[device] = "renewed"

    def look(self) -> None:
        """See what is to be put right; ask those who are to be asked."""
        self._count()
        self._look_after()
        at = self._now()
        for device in list(self._to_ask)[:CHUNK]:
            del self._to_ask[device]
            if abs(at - self._asked.get(device, -ASK_EVERY)) >= ASK_EVERY:
                self._asked[device] = at
                self._ask(device)
        if self._aged is None or not 0 <= at - self._aged < AGE_EVERY:
            with self._database.read() as connection:
                for device in self._documents.ageing(connection, 10 * CHUNK):
                    self._again.setdefault(device, "renewed")
            self._aged = at

    def reissue(self) -> None:
        """Some of those whose document is to be issued anew, for one reason at a time."""
        if not self._again or self._outbound.waiting >= AHEAD:
            return
        why = next(iter(self._again.values()))
        some = [device for device, reason in self._again.items() if reason == why][:CHUNK]
        self._fleet.flush()  # the database must know how far they are
        self._rollouts.reissue(some, why)
        for device in some:
            del self._again[device]
            self._keyed[device] = frozenset(self._keys.public())

    def _count(self) -> None:
        """Whose status did not come though we asked for all: ask them, the broker may have lost it."""
        at = self._now()
        for broker, (due, there) in list(self._counting.items()):
            if at < due:
                continue
            del self._counting[broker]
            mine = [live.id for live in self._fleet if live.broker == broker and live.rev]
            missing = [terminal for terminal in mine if terminal not in there]
            if missing:
                log.warning("desk=counted broker=%s statuses=%d of=%d", broker, len(there), len(mine))
                self._to_ask.update(dict.fromkeys(missing))

    def _look_after(self) -> None:
        """Terminals that lag behind what they say themselves, or behind our keys."""
        at, names = self._now(), frozenset(self._keys.public())
        for live in self._fleet:
            lags = live.online and live.health is not None and live.health.rev != live.running
            if lags and at - max(live.reported_at or 0.0, live.presence_at or 0.0) > LAGGING:
                self._to_ask[live.id] = None
            # no names: it cannot say; names in _keyed: it was told and has not said so yet
            known: tuple[frozenset[str], ...] = (names, frozenset())
            if live.converged and frozenset(live.keys) not in known and self._keyed.get(live.id) != names:
                self._again.setdefault(live.id, "keys")
