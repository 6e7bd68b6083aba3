"""A hall's day in figures (办件数据), out of the journal that was collected: complete, in time, countable by channel.

Everything is computed from the events of one day on the hall's own wall clock; nothing is counted twice because nothing
is kept twice. ``behind`` and ``lost`` say how far the figures can be trusted.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from config.hall import Hall, Policy
from hall.journal.chain import Record, canonical
from hall.journal.codec import decode
from hall.journal.errors import JournalError
from hall.queue.events import Event
from provisioning.centre import layers
from provisioning.centre.dry_run import DryRun, dry_run
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database


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
    latest: float | None = None  # UTC seconds of the last record that came


class Statistics:
    """Asked by pages and API. ``now``: UTC seconds."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database, self._now = database, now

    def today(self, hall: str) -> date:
        """The date on the wall of ``hall``."""
        with self._database.read() as db:
            return datetime.fromtimestamp(self._now(), _zone(db, hall)).date()

    def day(self, hall: str, day: date) -> DayFigures:
        """Figures of ``day``; an unknown hall or a day without events is empty."""
        with self._database.read() as db:
            zone = _zone(db, hall)
            rows = _rows(db, hall, day, zone)
            lost = db.execute(
                select(t.streams.c.lost)
                .join(t.terminals, t.terminals.c.id == t.streams.c.terminal)
                .where((t.terminals.c.hall == hall) & (t.streams.c.stream == "journal"))
            ).scalar()
        return _figures(hall, day, rows, zone, int(lost or 0))

    def dry_run(self, hall: str, policy: str, day: date) -> DryRun:
        """What the policy named ``policy`` of ``hall`` would have done on ``day``, beside the one that is released now.

        Raises NoDryRun.
        """
        with self._database.read() as db:
            settings = db.execute(select(t.halls.c.settings).where(t.halls.c.id == hall)).scalar()
            present = _released(db, hall)
            rows = _rows(db, hall, day, _zone(db, hall))
        if not settings:
            raise NoDryRun("dry_run.no_hall", f"the settings of {hall} have not come to the centre yet")
        known = Hall.model_validate(settings)
        proposed = policies(known).get(policy)
        if proposed is None:
            raise NoDryRun("dry_run.no_policy", f"{hall} has no queue policy {policy!r}")
        if not rows:
            raise NoDryRun("dry_run.no_journal", f"no journal of {hall} for {day} has come to the centre")
        try:
            events = [event_of(row) for row in rows]
        except JournalError as error:
            raise NoDryRun("dry_run.journal", str(error)) from error
        now = known.model_copy(update={"policy": policies(known).get(present, known.policy)})
        return dry_run(now, proposed, day, events)


class NoDryRun(Exception):
    """It cannot be said what would have been."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def policies(hall: Hall) -> dict[str, Policy]:
    """The written queue policies of ``hall`` by name; "standard" is the one it has without any choice."""
    return {"standard": hall.policy, **hall.policies}


def event_of(row: Any) -> Event:
    """A collected row as the event that the hall had. Raises JournalError."""
    content = {
        "at": datetime.fromtimestamp(row.at).astimezone().isoformat(),
        "by": row.body.get("by", ""),
        "data": row.body.get("data", {}),
        "seq": row.seq,
        "type": row.type,
        "v": 1,
    }
    return decode(Record(row.seq, row.type, canonical(content), b""))


def _released(db: Connection, hall: str) -> str:
    """Name of the policy that the process of ``hall`` is told; the usual one where the fleet keeps no such process."""
    of_hall = (
        (t.terminals.c.hall == hall) & (t.terminals.c.role == "hall") & (t.terminals.c.state == "enrolled")
    )
    kept = db.execute(select(t.terminals).where(of_hall).order_by(t.terminals.c.id)).first()
    return "standard" if kept is None else str(layers.effective(db, kept).values["policy"])


def _zone(db: Connection, hall: str) -> ZoneInfo:
    name = db.execute(select(t.halls.c.time_zone).where(t.halls.c.id == hall)).scalar()
    return ZoneInfo(str(name or "Asia/Shanghai"))


def _rows(db: Connection, hall: str, day: date, zone: ZoneInfo) -> list[Any]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    begins, ends = midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()
    of_day = (t.journal.c.hall == hall) & (t.journal.c.at >= begins) & (t.journal.c.at < ends)
    return list(db.execute(select(t.journal).where(of_day).order_by(t.journal.c.seq)))


def _figures(hall: str, day: date, rows: list[Any], zone: ZoneInfo, lost: int) -> DayFigures:
    taken: dict[str, float] = {}
    called: dict[str, float] = {}
    over: set[str] = set()
    by_hour, served_hours = [0] * 24, [0] * 24
    waits: dict[int, list[float]] = defaultdict(list)
    calls, served, missed = Counter[str](), Counter[str](), Counter[str]()
    handled: dict[str, float] = defaultdict(float)
    queues, channels = Counter[str](), Counter[str]()
    abandoned = 0
    for row in rows:
        data, hour = row.body.get("data", {}), datetime.fromtimestamp(row.at, zone).hour
        ticket, window = str(data.get("ticket", "")), str(data.get("window", ""))
        match row.type:
            case "ticket_taken":
                taken[ticket] = row.at
                by_hour[hour] += 1
                queues[str(data.get("queue", ""))] += 1
                channels[_channel(row.body)] += 1
            case "ticket_called":
                calls[window] += 1
                if ticket in taken and ticket not in called:
                    called[ticket] = row.at
                    waits[hour].append((row.at - taken[ticket]) / 60)
            case "ticket_missed":
                missed[window] += 1
            case "ticket_finished":
                served[window] += 1
                served_hours[hour] += 1
                handled[window] += float(data.get("handled", 0))
                over.add(ticket)
            case "ticket_abandoned":
                abandoned += 1
                over.add(ticket)
            case "day_closed":
                left = [str(one) for one in data.get("left", ())]
                abandoned += len(left)
                over.update(left)
    every = sorted(wait for some in waits.values() for wait in some)
    return DayFigures(
        hall,
        day,
        taken=len(taken),
        served=sum(served.values()),
        missed=sum(missed.values()),
        abandoned=abandoned,
        waiting=len(taken.keys() - called.keys() - over),
        taken_by_hour=tuple(by_hour),
        served_by_hour=tuple(served_hours),
        wait_by_hour=tuple(round(statistics.median(waits[h]), 1) if waits.get(h) else 0.0 for h in range(24)),
        median_wait=round(statistics.median(every), 1) if every else 0.0,
        worst_tenth_wait=round(every[int(len(every) * 0.9)], 1) if every else 0.0,
        windows=tuple(
            WindowFigures(
                w, calls[w], served[w], missed[w], round(handled[w] / served[w] / 60, 1) if served[w] else 0.0
            )
            for w in sorted(calls.keys() | served.keys(), key=lambda w: (len(w), w))
        ),
        queues=dict(queues),
        channels=dict(channels),
        records=len(rows),
        lost=lost,
        latest=max((row.received for row in rows), default=None),
    )


def _channel(body: dict[str, Any]) -> str:
    """Where a number was taken: by the role of who asked (hall.credentials), an appointment by itself."""
    if body.get("data", {}).get("appointment"):
        return "appointment"
    return str(body.get("by", "")).partition(":")[0] or "unknown"
