"""Events of terminals and journals of halls reach the centre exactly once in effect.

The sender numbers its events without a gap and keeps them until they are acknowledged; here the highest number that is
kept stands in the same transaction as the events themselves. What comes again is left out, what comes too early is not
taken, what the sender had to give up is written down as a gap.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.wire.messages import Ack, Event, EventBatch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch. ``gap``: (first, last) number that will never come; ``new``: events kept just now."""

    ack: Ack
    new: tuple[Event, ...] = ()
    gap: tuple[int, int] | None = None


class Collection:
    """Keeps what devices send. ``now``: UTC seconds."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database, self._now = database, now

    def take(self, device: str, batch: EventBatch) -> Taken:
        """Keep the new events of ``batch``; the acknowledgement may go out when this returns.

        A batch without events asks how far the centre is. Events of one batch follow each other; a batch that does
        not is taken up to its first fault. Raises StoreFailed (nothing was kept).
        """
        with self._database.write() as db:
            return self._take(db, device, batch)

    def take_all(self, batches: Sequence[tuple[str, EventBatch]]) -> list[Taken]:
        """As ``take`` for each, in one transaction: a thousand terminals do not wait for a thousand commits."""
        with self._database.write() as db:
            return [self._take(db, device, batch) for device, batch in batches]

    def _take(self, db: Connection, device: str, batch: EventBatch) -> Taken:
        acked, lost = self._position(db, device, batch.stream)
        gap = None
        if batch.lost_before > acked:
            gap = (acked + 1, batch.lost_before)
            acked, lost = batch.lost_before, lost + batch.lost_before - acked
            log.warning("device=%s stream=%s gap=%d-%d", device, batch.stream, *gap)
        new = _following(batch.events, acked)
        if new:
            self._keep(db, device, batch.stream, new)
            acked = new[-1].seq
        if new or gap:
            self._note(db, device, batch.stream, acked, lost)
        return Taken(Ack(stream=batch.stream, seq=acked), new, gap)

    def position(self, device: str, stream: str) -> tuple[int, int]:
        """How far the stream is kept, and how many of its events are lost for good."""
        with self._database.read() as db:
            row = db.execute(_position_of(device, stream)).first()
        return (int(row.acked), int(row.lost)) if row else (0, 0)

    def _position(self, db: Connection, device: str, stream: str) -> tuple[int, int]:
        row = db.execute(_position_of(device, stream).with_for_update()).first()
        if row is None:
            db.execute(
                insert(t.streams).values(terminal=device, stream=stream, acked=0, lost=0, at=self._now())
            )
            return 0, 0
        return int(row.acked), int(row.lost)

    def _note(self, db: Connection, device: str, stream: str, acked: int, lost: int) -> None:
        of = (t.streams.c.terminal == device) & (t.streams.c.stream == stream)
        db.execute(update(t.streams).where(of).values(acked=acked, lost=lost, at=self._now()))

    def _keep(self, db: Connection, device: str, stream: str, new: tuple[Event, ...]) -> None:
        received = self._now()
        rows: list[dict[str, Any]] = [
            {"seq": e.seq, "at": e.at.timestamp(), "type": e.type, "body": dict(e.body), "received": received}
            for e in new
        ]
        if stream == "journal":
            hall = self._hall(db, device)
            db.execute(insert(t.journal), [row | {"hall": hall} for row in rows])
        else:
            db.execute(insert(t.events), [row | {"terminal": device} for row in rows])

    @staticmethod
    def _hall(db: Connection, device: str) -> str:
        hall = db.execute(select(t.terminals.c.hall).where(t.terminals.c.id == device)).scalar()
        if hall is None:
            raise UnknownDevice(device)
        return str(hall)


class UnknownDevice(Exception):
    """Somebody who is not in the registry sends events; the broker's access list should have stopped that."""

    code = "centre.unknown_device"


def _position_of(device: str, stream: str) -> Any:
    return select(t.streams.c.acked, t.streams.c.lost).where(
        (t.streams.c.terminal == device) & (t.streams.c.stream == stream)
    )


def _following(events: tuple[Event, ...], after: int) -> tuple[Event, ...]:
    """Those of ``events`` that follow ``after`` without a gap."""
    new: list[Event] = []
    for event in events:
        if event.seq == after + 1:
            new.append(event)
            after = event.seq
        elif event.seq > after:
            break
    return tuple(new)
