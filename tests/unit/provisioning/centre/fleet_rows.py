"""Rows for tests of the centre: a hall and terminals, written straight into the tables."""

from typing import Any

from sqlalchemy import insert, select

from provisioning.centre.placement import UNHEARD, UNTOLD
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database, StoreFailed


def add_hall(database: Database, hall: str = "qy", **changes: Any) -> None:
    row = {
        "id": hall,
        "name": "清源大厅",
        "name_en": "Qingyuan hall",
        "region": "371599",
        "time_zone": "Asia/Shanghai",
        "broker": "main",
        "settings": {},
    }
    with database.write() as db:
        db.execute(insert(t.halls).values(**row | changes))


def add_terminal(database: Database, terminal: str, hall: str = "qy", **changes: Any) -> None:
    row: dict[str, Any] = {
        "id": terminal,
        "hall": hall,
        "kind": "terminal",
        "role": "terminal",
        "name": terminal,
        "name_en": "",
        "serial": f"SN-{terminal}",
        "groups": [],
        "window": None,
        "zones": [],
        "public_key": "0" * 64,
        "seal_key": "0" * 64,
        **UNHEARD,
        **UNTOLD,
        "enrolled": 0.0,
        "password": "",
    }
    with database.write() as db:
        db.execute(insert(t.terminals).values(**row | changes))


def add_draft(database: Database, changes: list[dict[str, Any]], state: str) -> int:
    row = {"title": "x", "state": state, "changes": changes, "plan": {}, "author": "li", "created": 0.0}
    more = {"changed": 0.0, "reviewer": "", "reviewed": None, "remark": "", "version": 1}
    with database.write() as db:
        number: int = db.execute(insert(t.drafts).values(**row, **more).returning(t.drafts.c.id)).scalar_one()
    return number


def open_alerts(database: Database) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Subject, hall, code and detail of each alert that is not over, in order."""
    a = t.alerts.c
    wanted = select(a.terminal, a.hall, a.code, a.detail).where(a.resolved.is_(None)).order_by(a.id)
    with database.read() as db:
        return [tuple(row) for row in db.execute(wanted)]


def fails(*_: object, **__: object) -> None:
    """A step at which the database is lost."""
    raise StoreFailed
