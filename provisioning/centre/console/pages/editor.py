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
from provisioning.centre.console.asking import Form, number, text
from provisioning.centre.console.fields import NOTICE, Unreadable, fields, merged, notices
from provisioning.centre.console.frame import Frame, back
from provisioning.centre.console.pages.drafts import Number
from provisioning.centre.console.services import Services
from provisioning.centre.drafts import Draft, DraftConflict
from provisioning.centre.layers import LayerChange, Scope
from provisioning.centre.rights import Actor

MOST = 60_000  # letters of a layer typed as JSON


def add_editor(door: Door, frame: Frame, services: Services) -> None:
    drafts = services.drafts

    def drawn(
        call: Entered,
        draft: Draft,
        change: LayerChange,
        values: Mapping[str, Any],
        wrong: dict[str, str],
        raw: str = "",
    ) -> Response:
        with services.database.read() as db:
            below = _below(db, call.actor, change)
        found = {problem.key: problem.reason for problem in _problems(change, values)} | wrong
        return frame.show(
            call,
            "editor.html",
            422 if wrong else 200,
            d=draft,
            c=change,
            groups=fields(values, below.values, below.origins, found),
            raw=raw or json.dumps(values, ensure_ascii=False, indent=2),
            wrong=found,
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
        return drawn(call, found, change, change.values, {})

    @door.post("/drafts/{draft}/edit", "draft", page=True)
    def save(call: Entered, draft: Number, form: Form) -> Response:
        found, version = drafts.get(call.actor, draft), number(form, "version")
        with services.database.read() as db:
            change = _change(db, found, text(form, "kind", 10), text(form, "key", 32))
        raw = text(form, "raw", MOST)
        others = [one for one in found.changes if one.layer != change.layer]
        if form.get("remove"):
            drafts.edit(call.actor, draft, version, changes=others)
            return back(f"/drafts/{draft}", "saved")
        try:
            values = _typed(form, change, raw)
        except Unreadable as error:
            wrong = {error.path: frame.words(call).code(error.code)}
            return drawn(call, found, change, change.values, wrong, raw)
        new = LayerChange(change.kind, change.key, change.base, values)
        try:
            drafts.edit(call.actor, draft, version, changes=[*others, new])
        except SettingsError as error:
            return drawn(call, found, change, change.values, {p.key: p.reason for p in error.problems}, raw)
        except DraftConflict:
            return back(f"/drafts/{draft}", fault=DraftConflict.code)
        if _problems(new, values):
            return back(f"/drafts/{draft}/edit?kind={change.kind}&key={change.key}", fault="draft.problems")
        return back(f"/drafts/{draft}", "saved")


def _typed(form: Form, change: LayerChange, raw: str) -> dict[str, Any]:
    if form.get("as") != "raw":
        said = {
            name[2:]: value
            for name, value in form.multi_items()
            if name.startswith("s:") and isinstance(value, str)
        }
        rows = {one: [str(value) for value in form.getlist(f"notice:{one}")] for one in NOTICE}
        if len({len(row) for row in rows.values()}) == 1 and rows["zh"]:
            said["notices"] = notices(rows)
        return merged(change.values, said)
    try:
        values = json.loads(raw or "{}")
    except ValueError:
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


def _problems(change: LayerChange, values: Mapping[str, Any]) -> list[Any]:
    try:
        return list(check_layer(Layer(change.kind, change.key, values)))
    except SettingsError as error:
        return list(error.problems)
