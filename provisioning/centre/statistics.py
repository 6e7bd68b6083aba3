"""What was collected of a hall's journal, asked by day: its figures (办件数据), and dry runs of another queue policy.

Everything is computed from the events of one day on the hall's own wall clock; nothing is counted twice because nothing
is kept twice. ``lost``, ``gaps`` and ``latest`` say how far the figures can be trusted.
"""

from collections.abc import Callable
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
from provisioning.centre.branches import branches
from provisioning.centre.dry_run import DryRun, dry_run
from provisioning.centre.figures import Day, DayFigures
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database


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
            begun = branches(db, hall)
        begins, ends = _bounds(day, zone)
        heard = Day(zone)
        for row in rows:
            heard.heard(row)
        return heard.figures(
            hall,
            day,
            records=len(rows),
            lost=int(lost or 0),
            gaps=tuple(
                b for b in begun if not b.whole and (b.after_at or b.until) < ends and b.until >= begins
            ),
            latest=max((row.received for row in rows), default=None),
        )

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
        if rows[0].branch != rows[-1].branch:
            raise NoDryRun(
                "dry_run.begun_anew", f"the journal of {hall} began anew on {day}: try another day"
            )
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


def _bounds(day: date, zone: ZoneInfo) -> tuple[float, float]:
    """From midnight to midnight on the wall, UTC seconds."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()


def _rows(db: Connection, hall: str, day: date, zone: ZoneInfo) -> list[Any]:
    begins, ends = _bounds(day, zone)
    j = t.journal.c
    of_day = (j.hall == hall) & (j.at >= begins) & (j.at < ends)
    return list(db.execute(select(t.journal).where(of_day).order_by(j.branch, j.seq)))
