"""One terminal: how it is, what holds for it and why, what happened; orders, rollback, retirement."""

from typing import Annotated

from fastapi import Path, Response

from config.layers import diff
from provisioning.centre import registry
from provisioning.centre.api.door import Door, Entered
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, done, several, text
from provisioning.centre.console.fields import told
from provisioning.centre.console.frame import Frame, back
from provisioning.centre.console.pages.terminals import ASKED_TWICE, VERBS, moved
from provisioning.centre.console.queries.fleet import choices
from provisioning.centre.console.queries.terminal import before_it, seen
from provisioning.centre.console.services import Services
from provisioning.centre.documents import settings_of

Id = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Kept = {"screenshot": ("image/png", "inline", "png"), "logs": ("application/gzip", "attachment", "log.gz")}


def add_terminal(door: Door, frame: Frame, services: Services) -> None:
    @door.get("/terminals/{terminal}", "see", page=True)
    def page(call: Entered, terminal: Id) -> Response:
        with services.database.read() as db:
            found, offered = seen(db, call.actor, terminal), choices(db, call.actor)
        if found.row.kind == "hall":  # a hall's journal uplink: its page is the hall's
            return back(f"/halls/{found.row.hall}")
        own, rest = told(found.effective)
        return frame.show(
            call,
            "terminal.html",
            s=found,
            r=found.row,
            own=own,
            rest=rest,
            verbs=VERBS,
            twice=ASKED_TWICE,
            offered=offered,
            roles=registry.ROLES,
        )

    @door.get("/terminals/{terminal}/documents/{rev}", "see", page=True)
    def document(call: Entered, terminal: Id, rev: Annotated[int, Path(ge=1)]) -> Response:
        with services.database.read() as db:
            one = registry.terminal(db, call.actor, terminal)
            settings = settings_of(db, terminal, rev)
            earlier = before_it(db, terminal, rev)
            former = settings_of(db, terminal, earlier) if earlier else None
        if settings is None:
            raise Rejected("request.not_found")
        return frame.show(
            call,
            "document.html",
            r=one,
            rev=rev,
            settings=settings,
            earlier=earlier if former is not None else None,
            changes=diff(former or {}, settings),
        )

    @door.get("/artefacts/{command}", "see", page=True)
    def artefact(call: Entered, command: Annotated[str, Path(max_length=40)]) -> Response:
        found = services.commands.artefact(call.actor, command)
        if found is None or found["kind"] not in Kept:
            raise Rejected("request.not_found")
        media, how, end = Kept[found["kind"]]
        name = f'{how}; filename="{found["terminal"]}.{end}"'
        return Response(found["content"], media_type=media, headers={"Content-Disposition": name})

    @door.post("/terminals/{terminal}/rollback", "steer", page=True)
    def rollback(call: Entered, terminal: Id) -> Response:
        return done(f"/terminals/{terminal}", "restored", lambda: _restore(call, terminal))

    def _restore(call: Entered, terminal: str) -> None:
        if not services.rollouts.restore([terminal], call.actor):
            raise Rejected("request.refused", facts={"terminal": terminal})

    @door.post("/terminals/{terminal}/place", "enrol", page=True)
    def place(call: Entered, terminal: Id, form: Form) -> Response:
        placing = registry.Placing(
            text(form, "hall", 32),
            text(form, "role", 20),
            text(form, "name", 60),
            text(form, "name_en", 120),
            tuple(several(form, "groups")),
            text(form, "window", 32) or None,
            tuple(text(form, "zones").split()),
        )

        title = frame.words(call)("drafts.placed", name=terminal)
        return moved(
            services, call.actor, [terminal], lambda before: placing, title, f"/terminals/{terminal}"
        )

    @door.post("/terminals/{terminal}/retire", "retire", page=True)
    def retire(call: Entered, terminal: Id, form: Form) -> Response:
        if text(form, "typed", 40) != terminal:
            raise Rejected("request.invalid", facts={"field": "typed"})
        return done(
            f"/terminals/{terminal}", "retired", lambda: services.enrolments.retire(call.actor, terminal)
        )
