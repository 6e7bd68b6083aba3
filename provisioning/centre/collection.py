"""Events of terminals and journals of halls reach the centre exactly once in effect.

The sender numbers its events without a gap and keeps them until they are acknowledged; here the highest number that is
kept stands in the same transaction as the events themselves. What comes again is left out, what comes too early is not
taken, what the sender had to give up is written down as a gap, together with the alert that tells of it. A hall's
journal that was lost goes on as another branch (provisioning.centre.branches).
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from provisioning.centre import branches, happened
from provisioning.centre.branches import Branch
from provisioning.centre.signs import Sign
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.wire.messages import Ack, Event, EventBatch

log = logging.getLogger(__name__)

MANY = 500  # devices in one question: SQLite has bounds for the parameters of a statement

Stream: TypeAlias = tuple[str, str]
"""Device and name of the stream."""


class Position(NamedTuple):
    """All up to ``acked`` is kept or lost; ``lost``: how many; ``hash``: of a journal's record ``acked``."""

    acked: int = 0
    lost: int = 0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch. ``new``: events kept just now; ``gap``: (first, last) number that will never come;
    ``begun``: the branch of a journal of which these are the first."""

    ack: Ack
    new: tuple[Event, ...] = ()
    gap: tuple[int, int] | None = None
    begun: Branch | None = None


@dataclass(frozen=True, slots=True)
class _Journal:
    """What a device sends as a journal: ``hall``'s, which is at ``branch``; None: it is no hall's to send."""

    hall: str | None
    branch: int = 0


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
            journals = _journals(db, {device for device, batch in batches if batch.stream == "journal"})
            taken = [
                self._record(db, device, batch, reached, journals[device])
                if batch.stream == "journal"
                else self._taken(device, batch, reached)
                for device, batch in batches
            ]
            self._keep(db, zip((device for device, _ in batches), taken, strict=True), journals)
            self._note(db, known, reached)
            for (device, _), one in zip(batches, taken, strict=True):
                for sign in _missing(one):
                    happened.note(db, device, _hall(db, device), sign, at=self._now())
            return taken

    @staticmethod
    def _taken(device: str, batch: EventBatch, reached: dict[Stream, Position]) -> Taken:
        """What is new in ``batch`` behind what is ``reached``, which goes on."""
        acked, lost, head = reached.get((device, batch.stream), Position())
        gap = None
        if batch.lost_before > acked:
            gap = (acked + 1, batch.lost_before)
            acked, lost, head = batch.lost_before, lost + batch.lost_before - acked, ""
            log.warning("device=%s stream=%s gap=%d-%d", device, batch.stream, *gap)
        new = _following(batch.events, acked)
        if new:
            acked = new[-1].seq
            head = str(new[-1].body.get("hash", "")) if batch.stream == "journal" else ""
        if new or gap:
            reached[device, batch.stream] = Position(acked, lost, head)
        return Taken(Ack(stream=batch.stream, seq=acked, hash=head), new, gap)

    def _record(
        self,
        db: Connection,
        device: str,
        batch: EventBatch,
        reached: dict[Stream, Position],
        journal: _Journal,
    ) -> Taken:
        """As ``_taken``, of a hall's journal: nothing of another branch than the one that runs."""
        if journal.hall is None:
            return Taken(Ack(stream="journal", seq=0))
        before = reached.get((device, "journal"), Position())
        if batch.branch != journal.branch:
            return Taken(Ack(stream="journal", seq=before.acked, hash=before.hash, branch=journal.branch))
        taken = self._taken(device, batch, reached)
        if not journal.branch:
            return taken
        new = branches.fresh(db, journal.hall, journal.branch, taken.new)
        begun = None
        if new:
            shared = [event for event in taken.new if event.seq < new[0].seq]
            follows = str(shared[-1].body["hash"]) if shared else before.hash
            begun = branches.began_with(db, journal.hall, journal.branch, new[0], follows)
        ack = taken.ack.model_copy(update={"branch": journal.branch})
        return Taken(ack, new, taken.gap, begun)

    def position(self, device: str, stream: str) -> tuple[int, int]:
        """How far the stream is kept, and how many of its events are lost for good."""
        of = (t.streams.c.terminal == device) & (t.streams.c.stream == stream)
        with self._database.read() as db:
            row = db.execute(select(t.streams.c.acked, t.streams.c.lost).where(of)).first()
        return (row.acked, row.lost) if row else (0, 0)

    def _keep(
        self, db: Connection, taken: Iterable[tuple[str, Taken]], journals: Mapping[str, _Journal]
    ) -> None:
        received = self._now()
        told: list[dict[str, Any]] = []
        recorded: list[dict[str, Any]] = []
        for device, one in taken:
            rows, owner = told, {"terminal": device}
            if one.ack.stream == "journal":
                rows, owner = recorded, asdict(journals[device])
            rows += [
                {
                    **owner,
                    "seq": event.seq,
                    "at": event.at.timestamp(),
                    "type": event.type,
                    "body": dict(event.body),
                    "received": received,
                }
                for event in one.new
            ]
        if told:
            db.execute(insert(t.events), told)
        if recorded:
            db.execute(insert(t.journal), recorded)

    def _note(
        self, db: Connection, known: Mapping[Stream, Position], reached: Mapping[Stream, Position]
    ) -> None:
        at = self._now()
        moved = [
            {"_terminal": terminal, "_stream": stream, **position._asdict(), "at": at}
            for (terminal, stream), position in reached.items()
            if known.get((terminal, stream)) != position
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
            found[row.terminal, row.stream] = Position(row.acked, row.lost, row.hash)
    return found


def _journals(db: Connection, devices: set[str]) -> dict[str, _Journal]:
    """Which journal each of ``devices`` sends: a terminal has none. Raises UnknownDevice."""
    if not devices:
        return {}
    rows = db.execute(
        select(t.terminals.c.id, t.terminals.c.hall, t.terminals.c.kind).where(t.terminals.c.id.in_(devices))
    )
    known = {row.id: row.hall if row.kind == "hall" else None for row in rows}
    if missing := devices - known.keys():
        raise UnknownDevice(min(missing))
    for device in sorted(device for device, hall in known.items() if hall is None):
        log.warning("device=%s stream=journal refused: it is no hall", device)
    at = branches.current(db, {hall for hall in known.values() if hall is not None})
    return {device: _Journal(hall, at.get(hall or "", 0)) for device, hall in known.items()}


def _missing(taken: Taken) -> list[Sign]:
    """What will never come, of what was to come before ``taken``."""
    found: list[Sign] = []
    if taken.gap is not None:
        first, last = taken.gap
        lost: dict[str, object] = {"stream": taken.ack.stream, "first": first, "last": last}
        found.append(Sign("gap", "warning", "centre.gap", lost))
    if (begun := taken.begun) is not None and not begun.whole:
        times = {"since": _said(begun.after_at), "until": _said(begun.first_at)}
        found.append(Sign("gap", "warning", "centre.journal_anew", {"after": begun.after, **times}))
    return found


def _said(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _hall(db: Connection, device: str) -> str:
    return db.scalar(select(t.terminals.c.hall).where(t.terminals.c.id == device)) or ""


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
