"""How a terminal stands, said in SQL once: presence, configuration, what an account may see.

Presence: ``online``, ``offline`` or ``unknown`` (never heard of). Configuration: ``in_sync`` runs what it was told
last; ``failed`` refused it or fell back; ``drifted`` runs something nobody told it; all else is ``pending``, also
whatever is offline.
"""

from typing import Any, Final, TypeAlias

from sqlalchemy import Case, ColumnElement, Row, String, and_, case, cast, func, or_, true

from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import alerts, terminals

AnyRow: TypeAlias = Row[*tuple[Any, ...]]

PRESENCES: Final = ("offline", "unknown", "online")
SYNCS: Final = ("failed", "drifted", "pending", "in_sync")
SEVERITIES: Final = ("critical", "warning", "info")

PRESENCE: Case[str] = case(
    (terminals.c.online, "online"), (terminals.c.presence_at.is_(None), "unknown"), else_="offline"
)
SYNC: Case[str] = case(
    (terminals.c.reported_state == "drifted", "drifted"),
    (and_(terminals.c.reported_state == "confirmed", terminals.c.running == terminals.c.rev), "in_sync"),
    (
        and_(
            terminals.c.reported_state.in_(("rejected", "rolled_back")),
            terminals.c.reported_rev == terminals.c.rev,
        ),
        "failed",
    ),
    else_="pending",
)
SEVERITY_ORDER: Case[int] = case(
    (alerts.c.severity == "critical", 0), (alerts.c.severity == "warning", 1), else_=2
)
TERMINAL: ColumnElement[bool] = terminals.c.kind == "terminal"
"""The uplink of a hall's journal has an identity in the same table, and is no terminal."""
IN_SERVICE: ColumnElement[bool] = and_(TERMINAL, terminals.c.state == "enrolled")
OPEN: ColumnElement[bool] = alerts.c.resolved.is_(None)


def seen_by(actor: Actor, hall: ColumnElement[str]) -> ColumnElement[bool]:
    """Rows whose ``hall`` the account may see."""
    return hall.in_(actor.halls) if actor.halls else true()


def in_list(column: ColumnElement[object], value: str) -> ColumnElement[bool]:
    """Whether the JSON list in ``column`` holds the id ``value``; ids hold no quotes and no wildcards."""
    return cast(column, String).contains(f'"{value}"', autoescape=True)


def like(needle: str, *columns: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether one of ``columns`` holds ``needle``, whatever the case of its letters."""
    return or_(*(func.lower(column).contains(needle.lower(), autoescape=True) for column in columns))
