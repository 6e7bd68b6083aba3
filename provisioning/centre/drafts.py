"""Drafts: changes to layers, and of where terminals stand, that tell no terminal anything until a second person has
approved them.

``draft`` → ``submitted`` → ``approved`` → ``rolling`` → ``applied``; or ``returned`` to its author; or ``discarded``.
A draft has one author, who alone edits it: whoever approves has had no part in it. Rolling and applied are the
rollout's to say; what reaches no terminal yet (the layer of a hall before its first one) needs no rollout and is
released on approval.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from config.layers import Change, Layer, diff
from provisioning.centre import audit, layers, placings, reach, registry
from provisioning.centre.draft_effects import Effects, difference, effects
from provisioning.centre.draft_merge import Clash, clashes, merged
from provisioning.centre.layers import LayerChange
from provisioning.centre.placings import Placing
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import drafts, layer_history

State: TypeAlias = Literal["draft", "submitted", "approved", "returned", "discarded", "rolling", "applied"]
MOST_CHANGES = 100
DEEPEST = 20  # settings are four deep; what is far deeper can be kept and not be told again
MOST_MOVED = 10_000  # terminals that stand elsewhere


class DraftConflict(Exception):
    """Somebody changed the draft meanwhile. ``version``: the one it has now."""

    code = "draft.conflict"

    def __init__(self, version: int) -> None:
        super().__init__(f"version {version}")
        self.version = version


class DraftRefused(Exception):
    """``code``: draft.{unknown, title, state, own, not_author, empty, layer, problems, stale, rolling, remark}."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Moved:
    """``changed``: terminals that stand as was wanted; else ``draft`` has it, where there is anything to do."""

    changed: tuple[str, ...]
    draft: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    """Times are UTC seconds since 1970; ``reviewer`` "": nobody yet. ``version`` counts every change of it."""

    id: int
    title: str
    state: State
    changes: tuple[LayerChange, ...]
    plan: Plan
    author: str
    created: float
    changed: float
    reviewer: str
    reviewed: float | None
    remark: str
    version: int


