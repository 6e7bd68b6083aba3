"""A hall's own identity in the fleet: its uplink signs in with it and sends the journal (provisioning.uplink)."""

import secrets
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import insert, select, update

from config.hall import Hall as HallSettings
from provisioning.broker import passwords
from provisioning.centre import audit, registry
from provisioning.centre.placement import UNHEARD, UNTOLD
from provisioning.centre.rights import CENTRE
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.uplink import uplink_id


def know_hall(database: Database, settings: HallSettings, broker: str = "main") -> None:
    """The hall of ``settings`` is in the registry from now on, or as it is now. Raises RegistryRefused."""
    values = settings.model_dump(mode="json", exclude_defaults=True)
    new = registry.Hall(
        settings.id, settings.name, settings.name_en, settings.region, settings.time_zone, broker, values
    )
    with database.write() as connection:
        known = connection.scalar(select(t.halls.c.id).where(t.halls.c.id == settings.id))
        (registry.change_hall if known else registry.create_hall)(connection, CENTRE, new, at=time.time())


def link_of(database: Database, hall: str, broker_url: str) -> str:
    """A fresh way in for the uplink of ``hall``: the URL with its user and password, to be kept in a private file.

    Whoever had one before is out. Raises RegistryRefused where there is no such hall.
    """
    device, password = uplink_id(hall), secrets.token_urlsafe(32)
    with database.write() as connection:
        registry.hall(connection, hall)
        kept = passwords.hashed(password)
        of = select(t.terminals.c.hall, t.terminals.c.kind).where(t.terminals.c.id == device)
        known = connection.execute(of).first()
        if known is not None and tuple(known) != (hall, "hall"):
            raise registry.RegistryRefused("registry.taken", f"terminal {device}")
        if known is None:
            connection.execute(insert(t.terminals).values(**_row(device, hall, kept)))
        else:
            connection.execute(
                update(t.terminals).where(t.terminals.c.id == device).values(password=kept, state="enrolled")
            )
        audit.record(connection, CENTRE, "hall.linked", f"terminal {device}", hall, at=time.time())
    parts = urlsplit(broker_url)
    return parts._replace(netloc=f"{device}:{password}@{parts.netloc}").geturl()


def write_private(path: Path, text: str) -> None:
    """A file that only this account can read."""
    passwords.replace_private(path, text)


def _row(device: str, hall: str, kept: str) -> dict[str, Any]:
    return {
        "id": device,
        "hall": hall,
        "kind": "hall",
        "role": "journal",
        "name": "日志上传",
        "name_en": "Journal uplink",
        "serial": "",
        "groups": [],
        "window": None,
        "zones": [],
        "public_key": "",
        "seal_key": "",
        "state": "enrolled",
        "enrolled": time.time(),
        **UNTOLD,
        **UNHEARD,
        "password": kept,
    }
