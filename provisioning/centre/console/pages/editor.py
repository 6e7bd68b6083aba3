"""One layer of a draft in a form: what it says, what holds without it and who says that."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import Query, Response
from sqlalchemy import Connection

from config.layers import Effective, Layer, SettingsError, check_layer, default_layer, resolve
from provisioning.centre import layers, registry
from provisioning.centre.api.door import Door, Entered
from provisioning.centre.api.problems import Rejected
from provisioning.centre.console.asking import Form, done, number, text
from provisioning.centre.console.fields import Typed, fields
from provisioning.centre.console.frame import Frame, back
from provisioning.centre.console.pages.drafts import Number
from provisioning.centre.console.services import Services
from provisioning.centre.console.typed import Unreadable, acted, lacking, merged, posted, trimmed, typed_of
from provisioning.centre.drafts import Draft, DraftConflict, DraftRefused
from provisioning.centre.layers import LayerChange, Scope
from provisioning.centre.rights import Actor

MOST = 60_000  # letters of a layer typed as JSON
NEEDED = "is needed"


def add_editor(door: Door, frame: Frame, services: Services) -> None:
    drafts = services.drafts

    def drawn(
        call: Entered,
        draft: Draft,
        change: LayerChange,
        typed: Typed,
        wrong: Mapping[str, str],
        *,
        raw: str = "",
        unsaved: str = "",
        focus: str = "",
    ) -> Response:
        """``typed``: what stands in the form. ``unsaved``: why it was not kept; ``focus``: the path to go on at."""
        with services.database.read() as db:
            below = _below(db, call.actor, change)
        return frame.show(
            call,
            "editor.html",
            422 if wrong and unsaved else 409 if unsaved else 200,
            d=draft,
            c=change,
            groups=fields(typed, below.values, below.origins, wrong),
            raw=raw or json.dumps(change.values, ensure_ascii=False, indent=2),
            wrong=wrong,
            unsaved=unsaved,
            focus=focus,
            mine=draft.author == call.actor.name and draft.state in ("draft", "returned"),
        )

    @door.get("/drafts/{draft}/edit", "see", page=True)
    def edit(
        call: Entered,
        draft: Number,
        kind: Annotated[str, Query(max_length=10)],
        key: Annotated[str, Query(max_length=32)] = "",
    ) -> Response:
        found = drafts.get(call.actor, draft)
        with services.database.read() as db:
            change = _change(db, found, kind, key)
        return drawn(call, found, change, typed_of(change.values), _wrong(change, change.values))

    @door.post("/drafts/{draft}/edit", "draft", page=True)
    def save(call: Entered, draft: Number, form: Form) -> Response:
        found, version = drafts.get(call.actor, draft), number(form, "version")
        with services.database.read() as db:
            change = _change(db, found, text(form, "kind", 10), text(form, "key", 32))
        others = [one for one in found.changes if one.layer != change.layer]
        if form.get("remove"):
            return done(
                f"/drafts/{draft}", "saved", lambda: drafts.edit(call.actor, draft, version, changes=others)
            )
        words, whole = frame.words(call), form.get("as") == "raw"
        raw = text(form, "raw", MOST) if whole else ""
        typed = typed_of(change.values) if whole else posted(form.multi_items())
        if act := text(form, "row", 80):
            typed, focus = acted(typed, act)
            return drawn(call, found, change, typed, _wrong(change, change.values), focus=focus)
        typed = trimmed(typed)
        try:
            values = _read(raw) if whole else merged(change.values, typed)
            new = LayerChange(change.kind, change.key, change.base, values)
            drafts.edit(call.actor, draft, version, changes=[*others, new])
        except Unreadable as error:
            wrong = dict.fromkeys(error.paths, words.code(error.code))
            return drawn(call, found, change, typed, wrong, raw=raw, unsaved=words("editor.wrong"))
        except SettingsError as error:
            wrong = {p.key: p.reason for p in error.problems}
            return drawn(call, found, change, typed, wrong, raw=raw, unsaved=words("editor.wrong"))
        except (DraftConflict, DraftRefused) as error:
            now = drafts.get(call.actor, draft)
            return drawn(call, now, change, typed, {}, raw=raw, unsaved=words.code(error.code))
        if _wrong(new, values):
            return back(f"/drafts/{draft}/edit?kind={change.kind}&key={change.key}")
        return back(f"/drafts/{draft}", "saved")


def _read(raw: str) -> dict[str, Any]:
    """A whole layer typed as JSON. Raises Unreadable."""
    try:
        values = json.loads(raw or "{}")
    except (ValueError, RecursionError):
        raise Unreadable("raw") from None
    if not isinstance(values, dict):
        raise Unreadable("raw")
    return values


def _change(db: Connection, draft: Draft, kind: str, key: str) -> LayerChange:
    """The layer in the draft, or the released one to begin with. Raises Rejected."""
    scope: Scope | None = next((one for one in get_args(Scope) if one == kind), None)
    if scope is None or (scope == "fleet") != (key == ""):
        raise Rejected("request.invalid", facts={"field": "kind"})
    found = next((one for one in draft.changes if one.layer == (scope, key)), None)
    if found is not None:
        return found
    released = layers.read(db, scope, key)
    return LayerChange(scope, key, released.version, released.values)


def _below(db: Connection, actor: Actor, change: LayerChange) -> Effective:
    """What holds without the layer: of a terminal all it has, of others the fleet's."""
    if change.kind == "terminal":
        one = registry.terminal(db, actor, change.key)
        return resolve(layer for layer in layers.terminal_layers(db, one) if layer.kind != "terminal")
    below = [default_layer()]
    if change.kind != "fleet":
        below.append(Layer("fleet", "", layers.read(db, "fleet", "").values))
    return resolve(below)


def _wrong(change: LayerChange, values: Mapping[str, Any]) -> dict[str, str]:
    """Reasons by path, for what is wrong with the layer by itself."""
    try:
        problems = check_layer(Layer(change.kind, change.key, values))
    except SettingsError as error:
        problems = error.problems
    return dict.fromkeys(lacking(values), NEEDED) | {one.key: one.reason for one in problems}
