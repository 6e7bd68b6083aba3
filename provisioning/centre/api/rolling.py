"""Drafts from the first word to the approval, and rollouts."""

from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Connection, Row, select

from config.layers import Change
from provisioning.centre.api.door import Door, Who
from provisioning.centre.api.people import Said
from provisioning.centre.draft_effects import Effects
from provisioning.centre.draft_merge import Clash
from provisioning.centre.drafts import Draft, Drafts, State
from provisioning.centre.layers import Kind, LayerChange
from provisioning.centre.rights import Actor
from provisioning.centre.rollout_plan import Plan
from provisioning.centre.rollouts import Progress, RolloutRefused, Rollouts
from provisioning.centre.store.database import Database
from provisioning.centre.store.tables import rollouts as rows
from provisioning.centre.store.tables import targets
from provisioning.wire.messages import DeviceId


class ChangeSaid(Said):
    """A layer as it is to be, whole; ``base`` is the version it follows, 0 where there was none.

    ``registry``: where the terminal ``key`` is to stand: hall, role, name, name_en, window, zones, and groups as keys
    ({"north": true}); ``GET /v1/layers/registry?key=`` has it as it is, with the version.
    """

    kind: Kind
    key: str = Field(default="", max_length=32)
    base: int = Field(ge=0)
    values: dict[str, Any]


class NewDraft(Said):
    title: str
    changes: tuple[ChangeSaid, ...] = ()
    plan: Plan | None = None


class EditedDraft(Said):
    """None: stays as it is."""

    version: int
    title: str | None = None
    changes: tuple[ChangeSaid, ...] | None = None
    plan: Plan | None = None


class At(Said):
    """``version``: the draft that was looked at; another one by now is a conflict."""

    version: int
    remark: str = Field(default="", max_length=2000)


class DraftPage(BaseModel):
    drafts: tuple[Draft, ...]
    total: int


class Rebased(BaseModel):
    draft: Draft
    clashes: tuple[Clash, ...]


class Start(Said):
    draft: int


class Reason(Said):
    reason: str = Field(default="", max_length=200)


class RolloutSaid(BaseModel):
    id: int
    draft: int | None
    title: str
    kind: str
    state: str
    reason: str
    plan: dict[str, Any]
    wave: int
    waves: int
    started: float
    by: str
    ended: float | None


class Numbered(BaseModel):
    id: int


class Left(BaseModel):
    """``count``: terminals that the wave waited for."""

    count: int


class Some(Said):
    terminals: tuple[DeviceId, ...] = Field(min_length=1, max_length=10_000)


def add_drafts(door: Door, drafts: Drafts) -> None:
    @door.get("/v1/drafts", "see")
    def drafts_all(who: Who, state: State | None = None, page: int = 1, size: int = 50) -> DraftPage:
        """Drafts that touch a hall of the account, newest first."""
        found, total = drafts.all(
            who, states=(state,) if state else (), page=max(1, page), size=max(1, min(size, 200))
        )
        return DraftPage(drafts=found, total=total)

    @door.post("/v1/drafts", "draft", status_code=201)
    def draft_new(said: NewDraft, who: Who) -> Draft:
        """A new draft. Nothing is told to any terminal."""
        return drafts.create(who, said.title, _changes(said.changes), said.plan)

    @door.get("/v1/drafts/{draft}", "see")
    def draft_one(draft: int, who: Who) -> Draft:
        """One draft."""
        return drafts.get(who, draft)

    @door.put("/v1/drafts/{draft}", "draft")
    def draft_edit(draft: int, said: EditedDraft, who: Who) -> Draft:
        """By its author, while nobody has it for review."""
        changes = None if said.changes is None else _changes(said.changes)
        return drafts.edit(who, draft, said.version, title=said.title, changes=changes, plan=said.plan)

    @door.get("/v1/drafts/{draft}/check", "see")
    def draft_check(draft: int, who: Who) -> Effects:
        """What it would change, and what is wrong with it, over all terminals."""
        return drafts.check(who, draft)

    @door.get("/v1/drafts/{draft}/diff/{terminal}", "see")
    def draft_diff(draft: int, terminal: str, who: Who) -> tuple[Change, ...]:
        """Exactly what it would change at one terminal."""
        return drafts.diff(who, draft, terminal)

    @door.post("/v1/drafts/{draft}/rebase", "draft")
    def draft_rebase(draft: int, said: At, who: Who) -> Rebased:
        """Put it on top of what was released meanwhile."""
        moved, clashes = drafts.rebase(who, draft, said.version)
        return Rebased(draft=moved, clashes=clashes)

    @door.post("/v1/drafts/{draft}/submit", "draft")
    def draft_submit(draft: int, said: At, who: Who) -> Draft:
        """Ask a second person."""
        return drafts.submit(who, draft, said.version)

    @door.post("/v1/drafts/{draft}/withdraw", "draft")
    def draft_withdraw(draft: int, said: At, who: Who) -> Draft:
        """Back to editing, by its author."""
        return drafts.withdraw(who, draft, said.version)

    @door.post("/v1/drafts/{draft}/discard", "draft")
    def draft_discard(draft: int, said: At, who: Who) -> Draft:
        """Give it up."""
        return drafts.discard(who, draft, said.version)

    @door.post("/v1/drafts/{draft}/approve", "approve")
    def draft_approve(draft: int, said: At, who: Who) -> Draft:
        """By somebody else than its author."""
        return drafts.approve(who, draft, said.version, said.remark)

    @door.post("/v1/drafts/{draft}/return", "approve")
    def draft_return(draft: int, said: At, who: Who) -> Draft:
        """Back to its author, with a remark."""
        return drafts.give_back(who, draft, said.version, said.remark)


