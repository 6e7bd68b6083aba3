"""How a change reaches the fleet: waves, and what to do next. Pure: no database, no clock, no MQTT.

A hall is never darkened: at most half of a role's terminals in a hall are under way (released and not yet settled) at
once, and the only one of its role goes alone in its hall. A terminal that is not there is not released, never counts as
failed, and gets the change through the same gate when it is back. A wave that only such terminals hold waits for them,
until somebody says that it is to go on without them.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from provisioning.wire.documents import Apply
from provisioning.wire.messages import Said

Wave: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([1-9]\d{0,4}|(100|\d{1,2})(\.\d+)?%)$")]
"""How many have the change when the wave is over: "1" is one terminal, "25%" a quarter of all."""

TargetState: TypeAlias = Literal[
    "waiting", "pending", "staged", "probation", "confirmed", "rejected", "rolled_back", "reverted", "skipped"
]
UNDER_WAY = frozenset({"pending", "staged", "probation"})
FAILED = frozenset({"rejected", "rolled_back"})
WITHOUT = "rollout.without"
"""The code of a target that is away, and that its wave waits for no longer."""


class Plan(Said):
    """How careful to be. ``unstaged``: all at once and without the gate, for a fleet that serves nobody."""

    waves: tuple[Wave, ...] = Field(default=("1", "1%", "5%", "25%", "100%"), min_length=1, max_length=20)
    soak_seconds: float = Field(
        default=300, ge=0, le=7 * 86400, description="Between two waves, at the least"
    )
    success: float = Field(default=0.97, ge=0, le=1, description="Share confirmed of the settled, to go on")
    failures: float = Field(
        default=0.03, ge=0, le=1, description="Share failed of a wave, from above which it stops"
    )
    hall_failures: int = Field(default=3, ge=1, description="Failures in one hall that stop it")
    same_failures: int = Field(default=2, ge=1, description="Failures with one code in one hall that stop it")
    least: float = Field(
        default=0.5, ge=0, le=1, description="Share of a wave that must be confirmed to go on"
    )
    patience_seconds: float = Field(
        default=3600,
        ge=0,
        le=7 * 86400,
        description="A wave that waits longer for terminals that are away is told as an alert",
    )
    on_failure: Literal["abort", "pause"] = "abort"
    unstaged: bool = False
    apply: Apply = Apply()

    @property
    def steps(self) -> tuple[Wave, ...]:
        """The waves, to the end: a plan that stops short goes to all in one more."""
        if self.unstaged:
            return ("100%",)
        return self.waves if self.waves[-1] == "100%" else (*self.waves, "100%")

    @property
    def soak(self) -> float:
        return 0.0 if self.unstaged else self.soak_seconds


@dataclass(frozen=True, slots=True)
class Candidate:
    """A terminal that the change is for."""

    id: str
    hall: str
    role: str
    online: bool = True


@dataclass(frozen=True, slots=True)
class Target:
    """How a candidate stands. ``code`` says why it failed, or that nobody waits for it (``WITHOUT``)."""

    id: str
    hall: str
    role: str
    wave: int
    state: TargetState
    online: bool = True
    code: str = ""

    @property
    def settled(self) -> bool:
        return self.state != "waiting" and self.state not in UNDER_WAY


@dataclass(frozen=True, slots=True)
class Standing:
    """The rollout. ``since``: when its wave had enough, None: it has not yet."""

    plan: Plan
    state: Literal["running", "paused", "aborting", "aborted", "done"]
    wave: int
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Halls:
    """``sizes``: terminals that are there or under way, by (hall, role): one that is switched off keeps no hall open.

    ``elsewhere``: those under way in other rollouts, likewise.
    """

    sizes: Mapping[tuple[str, str], int]
    elsewhere: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Release:
    """Tell these, in this order."""

    terminals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Soak:
    """The wave has enough since ``since``; None: no longer."""

    since: float | None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be done before some of these are back: they are away, or behind one in their hall that is."""

    terminals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advance:
    """Go on to ``wave``."""

    wave: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Pause or abort. ``code`` is for people; ``detail``: the hall or the numbers."""

    how: Literal["pause", "abort"]
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Finish:
    """Everybody who is there has it."""


Action: TypeAlias = Release | Soak | Wait | Advance | Stop | Finish


def assign(candidates: Iterable[Candidate], plan: Plan, seed: str) -> dict[str, int]:
    """The wave of each candidate: one hall after the other, those that are there first. Same input, same waves."""

    def lot(text: str) -> bytes:
        return hashlib.sha256(f"{seed}/{text}".encode()).digest()

    turn: Counter[str] = Counter()
    ordered: list[tuple[bool, int, bytes, str]] = []
    for one in sorted(candidates, key=lambda one: (not one.online, lot(one.id), one.id)):
        ordered.append((not one.online, turn[one.hall], lot(one.hall), one.id))
        turn[one.hall] += 1
    ordered.sort()
    waves: dict[str, int] = {}
    for number, step in enumerate(plan.steps):
        for *_, terminal in ordered[len(waves) : _upto(step, len(ordered))]:
            waves[terminal] = number
    return waves


def _upto(step: Wave, among: int) -> int:
    if not step.endswith("%"):
        return min(int(step), among)
    return min(math.ceil(among * float(step[:-1]) / 100), among)


def decide(rollout: Standing, targets: Iterable[Target], halls: Halls, now: float) -> tuple[Action, ...]:
    """What is to be done at ``now``. Nothing unless the rollout runs; the same for the same input."""
    if rollout.state != "running":
        return ()
    reached = sorted((one for one in targets if one.wave <= rollout.wave), key=lambda one: (one.wave, one.id))
    wave = [one for one in reached if one.wave == rollout.wave and one.state not in ("skipped", "reverted")]
    if (stop := _failure(rollout.plan, wave, reached)) is not None:
        return (stop,)
    if free := releasable(reached, halls, unstaged=rollout.plan.unstaged):
        return (Release(free),) if rollout.since is None else (Soak(None), Release(free))
    counted = [one for one in wave if one.settled or one.code != WITHOUT]
    if any(one.online and one.state in UNDER_WAY for one in reached):
        return () if rollout.since is None else (Soak(None),)
    if not _enough(rollout.plan, counted):
        wait = Wait(tuple(one.id for one in counted if not one.settled))
        return (wait,) if rollout.since is None else (Soak(None), wait)
    if (stop := _unsuccessful(rollout.plan, wave)) is not None:
        return (stop,)
    actions: tuple[Action, ...] = ()
    since = rollout.since
    if since is None:
        since, actions = now, (Soak(now),)
    if now - since < rollout.plan.soak and counted:
        return actions
    if rollout.wave + 1 < len(rollout.plan.steps):
        return (*actions, Advance(rollout.wave + 1))
    return (*actions, Finish())


def releasable(targets: Iterable[Target], halls: Halls, *, unstaged: bool = False) -> tuple[str, ...]:
    """Those of ``targets`` that wait, are there, and whose release leaves every hall open; in order."""
    some = list(targets)
    if unstaged:
        return tuple(one.id for one in some if one.state == "waiting" and one.online)
    busy = Counter(dict(halls.elsewhere))
    for one in some:
        if one.state in UNDER_WAY:
            busy[one.hall, one.role] += 1
    in_hall: Counter[str] = Counter()
    alone: set[str] = set()  # halls in which the only one of its role is under way
    for (hall, role), count in busy.items():
        in_hall[hall] += count
        if count and halls.sizes.get((hall, role), 0) < 2:
            alone.add(hall)
    free: list[str] = []
    for one in some:
        if one.state != "waiting" or not one.online or one.hall in alone:
            continue
        size = halls.sizes.get((one.hall, one.role), 0)
        if size < 2:
            if in_hall[one.hall]:
                continue
            alone.add(one.hall)
        elif busy[one.hall, one.role] + 1 > size // 2:
            continue
        busy[one.hall, one.role] += 1
        in_hall[one.hall] += 1
        free.append(one.id)
    return tuple(free)


def _failure(plan: Plan, wave: list[Target], reached: list[Target]) -> Stop | None:
    """The first reason to stop. The share is of the wave, the numbers in a hall are of the whole rollout."""
    failed = [one for one in reached if one.state in FAILED]
    in_wave = sum(one.state in FAILED for one in wave)
    if in_wave > plan.failures * len(wave):
        return Stop(plan.on_failure, "rollout.failures", f"{in_wave}/{len(wave)}")
    for hall, count in sorted(Counter(one.hall for one in failed).items()):
        if count >= plan.hall_failures:
            return Stop(plan.on_failure, "rollout.hall_failures", f"{hall} {count}")
    for (hall, code), count in sorted(Counter((one.hall, one.code) for one in failed).items()):
        if count >= plan.same_failures:
            return Stop(plan.on_failure, "rollout.same_failures", f"{hall} {code}")
    return None


def _enough(plan: Plan, counted: list[Target]) -> bool:
    """Enough of the wave are confirmed or have failed.

    Who still waits is away, or behind one that is: both get it later, through the gate.
    """
    settled = sum(one.settled for one in counted)
    if settled == len(counted):
        return True
    return any(one.state == "confirmed" for one in counted) and settled >= plan.least * len(counted)


def _unsuccessful(plan: Plan, wave: list[Target]) -> Stop | None:
    confirmed = sum(one.state == "confirmed" for one in wave)
    failed = sum(one.state in FAILED for one in wave)
    if confirmed < plan.success * (confirmed + failed):
        return Stop("pause", "rollout.success", f"{confirmed}/{confirmed + failed}")
    return None
