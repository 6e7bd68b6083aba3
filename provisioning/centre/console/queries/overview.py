"""The fleet in counts, and its halls with the worst first."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import Connection, and_, case, func, select

from provisioning.centre.console.queries.conditions import IN_SERVICE, OPEN, PRESENCE, SYNC, AnyRow, seen_by
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import alerts, drafts, enrolments, halls, rollouts, targets, terminals

GRADES: Final = ("critical", "warning", "well")


@dataclass(slots=True)
class Standing:
    """How many terminals are how."""

    total: int = 0
    presence: Counter[str] = field(default_factory=Counter)
    sync: Counter[str] = field(default_factory=Counter)

    def add(self, presence: str, sync: str, count: int) -> None:
        self.total += count
        self.presence[presence] += count
        self.sync[sync] += count


@dataclass(slots=True)
class HallHeat:
    """One hall. ``heat``: how badly somebody is wanted there."""

    id: str
    name: str
    name_en: str
    standing: Standing
    alerts: Counter[str] = field(default_factory=Counter)

    @property
    def bad(self) -> int:
        """Terminals that are dark, or run other settings than they were told."""
        return (
            self.standing.presence["offline"] + self.standing.sync["failed"] + self.standing.sync["drifted"]
        )

    @property
    def heat(self) -> float:
        """A critical alert or a dark terminal weighs most; a large hall does not hide behind its size."""
        share = self.bad / self.standing.total if self.standing.total else 0
        return 3 * self.alerts["critical"] + self.alerts["warning"] + 2 * self.bad + 10 * share

    @property
    def grade(self) -> Literal["critical", "warning", "well"]:
        """How it is in one word: critical also where a tenth is dark."""
        if self.alerts["critical"] or self.standing.presence["offline"] * 10 > self.standing.total:
            return "critical"
        return "warning" if self.bad or self.alerts["warning"] else "well"


@dataclass(frozen=True, slots=True)
class Overview:
    standing: Standing
    alerts: Counter[str]
    acknowledged: int
    halls: list[HallHeat]
    rollouts: list[AnyRow]
    waiting_drafts: int
    pending_enrolments: int
    away: list[AnyRow]

    @property
    def grades(self) -> Counter[str]:
        """How many halls are how."""
        return Counter(hall.grade for hall in self.halls)


def overview(db: Connection, actor: Actor, now: float) -> Overview:
    """Everything on the first page, in six statements. ``away`` are brokers, as ``brokers_away`` finds them."""
    heats = {
        row.id: HallHeat(row.id, row.name, row.name_en, Standing())
        for row in db.execute(
            select(halls.c.id, halls.c.name, halls.c.name_en).where(seen_by(actor, halls.c.id))
        )
    }
    whole = Standing()
    standing = (
        select(terminals.c.hall, PRESENCE.label("presence"), SYNC.label("sync"), func.count().label("count"))
        .where(IN_SERVICE, seen_by(actor, terminals.c.hall))
        .group_by(terminals.c.hall, "presence", "sync")
    )
    for hall, presence, sync, count in db.execute(standing):
        whole.add(presence, sync, count)
        heats.setdefault(hall, HallHeat(hall, hall, hall, Standing())).standing.add(presence, sync, count)
    open_alerts, acknowledged = Counter[str](), 0
    by_hall = (
        select(
            alerts.c.hall,
            alerts.c.severity,
            alerts.c.acknowledged.is_not(None).label("looked_at"),
            func.count(),
        )
        .where(OPEN, ~alerts.c.silenced, seen_by(actor, alerts.c.hall))
        .group_by(alerts.c.hall, alerts.c.severity, "looked_at")
    )
    for hall, severity, seen, count in db.execute(by_hall):
        if seen:
            acknowledged += count
            continue
        open_alerts[severity] += count
        if hall in heats:
            heats[hall].alerts[severity] += count
    waiting = db.execute(
        select(
            select(func.count()).select_from(drafts).where(drafts.c.state == "submitted").scalar_subquery(),
            select(func.count())
            .select_from(enrolments)
            .where(enrolments.c.state == "pending", enrolments.c.expires > now)
            .scalar_subquery(),
        )
    ).one()
    return Overview(
        whole,
        open_alerts,
        acknowledged,
        sorted(heats.values(), key=lambda h: (GRADES.index(h.grade), -h.heat, h.id)),
        running_rollouts(db, actor),
        waiting[0],
        waiting[1],
        brokers_away(db),
    )


def brokers_away(db: Connection) -> list[AnyRow]:
    """Brokers that the centre cannot reach, with ``since`` when: for everybody, as it says how far pages are true."""
    a = alerts.c
    return list(
        db.execute(
            select(a.terminal.label("name"), a.opened.label("since"))
            .where(OPEN, a.kind == "broker")
            .order_by(a.terminal)
        )
    )


def running_rollouts(db: Connection, actor: Actor) -> list[AnyRow]:
    """Rollouts that are not over, with how many of their terminals are where."""
    return list(
        db.execute(
            _progress()
            .where(rollouts.c.state.in_(("running", "paused", "aborting")), seen_by(actor, targets.c.hall))
            .group_by(*_ROLLOUT)
            .order_by(rollouts.c.id.desc())
        )
    )


def recent_rollouts(db: Connection, actor: Actor, limit: int, offset: int) -> list[AnyRow]:
    """The newest first of those that reach a hall of the account."""
    newest = select(rollouts.c.id)
    if actor.halls:
        newest = newest.where(
            rollouts.c.id.in_(select(targets.c.rollout).where(seen_by(actor, targets.c.hall)))
        )
    newest = newest.order_by(rollouts.c.id.desc()).limit(limit).offset(offset)
    chosen = newest.scalar_subquery() if limit == 1 else newest
    return list(
        db.execute(
            _progress()
            .where(rollouts.c.id.in_(chosen), seen_by(actor, targets.c.hall))
            .group_by(*_ROLLOUT)
            .order_by(rollouts.c.id.desc())
        )
    )


_ROLLOUT = tuple(
    rollouts.c[name]
    for name in ("id", "draft", "title", "kind", "state", "reason", "wave", "waves", "started", "by", "ended")
)
_BAD = ("rejected", "rolled_back")
_UNDER_WAY = ("pending", "staged", "probation")


def _progress() -> Any:  # Any: sqlalchemy's Select of a tuple this long has no writable type
    def among(*states: str) -> Any:
        return func.coalesce(func.sum(case((targets.c.state.in_(states), 1), else_=0)), 0)

    return select(
        *_ROLLOUT,
        func.count(targets.c.terminal).label("all"),
        among("confirmed").label("confirmed"),
        among(*_BAD).label("failed"),
        among(*_UNDER_WAY).label("under_way"),
        among("waiting").label("waiting"),
        among("reverted", "skipped").label("other"),
    ).select_from(rollouts.outerjoin(targets, and_(targets.c.rollout == rollouts.c.id)))
