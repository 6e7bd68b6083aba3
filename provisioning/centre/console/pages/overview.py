"""The first page: what is wrong, how much of it, and where."""

from fastapi import Response

from provisioning.centre.api.door import Door, Entered
from provisioning.centre.console.frame import Frame
from provisioning.centre.console.queries.overview import overview
from provisioning.centre.console.services import Services


def add_overview(door: Door, frame: Frame, services: Services) -> None:
    @door.get("/overview", "see", page=True)
    def page(call: Entered) -> Response:
        with services.database.read() as db:
            found = overview(db, call.actor, frame.now())
        return frame.show(call, "overview.html", o=found)

    @door.get("/help", "see", page=True)
    def help_page(call: Entered) -> Response:
        return frame.show(call, "help.html")
