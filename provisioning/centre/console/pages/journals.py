"""A hall's journal that was lost begins anew; what it looks like is on the hall's page."""

from typing import Annotated

from fastapi import Path, Response

from provisioning.centre import branches
from provisioning.centre.api.door import Door, Entered
from provisioning.centre.console.asking import Form, done, text
from provisioning.centre.console.frame import Frame
from provisioning.centre.console.services import Services
from provisioning.wire.messages import DeviceId


def add_journals(door: Door, frame: Frame, services: Services) -> None:
    @door.post("/halls/{hall}/journal", "steer", page=True)
    def begin(call: Entered, hall: Annotated[DeviceId, Path()], form: Form) -> Response:
        why = text(form, "why", branches.LONGEST)

        def act() -> None:
            with services.database.write() as db:
                branches.begin(db, call.actor, hall, why, at=services.now())

        return done(f"/halls/{hall}", "journal_begun", act)
