"""Rollouts: how far, how well, and the levers to hold, stop and take back."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Query, Response

from provisioning.centre.api.door import Call, Door, Entered
from provisioning.centre.console.asking import Form, done, text
from provisioning.centre.console.frame import Frame, back
from provisioning.centre.console.pages.drafts import Number
from provisioning.centre.console.queries.fleet import choices
from provisioning.centre.console.queries.overview import recent_rollouts
from provisioning.centre.console.queries.steps import rolled
from provisioning.centre.console.services import Services

PAGE: Final = 30
SHADES: Final = {
    "confirmed": "ok",
    "pending": "soft",
    "staged": "soft",
    "probation": "brand",
    "rejected": "call",
    "rolled_back": "call",
    "reverted": "amber",
    "skipped": "grey",
    "waiting": "grey",
}
"""Of states of targets, in the order in which bars show them."""


def add_rollouts(door: Door, frame: Frame, services: Services) -> None:
    @door.get("/rollouts", "see", page=True)
    def all_rollouts(call: Entered, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> Response:
        with services.database.read() as db:
            found = recent_rollouts(db, call.actor, PAGE + 1, (page - 1) * PAGE)
        return frame.show(call, "rollouts.html", rollouts=found[:PAGE], page=page, more=len(found) > PAGE)

    @door.get("/rollouts/{rollout}", "see", page=True)
    def one_rollout(call: Entered, rollout: Number) -> Response:
        with services.database.read() as db:
            found = rolled(db, call.actor, rollout)
            names = frame.names(call, choices(db, call.actor).halls)
        halls = call.actor.halls
        away = [one for one in services.rollouts.away(rollout) if not halls or one.hall in halls]
        return frame.show(call, "rollout.html", r=found, names=names, shades=SHADES, away=away)

    def lever(name: str, told: str, act: Callable[[int, Call, str], object]) -> None:
        @door.post(f"/rollouts/{{rollout}}/{name}", "steer", page=True)
        def pull(call: Entered, rollout: Number, form: Form) -> Response:
            reason = text(form, "reason")
            return done(f"/rollouts/{rollout}", told, lambda: act(rollout, call, reason))

    lever("pause", "paused", lambda number, call, reason: services.rollouts.pause(number, call.actor, reason))
    lever("resume", "resumed", lambda number, call, _: services.rollouts.resume(number, call.actor))
    lever(
        "abort", "aborting", lambda number, call, reason: services.rollouts.abort(number, call.actor, reason)
    )

    lever(
        "go-on",
        "went_on",
        lambda number, call, reason: services.rollouts.go_on_without(number, call.actor, reason),
    )

    @door.post("/rollouts/{rollout}/rollback", "steer", page=True)
    def rollback(call: Entered, rollout: Number) -> Response:
        begun: list[int] = []
        response = done(
            f"/rollouts/{rollout}",
            "started",
            lambda: begun.append(services.rollouts.rollback(rollout, call.actor)),
        )
        return back(f"/rollouts/{begun[0]}", "started") if begun else response
