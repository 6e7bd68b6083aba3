"""Drafts beside what is released, and rollouts wave by wave and hall by hall."""

import json
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, select

from config.layers import Change, diff
from provisioning.centre import layers
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.queries.conditions import AnyRow, seen_by
from provisioning.centre.drafts import Draft
from provisioning.centre.layers import LayerChange
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import UNDER_WAY, WITHOUT, Plan
from provisioning.centre.store.tables import rollouts, targets, terminals

BAD = ("rejected", "rolled_back")
MOST_NAMED = 12
WHY = ("offline", "applying", "behind")


@dataclass(frozen=True, slots=True)
class Said:
    """A layer of a draft, and how it differs from the released one."""

    change: LayerChange
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One change of where ``terminals`` stand."""

    change: Change
    terminals: list[str]


@dataclass(frozen=True, slots=True)
class Halls:
    """One hall in a rollout."""

    hall: str
    states: Counter[str]

    @property
    def worst(self) -> int:
        return sum(self.states[state] for state in BAD)


@dataclass(frozen=True, slots=True)
class Awaited:
    """Terminals that have not settled, for one reason; ``some``: those for longest, with ``since`` when.

    ``why``: ``offline``; ``applying``, who were told; ``behind``, who are there and wait for their turn in their hall.
    """

    why: str
    count: int
    some: list[AnyRow]


@dataclass(frozen=True, slots=True)
class Rolled:
    """One rollout. ``waves``: how many of each wave are in which state; ``awaited``: whom it waits for now."""

    row: AnyRow
    plan: Plan
    waves: dict[int, Counter[str]]
    halls: list[Halls]
    failures: list[AnyRow]
    awaited: list[Awaited]

    @property
    def next_wave_at(self) -> float | None:
        """UTC seconds until when a wave that had enough is watched; None: none is."""
        return self.row.wave_since + self.plan.soak if self.row.wave_since is not None else None

    @property
    def states(self) -> Counter[str]:
        return sum(self.waves.values(), Counter[str]())


def layer_diffs(db: Connection, draft: Draft) -> tuple[list[Said], list[Move], bool]:
    """Its layers one by one, moves of terminals with alike ones together, and whether it is stale."""
    released = layers.read_all(db, [change.layer for change in draft.changes])
    said: list[Said] = []
    moves: dict[tuple[str, str], Move] = {}
    for change in draft.changes:
        now = released.get(change.layer)
        differences = diff(now.values if now else {}, change.values)
        if change.kind != "registry":
            said.append(Said(change, differences))
            continue
        for one in differences:
            alike = one.path, json.dumps([one.before, one.after])
            moves.setdefault(alike, Move(one, [])).terminals.append(change.key)
    stale = any(one.layer not in released or released[one.layer].version != one.base for one in draft.changes)
    return said, sorted(moves.values(), key=lambda move: (-len(move.terminals), move.change.path)), stale


def rollout_of(db: Connection, draft: int) -> int | None:
    """The newest one that carries it."""
    newest: int | None = db.scalar(select(func.max(rollouts.c.id)).where(rollouts.c.draft == draft))
    return newest


def rolled(db: Connection, actor: Actor, number: int) -> Rolled:
    """Four statements. Raises Rejected."""
    row = db.execute(select(rollouts).where(rollouts.c.id == number)).first()
    if row is None:
        raise Rejected("request.not_found")
    here = (targets.c.rollout == number, seen_by(actor, targets.c.hall))
    waves: dict[int, Counter[str]] = {wave: Counter() for wave in range(row.waves)}
    halls: dict[str, Counter[str]] = {}
    counted = (
        select(targets.c.wave, targets.c.hall, targets.c.state, func.count())
        .where(*here)
        .group_by(targets.c.wave, targets.c.hall, targets.c.state)
    )
    for wave, hall, state, count in db.execute(counted):
        waves.setdefault(wave, Counter())[state] += count
        halls.setdefault(hall, Counter())[state] += count
    if actor.halls and not halls:
        raise Rejected("request.not_found")
    failures = (
        select(targets, terminals.c.name, terminals.c.name_en)
        .select_from(targets.outerjoin(terminals, terminals.c.id == targets.c.terminal))
        .where(*here, targets.c.state.in_(BAD) | ((targets.c.state == "reverted") & (targets.c.code != "")))
        .order_by(targets.c.hall, targets.c.terminal)
        .limit(200)
    )
    return Rolled(
        row,
        Plan.model_validate(row.plan),
        waves,
        sorted((Halls(hall, states) for hall, states in halls.items()), key=lambda h: (-h.worst, h.hall)),
        list(db.execute(failures)),
        _awaited(db, row, *here) if row.state in ("running", "done") and row.wave_since is None else [],
    )


def _awaited(db: Connection, rollout: AnyRow, *here: ColumnElement[bool]) -> list[Awaited]:
    """Of the waves until now, or of a rollout that is done: whoever has not settled, but for whom nobody waits."""
    c, online = targets.c, terminals.c.online
    why = case((~online, "offline"), (c.state == "waiting", "behind"), else_="applying")
    since = case((~online, terminals.c.presence_at), else_=c.released)
    open_ones: list[ColumnElement[bool]] = [c.state.in_(("waiting", *sorted(UNDER_WAY)))]
    if rollout.state == "running":
        open_ones += [c.wave <= rollout.wave, c.code != WITHOUT]
    longest = func.row_number().over(partition_by=why, order_by=(since.asc().nulls_last(), c.terminal))
    found = (
        select(c.terminal, terminals.c.name, terminals.c.name_en, why.label("why"), since.label("since"))
        .add_columns(func.count().over(partition_by=why).label("among"), longest.label("place"))
        .select_from(targets.join(terminals, terminals.c.id == c.terminal))
        .where(*here, *open_ones)
        .subquery()
    )
    groups: dict[str, list[AnyRow]] = {}
    for row in db.execute(select(found).where(found.c.place <= MOST_NAMED).order_by(found.c.place)):
        groups.setdefault(row.why, []).append(row)
    return [Awaited(why, groups[why][0].among, groups[why]) for why in WHY if why in groups]