def add_rollouts(door: Door, database: Database, rollouts: Rollouts) -> None:
    @door.get("/v1/rollouts", "see")
    def rollouts_all(who: Who, page: int = 1, size: int = 50) -> list[RolloutSaid]:
        """Rollouts that reach a hall of the account, newest first."""
        size = max(1, min(size, 200))
        wanted = select(rows).order_by(rows.c.id.desc()).limit(size).offset((max(1, page) - 1) * size)
        if who.halls:
            mine = select(targets.c.rollout).where(targets.c.hall.in_(who.halls))
            wanted = wanted.where(rows.c.id.in_(mine))
        with database.read() as connection:
            return [_said(row) for row in connection.execute(wanted)]

    @door.post("/v1/rollouts", "approve", status_code=201)
    def rollout_start(said: Start, who: Who) -> Numbered:
        """Begin with an approved draft, by the plan that was approved with it."""
        return Numbered(id=rollouts.start(said.draft, who))

    @door.get("/v1/rollouts/{rollout}", "see")
    def rollout_one(rollout: int, who: Who) -> RolloutSaid:
        """One rollout."""
        with database.read() as connection:
            return _said(_of_mine(connection, who, rollout))

    @door.get("/v1/rollouts/{rollout}/progress", "see")
    def rollout_progress(rollout: int, who: Who) -> tuple[Progress, ...]:
        """How many terminals of each wave are in each state, now."""
        with database.read() as connection:
            _of_mine(connection, who, rollout)
        return rollouts.progress(rollout)

    @door.post("/v1/rollouts/{rollout}/pause", "steer", status_code=204)
    def rollout_pause(rollout: int, said: Reason, who: Who) -> None:
        """Release no more."""
        rollouts.pause(rollout, who, said.reason)

    @door.post("/v1/rollouts/{rollout}/resume", "steer", status_code=204)
    def rollout_resume(rollout: int, who: Who) -> None:
        """Go on."""
        rollouts.resume(rollout, who)

    @door.get("/v1/rollouts/{rollout}/away", "see")
    def rollout_away(rollout: int, who: Who) -> list[str]:
        """Terminals that its wave waits for and cannot go on without, and that are not there."""
        with database.read() as connection:
            _of_mine(connection, who, rollout)
        return [one.id for one in rollouts.away(rollout) if not who.halls or one.hall in who.halls]

    @door.post("/v1/rollouts/{rollout}/go-on", "steer")
    def rollout_go_on(rollout: int, said: Reason, who: Who) -> Left:
        """Go on without those who are away: they get the change when they are back."""
        return Left(count=rollouts.go_on_without(rollout, who, said.reason))

    @door.post("/v1/rollouts/{rollout}/abort", "steer", status_code=204)
    def rollout_abort(rollout: int, said: Reason, who: Who) -> None:
        """Stop, and give all that were reached their former settings."""
        rollouts.abort(rollout, who, said.reason)

    @door.post("/v1/rollouts/{rollout}/rollback", "steer", status_code=201)
    def rollout_rollback(rollout: int, who: Who) -> Numbered:
        """Undo a finished rollout everywhere, as one of its own."""
        with database.read() as connection:
            _of_mine(connection, who, rollout)
        return Numbered(id=rollouts.rollback(rollout, who))

    @door.post("/v1/terminals/rollback", "steer")
    def terminals_rollback(said: Some, who: Who) -> list[str]:
        """Give terminals the settings they had before; those that had some."""
        return rollouts.restore(said.terminals, who)


def _of_mine(connection: Connection, who: Actor, rollout: int) -> Row[Any]:
    row = connection.execute(select(rows).where(rows.c.id == rollout)).first()
    if row is not None and who.halls:
        mine = select(targets.c.rollout).where(targets.c.rollout == rollout, targets.c.hall.in_(who.halls))
        row = row if connection.execute(mine.limit(1)).first() else None
    if row is None:
        raise RolloutRefused("rollout.unknown", str(rollout))
    return row


def _said(row: Row[Any]) -> RolloutSaid:
    return RolloutSaid(**{name: getattr(row, name) for name in RolloutSaid.model_fields})


def _changes(said: tuple[ChangeSaid, ...]) -> tuple[LayerChange, ...]:
    return tuple(LayerChange(one.kind, one.key, one.base, one.values) for one in said)
