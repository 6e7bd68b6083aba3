"""Where a new terminal belongs: its id, hall, role, name and groups, as an operator or a table says it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import Connection, null

from config.settings import Role
from provisioning.broker.access import RESERVED
from provisioning.centre import registry
from provisioning.centre.placings import Placing
from provisioning.wire.messages import DeviceId

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


OF_UPLINKS = "-journal"
"""How identities of halls' uplinks end (provisioning.uplink.uplink_id): no terminal takes a hall's."""


class EnrolmentRefused(Exception):
    """``code``: enrolment.{unknown,expired,decided,too_many,key,name_reserved,other_machine,not_approved,retired}."""

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

    @property
    def placing(self) -> Placing:
        said = self.model_dump(exclude={"terminal", "kind"})
        return Placing(**(said | {"groups": tuple(sorted(set(self.groups)))}))


def sound(connection: Connection, place: Placement) -> None:
    """Raises EnrolmentRefused, RegistryRefused unless a terminal could be so."""
    if place.terminal in RESERVED or (place.kind == "terminal" and place.terminal.endswith(OF_UPLINKS)):
        raise EnrolmentRefused("enrolment.name_reserved", place.terminal)
    registry.sound_placings(connection, {place.terminal: place.placing}, {place.terminal: place.kind})


UNHEARD: dict[str, Any] = {
    "state": "enrolled",
    "retired": None,
    "pinned": False,
    "reported_rev": 0,
    "reported_state": "",
    "running": 0,
    "good": 0,
    "fault": null(),
    "app": "",
    "os": "",
    "keys": [],
    "reported_at": None,
    "online": False,
    "sid": "",
    "boot": 0,
    "presence_at": None,
    "seen": None,
    "health": null(),
    "health_at": None,
    "skew": None,
    "paper_minutes": None,
}
"""Columns of a terminal that was just let in: nothing is known of it."""
UNTOLD: dict[str, Any] = {"rev": 0, "etag": "", "rollout": None, "highest": 0}
"""And of one that is new. Where it comes back they stay: revisions go on, what was signed before is old."""
