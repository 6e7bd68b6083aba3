"""A hall's day in figures (办件数据), out of its events. Pure: the same events give the same figures.

A ticket is who took it, not its number: where the hall's journal began anew (provisioning.centre.branches) the same
number is given to somebody else, and who had one in a copy that was put back is served, or missing, once.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from provisioning.centre.branches import Branch

HOURS = range(24)
ENDS = ("ticket_finished", "ticket_abandoned")


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """``minutes``: mean handling time."""

    window: str
    calls: int
    served: int
    missed: int
    minutes: float


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One hall, one day. Hours are those of the hall's wall clock, 0 to 23; waits in minutes."""

    hall: str
    day: date
    taken: int = 0
    served: int = 0
    missed: int = 0
    abandoned: int = 0
    waiting: int = 0  # have a number and were not called yet
    taken_by_hour: tuple[int, ...] = (0,) * 24
    served_by_hour: tuple[int, ...] = (0,) * 24
    wait_by_hour: tuple[float, ...] = (0.0,) * 24  # median, of those called in that hour
    median_wait: float = 0.0
    worst_tenth_wait: float = 0.0
    windows: tuple[WindowFigures, ...] = ()
    queues: dict[str, int] = field(default_factory=dict)
    channels: dict[str, int] = field(default_factory=dict)  # numbers by where they were taken
    records: int = 0
    lost: int = 0  # records of the hall that will never come
    gaps: tuple[
        Branch, ...
    ] = ()  # the journal began anew on this day: the end of the one before may be missing
    latest: float | None = None  # UTC seconds of the last record that came


class Day:
    """Told a day's records in their order, branch by branch; ``figures`` at the end."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._branch = 0
        self._who: dict[str, str] = {}  # the hall's id of a ticket to the one that is meant by it now
        self._taken: dict[str, tuple[int, float]] = {}  # number of the record, when
        self._called: set[str] = set()
        self._over: set[str] = set()
        self._taken_by_hour, self._served_by_hour = [0] * 24, [0] * 24
        self._waits: dict[int, list[float]] = defaultdict(list)
        self._calls, self._served, self._missed = Counter[str](), Counter[str](), Counter[str]()
        self._handled: dict[str, float] = defaultdict(float)
        self._queues, self._channels = Counter[str](), Counter[str]()
        self._abandoned = 0

    def heard(self, row: Any) -> None:
        """One row of the centre's ``journal``."""
        if row.branch != self._branch:
            self._branch = row.branch
            self._forgotten(row.seq)
        data, hour = row.body.get("data", {}), datetime.fromtimestamp(row.at, self._zone).hour
        ticket, window = str(data.get("ticket", "")), str(data.get("window", ""))
        who = self._who.get(ticket, ticket)
        if row.type in ENDS and who in self._over:
            return
        match row.type:
            case "ticket_taken":
                self._who[ticket] = who = f"{row.branch}/{ticket}"
                self._taken[who] = row.seq, row.at
                self._taken_by_hour[hour] += 1
                self._queues[str(data.get("queue", ""))] += 1
                self._channels[_channel(row.body)] += 1
            case "ticket_called":
                self._calls[window] += 1
                if who in self._taken and who not in self._called:
                    self._called.add(who)
                    self._waits[hour].append((row.at - self._taken[who][1]) / 60)
            case "ticket_missed":
                self._missed[window] += 1
            case "ticket_finished":
                self._served[window] += 1
                self._served_by_hour[hour] += 1
                self._handled[window] += float(data.get("handled", 0))
                self._over.add(who)
            case "ticket_abandoned":
                self._abandon([who])
            case "day_closed":
                self._abandon(self._who.get(str(one), str(one)) for one in data.get("left", ()))

    def _forgotten(self, first: int) -> None:
        """A journal that goes on at record ``first`` knows nothing of who came after that in the one before."""
        self._abandon(who for who, (seq, _) in self._taken.items() if seq >= first)

    def _abandon(self, tickets: Iterable[str]) -> None:
        gone = set(tickets) - self._over
        self._abandoned += len(gone)
        self._over |= gone

    def figures(self, hall: str, day: date, **how_far: Any) -> DayFigures:
        """``how_far``: what ``DayFigures`` says of the records themselves."""
        every = sorted(wait for some in self._waits.values() for wait in some)
        return DayFigures(
            hall,
            day,
            taken=len(self._taken),
            served=sum(self._served.values()),
            missed=sum(self._missed.values()),
            abandoned=self._abandoned,
            waiting=len(self._taken.keys() - self._called - self._over),
            taken_by_hour=tuple(self._taken_by_hour),
            served_by_hour=tuple(self._served_by_hour),
            wait_by_hour=tuple(_median(self._waits.get(hour, [])) for hour in HOURS),
            median_wait=_median(every),
            worst_tenth_wait=round(every[int(len(every) * 0.9)], 1) if every else 0.0,
            windows=tuple(
                self._window(w)
                for w in sorted(self._calls.keys() | self._served.keys(), key=lambda w: (len(w), w))
            ),
            queues=dict(self._queues),
            channels=dict(self._channels),
            **how_far,
        )

    def _window(self, window: str) -> WindowFigures:
        served = self._served[window]
        minutes = round(self._handled[window] / served / 60, 1) if served else 0.0
        return WindowFigures(window, self._calls[window], served, self._missed[window], minutes)


def _median(waits: list[float]) -> float:
    return round(statistics.median(waits), 1) if waits else 0.0


def _channel(body: dict[str, Any]) -> str:
    """Where a number was taken: by the role of who asked (hall.credentials), an appointment by itself."""
    if body.get("data", {}).get("appointment"):
        return "appointment"
    return str(body.get("by", "")).partition(":")[0] or "unknown"
