"""Events of terminals and journals of halls reach the centre exactly once in effect.

The sender numbers its events without a gap and keeps them until they are acknowledged; here the highest number that is
kept stands in the same transaction as the events themselves. What comes again is left out, what comes too early is not
taken, what the sender had to give up is written down as a gap.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.wire.messages import Ack, Event, EventBatch

log = logging.getLogger(__name__)

MANY = 500  # devices in one question: SQLite has bounds for the parameters of a statement

Stream: TypeAlias = tuple[str, str]
"""Device and name of the stream."""
Position: TypeAlias = tuple[int, int]
"""All up to here is kept or lost; how many are lost."""


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
        not is taken up to its first fault. Raises StoreFailed, UnknownDevice (nothing was kept).
        """
        return self.take_all([(device, batch)])[0]

    def take_all(self, batches: Sequence[tuple[str, EventBatch]]) -> list[Taken]:
        """As ``take`` for each, in one transaction and few statements: a thousand terminals say something at once."""
        with self._database.write() as db:
            known = _positions(db, batches)
            reached = dict(known)
            forgers = _without_journal(db, {device for device, batch in batches if batch.stream == "journal"})
            taken = [
                Taken(Ack(stream=batch.stream, seq=0))
                if batch.stream == "journal" and device in forgers
                else self._taken(device, batch, reached)
                for device, batch in batches
            ]
            self._keep(
                db, ((d, batch.stream, one.new) for (d, batch), one in zip(batches, taken, strict=True))
            )
            self._note(db, known, reached)
            return [_proved(db, d, one) for (d, _), one in zip(batches, taken, strict=True)]

    @staticmethod
    def _taken(device: str, batch: EventBatch, reached: dict[Stream, Position]) -> Taken:
        """What is new in ``batch`` behind what is ``reached``, which goes on."""
        acked, lost = reached.get((device, batch.stream), (0, 0))
        gap = None
        if batch.lost_before > acked:
            gap = (acked + 1, batch.lost_before)
            acked, lost = batch.lost_before, lost + batch.lost_before - acked
            log.warning("device=%s stream=%s gap=%d-%d", device, batch.stream, *gap)
        new = _following(batch.events, acked)
        if new:
            acked = new[-1].seq
        if new or gap:
            reached[device, batch.stream] = acked, lost
        return Taken(Ack(stream=batch.stream, seq=acked), new, gap)

    def position(self, device: str, stream: str) -> tuple[int, int]:
        """How far the stream is kept, and how many of its events are lost for good."""
        of = (t.streams.c.terminal == device) & (t.streams.c.stream == stream)
        with self._database.read() as db:
            row = db.execute(select(t.streams.c.acked, t.streams.c.lost).where(of)).first()
        return (row.acked, row.lost) if row else (0, 0)

    def _keep(self, db: Connection, taken: Iterable[tuple[str, str, tuple[Event, ...]]]) -> None:
        received = self._now()
        told: list[dict[str, Any]] = []
        journal: list[dict[str, Any]] = []
        for device, stream, new in taken:
            rows, owner = (journal, "hall") if stream == "journal" else (told, "terminal")
            rows += [
                {
                    owner: device,
                    "seq": event.seq,
                    "at": event.at.timestamp(),
                    "type": event.type,
                    "body": dict(event.body),
                    "received": received,
                }
                for event in new
            ]
        if told:
            db.execute(insert(t.events), told)
        if journal:
            halls = _halls(db, {row["hall"] for row in journal})
            db.execute(insert(t.journal), [row | {"hall": halls[row["hall"]]} for row in journal])

    def _note(
        self, db: Connection, known: Mapping[Stream, Position], reached: Mapping[Stream, Position]
    ) -> None:
        at = self._now()
        moved = [
            {"_terminal": terminal, "_stream": stream, "acked": acked, "lost": lost, "at": at}
            for (terminal, stream), (acked, lost) in reached.items()
            if known.get((terminal, stream)) != (acked, lost)
        ]
        if begun := [row for row in moved if (row["_terminal"], row["_stream"]) not in known]:
            db.execute(
                insert(t.streams).values(terminal=bindparam("_terminal"), stream=bindparam("_stream")), begun
            )
        if gone_on := [row for row in moved if (row["_terminal"], row["_stream"]) in known]:
            of = (t.streams.c.terminal == bindparam("_terminal")) & (
                t.streams.c.stream == bindparam("_stream")
            )
            db.execute(update(t.streams).where(of), gone_on)


class UnknownDevice(Exception):
    """Somebody who is not in the registry sends events; the broker's access list should have stopped that."""

    code = "centre.unknown_device"


def _positions(db: Connection, batches: Iterable[tuple[str, EventBatch]]) -> dict[Stream, Position]:
    """How far the streams of these devices are."""
    devices = sorted({device for device, _ in batches})
    found: dict[Stream, Position] = {}
    for start in range(0, len(devices), MANY):
        some = t.streams.c.terminal.in_(devices[start : start + MANY])
        for row in db.execute(select(t.streams).where(some)):
            found[row.terminal, row.stream] = row.acked, row.lost
    return found


def _without_journal(db: Connection, devices: set[str]) -> set[str]:
    """Those of ``devices`` that are terminals: only a hall sends a journal."""
    if not devices:
        return set()
    of = t.terminals.c.id.in_(devices) & (t.terminals.c.kind != "hall")
    forgers = set(db.scalars(select(t.terminals.c.id).where(of)))
    for device in sorted(forgers):
        log.warning("device=%s stream=journal refused: it is no hall", device)
    return forgers


def _halls(db: Connection, devices: set[str]) -> dict[str, str]:
    """Raises UnknownDevice."""
    rows = db.execute(select(t.terminals.c.id, t.terminals.c.hall).where(t.terminals.c.id.in_(devices)))
    halls = {row.id: row.hall for row in rows}
    if missing := devices - halls.keys():
        raise UnknownDevice(min(missing))
    return halls


def _proved(db: Connection, device: str, taken: Taken) -> Taken:
    """With the hash of the journal's last record: a hall that was put back from a copy sees that it has another."""
    ack = taken.ack
    if ack.stream != "journal" or not ack.seq:
        return taken
    last = select(t.journal.c.body).join(t.terminals, t.terminals.c.hall == t.journal.c.hall)
    body = db.execute(last.where(t.terminals.c.id == device, t.journal.c.seq == ack.seq)).scalar()
    return replace(taken, ack=ack.model_copy(update={"hash": str((body or {}).get("hash", ""))}))


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
