"""Puts simulated terminals straight into a centre's database, as if they had enrolled: for speed.

What cannot be told apart afterwards: halls, rows, broker passwords and first signed documents are as enrolment makes
them; only the keys of the terminals themselves are invented.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, select

from provisioning.broker import passwords
from provisioning.centre import layers as released
from provisioning.centre.documents import Documents, Order
from provisioning.centre.placement import UNHEARD, UNTOLD
from provisioning.centre.signing import SigningKeys
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import halls, layer_history, layers, terminals
from provisioning.simulator.terminal import Identity
from provisioning.wire.documents import Apply

FLEET_LAYER: Mapping[str, Any] = {"source": {"url": "http://127.0.0.1:8080"}, "secrets": []}
"""What a simulated terminal must be told at least."""
PIECE = 500  # rows of one transaction
SOON = Apply(when="now", probation_seconds=0.2, deadline_seconds=5)
"""For invented kiosks, which need no minute to show that they live."""


def seed(
    database: Database,
    keys: SigningKeys,
    documents: Documents,
    broker_url: str,
    count: int,
    at: float,
    *,
    per_hall: int = 20,
    apply: Apply = SOON,
    broker: str = "main",
) -> list[Identity]:
    """``count`` terminals in halls of ``per_hall``; what each of them knows. ``at``: UTC seconds."""
    parts = urlsplit(broker_url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 1883
    found: list[Identity] = []
    with database.write() as connection:
        keep_layer(connection, "fleet", "", FLEET_LAYER, at)
        connection.execute(
            insert(halls),
            [_hall(n, broker) for n in range((count + per_hall - 1) // per_hall)],
        )
    for begin in range(0, count, PIECE):
        some = range(begin, min(begin + PIECE, count))
        words = {number: secrets.token_urlsafe(24) for number in some}
        rows = [_terminal(number, per_hall, passwords.hashed(words[number]), at) for number in some]
        with database.write() as connection:
            connection.execute(insert(terminals), rows)
            issue(connection, documents, [row["id"] for row in rows], apply)
        found += [
            Identity(row["id"], keys.public(), host, port, words[number])
            for row, number in zip(rows, some, strict=True)
        ]
    return found


def issue(connection: Connection, documents: Documents, ids: Sequence[str], apply: Apply) -> None:
    """Their first documents, by the released layers."""
    rows = connection.execute(select(terminals).where(terminals.c.id.in_(ids))).all()
    holds = released.resolved(connection, rows)
    documents.issue_all(
        connection,
        [Order(row.id, row.rev, row.highest, holds[row.id], apply, None, "enrolled") for row in rows],
    )


def keep_layer(connection: Connection, kind: str, key: str, values: Mapping[str, Any], at: float) -> None:
    """The first version of a layer, released."""
    row = {"kind": kind, "key": key, "values": dict(values), "version": 1, "at": at, "by": "simulator"}
    connection.execute(insert(layers).values(**row))
    connection.execute(insert(layer_history).values(**row, draft=None))


def _hall(number: int, broker: str) -> dict[str, Any]:
    return {
        "id": f"sim-{number:04d}",
        "name": f"模拟大厅{number}",
        "name_en": f"Simulated hall {number}",
        "region": "371500",
        "time_zone": "Asia/Shanghai",
        "broker": broker,
        "settings": {},
    }


def _terminal(number: int, per_hall: int, password: str, at: float) -> dict[str, Any]:
    hall, place = f"sim-{number // per_hall:04d}", number % per_hall
    role = "terminal" if place < per_hall - 4 else "hall-board" if place < per_hall - 2 else "voice"
    return {
        "id": f"{hall}-{place:02d}",
        "hall": hall,
        "kind": "terminal",
        "role": role,
        "name": f"模拟终端{place:02d}",
        "name_en": "",
        "serial": f"SIM-{number:05d}",
        "groups": [],
        "window": None,
        "zones": [],
        "public_key": secrets.token_hex(32),
        "seal_key": secrets.token_hex(32),
        "state": "enrolled",
        "enrolled": at,
        **UNTOLD,
        **UNHEARD,
        "password": password,
    }
