"""Halls with their terminals and their day in figures; groups."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import Path, Query, Response

from config.layers import Effective
from provisioning.centre import registry
from provisioning.centre.api.door import Door, Entered
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, done, text
from provisioning.centre.console.charts import Series
from provisioning.centre.console.fields import told
from provisioning.centre.console.frame import Frame
from provisioning.centre.console.queries.overview import HallHeat, overview
from provisioning.centre.console.queries.places import members, place
from provisioning.centre.console.services import Services
from provisioning.centre.figures import DayFigures

Id = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]

SORTS: Final[Mapping[str, Callable[[HallHeat], Any]]] = {
    "name": lambda hall: hall.id,
    "terminals": lambda hall: hall.standing.total,
    "offline": lambda hall: hall.standing.presence["offline"],
    "failed": lambda hall: hall.standing.sync["failed"],
    "alerts": lambda hall: (hall.alerts["critical"], hall.alerts["warning"]),
}
"""Of the table of halls; without one the worst is first."""


def add_places(door: Door, frame: Frame, services: Services) -> None:
    @door.get("/halls", "see", page=True)
    def halls(
        call: Entered,
        q: Annotated[str, Query(max_length=60)] = "",
        sort: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        with services.database.read() as db:
            found = overview(db, call.actor, frame.now())
        needle = q.strip().lower()
        rows = [h for h in found.halls if needle in f"{h.id} {h.name} {h.name_en}".lower()]
        if by := SORTS.get(sort.removeprefix("-")):
            rows.sort(key=by, reverse=sort.startswith("-"))
        return frame.show(call, "halls.html", o=found, rows=rows, q=q, sort=sort)

    @door.post("/halls", "admin", page=True)
    def create(call: Entered, form: Form) -> Response:
        new = _hall(form, {})
        return done(
            f"/halls/{new.id}", "saved", lambda: _write(registry.create_hall, call, new), failed="/halls"
        )

    @door.get("/halls/{hall}", "see", page=True)
    def one_hall(call: Entered, hall: Id, day: Annotated[date | None, Query()] = None) -> Response:
        if not call.actor.sees(hall):
            raise Rejected("request.not_found")
        with services.database.read() as db:
            about, found = registry.hall(db, hall), place(db, hall)
        today = services.statistics.today(hall)
        chosen = min(day or today, today)
        figures = services.statistics.day(hall, chosen)
        return frame.show(
            call,
            "hall.html",
            h=about,
            p=found,
            said=told(Effective(dict(found.layer._mapping["values"]), {}))[1] if found.layer else {},
            day=figures,
            today=today,
            before=chosen - timedelta(days=1),
            after=chosen + timedelta(days=1),
            hours=_hours(figures),
            Series=Series,
        )

    @door.post("/halls/{hall}", "admin", page=True)
    def change(call: Entered, hall: Id, form: Form) -> Response:
        with services.database.read() as db:
            settings = registry.hall(db, hall).settings
        new = _hall(form, settings, hall)
        return done(f"/halls/{hall}", "saved", lambda: _write(registry.change_hall, call, new))

    @door.post("/halls/{hall}/rollback", "steer", page=True)
    def rollback(call: Entered, hall: Id) -> Response:
        call.actor.needs("steer", hall)
        with services.database.read() as db:
            ids = [one.id for one in place(db, hall).tiles]
        return done(f"/halls/{hall}", "restored", lambda: services.rollouts.restore(ids, call.actor))

    def _write(
        write: Any, call: Entered, value: Any
    ) -> None:  # Any: three functions of registry with one shape
        with services.database.write() as db:
            write(db, call.actor, value, at=services.now())

    @door.get("/groups", "see", page=True)
    def groups(call: Entered) -> Response:
        with services.database.read() as db:
            found, counts = members(db, call.actor)
        return frame.show(call, "groups.html", groups=found, counts=counts)

    @door.post("/groups", "admin", page=True)
    def save_group(call: Entered, form: Form) -> Response:
        priority = text(form, "priority", 6)
        if not re.fullmatch(r"-?[0-9]{1,4}", priority):
            raise Rejected("request.invalid", facts={"field": "priority"})
        group = registry.Group(text(form, "id", 32), text(form, "name", 60), int(priority))
        return done("/groups", "saved", lambda: _write(registry.save_group, call, group))

    @door.post("/groups/delete", "admin", page=True)
    def delete_group(call: Entered, form: Form) -> Response:
        return done("/groups", "removed", lambda: _write(registry.delete_group, call, text(form, "id", 32)))


def _hall(form: Form, settings: Any, hall: str = "") -> registry.Hall:
    return registry.Hall(
        hall or text(form, "id", 32),
        text(form, "name", 60),
        text(form, "name_en", 120),
        text(form, "region", 6),
        text(form, "time_zone", 40) or "Asia/Shanghai",
        text(form, "broker", 32) or "main",
        settings,
    )


def _hours(day: DayFigures) -> range:
    """From the first hour with a number taken or served to the last; the usual ones where there is none."""
    busy = [h for h in range(24) if day.taken_by_hour[h] or day.served_by_hour[h]]
    return range(min(busy, default=8), max(busy, default=17) + 1)
