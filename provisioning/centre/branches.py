"""A hall's journal that is lost, or was put back from an old copy and went on, begins anew: as another *branch*.

Somebody says so (``begin``), for only people know what became of the hall's disk. Then the whole journal that the hall
has now is sent; what came before stays as it is. A record came already where number and hash are the same, for the hash
covers everything before it: the beginning of a copy that was put back is not kept again, and nothing is counted twice.
What a hall wrote and never sent is lost with its disk; between which records and times, a ``Branch`` says.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, Select, exists, func, insert, select, update

from provisioning.centre import audit, registry
from provisioning.centre.rights import Actor
from provisioning.centre.store import tables as t
from provisioning.uplink import BEHIND, FORKED
from provisioning.wire.messages import Event

LONGEST = 200  # characters of a reason


class BranchRefused(Exception):
    """A journal that need not begin anew, or a reason that is none. ``code``: hall.{journal_whole,no_reason}."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Branch:
    """One beginning anew of the journal of ``hall``; times are UTC seconds since 1970.

    ``after``, ``after_at``, ``after_hash``: the last record that came of the branch before. ``first``, ``first_at``:
    the first record that only this one has, None while none came; ``follows``: hash of the record before that.
    """

    hall: str
    branch: int
    begun: float
    by: str
    why: str
    after: int
    after_at: float | None
    after_hash: str
    first: int | None = None
    first_at: float | None = None
    follows: str = ""

    @property
    def whole(self) -> bool:
        """It goes on exactly where the one before ended: nothing is missing."""
        return self.first is not None and self.follows == self.after_hash

    @property
    def until(self) -> float:
        """What the hall wrote after ``after_at`` and before this is lost, where it was not sent in time."""
        return self.begun if self.first_at is None else self.first_at


def branches(db: Connection, hall: str) -> tuple[Branch, ...]:
    """Those of ``hall`` in order; none where its first journal still runs."""
    of = select(t.journal_branches).where(t.journal_branches.c.hall == hall)
    return tuple(Branch(**row) for row in db.execute(of.order_by(t.journal_branches.c.branch)).mappings())


def current(db: Connection, halls: Collection[str]) -> dict[str, int]:
    """The branch that runs, of those of ``halls`` whose journal ever began anew."""
    b = t.journal_branches.c
    rows = db.execute(select(b.hall, func.max(b.branch)).where(b.hall.in_(halls)).group_by(b.hall))
    return {row[0]: row[1] for row in rows}


def broken() -> ColumnElement[bool]:
    """Condition on ``terminals`` and ``streams``: an alert is open that an uplink's journal is not the collected one.

    Where nothing was collected yet, as just after ``begin``, there is nothing to differ from.
    """
    a = t.alerts.c
    told = (a.terminal == t.terminals.c.id) & (a.kind == "journal") & a.code.in_((BEHIND, FORKED))
    return (t.streams.c.acked > 0) & exists().where(told, a.resolved.is_(None))


def begin(db: Connection, actor: Actor, hall: str, why: str, *, at: float) -> Branch:
    """The journal of ``hall`` is another one from now on; its uplink learns it within seconds.

    Only where it is ``broken``. Raises Forbidden, RegistryRefused, BranchRefused.
    """
    actor.needs("steer", hall)
    registry.hall(db, hall)
    why = why.strip()
    if not why or len(why) > LONGEST:
        raise BranchRefused("hall.no_reason", f"say why, in {LONGEST} characters at the most")
    sent = db.execute(
        select(t.streams)
        .join(t.terminals, t.terminals.c.id == t.streams.c.terminal)
        .where(t.terminals.c.hall == hall, t.streams.c.stream == "journal", broken())
    ).first()
    if sent is None:
        raise BranchRefused(
            "hall.journal_whole", f"the uplink of {hall} finds nothing wrong with its journal"
        )
    number = current(db, [hall]).get(hall, 0) + 1
    last = db.execute(_records(hall, number - 1, sent.acked, sent.acked))
    after_at = next((row.at for row in last if row.body.get("hash") == sent.hash), None)
    new = Branch(hall, number, at, actor.name, why, sent.acked, after_at, sent.hash)
    db.execute(insert(t.journal_branches).values(**asdict(new)))
    of = (t.streams.c.terminal == sent.terminal) & (t.streams.c.stream == "journal")
    db.execute(update(t.streams).where(of).values(acked=0, hash="", at=at))
    detail = {"branch": number, "after": new.after, "why": why}
    audit.record(db, actor, "hall.journal_begun", f"hall {hall}", hall, detail, at=at)
    return new


def fresh(db: Connection, hall: str, branch: int, events: Sequence[Event]) -> tuple[Event, ...]:
    """Those of ``events`` (consecutive, of ``branch``, which runs) that came in no branch of ``hall`` yet."""
    if not events:
        return ()
    known = {
        (row.seq, row.body.get("hash"))
        for row in db.execute(_records(hall, branch, events[0].seq, events[-1].seq))
        if row.body.get("hash")
    }
    return tuple(event for event in events if (event.seq, event.body.get("hash")) not in known)


def began_with(db: Connection, hall: str, branch: int, event: Event, follows: str) -> Branch | None:
    """``event`` is new in ``branch``, behind the record with the hash ``follows``; the branch where it is the first."""
    b = t.journal_branches
    of = (b.c.hall == hall) & (b.c.branch == branch)
    said = {"first": event.seq, "first_at": event.at.timestamp(), "follows": follows}
    if not db.execute(update(b).where(of, b.c.first.is_(None)).values(said)).rowcount:
        return None
    return Branch(**db.execute(select(b).where(of)).mappings().one())


def records(found: Sequence[Branch], acked: int, lost: int) -> int:
    """How many records were kept, in all of the branches ``found``; ``acked`` and ``lost`` are of the stream."""
    begins = [1, *(one.first for one in found)]
    ends = [*(one.after for one in found), acked]
    return sum(end - first + 1 for first, end in zip(begins, ends, strict=True) if first is not None) - lost


def _records(hall: str, newest: int, first: int, last: int) -> Select[tuple[int, float, dict[str, object]]]:
    """Of every branch up to ``newest``, each by the key."""
    j = t.journal.c
    return select(j.seq, j.at, j.body).where(
        j.hall == hall, j.branch.in_(range(newest + 1)), j.seq.between(first, last)
    )
