"""Rollouts as they stand in the database: reading them into memory, writing back what became of their targets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    insert,
    or_,
    select,
    update,
)

from provisioning.centre import layers as released
from provisioning.centre.layers import Kind, LayerChange
from provisioning.centre.rollout_plan import UNDER_WAY, Plan, Standing, Target, TargetState
from provisioning.centre.store.tables import (
    drafts,
    layer_history,
    rollouts,
    targets,
    terminals,
)

RolloutState = Literal["running", "paused", "aborting", "aborted", "done"]
ACTIVE = ("running", "paused", "aborting")


@dataclass(slots=True)
class Reached:
    """One target, in memory; changed by the engine only."""

    id: str
    hall: str
    role: str
    wave: int
    state: TargetState
    rev: int = 0
    before: int = 0
    code: str = ""
    released: float | None = None
    ended: float | None = None


@dataclass(slots=True)
class Rollout:
    """One rollout, in memory; changed by the engine only."""

    id: int
    draft: int
    state: RolloutState
    plan: Plan
    wave: int
    since: float | None
    started: float
    changes: tuple[LayerChange, ...]
    targets: dict[str, Reached] = field(default_factory=dict)
    dirty: set[str] = field(default_factory=set)
    queue: tuple[str, ...] = ()  # decided on and not yet released
    decided: float = 0.0
    looked: set[str] = field(default_factory=set)  # joined late, and the change is not for them
    waits: tuple[str, ...] = ()  # whom its wave cannot go on without, and who are away
    told: int | None = -1  # the wave that was told to wait too long; None: no such alert; -1: not looked yet

    @property
    def standing(self) -> Standing:
        return Standing(self.plan, self.state, self.wave, self.since)

    @property
    def open(self) -> bool:
        """Whether something may still happen in it."""
        return self.state in ACTIVE or (
            self.state == "done"
            and any(one.state == "waiting" or one.state in UNDER_WAY for one in self.targets.values())
        )

    def views(self, online: Mapping[str, bool]) -> list[Target]:
        return [
            Target(one.id, one.hall, one.role, one.wave, one.state, online.get(one.id, False), one.code)
            for one in self.targets.values()
        ]


def changes_of(raw: Iterable[Mapping[str, Any]]) -> tuple[LayerChange, ...]:
    """The changes of a draft's row."""
    return tuple(
        LayerChange(one["kind"], one["key"], int(one.get("base") or 0), one["values"]) for one in raw
    )


def open_rollouts(connection: Connection) -> dict[int, Rollout]:
    """All that the engine must go on with, oldest first."""
    unsettled = select(targets.c.rollout).where(targets.c.state.in_(("waiting", *sorted(UNDER_WAY))))
    rows = connection.execute(
        select(rollouts, drafts.c.changes)
        .join(drafts, drafts.c.id == rollouts.c.draft)
        .where(
            or_(rollouts.c.state.in_(ACTIVE), and_(rollouts.c.state == "done", rollouts.c.id.in_(unsettled)))
        )
        .order_by(rollouts.c.id)
    ).all()
    return {row.id: _rollout(connection, row) for row in rows}


def one_rollout(connection: Connection, number: int) -> Rollout | None:
    row = connection.execute(
        select(rollouts, drafts.c.changes)
        .join(drafts, drafts.c.id == rollouts.c.draft)
        .where(rollouts.c.id == number)
    ).one_or_none()
    return None if row is None else _rollout(connection, row)


def _rollout(connection: Connection, row: Row[Any]) -> Rollout:
    made = Rollout(
        row.id,
        row.draft,
        row.state,
        Plan.model_validate(row.plan),
        row.wave,
        row.wave_since,
        row.started,
        changes_of(row.changes),
    )
    for one in connection.execute(
        select(targets, terminals.c.role)
        .join(terminals, terminals.c.id == targets.c.terminal)
        .where(targets.c.rollout == row.id)
        .order_by(targets.c.terminal)
    ):
        made.targets[one.terminal] = Reached(
            one.terminal,
            one.hall,
            one.role,
            one.wave,
            cast(TargetState, one.state),
            one.rev,
            one.before,
            one.code,
            one.released,
            one.ended,
        )
    return made


def add_targets(connection: Connection, number: int, some: Sequence[Reached]) -> None:
    if some:
        connection.execute(
            insert(targets),
            [{"rollout": number, "terminal": one.id, "hall": one.hall, **_values(one)} for one in some],
        )


def save_targets(connection: Connection, number: int, some: Iterable[Reached]) -> None:
    rows = [{"_rollout": number, "_id": one.id, **_values(one)} for one in some]
    if rows:
        connection.execute(
            update(targets).where(
                targets.c.rollout == bindparam("_rollout"), targets.c.terminal == bindparam("_id")
            ),
            rows,
        )


def _values(one: Reached) -> dict[str, Any]:
    return {
        "wave": one.wave,
        "state": one.state,
        "rev": one.rev,
        "before": one.before,
        "code": one.code,
        "released": one.released,
        "ended": one.ended,
    }


def save_rollout(connection: Connection, number: int, **values: Any) -> None:  # Any: columns of ``rollouts``
    connection.execute(update(rollouts).where(rollouts.c.id == number).values(**values))


TOLD = (terminals.c.state == "enrolled", terminals.c.rev > 0)
"""Terminals in service that have settings."""


def resolved(
    connection: Connection, some: Sequence[Row[Any]], changes: Iterable[LayerChange] = ()
) -> dict[str, dict[str, Any]]:
    """What terminals are to be told, by id: with ``changes`` in place of the released layers."""
    return {
        terminal: effective.values
        for terminal, effective in released.effective_many(connection, some, changes)
    }


def former(connection: Connection, draft: int) -> tuple[LayerChange, ...] | None:
    """What undoes ``draft``: all as before it. None: something was changed again since, or is not known.

    Terminals that were retired since are passed over.
    """
    mine = layer_history.alias()
    same = (mine.c.kind == layer_history.c.kind, mine.c.key == layer_history.c.key, mine.c.draft == draft)
    versions: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in connection.execute(
        select(layer_history).join(mine, and_(*same)).order_by(layer_history.c.version.desc())
    ):
        versions.setdefault((row.kind, row.key), []).append(row)
    own = select(terminals.c.id).where(terminals.c.state == "retired")
    retired = set(connection.scalars(own))
    undo: list[LayerChange] = []
    for (kind, key), (newest, *older) in versions.items():
        if kind in ("terminal", "registry") and key in retired:
            continue
        if newest.draft != draft:
            return None
        before = older[0]._mapping["values"] if older else {}
        undo.append(LayerChange(cast(Kind, kind), key, newest.version, before))
    return tuple(undo) or None
