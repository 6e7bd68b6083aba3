"""The table of terminals: filters and order as the address of the page says, a hundred at a time, with counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, literal, select

from provisioning.centre.console.queries.conditions import (
    IN_SERVICE,
    OPEN,
    PRESENCE,
    PRESENCES,
    SEVERITIES,
    SYNC,
    SYNCS,
    TERMINAL,
    AnyRow,
    in_list,
    like,
    seen_by,
)
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import alerts, groups, halls, terminals

PAGE: Final = 100
SORTS: Final[Mapping[str, ColumnElement[Any]]] = {
    "id": terminals.c.id,
    "name": terminals.c.name,
    "hall": terminals.c.hall,
    "role": terminals.c.role,
    "seen": terminals.c.seen,
    "paper": terminals.c.paper_minutes,
    "rev": terminals.c.running,
    "app": terminals.c.app,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown; "" is no restriction. ``sort`` is a key of ``SORTS``, with "-" before it downwards."""

    q: str = ""
    hall: str = ""
    role: str = ""
    group: str = ""
    presence: str = ""
    sync: str = ""
    alert: str = ""
    app: str = ""
    state: str = "enrolled"
    sort: str = "id"
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        """From the address; whatever makes no sense there is left out."""

        def one_of(name: str, among: tuple[str, ...], other: str = "") -> str:
            return value if (value := query.get(name, "")) in among else other

        def typed(name: str) -> str:
            return query.get(name, "").strip()[:120]

        page = query.get("page", "1")
        return cls(
            typed("q"),
            typed("hall"),
            typed("role"),
            typed("group"),
            one_of("presence", PRESENCES),
            one_of("sync", SYNCS),
            one_of("alert", (*SEVERITIES, "any")),
            typed("app"),
            one_of("state", ("enrolled", "retired"), "enrolled"),
            one_of("sort", tuple(SORTS) + tuple(f"-{name}" for name in SORTS), "id"),
            int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1,
        )

    @property
    def narrowed(self) -> bool:
        return any((self.q, self.hall, self.role, self.group, self.presence, self.sync, self.alert, self.app))

    def conditions(self) -> list[ColumnElement[bool]]:
        c = terminals.c
        found: list[ColumnElement[bool]] = [TERMINAL, c.state == self.state]
        if self.q:
            found.append(like(self.q, c.id, c.name, c.name_en, c.serial))
        found += [
            column == value
            for column, value in (
                (c.hall, self.hall),
                (c.role, self.role),
                (c.app, self.app),
                (PRESENCE, self.presence),
                (SYNC, self.sync),
            )
            if value
        ]
        if self.group:
            found.append(in_list(c.groups, self.group))
        if self.alert:
            about = [OPEN, alerts.c.terminal == c.id]
            if self.alert != "any":
                about.append(alerts.c.severity == self.alert)
            found.append(exists(select(literal(1)).where(*about)))
        return found


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the table. ``presence``, ``sync``: counts of everything the filter finds."""

    rows: list[AnyRow]
    total: int
    presence: Counter[str]
    sync: Counter[str]
    pages: int
    alerts: dict[str, tuple[str, int]]  # terminal: the worst severity, how many


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer."""

    halls: list[AnyRow]
    groups: list[AnyRow]
    roles: list[str]


def listed(db: Connection, actor: Actor, wanted: Filter) -> Listed:
    """Three statements, however many terminals there are."""
    where = and_(*wanted.conditions(), seen_by(actor, terminals.c.hall))
    presence, sync = Counter[str](), Counter[str]()
    counted = select(PRESENCE.label("p"), SYNC.label("s"), func.count()).where(where).group_by("p", "s")
    for p, s, count in db.execute(counted):
        presence[p] += count
        sync[s] += count
    total = presence.total()
    pages = max(1, -(-total // PAGE))
    column = SORTS[wanted.sort.removeprefix("-")]
    order = column.desc().nulls_last() if wanted.sort.startswith("-") else column.asc().nulls_last()
    c = terminals.c
    rows = list(
        db.execute(
            select(
                c.id,
                c.name,
                c.name_en,
                c.hall,
                c.role,
                c.groups,
                c.window,
                c.rev,
                c.running,
                c.reported_state,
                c.fault,
                c.pinned,
                c.app,
                c.seen,
                c.paper_minutes,
                c.health,
                c.state,
                PRESENCE.label("presence"),
                SYNC.label("sync"),
            )
            .where(where)
            .order_by(order, c.id)
            .limit(PAGE)
            .offset((min(wanted.page, pages) - 1) * PAGE)
        )
    )
    return Listed(rows, total, presence, sync, pages, _worst(db, [row.id for row in rows]))


def found_ids(db: Connection, actor: Actor, wanted: Filter, limit: int) -> list[str]:
    """Ids of everything the filter finds, at most ``limit``: for an order to all of them."""
    where = and_(*wanted.conditions(), seen_by(actor, terminals.c.hall))
    return list(db.scalars(select(terminals.c.id).where(where).order_by(terminals.c.id).limit(limit)))


@dataclass(frozen=True, slots=True)
class Spread:
    """Where everything that a filter finds stands: ``halls``, ``groups``: id to (how many found, how many there)."""

    total: int
    fleet: int
    halls: dict[str, tuple[int, int]]
    groups: dict[str, tuple[int, int]]

    @property
    def whole(self) -> bool:
        return self.total == self.fleet


def spread(db: Connection, actor: Actor, wanted: Filter) -> Spread:
    """One statement."""
    c = terminals.c
    here = case((and_(*wanted.conditions()), 1), else_=0)
    rows = db.execute(select(c.hall, c.groups, here).where(IN_SERVICE, seen_by(actor, c.hall)))
    found, there, grouped, members = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for hall, groups_of, is_found in rows:
        there[hall] += 1
        members.update(groups_of)
        if is_found:
            found[hall] += 1
            grouped.update(groups_of)
    halls = {hall: (n, there[hall]) for hall, n in found.most_common()}
    by_group = {group: (n, members[group]) for group, n in grouped.most_common()}
    return Spread(found.total(), there.total(), halls, by_group)


def choices(db: Connection, actor: Actor) -> Choices:
    return Choices(
        list(
            db.execute(
                select(halls.c.id, halls.c.name, halls.c.name_en)
                .where(seen_by(actor, halls.c.id))
                .order_by(halls.c.id)
            )
        ),
        list(db.execute(select(groups).order_by(groups.c.priority.desc(), groups.c.id))),
        list(db.scalars(select(terminals.c.role).where(IN_SERVICE).distinct().order_by(terminals.c.role))),
    )


def _worst(db: Connection, ids: list[str]) -> dict[str, tuple[str, int]]:
    found: dict[str, Counter[str]] = {}
    some = (
        select(alerts.c.terminal, alerts.c.severity, func.count())
        .where(OPEN, alerts.c.terminal.in_(ids))
        .group_by(alerts.c.terminal, alerts.c.severity)
    )
    for terminal, severity, count in db.execute(some):
        found.setdefault(terminal, Counter())[severity] += count
    return {
        terminal: (next(s for s in SEVERITIES if counts[s]), counts.total())
        for terminal, counts in found.items()
    }