class Drafts:
    """Every method that names a ``version`` raises DraftConflict when the draft is at another; ``now``: UTC seconds.

    ``placed`` is told, after the commit, which terminals stand elsewhere.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], float],
        placed: Callable[[Sequence[str]], object] = lambda ids: None,
    ) -> None:
        self._database, self._now, self._placed = database, now, placed

    # -- reading ----------------------------------------------------------------------------------------

    def get(self, actor: Actor, id: int) -> Draft:
        """Raises DraftRefused, also where no hall of the actor's is touched."""
        with self._database.read() as connection:
            return self._visible(connection, actor, id)

    def all(
        self, actor: Actor, *, states: Sequence[State] = (), page: int = 1, size: int = 50
    ) -> tuple[tuple[Draft, ...], int]:
        """Newest first, with how many there are on all pages. Raises Forbidden."""
        actor.needs("see")
        where = [drafts.c.state.in_(states)] if states else []
        start = (page - 1) * size
        with self._database.read() as connection:
            question = select(drafts).where(*where).order_by(drafts.c.id.desc())
            if not actor.halls:
                total = connection.scalar(select(func.count()).select_from(drafts).where(*where)) or 0
                rows = connection.execute(question.limit(size).offset(start)).mappings()
                return tuple(_draft(row) for row in rows), total
            found = [_draft(row) for row in connection.execute(question).mappings()]
            seen = [draft for draft in found if _concerns(connection, actor, draft)]
        return tuple(seen[start : start + size]), len(seen)

    def check(self, actor: Actor, id: int) -> Effects:
        """What it would do and what is wrong with it, over all terminals of the actor's. A second for 5,000 of them."""
        with self._database.read() as connection:
            return effects(connection, self._visible(connection, actor, id).changes, actor)

    def diff(self, actor: Actor, id: int, of: str) -> tuple[Change, ...]:
        """Exactly what it would change at one terminal. Raises DraftRefused, RegistryRefused."""
        with self._database.read() as connection:
            draft = self._visible(connection, actor, id)
            return difference(connection, registry.terminal(connection, actor, of), draft.changes)

    # -- the author -------------------------------------------------------------------------------------

    def create(
        self, actor: Actor, title: str, changes: Sequence[LayerChange] = (), plan: Plan | None = None
    ) -> Draft:
        """Raises Forbidden, DraftRefused, SettingsError (a layer that cannot even be read)."""
        at = self._now()
        with self._database.write() as connection:
            _sound(connection, actor, title, changes)
            row = connection.execute(
                insert(drafts)
                .values(
                    title=title.strip(),
                    state="draft",
                    changes=_plain(changes),
                    plan=(plan or Plan()).model_dump(mode="json"),
                    author=actor.name,
                    created=at,
                    changed=at,
                    reviewer="",
                    remark="",
                    version=1,
                )
                .returning(drafts)
            ).mappings()
            made = _draft(row.one())
            self._note(connection, actor, "created", made)
        return made

    def move(
        self, actor: Actor, ids: Collection[str], wanted: Callable[[Placing], Placing], title: str
    ) -> Moved:
        """Terminals stand as ``wanted`` says of where they stood: at once, or a draft of that title where it changes
        settings. Raises Forbidden, RegistryRefused, DraftRefused.
        """
        with self._database.write() as connection:
            changed, changes = registry.move(connection, actor, ids, wanted, at=self._now())
        if changes:
            return Moved((), self.create(actor, title, changes).id)
        if changed:
            self._placed(changed)
        return Moved(changed, None)

    def edit(
        self,
        actor: Actor,
        id: int,
        version: int,
        *,
        title: str | None = None,
        changes: Sequence[LayerChange] | None = None,
        plan: Plan | None = None,
    ) -> Draft:
        """By its author, while nobody has it for review. Raises as ``create``, and DraftConflict."""
        with self._database.write() as connection:
            draft = self._own(connection, actor, id, version, "draft", "returned")
            new = replace(
                draft,
                title=draft.title if title is None else title.strip(),
                changes=draft.changes if changes is None else tuple(changes),
                plan=plan or draft.plan,
            )
            _sound(connection, actor, new.title, new.changes)
            return self._move(connection, actor, new, "draft", "changed")

    def rebase(self, actor: Actor, id: int, version: int) -> tuple[Draft, tuple[Clash, ...]]:
        """Put it on top of what was released meanwhile. Where both changed a key the draft's stays, and is named."""
        with self._database.write() as connection:
            draft = self._own(connection, actor, id, version, "draft", "returned")
            moved, found = [], list[Clash]()
            released = layers.read_all(connection, (change.layer for change in draft.changes))
            for change in draft.changes:
                if (top := released.get(change.layer)) is None or top.version == change.base:
                    moved.append(change)
                    continue
                base = _former(connection, change)
                values, pairs = merged(base, top.values, change.values)
                moved.append(replace(change, base=top.version, values=values))
                found += clashes(change.kind, change.key, pairs)
            new = replace(draft, changes=tuple(moved))
            return self._move(connection, actor, new, "draft", "rebased"), tuple(found)

    def submit(self, actor: Actor, id: int, version: int) -> Draft:
        """Ask a second person. Raises DraftRefused where it is empty, stale, or breaks a terminal."""
        with self._database.read() as connection:
            draft = self._own(connection, actor, id, version, "draft", "returned")
            self._without_problems(connection, draft)
        with self._database.write() as connection:
            draft = self._own(connection, actor, id, version, "draft", "returned")
            reach.require(connection, actor, "draft", draft.changes)
            _current(connection, draft)
            return self._move(connection, actor, draft, "submitted", "submitted")

    def withdraw(self, actor: Actor, id: int, version: int) -> Draft:
        """Back to editing, by its author, until its rollout has begun. An approval is gone with it."""
        with self._database.write() as connection:
            draft = self._own(connection, actor, id, version, "submitted", "approved")
            new = replace(draft, reviewer="", reviewed=None)
            return self._move(connection, actor, new, "draft", "withdrawn")

    def discard(self, actor: Actor, id: int, version: int) -> Draft:
        """By its author, or by somebody who may approve it."""
        with self._database.write() as connection:
            draft = self._at(connection, actor, id, version, "draft", "submitted", "approved", "returned")
            mine = actor.name == draft.author
            reach.require(connection, actor, "draft" if mine else "approve", draft.changes)
            return self._move(connection, actor, draft, "discarded", "discarded")

    # -- the second person ------------------------------------------------------------------------------

    def approve(self, actor: Actor, id: int, version: int, remark: str = "") -> Draft:
        """By somebody else than the author, for every hall it touches. Raises Forbidden, DraftRefused, DraftConflict.

        Comes back ``applied`` where no terminal is reached yet, else ``approved`` and ready for its rollout.
        """
        with self._database.read() as connection:
            draft = self._for_review(connection, actor, id, version)
            found = self._without_problems(connection, draft)
        with self._database.write() as connection:
            draft = self._for_review(connection, actor, id, version)
            _current(connection, draft)
            new = replace(draft, reviewer=actor.name, reviewed=self._now(), remark=_remark(remark))
            # Somebody may have come since the check: then it is the rollout's to reach them.
            if found.terminals or effects(connection, draft.changes).terminals:
                return self._move(connection, actor, new, "approved", "approved")
            _not_rolling(connection, draft)
            done = self._move(connection, actor, new, "applied", "approved")
            placed = layers.release(connection, actor, draft.changes, at=self._now(), draft=id)
            self._note(connection, actor, "applied", done)
        if placed:
            self._placed(placed)
        return done

    def give_back(self, actor: Actor, id: int, version: int, remark: str) -> Draft:
        """To its author, who reads why: ``remark`` is needed."""
        with self._database.write() as connection:
            draft = self._for_review(connection, actor, id, version)
            if not remark.strip():
                raise DraftRefused("draft.remark")
            new = replace(draft, reviewer=actor.name, reviewed=self._now(), remark=_remark(remark))
            return self._move(connection, actor, new, "returned", "returned")

    # -- inside -----------------------------------------------------------------------------------------

    def _visible(self, connection: Connection, actor: Actor, id: int) -> Draft:
        actor.needs("see")
        row = connection.execute(select(drafts).where(drafts.c.id == id)).mappings().first()
        if row is None or not _concerns(connection, actor, draft := _draft(row)):
            raise DraftRefused("draft.unknown", str(id))
        return draft

    def _at(self, connection: Connection, actor: Actor, id: int, version: int, *states: State) -> Draft:
        draft = self._visible(connection, actor, id)
        if draft.version != version:
            raise DraftConflict(draft.version)
        if draft.state not in states:
            raise DraftRefused("draft.state", draft.state)
        return draft

    def _own(self, connection: Connection, actor: Actor, id: int, version: int, *states: State) -> Draft:
        actor.needs("draft")
        draft = self._at(connection, actor, id, version, *states)
        if draft.author != actor.name:
            raise DraftRefused("draft.not_author", draft.author)
        return draft

    def _for_review(self, connection: Connection, actor: Actor, id: int, version: int) -> Draft:
        actor.needs("approve")
        draft = self._at(connection, actor, id, version, "submitted")
        if draft.author == actor.name:
            raise DraftRefused("draft.own")
        reach.require(connection, actor, "approve", draft.changes)
        return draft

    @staticmethod
    def _without_problems(connection: Connection, draft: Draft) -> Effects:
        _current(connection, draft)
        found = effects(connection, draft.changes)
        if found.problems:
            first = found.problems[0]
            raise DraftRefused("draft.problems", f"{first.problem} ({first.among.terminals} terminals)")
        return found

    def _move(self, connection: Connection, actor: Actor, draft: Draft, state: State, action: str) -> Draft:
        new = replace(draft, state=state, version=draft.version + 1, changed=self._now())
        done = connection.execute(
            update(drafts)
            .where(drafts.c.id == draft.id, drafts.c.version == draft.version)
            .values(
                title=new.title,
                state=new.state,
                changes=_plain(new.changes),
                plan=new.plan.model_dump(mode="json"),
                changed=new.changed,
                reviewer=new.reviewer,
                reviewed=new.reviewed,
                remark=new.remark,
                version=new.version,
            )
        )
        assert done.rowcount == 1, "one writer at a time"
        self._note(connection, actor, action, new)
        return new

    def _note(self, connection: Connection, actor: Actor, action: str, draft: Draft) -> None:
        there = reach.touched(connection, draft.changes) or ()
        detail: dict[str, Any] = {
            "title": draft.title,
            "version": draft.version,
            "layers": [
                " ".join(change.layer).strip() for change in draft.changes if change.kind != "registry"
            ],
        }
        if moved := [change.key for change in draft.changes if change.kind == "registry"]:
            detail |= {"count": len(moved), "terminals": moved[:100]}
        if draft.remark and action in ("approved", "returned"):
            detail["remark"] = draft.remark
        hall = next(iter(there)) if len(there) == 1 else ""
        audit.record(connection, actor, f"draft.{action}", f"draft {draft.id}", hall, detail, at=self._now())


