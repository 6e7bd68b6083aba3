"""Alerts: seen by somebody, silenced for a while, resolved by themselves."""

from typing import Final

from fastapi import Response

from provisioning.centre.api.door import Door, Entered
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, done, number, several, text
from provisioning.centre.console.frame import Frame, back
from provisioning.centre.console.queries.alarms import STATES, Wanted, alarms
from provisioning.centre.console.queries.conditions import SEVERITIES
from provisioning.centre.console.queries.fleet import choices
from provisioning.centre.console.services import Services
from provisioning.centre.signs import KINDS

SCOPES: Final = ("hall", "group", "terminal", "fleet")
HOURS: Final = (1, 2, 4, 8, 24, 72)


def add_alarms(door: Door, frame: Frame, services: Services) -> None:
    @door.get("/alerts", "see", page=True)
    def page(call: Entered) -> Response:
        wanted = Wanted.of(call.request.query_params)
        with services.database.read() as db:
            found, offered = alarms(db, call.actor, wanted), choices(db, call.actor)
        return frame.show(
            call,
            "alerts.html",
            w=wanted,
            l=found,
            offered=offered,
            states=STATES,
            severities=SEVERITIES,
            kinds=KINDS,
            silences=services.alerts.silences(call.actor),
            scopes=SCOPES,
            hours=HOURS,
        )

    @door.post("/alerts/acknowledge", "alert", page=True)
    def acknowledge(call: Entered, form: Form) -> Response:
        seen = services.alerts.acknowledge(call.actor, _ticked(form))
        return back(text(form, "next", 2000), "acknowledged", n=seen)

    @door.post("/alerts/unacknowledge", "alert", page=True)
    def unacknowledge(call: Entered, form: Form) -> Response:
        given_back = services.alerts.unacknowledge(call.actor, _ticked(form))
        return back(text(form, "next", 2000), "unacknowledged", n=given_back)

    @door.post("/alerts/silence", "alert", page=True)
    def silence(call: Entered, form: Form) -> Response:
        scope, kind, why = text(form, "scope", 10), text(form, "kind", 20), text(form, "why")
        key = "" if scope == "fleet" else text(form, f"key-{scope}", 32)
        now, hours = services.now(), number(form, "hours")

        def act() -> None:
            services.alerts.silence(
                call.actor,
                scope,
                key,
                kind,
                now,
                now + hours * 3600,
                why,
                daily=bool(form.get("daily")) and hours < 24,
            )

        return done("/alerts", "silenced", act)

    @door.post("/alerts/unsilence", "alert", page=True)
    def unsilence(call: Entered, form: Form) -> Response:
        return done(
            "/alerts", "unsilenced", lambda: services.alerts.unsilence(call.actor, number(form, "silence"))
        )


def _ticked(form: Form) -> list[int]:
    """Raises Rejected when it is none."""
    ids = [int(one) for one in several(form, "id") if one.isascii() and one.isdigit() and len(one) < 16]
    if not ids:
        raise Rejected("request.invalid", facts={"field": "id"})
    return ids
