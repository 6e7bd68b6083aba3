"""What waits to be published, paced: documents of rollouts, documents for a broker that forgot them, small things now.

A terminal's newest document takes the place of an earlier one that was not sent yet. Thread-safe; knows no database.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Protocol

from provisioning.centre.documents import Issued
from provisioning.centre.fleet import Fleet
from provisioning.wire import topics

log = logging.getLogger(__name__)

RATE = 500.0  # documents a second
SEED_RATE = 2000.0  # documents a second for a broker that lost its retained ones
BURST = 0.5  # seconds whose share may go out at once after a pause
SEEDS_AT_ONCE = 200  # envelopes made again in one go


class Sender(Protocol):
    """What we need of ``hall.wire.link.Link``."""

    def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> bool: ...


class _Pace:
    def __init__(self, rate: float, now: float) -> None:
        self.rate, self._last, self._credit = rate, now, 0.0

    def due(self, now: float) -> int:
        passed = max(0.0, now - self._last)  # a clock set back gives nothing, one set on a burst
        self._last = now
        self._credit = min(self._credit + passed * self.rate, BURST * self.rate)
        return int(self._credit)

    def spent(self, number: int) -> None:
        self._credit -= number


class Outbound:
    """``publish`` is what ``Rollouts`` wants. ``pump`` is called often, by one thread."""

    def __init__(self, fleet: Fleet, now: Callable[[], float], rate: float = RATE) -> None:
        self._fleet, self._now = fleet, now
        self._rate, self._seed_rate = _Pace(rate, now()), _Pace(SEED_RATE, now())
        self._senders: dict[str, Sender] = {}
        self._fresh: dict[str, OrderedDict[str, bytes]] = {}
        self._seeds: dict[str, OrderedDict[str, None]] = {}
        self._lock = threading.Lock()

    def attach(self, broker: str, sender: Sender | None) -> None:
        """Documents for ``broker`` can be sent from now on; None: they wait."""
        with self._lock:
            if sender is None:
                self._senders.pop(broker, None)
            else:
                self._senders[broker] = sender

    def publish(self, issued: Sequence[Issued]) -> None:
        """These are in the database: tell the terminals, in this order, at ``rate``."""
        self._fleet.issued(issued)
        with self._lock:
            for one in issued:
                if (live := self._fleet.get(one.terminal)) is not None:
                    self._fresh.setdefault(live.broker, OrderedDict())[one.terminal] = one.envelope
                    self._seeds.setdefault(live.broker, OrderedDict()).pop(one.terminal, None)

    def seed(self, ids: Iterable[str]) -> None:
        """Publish the newest documents of these again: their broker may have lost them."""
        with self._lock:
            for terminal in ids:
                live = self._fleet.get(terminal)
                if live is not None and live.rev and terminal not in self._fresh.get(live.broker, ()):
                    self._seeds.setdefault(live.broker, OrderedDict())[terminal] = None

    def drop(self, terminal: str) -> None:
        """It is retired."""
        with self._lock:
            for lane in self._fresh.values():
                lane.pop(terminal, None)
            for seeds in self._seeds.values():
                seeds.pop(terminal, None)

    @property
    def waiting(self) -> int:
        """Documents of rollouts not sent yet."""
        with self._lock:
            return sum(map(len, self._fresh.values()))

    @property
    def seeding(self) -> int:
        with self._lock:
            return sum(map(len, self._seeds.values()))

    def say(self, terminal: str, topic: str, payload: bytes) -> bool:
        """Publish something small at once, not retained. False: nobody will get it."""
        live = self._fleet.get(terminal)
        sender = None if live is None else self._senders.get(live.broker)
        return sender is not None and sender.publish(topic, payload, qos=1)

    def pump(self, again: Callable[[Sequence[str]], Mapping[str, bytes]]) -> int:
        """Send what is due; how many. ``again`` makes envelopes of newest documents. Raises what that raises."""
        return self._pump_fresh() + self._pump_seeds(again)

    def _pump_fresh(self) -> int:
        sent, due = 0, self._rate.due(self._now())
        with self._lock:
            for broker, lane in self._fresh.items():
                sender = self._senders.get(broker)
                while sender is not None and lane and sent < due:
                    terminal, envelope = next(iter(lane.items()))
                    if not sender.publish(topics.desired(terminal), envelope, qos=1, retain=True):
                        break
                    del lane[terminal]
                    sent += 1
        self._rate.spent(sent)
        return sent

    def _pump_seeds(self, again: Callable[[Sequence[str]], Mapping[str, bytes]]) -> int:
        due = min(self._seed_rate.due(self._now()), SEEDS_AT_ONCE)
        picked: list[tuple[str, str]] = []
        with self._lock:
            ready = [broker for broker, seeds in self._seeds.items() if seeds and broker in self._senders]
            for number, broker in enumerate(ready):
                share = (due - len(picked)) // (len(ready) - number)
                picked += [(broker, terminal) for terminal in islice(self._seeds[broker], share)]
        if not picked:
            return 0
        envelopes = again([terminal for _, terminal in picked])
        sent = 0
        with self._lock:
            for broker, terminal in picked:
                sender, envelope = self._senders.get(broker), envelopes.get(terminal)
                if terminal not in self._seeds[broker] or sender is None:
                    continue  # a newer one was issued meanwhile, or the broker is gone: it waits
                if envelope is not None and not sender.publish(
                    topics.desired(terminal), envelope, qos=1, retain=True
                ):
                    continue  # its queue is full
                del self._seeds[broker][terminal]
                sent += 1
        self._seed_rate.spent(sent)
        return sent
