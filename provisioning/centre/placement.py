"""Where a new terminal belongs: its id, hall, role, name and groups, checked against what there is."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Connection, Row, select

from config.settings import Role
from provisioning.broker.access import RESERVED
from provisioning.centre.rights import Actor
from provisioning.centre.store.tables import groups, halls, terminals
from provisioning.wire.messages import DeviceId

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class EnrolmentRefused(Exception):
    """``code``: enrolment.{unknown, expired, decided, too_many, key, id_taken, name_reserved, not_approved, retired},
    hall.unknown, group.unknown, terminal.unknown."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text)
        self.code = code


class Placement(BaseModel):
    """What an operator says of a terminal. ``kind`` hall: a hall process that sends its journal."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    terminal: DeviceId = Field(description="Its id in the fleet and at the broker, for ever")
    hall: DeviceId
    role: Role
    name: Name
    name_en: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    groups: tuple[DeviceId, ...] = Field(default=(), max_length=50)
    window: DeviceId | None = None
    zones: tuple[DeviceId, ...] = Field(default=(), max_length=50)
    kind: Literal["terminal", "hall"] = "terminal"


def fits(connection: Connection, place: Placement) -> Row[Any]:
    """The hall's row. Raises EnrolmentRefused when the hall or a group is not there, or the id is the centre's own."""
    if place.terminal in RESERVED:
        raise EnrolmentRefused("enrolment.name_reserved", place.terminal)
    hall = connection.execute(select(halls).where(halls.c.id == place.hall)).first()
    if hall is None:
        raise EnrolmentRefused("hall.unknown", place.hall)
    known = set(connection.scalars(select(groups.c.id).where(groups.c.id.in_(place.groups))))
    if missing := sorted(set(place.groups) - known):
        raise EnrolmentRefused("group.unknown", ", ".join(missing))
    return hall


def free(connection: Connection, actor: Actor, terminal: str, *, again: bool) -> Row[Any] | None:
    """The terminal that has this id already, if it may be taken over. Raises EnrolmentRefused, Forbidden."""
    before = connection.execute(select(terminals).where(terminals.c.id == terminal)).first()
    if before is not None:
        if not again:
            raise EnrolmentRefused("enrolment.id_taken", terminal)
        actor.needs("enrol", before.hall)
    return before


def row_of(place: Placement, asker: Row[Any], at: float, password: str) -> dict[str, Any]:
    """All columns of a terminal that nobody has heard of yet, but what it is told (rev, etag, rollout, highest)."""
    return {
        "hall": place.hall,
        "kind": place.kind,
        "role": place.role,
        "name": place.name,
        "name_en": place.name_en,
        "serial": asker.serial,
        "groups": list(place.groups),
        "window": place.window,
        "zones": list(place.zones),
        "public_key": asker.public_key,
        "seal_key": asker.seal_key,
        "state": "enrolled",
        "enrolled": at,
        "retired": None,
        "pinned": False,
        "reported_rev": 0,
        "reported_state": "",
        "running": 0,
        "good": 0,
        "fault": None,
        "app": asker.facts["app"][:40],
        "os": asker.facts["os"][:60],
        "keys": [],
        "reported_at": None,
        "online": False,
        "sid": "",
        "boot": 0,
        "presence_at": None,
        "seen": None,
        "health": None,
        "health_at": None,
        "skew": None,
        "paper_minutes": None,
        "password": password,
    }
