"""The announcer: calls and notices go in from any thread, each zone says its own, one after the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from drivers.errors import DeviceRefused, DeviceTimeout
from drivers.ports import Clock
from drivers.voice.backlog import WAITING
from drivers.voice.phrases import Announcement, Notice, Reading, tokens
from drivers.voice.renderer import Renderer
from drivers.voice.reports import Report
from drivers.voice.sinks import Sink
from drivers.voice.zone import Zone

CLOSING = 10.0  # seconds to end all threads: longer than a synthesiser's deadline


class Posted(Enum):
    QUEUED = "queued"
    IGNORED = "ignored"  # this event was posted before in this zone, or the announcer is closed


@dataclass(frozen=True, slots=True)
class ZoneState:
    """For the heartbeat: how many wait, and whether the last one failed."""

    waiting: int
    failing: bool


class Announcer:
    """Says calls and notices through the loudspeakers of each zone.

    Within a zone nothing overlaps and order is kept; zones don't wait for one another. An event id is said at
    most once in a zone. A later call of a number that still waits takes its place; when ``limit`` wait, the
    oldest is dropped. The gong starts at once, speech is rendered meanwhile, and ahead for those that wait.

    ``report`` gets every step (see ``reports``), from the threads of the announcer or the poster, and must
    not block. Handles: sink or synthesiser that fails, hangs until its deadline, or raises anything; the zone
    says the next. Does not handle: a sink that breaks its contract and blocks for ever. The announcer owns
    the sinks and closes them.
    """

    def __init__(
        self,
        sinks: Mapping[str, Sink],
        renderer: Renderer,
        *,
        clock: Clock,
        report: Callable[[Report], None],
        reading: Reading = Reading(),  # noqa: B008  a frozen value
        limit: int = WAITING,
    ) -> None:
        self._reading = reading
        self._zones = {name: Zone(name, sink, renderer, clock, report, limit) for name, sink in sinks.items()}

    def post(self, event_id: str, item: Announcement | Notice) -> Posted:
        """Queue ``item`` for its zone; returns at once. Raises DeviceRefused when there is no such zone."""
        zone = self._zones.get(item.zone)
        if zone is None:
            raise DeviceRefused(f"zone={item.zone} has no loudspeakers")
        taken = zone.post(event_id, item.subject, tokens(item, self._reading))
        return Posted.QUEUED if taken else Posted.IGNORED

    def state(self) -> dict[str, ZoneState]:
        return {name: ZoneState(zone.waiting, zone.failing) for name, zone in self._zones.items()}

    def wait_idle(self, timeout: float) -> bool:
        """Block until every zone has said all it had; False when one needs more than ``timeout`` seconds."""
        return all(zone.wait_idle(timeout) for zone in self._zones.values())

    def close(self) -> None:
        """Cut short what is being said, drop what waits, end all threads. Idempotent. Raises DeviceTimeout
        when a sink or a synthesiser does not let go."""
        for zone in self._zones.values():
            zone.shut()
        stuck = [name for name, zone in self._zones.items() if not zone.join(CLOSING)]
        if stuck:
            raise DeviceTimeout(f"zones={','.join(stuck)} did not end in {CLOSING:g} s")
