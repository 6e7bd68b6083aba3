"""One terminal, whole: how it is, what it was told, what happened on it, what it was ordered."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from config.layers import Effective
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.queries.conditions import (
    OPEN,
    PRESENCE,
    SEVERITY_ORDER,
    SYNC,
    AnyRow,
    seen_by,
)
from provisioning.centre.layers import load
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import alerts, artefacts, commands, documents, events, halls, terminals


@dataclass(frozen=True, slots=True)
class Seen:
    """``screenshot``: the newest picture's command, moment and whether it is masked."""

    row: AnyRow
    effective: Effective
    documents: list[AnyRow]
    events: list[AnyRow]
    commands: list[AnyRow]
    alerts: list[AnyRow]
    screenshot: AnyRow | None


def before_it(db: Connection, terminal: str, rev: int) -> int | None:
    """The revision that the terminal was told before ``rev``, if it is still kept."""
    d = documents.c
    found: int | None = db.scalar(select(func.max(d.rev)).where(d.terminal == terminal, d.rev < rev))
    return found


def seen(db: Connection, actor: Actor, id_: str, most: int = 30) -> Seen:
    """Raises Rejected when there is none, or it stands in a hall that is not the actor's."""
    hall = (
        halls.c.name.label("hall_name"),
        halls.c.name_en.label("hall_name_en"),
    )
    row = db.execute(
        select(terminals, *hall, PRESENCE.label("presence"), SYNC.label("sync"))
        .select_from(terminals.outerjoin(halls, halls.c.id == terminals.c.hall))
        .where(terminals.c.id == id_, seen_by(actor, terminals.c.hall))
    ).first()
    if row is None:
        raise Rejected("request.not_found")
    d, e, c, a = documents.c, events.c, commands.c, alerts.c
    picture = (
        select(artefacts.c.command, artefacts.c.at, artefacts.c.masked)
        .where(artefacts.c.terminal == id_, artefacts.c.kind == "screenshot")
        .order_by(artefacts.c.at.desc())
        .limit(1)
    )
    return Seen(
        row,
        load(db).effective(row),
        list(
            db.execute(
                select(d.rev, d.etag, d.rollout, d.issued, d.why, d.confirmed)
                .where(d.terminal == id_)
                .order_by(d.rev.desc())
                .limit(most)
            )
        ),
        list(
            db.execute(
                select(e.seq, e.at, e.type, e.body)
                .where(e.terminal == id_)
                .order_by(e.seq.desc())
                .limit(most)
            )
        ),
        list(
            db.execute(
                select(
                    c.id,
                    c.verb,
                    c.by,
                    c.issued,
                    c.state,
                    c.code,
                    c.answered,
                    artefacts.c.kind.label("result"),
                )
                .select_from(commands.outerjoin(artefacts, artefacts.c.command == c.id))
                .where(c.terminal == id_)
                .order_by(c.issued.desc())
                .limit(most)
            )
        ),
        list(db.execute(select(alerts).where(OPEN, a.terminal == id_).order_by(SEVERITY_ORDER, a.opened))),
        db.execute(picture).first(),
    )