def _sound(connection: Connection, actor: Actor, title: str, changes: Sequence[LayerChange]) -> None:
    """Whether it can be a draft of ``actor``'s; what it does to terminals is asked when it is submitted."""
    reach.require(connection, actor, "draft", changes)
    if not 1 <= len(title.strip()) <= 120 or not registry.shown_as_written(title.strip()):
        raise DraftRefused("draft.title", "1 to 120 characters that can be seen")
    moves = [change for change in changes if change.kind == "registry"]
    if len(changes) - len(moves) > MOST_CHANGES or len(moves) > MOST_MOVED:
        raise DraftRefused("draft.layer", f"more than {MOST_CHANGES} layers, or {MOST_MOVED} terminals")
    if len({change.layer for change in changes}) != len(changes):
        raise DraftRefused("draft.layer", "a layer stands in it twice")
    if lost := reach.missing(connection, changes):
        raise DraftRefused("draft.layer", f"there is no {lost[0]}")
    for change in changes:
        if _too_deep(change.values):
            raise DraftRefused("draft.layer", f"tables and lists in each other more than {DEEPEST} times")
        if change.kind != "registry":
            Layer(change.kind, change.key, change.values)
    _sound_moves(connection, moves)


def _too_deep(values: Mapping[str, Any]) -> bool:
    inside: list[Any] = [values]
    for _ in range(DEEPEST):
        tables = (one.values() if isinstance(one, Mapping) else one for one in inside)
        inside = [one for some in tables for one in some if isinstance(one, Mapping | list | tuple)]
    return bool(inside)


