"""The table of terminals, and what can be done to many at once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Response

from provisioning.centre import registry
from provisioning.centre.api.door import Door, Entered
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, done, several, text
from provisioning.centre.console.frame import Frame, back, within
from provisioning.centre.console.queries.conditions import PRESENCES, SEVERITIES, SYNCS
from provisioning.centre.console.queries.fleet import PAGE, Filter, choices, found_ids, listed
from provisioning.centre.console.services import Services
from provisioning.centre.rights import Actor

VERBS: Final = ("identify", "screenshot", "test_print", "restart_app", "reboot", "resync", "logs")
ASKED_TWICE: Final = ("restart_app", "reboot")
"""Verbs that take a terminal away from citizens for a while."""
MOST_AT_ONCE: Final = 10_000


def add_terminals(door: Door, frame: Frame, services: Services) -> None:
    @door.get("/terminals", "see", page=True)
    def page(call: Entered) -> Response:
        wanted = Filter.of(call.request.query_params)
        with services.database.read() as db:
            found, offered = listed(db, call.actor, wanted), choices(db, call.actor)
        return frame.show(
            call,
            "terminals.html",
            f=wanted,
            l=found,
            names=frame.names(call, offered.halls),
            offered=offered,
            presences=PRESENCES,
            syncs=SYNCS,
            severities=SEVERITIES,
            verbs=VERBS,
            per_page=PAGE,
        )

    @door.post("/terminals/command", "command", page=True)
    def command(call: Entered, form: Form) -> Response:
        verb, ids = text(form, "verb", 20), chosen(call.actor, form, services)
        if verb not in VERBS:
            raise Rejected("request.invalid", facts={"field": "verb"})
        return done(
            text(form, "next", 2000),
            "ordered",
            lambda: services.commands.send(call.actor, ids, verb, _arguments(verb, services.now())),
            n=len(ids),
        )

    @door.post("/terminals/groups", "enrol", page=True)
    def groups(call: Entered, form: Form) -> Response:
        ids, group, to = (
            chosen(call.actor, form, services),
            text(form, "group", 32),
            text(form, "next", 2000),
        )
        add = text(form, "how", 6) != "remove"
        regrouped = registry.grouped((group,) if add else (), () if add else (group,))
        title = frame.words(call)("drafts.into" if add else "drafts.out_of", group=group, n=len(ids))
        return moved(services, call.actor, ids, regrouped, title, to)


def moved(
    services: Services,
    actor: Actor,
    ids: Sequence[str],
    wanted: Callable[[registry.Placing], registry.Placing],
    title: str,
    to: str,
) -> Response:
    """They stand elsewhere from now on; or, where that changes settings, there is a draft, which is shown."""
    made: list[int] = []

    def act() -> None:
        if draft := services.drafts.move(actor, ids, wanted, title[:120]).draft:
            made.append(draft)

    response = done(to, "placed", act, n=len(ids))
    return back(f"/drafts/{made[0]}?view=check", "drafted") if made else response


def _arguments(verb: str, now: float) -> dict[str, str]:
    """Logs are those of the last hour."""
    if verb == "logs":
        since, until = (datetime.fromtimestamp(at, UTC).isoformat() for at in (now - 3600, now))
        return {"since": since, "until": until}
    return {"seconds": "15"} if verb == "identify" else {}


def found_by(form: Form) -> Filter | None:
    """The page's filter, where an order is for everything that it finds."""
    if not text(form, "found", 3):
        return None
    _, _, query = within(text(form, "next", 2000)).partition("?")
    return Filter.of(_parameters(query))


def chosen(actor: Actor, form: Form, services: Services) -> Sequence[str]:
    """The ticked ones, or everything that the page's filter finds. Raises Rejected when that is nobody."""
    if wanted := found_by(form):
        with services.database.read() as db:
            ids = found_ids(db, actor, wanted, MOST_AT_ONCE)
    else:
        ids = several(form, "id")
    if not ids:
        raise Rejected("request.invalid", facts={"field": "id"})
    return ids


def _parameters(query: str) -> dict[str, str]:
    return dict(parse_qsl(query))
