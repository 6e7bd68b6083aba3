"""What happened once and wants a person (``signs.ONCE``): written in the transaction that made it so.

So no crash and no failing database leaves it untold: the next turn of ``Alerts`` finds it, in this process or the next.
"""

from sqlalchemy import Connection, insert, select, update

from provisioning.centre.signs import SEVERITIES, Sign
from provisioning.centre.store.tables import alerts


def note(db: Connection, subject: str, hall: str, sign: Sign, *, at: float) -> None:
    """It happened to ``subject``, a terminal or whatever the alert is to name. ``at``: UTC seconds.

    One that is open already, because nobody has seen it yet, says the newer from now on.
    """
    a = alerts.c
    mine = (a.terminal == subject) & (a.kind == sign.kind) & a.resolved.is_(None)
    known = db.execute(select(a.id, a.severity, a.silenced).where(mine)).first()
    said = {"severity": sign.severity, "code": sign.code, "detail": sign.detail, "seen": at}
    if known is None:
        new = {"terminal": subject, "hall": hall, "kind": sign.kind, "opened": at, "acknowledged_by": ""}
        db.execute(insert(alerts).values(**new, **said, silenced=True))
        return
    worse = SEVERITIES.index(sign.severity) > [str(one) for one in SEVERITIES].index(known.severity)
    db.execute(update(alerts).where(a.id == known.id).values(**said, silenced=known.silenced or worse))


def over(db: Connection, subject: str, code: str, *, at: float) -> None:
    """What ``note`` said with ``code`` needs nobody any more, if it is open at all."""
    a = alerts.c
    mine = (a.terminal == subject) & (a.code == code) & a.resolved.is_(None)
    db.execute(update(alerts).where(mine).values(resolved=at))