def _sound_moves(connection: Connection, moves: Sequence[LayerChange]) -> None:
    """Raises SettingsError, RegistryRefused unless terminals could stand so."""
    wanted = {change.key: placings.placing(change.values) for change in moves}
    registry.sound_placings(connection, wanted, dict.fromkeys(wanted, "terminal"))


def _current(connection: Connection, draft: Draft) -> None:
    """Raises DraftRefused unless it changes something, of layers that are there and as they were."""
    if lost := reach.missing(connection, draft.changes):
        raise DraftRefused("draft.layer", f"there is no {lost[0]}")
    released = layers.read_all(connection, (change.layer for change in draft.changes))
    for change in draft.changes:
        if change.base != released[change.layer].version:
            raise DraftRefused("draft.stale", " ".join(change.layer).strip())
    if not any(diff(released[change.layer].values, change.values) for change in draft.changes):
        raise DraftRefused("draft.empty")
    _sound_moves(connection, [change for change in draft.changes if change.kind == "registry"])


def _not_rolling(connection: Connection, draft: Draft) -> None:
    """A rollout that is under way releases its layers at its end: nobody may get in between."""
    mine = {change.layer for change in draft.changes}
    for row in connection.execute(select(drafts).where(drafts.c.state == "rolling")).mappings():
        if shared := mine & {change.layer for change in _draft(row).changes}:
            raise DraftRefused("draft.rolling", " ".join(min(shared)).strip())


def _former(connection: Connection, change: LayerChange) -> Mapping[str, Any]:
    """The layer as the draft found it."""
    found = connection.scalar(
        select(layer_history.c["values"]).where(
            layer_history.c.kind == change.kind,
            layer_history.c.key == change.key,
            layer_history.c.version == change.base,
        )
    )
    return found or {}


def _concerns(connection: Connection, actor: Actor, draft: Draft) -> bool:
    if not actor.halls or draft.author == actor.name:
        return True
    there = reach.touched(connection, draft.changes)
    return there is None or bool(there & set(actor.halls))


def _plain(changes: Sequence[LayerChange]) -> list[dict[str, Any]]:
    return [
        {"kind": change.kind, "key": change.key, "base": change.base, "values": dict(change.values)}
        for change in changes
    ]


def _remark(text: str) -> str:
    return text.strip()[:2000]


def _draft(row: RowMapping) -> Draft:
    held: dict[str, Any] = dict(row)
    changes = tuple(LayerChange(**change) for change in row["changes"])
    return Draft(**(held | {"changes": changes, "plan": Plan.model_validate(row["plan"])}))
