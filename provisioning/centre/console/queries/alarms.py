"""Alerts as a table: the open ones worst first, a hundred at a time, with counts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, select

from provisioning.centre.console.queries.conditions import OPEN, SEVERITIES, SEVERITY_ORDER, AnyRow, seen_by
from provisioning.centre.rights import Actor
from provisioning.centre.signs import KINDS
from provisioning.centre.store.tables import alerts, halls, terminals

PAGE: Final = 100
STATES: Final = ("unseen", "seen", "silenced", "resolved")
SORTS: Final[Mapping[str, ColumnElement[Any]]] = {
    "severity": -SEVERITY_ORDER,
    "kind": alerts.c.kind,
    "hall": alerts.c.hall,
    "opened": alerts.c.opened,
    "resolved": alerts.c.resolved,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is shown; ``state``: open and not acknowledged, acknowledged, opened in a silence, over.

    ``sort`` is a key of ``SORTS``, with "-" before it downwards.
    """

    state: str = "unseen"
    severity: str = ""
    kind: str = ""
    hall: str = ""
    terminal: str = ""
    sort: str = "-severity"
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Wanted":
        def one_of(name: str, among: tuple[str, ...], other: str = "") -> str:
            return value if (value := query.get(name, "")) in among else other

        page = query.get("page", "1")
        terminal = query.get("terminal", "")[:32]
        state = one_of("state", (*STATES, "open"), "open" if terminal else "unseen")
        sorts = (*SORTS, *(f"-{name}" for name in SORTS))
        return cls(
            state,
            one_of("severity", SEVERITIES),
            one_of("kind", KINDS),
            query.get("hall", "")[:32],
            terminal,
            one_of("sort", sorts, "-resolved" if state == "resolved" else "-severity"),
            int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1,
        )

    @property
    def narrowed(self) -> bool:
        return any((self.severity, self.kind, self.hall, self.terminal)) or self.state != "unseen"

    def conditions(self) -> list[ColumnElement[bool]]:
        a = alerts.c
        state: dict[str, ColumnElement[bool]] = {
            "open": OPEN,
            "unseen": and_(OPEN, a.acknowledged.is_(None), ~a.silenced),
            "seen": and_(OPEN, a.acknowledged.is_not(None)),
            "silenced": and_(OPEN, a.silenced, a.acknowledged.is_(None)),
            "resolved": a.resolved.is_not(None),
        }
        pairs = (
            (a.severity, self.severity),
            (a.kind, self.kind),
            (a.hall, self.hall),
            (a.terminal, self.terminal),
        )
        return [state[self.state], *(column == value for column, value in pairs if value)]


@dataclass(frozen=True, slots=True)
class Alarms:
    """``kinds``: how many of each kind the filter finds."""

    rows: list[AnyRow]
    total: int
    severities: Counter[str]
    kinds: Counter[str]
    pages: int


def alarms(db: Connection, actor: Actor, wanted: Wanted) -> Alarms:
    """Two statements."""
    where = and_(*wanted.conditions(), seen_by(actor, alerts.c.hall))
    severities, kinds = Counter[str](), Counter[str]()
    counted = (
        select(alerts.c.severity, alerts.c.kind, func.count())
        .where(where)
        .group_by(alerts.c.severity, alerts.c.kind)
    )
    for severity, kind, count in db.execute(counted):
        severities[severity] += count
        kinds[kind] += count
    total = severities.total()
    pages = max(1, -(-total // PAGE))
    column = SORTS[wanted.sort.removeprefix("-")]
    order = column.desc() if wanted.sort.startswith("-") else column.asc()
    rows = db.execute(
        select(
            alerts,
            terminals.c.name.label("terminal_name"),
            terminals.c.name_en.label("terminal_name_en"),
            halls.c.name.label("hall_name"),
            halls.c.name_en.label("hall_name_en"),
        )
        .select_from(
            alerts.outerjoin(terminals, terminals.c.id == alerts.c.terminal).outerjoin(
                halls, halls.c.id == alerts.c.hall
            )
        )
        .where(where)
        .order_by(order.nulls_last(), SEVERITY_ORDER, alerts.c.opened.desc(), alerts.c.id)
        .limit(PAGE)
        .offset((min(wanted.page, pages) - 1) * PAGE)
    )
    return Alarms(list(rows), total, severities, kinds, pages)
