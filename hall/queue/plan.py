"""A hall's settings, indexed for the questions that every command asks of them."""

from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.hall import Hall, Queue, Window
from hall.queue.model import QueueId, WindowId


class Sign(NamedTuple):
    """What stands over a queue: its name, and where to go."""

    name: str
    name_en: str
    zone: str
    zone_en: str
    windows: str


class Plan:
    """Read-only; answers about the same hall never change but with ``now``, which must be aware."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.policy = hall.policy
        self.queues: dict[QueueId, Queue] = {QueueId(q.id): q for q in hall.queues}
        self.windows: dict[WindowId, Window] = {WindowId(w.id): w for w in hall.windows}
        self.serves: dict[WindowId, tuple[QueueId, ...]] = {
            window: tuple(QueueId(q) for q in w.serves) for window, w in self.windows.items()
        }
        self.servers: dict[QueueId, tuple[WindowId, ...]] = {
            queue: tuple(w for w, serves in self.serves.items() if queue in serves) for queue in self.queues
        }
        zones = {zone.id: zone for zone in hall.zones}
        self.signs: dict[QueueId, Sign] = {
            queue: Sign(
                q.name, q.name_en, zones[q.zone].name, zones[q.zone].name_en, _label(self.servers[queue])
            )
            for queue, q in self.queues.items()
        }
        self._zone = ZoneInfo(hall.time_zone)
        self._second = 0
        self._open: dict[QueueId, bool] = {}

    def day(self, now: datetime) -> date:
        """The date on the hall's own wall."""
        return now.astimezone(self._zone).date()

    def local(self, now: datetime) -> datetime:
        return now.astimezone(self._zone)

    def gives_numbers(self, queue: QueueId, now: datetime) -> bool:
        """Whether it is within the hours of ``queue``. Hours are whole seconds, so an answer holds for one."""
        second = int(now.timestamp())
        if second != self._second:
            self._second, self._open = second, {}
        if (known := self._open.get(queue)) is None:
            known = self._open[queue] = self.hall.open_at(self.local(now), self.queues[queue])
        return known

    def opens(self, now: datetime, queue: QueueId | None = None) -> str:
        """The next opening as a citizen reads it: HH:MM today, YYYY-MM-DD HH:MM later, "" if none is near."""
        local = self.local(now)
        opening = self.hall.next_opening(local, self.queues[queue] if queue else None)
        if opening is None:
            return ""
        return f"{opening:%H:%M}" if opening.date() == local.date() else f"{opening:%Y-%m-%d %H:%M}"

    def hours(self, now: datetime) -> str:
        """Today's hours, as on the door."""
        shifts = self.hall.shifts_on(self.local(now).date())
        return " ".join(f"{s.opens:%H:%M}–{s.closes:%H:%M}" for s in shifts)


def _label(windows: tuple[WindowId, ...]) -> str:
    """Window numbers as on a sign, runs shortened: 3, 5–7. Windows without a number stand by themselves."""
    numbers = sorted(int(w) for w in windows if w.isdecimal())
    runs = [
        [number for _, number in run]
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])
    ]
    signs = [str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs]
    return ", ".join([*signs, *(w for w in windows if not w.isdecimal())])
