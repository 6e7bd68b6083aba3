"""One terminal as it is now, as a value; to and from its row in the registry."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from pydantic import ValidationError
from sqlalchemy import Row

from provisioning.centre.paper import Printed
from provisioning.wire.messages import Fault, Health, Reported

FINAL = ("confirmed", "rejected", "rolled_back")

Online: TypeAlias = Literal["online", "offline", "unknown"]


@dataclass(frozen=True, slots=True)
class Live:
    """One terminal. Times are the centre's; ``presence`` is unknown while nobody could have heard from it."""

    id: str
    hall: str
    broker: str
    kind: str
    role: str
    name: str
    groups: tuple[str, ...]
    # desired
    rev: int
    etag: str
    rollout: int | None
    pinned: bool
    # reported
    reported_rev: int = 0
    reported_state: str = ""
    running: int = 0
    good: int = 0
    highest: int = 0
    fault: Fault | None = None
    app: str = ""
    os: str = ""
    keys: tuple[str, ...] = ()
    access: str = ""  # not kept: terminals' reports are, by the broker
    reported_at: float | None = None
    # presence and health
    presence: Online = "unknown"
    sid: str = ""
    boot: int = 0
    presence_at: float | None = None
    seen: float | None = None
    health: Health | None = None
    health_at: float | None = None
    skew: float | None = None
    paper_minutes: float | None = None
    printed: Printed = field(default=Printed(), repr=False)
    enrolled: float = 0.0

    @property
    def online(self) -> bool:
        return self.presence == "online"

    @property
    def converged(self) -> bool:
        """It runs what it was told last."""
        return self.reported_state == "confirmed" and self.running == self.rev


def stale(live: Live, said: Reported) -> bool:
    """Whether ``said`` is older than what is known: duplicated and reordered messages change nothing.

    Revisions only grow, and a revision that has come to its end does not begin again.
    """
    if said.highest < live.highest or said.rev < live.reported_rev:
        return True
    return (
        said.rev == live.reported_rev
        and live.reported_state in FINAL
        and said.state in ("staged", "probation")
    )


def of_row(row: Row[Any], before: Live | None) -> Live:
    """What the registry says, over what is known better in memory."""
    facts: dict[str, Any] = {
        "hall": row.hall,
        "broker": row.broker or "main",
        "kind": row.kind,
        "role": row.role,
        "name": row.name,
        "groups": tuple(row.groups),
        "rev": row.rev,
        "etag": row.etag,
        "rollout": row.rollout,
        "pinned": row.pinned,
        "enrolled": row.enrolled,
    }
    if before is not None:
        return replace(before, **facts)
    return Live(
        id=row.id,
        **facts,
        reported_rev=row.reported_rev,
        reported_state=row.reported_state,
        running=row.running,
        good=row.good,
        highest=row.highest,
        fault=None if row.fault is None else Fault.model_validate(row.fault),
        app=row.app,
        os=row.os,
        keys=tuple(row.keys),
        reported_at=row.reported_at,
        sid=row.sid,
        boot=row.boot,
        presence_at=row.presence_at,
        seen=row.seen,
        health=_health(row.health),
        health_at=row.health_at,
        skew=row.skew,
        paper_minutes=row.paper_minutes,
    )


def _health(kept: object) -> Health | None:
    try:
        return None if kept is None else Health.model_validate(kept)
    except ValidationError:
        return None  # written by an older release: the next one comes within HEALTH_EVERY


def written(live: Live) -> dict[str, Any]:
    """What its row keeps of it; ``_id`` is its key."""
    return {
        "_id": live.id,
        "reported_rev": live.reported_rev,
        "reported_state": live.reported_state,
        "running": live.running,
        "good": live.good,
        "highest": live.highest,
        "fault": None if live.fault is None else live.fault.model_dump(mode="json"),
        "app": live.app,
        "os": live.os,
        "keys": list(live.keys),
        "reported_at": live.reported_at,
        "online": live.online,
        "sid": live.sid,
        "boot": live.boot,
        "presence_at": live.presence_at,
        "seen": live.seen,
        "health": None if live.health is None else live.health.model_dump(mode="json"),
        "health_at": live.health_at,
        "skew": live.skew,
        "paper_minutes": live.paper_minutes,
    }
