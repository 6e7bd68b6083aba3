"""The audit trail, the broker's health; people, signing keys and web-hooks for administrators."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, get_args

from fastapi import Query, Response
from sqlalchemy import select

from provisioning.centre import audit
from provisioning.centre.accounts import Person
from provisioning.centre.api.door import Door, Entered
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, done, number, several, text
from provisioning.centre.console.frame import Frame
from provisioning.centre.console.queries.fleet import choices
from provisioning.centre.console.queries.overview import brokers_away
from provisioning.centre.console.services import Services
from provisioning.centre.console.wording import LANGUAGES
from provisioning.centre.rights import RIGHTS, Role
from provisioning.centre.rotation import KeyRotation
from provisioning.centre.signs import SEVERITIES
from provisioning.centre.store.tables import hooks, signing_keys, terminals

PAGE = 50
Short = Annotated[str, Query(max_length=120)]


def add_administration(door: Door, frame: Frame, services: Services) -> None:
    rotation = KeyRotation(services.signing, services.database, services.now)

    @door.get("/audit", "see", page=True)
    def trail(
        call: Entered,
        who: Short = "",
        action: Short = "",
        subject: Short = "",
        hall: Short = "",
        since: str = "",
        until: str = "",
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> Response:
        begins, ends = _midnight(frame, since), _midnight(frame, until, days=1)
        with services.database.read() as db:
            found = audit.entries(
                db,
                call.actor,
                who=who.strip(),
                action=action.strip(),
                subject=subject.strip(),
                hall=hall.strip(),
                since=begins,
                until=ends,
                page=page,
                size=PAGE,
            )
        pages = max(1, -(-found.total // PAGE))
        typed = {
            "who": who,
            "action": action,
            "subject": subject,
            "hall": hall,
            "since": since,
            "until": until,
        }
        return frame.show(call, "audit.html", l=found, page=page, pages=pages, w=typed)

    @door.post("/audit/verify", "admin", page=True)
    def verify(call: Entered) -> Response:
        proof = audit.verify(services.database)
        return frame.show(call, "audit_proof.html", proof=proof)

    @door.get("/broker", "see", page=True)
    def broker(call: Entered) -> Response:
        with services.database.read() as db:
            away = brokers_away(db)
        return frame.show(call, "broker.html", cards=services.brokers(), away=away)

    # -- people -------------------------------------------------------------------------------------------

    @door.get("/people", "admin", page=True)
    def people(call: Entered) -> Response:
        with services.database.read() as db:
            offered = choices(db, call.actor)
        return frame.show(
            call,
            "people.html",
            people=services.accounts.people(call.actor),
            roles=get_args(Role),
            rights=RIGHTS,
            offered=offered,
        )

    @door.post("/people", "admin", page=True)
    def create(call: Entered, form: Form) -> Response:
        person, password = _person(form), text(form, "password", 200)
        return done("/people", "saved", lambda: services.accounts.create(call.actor, person, password))

    @door.post("/people/change", "admin", page=True)
    def change(call: Entered, form: Form) -> Response:
        person, password = _person(form), text(form, "password", 200)

        def act() -> None:
            services.accounts.change(call.actor, person)
            if password:
                services.accounts.set_password(call.actor, person.name, password)

        return done("/people", "saved", act)

    @door.post("/password", "see", page=True)
    def password(call: Entered, form: Form) -> Response:
        old, new = text(form, "old", 200), text(form, "new", 200)
        act = lambda: services.accounts.change_password(call.actor, old, new, call.address)  # noqa: E731  one use
        return done("/sign-in", "saved", act, failed="/help")

    # -- keys and web-hooks -------------------------------------------------------------------------------

    @door.get("/keys", "admin", page=True)
    def keys(call: Entered) -> Response:
        k = signing_keys.c
        with services.database.read() as db:
            found = list(db.execute(select(k.kid, k.public, k.state, k.created).order_by(k.created.desc())))
            trusting = list(db.scalars(select(terminals.c["keys"]).where(terminals.c.state == "enrolled")))
        counts = {key.kid: sum(key.kid in some for some in trusting) for key in found}
        return frame.show(call, "keys.html", keys=found, counts=counts, total=len(trusting))

    @door.post("/keys/rotate", "admin", page=True)
    def rotate(call: Entered) -> Response:
        return done("/keys", "rotated", lambda: rotation.rotate(call.actor))

    @door.post("/keys/revoke", "admin", page=True)
    def revoke(call: Entered, form: Form) -> Response:
        return done("/keys", "revoked", lambda: rotation.revoke(call.actor, text(form, "kid", 32)))

    @door.get("/hooks", "admin", page=True)
    def all_hooks(call: Entered) -> Response:
        return _hooks(call, "")

    def _hooks(call: Entered, secret: str) -> Response:
        h = hooks.c
        with services.database.read() as db:
            found = list(
                db.execute(select(h.id, h.url, h.least, h.hall, h.disabled, h.failures).order_by(h.id))
            )
            offered = choices(db, call.actor)
        return frame.show(
            call, "hooks.html", hooks=found, offered=offered, severities=SEVERITIES, secret=secret
        )

    @door.post("/hooks", "admin", page=True)
    def add_hook(call: Entered, form: Form) -> Response:
        made: list[str] = []

        def act() -> None:
            url, least, hall = text(form, "url", 500), text(form, "least", 10), text(form, "hall", 32)
            made.append(services.notifier.add(call.actor, url, least=least, hall=hall)[1])

        response = done("/hooks", "saved", act)
        return _hooks(call, made[0]) if made else response

    @door.post("/hooks/disable", "admin", page=True)
    def disable_hook(call: Entered, form: Form) -> Response:
        return done("/hooks", "removed", lambda: services.notifier.disable(call.actor, number(form, "hook")))


def _person(form: Form) -> Person:
    role = next((one for one in get_args(Role) if one == text(form, "role", 10)), None)
    if role is None:
        raise Rejected("request.invalid", facts={"field": "role"})
    language = text(form, "language", 2)
    return Person(
        text(form, "name", 60),
        text(form, "shown", 60),
        role,
        tuple(several(form, "halls")),
        language if language in LANGUAGES else "zh",
        bool(form.get("disabled")),
    )


def _midnight(frame: Frame, day: str, days: int = 0) -> float | None:
    """The beginning of ``day`` (YYYY-MM-DD) plus ``days``, on the centre's wall; None where it is no day."""
    try:
        found = date.fromisoformat(day) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(found, time(), frame.zone).astimezone(UTC).timestamp()
