"""Drafts: written, checked, shown exactly, given to a second person, sent on their way."""

from typing import Annotated

from fastapi import Path, Query, Response

from provisioning.centre import layers
from provisioning.centre.api.door import Call, Door, Entered
from provisioning.centre.console.asking import Form, done, number, several, text
from provisioning.centre.console.charts import Series
from provisioning.centre.console.dry import tried
from provisioning.centre.console.frame import Frame, back, within
from provisioning.centre.console.pages.terminals import chosen, found_by
from provisioning.centre.console.plans import planned, waves
from provisioning.centre.console.queries.fleet import Filter, choices, spread
from provisioning.centre.console.queries.steps import layer_diffs, rollout_of
from provisioning.centre.console.services import Services
from provisioning.centre.drafts import MOST_CHANGES, State
from provisioning.centre.layers import LayerChange, Scope

Number = Annotated[int, Path(ge=1, le=2**31)]
STATES: tuple[State, ...] = ("draft", "submitted", "returned", "approved", "rolling", "applied", "discarded")
PAGE = 50


def add_drafts(door: Door, frame: Frame, services: Services) -> None:
    drafts = services.drafts

    @door.get("/drafts", "see", page=True)
    def all_drafts(
        call: Entered, state: str = "", page: Annotated[int, Query(ge=1, le=100_000)] = 1
    ) -> Response:
        chosen = tuple(one for one in STATES if one == state)
        found, total = drafts.all(call.actor, states=chosen, page=page, size=PAGE)
        pages = max(1, -(-total // PAGE))
        with services.database.read() as db:
            offered = choices(db, call.actor)
        return frame.show(
            call,
            "drafts.html",
            drafts=found,
            total=total,
            page=page,
            pages=pages,
            states=STATES,
            state=state,
            offered=offered,
        )

    @door.post("/drafts", "draft", page=True)
    def create(call: Entered, form: Form) -> Response:
        kind, _, key = text(form, "layer", 50).partition(":")
        made = drafts.create(call.actor, text(form, "title", 120))
        return back(f"/drafts/{made.id}/edit?kind={kind}&key={key}" if kind else f"/drafts/{made.id}")

    @door.post("/drafts/for", "draft", page=True)
    def for_terminals(call: Entered, form: Form) -> Response:
        """A draft whose layers are those of the ticked terminals, or halls, to be filled.

        For more terminals than a draft has room for, a page offers the halls and groups they stand in.
        """
        halls = several(form, "hall")
        ids = halls or chosen(call.actor, form, services)
        if len(ids) > MOST_CHANGES:
            return scopes(call, form)
        kind: Scope = "hall" if halls else "terminal"
        with services.database.read() as db:
            released = [layers.read(db, kind, one) for one in ids]
        title = frame.words(call)(f"drafts.for_{kind}s", name=ids[0], n=len(ids))
        changes = [LayerChange(kind, one.key, one.version, one.values) for one in released]
        made = drafts.create(call.actor, title, changes)
        return back(
            f"/drafts/{made.id}/edit?kind={kind}&key={ids[0]}" if len(ids) == 1 else f"/drafts/{made.id}"
        )

    def scopes(call: Call, form: Form) -> Response:
        wanted = found_by(form) or Filter()
        with services.database.read() as db:
            offered, found = choices(db, call.actor), spread(db, call.actor, wanted)
        names = frame.names(call, offered.halls)
        most, to = MOST_CHANGES, within(text(form, "next", 2000))
        return frame.show(call, "draft_scope.html", f=found, names=names, offered=offered, most=most, to=to)

    @door.get("/drafts/{draft}", "see", page=True)
    def one_draft(call: Entered, draft: Number, view: str = "") -> Response:
        found = drafts.get(call.actor, draft)
        effects = drafts.check(call.actor, draft) if view == "check" else None
        with services.database.read() as db:
            offered = choices(db, call.actor)
            said, moves, stale = layer_diffs(db, found)
            rollout = rollout_of(db, draft)
            sizes = waves(db, found) if effects else ()
        dry = tried(services, effects) if effects else ()
        return frame.show(
            call,
            "draft.html",
            d=found,
            effects=effects,
            said=said,
            moves=moves,
            stale=stale,
            rollout=rollout,
            sizes=sizes,
            dry=dry,
            Series=Series,
            names=frame.names(call, offered.halls),
            offered=offered,
            mine=found.author == call.actor.name,
            check=view == "check",
        )

    @door.get("/drafts/{draft}/diff/{terminal}", "see", page=True)
    def exact(call: Entered, draft: Number, terminal: Annotated[str, Path(max_length=32)]) -> Response:
        found = drafts.get(call.actor, draft)
        return frame.show(
            call,
            "draft_diff.html",
            d=found,
            terminal=terminal,
            changes=drafts.diff(call.actor, draft, terminal),
        )

    @door.post("/drafts/{draft}/plan", "draft", page=True)
    def plan(call: Entered, draft: Number, form: Form) -> Response:
        def act() -> None:
            wanted = planned(form, drafts.get(call.actor, draft).plan)
            drafts.edit(
                call.actor, draft, number(form, "version"), title=text(form, "title", 120), plan=wanted
            )

        return done(f"/drafts/{draft}", "saved", act)

    @door.post("/drafts/{draft}/rebase", "draft", page=True)
    def rebase(call: Entered, draft: Number, form: Form) -> Response:
        return done(
            f"/drafts/{draft}", "rebased", lambda: drafts.rebase(call.actor, draft, number(form, "version"))
        )

    @door.post("/drafts/{draft}/submit", "draft", page=True)
    def submit(call: Entered, draft: Number, form: Form) -> Response:
        to = f"/drafts/{draft}?view=check"
        return done(to, "submitted", lambda: drafts.submit(call.actor, draft, number(form, "version")))

    @door.post("/drafts/{draft}/withdraw", "draft", page=True)
    def withdraw(call: Entered, draft: Number, form: Form) -> Response:
        return done(
            f"/drafts/{draft}",
            "withdrawn",
            lambda: drafts.withdraw(call.actor, draft, number(form, "version")),
        )

    @door.post("/drafts/{draft}/discard", "draft", page=True)
    def discard(call: Entered, draft: Number, form: Form) -> Response:
        return done(
            "/drafts", "discarded", lambda: drafts.discard(call.actor, draft, number(form, "version"))
        )

    @door.post("/drafts/{draft}/approve", "approve", page=True)
    def approve(call: Entered, draft: Number, form: Form) -> Response:
        remark, to = text(form, "remark", 2000), f"/drafts/{draft}?view=check"
        return done(
            to, "approved", lambda: drafts.approve(call.actor, draft, number(form, "version"), remark)
        )

    @door.post("/drafts/{draft}/return", "approve", page=True)
    def give_back(call: Entered, draft: Number, form: Form) -> Response:
        remark, to = text(form, "remark", 2000), f"/drafts/{draft}?view=check"
        return done(
            to, "returned", lambda: drafts.give_back(call.actor, draft, number(form, "version"), remark)
        )

    @door.post("/drafts/{draft}/start", "approve", page=True)
    def start(call: Entered, draft: Number) -> Response:
        begun: list[int] = []
        response = done(
            f"/drafts/{draft}", "started", lambda: begun.append(services.rollouts.start(draft, call.actor))
        )
        return back(f"/rollouts/{begun[0]}", "started") if begun else response
