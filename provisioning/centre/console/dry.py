"""What a draft would have changed yesterday: for each hall whose queue policy it changes, that day played again."""

from dataclasses import dataclass
from datetime import timedelta

from provisioning.centre.console.services import Services
from provisioning.centre.draft_effects import Effects
from provisioning.centre.dry_run import DryRun
from provisioning.centre.statistics import NoDryRun

MOST_HALLS = 5  # a day takes up to a second to play


@dataclass(frozen=True, slots=True)
class Tried:
    """``run`` None: ``code`` says why it cannot be said."""

    hall: str
    policy: str
    run: DryRun | None
    code: str = ""

    @property
    def lost(self) -> tuple[str, ...]:
        """Numbers that were called, and would not be."""
        return self._only(before=True)

    @property
    def gained(self) -> tuple[str, ...]:
        """Numbers that were not called, and would be."""
        return self._only(before=False)

    def _only(self, before: bool) -> tuple[str, ...]:
        if self.run is None:
            return ()
        one, other = (self.run.before, self.run.after) if before else (self.run.after, self.run.before)
        held = frozenset(other.calls)
        return tuple(number for number in one.calls if number not in held)


def tried(services: Services, effects: Effects) -> tuple[Tried, ...]:
    """At most ``MOST_HALLS``, by id."""
    wanted = sorted(
        (hall, str(one.after or "standard"))
        for one in effects.differences
        if one.path == "policy"
        for hall in one.among.halls
    )
    return tuple(_one(services, hall, policy) for hall, policy in wanted[:MOST_HALLS])


def _one(services: Services, hall: str, policy: str) -> Tried:
    day = services.statistics.today(hall) - timedelta(days=1)
    try:
        return Tried(hall, policy, services.statistics.dry_run(hall, policy, day))
    except NoDryRun as error:
        return Tried(hall, policy, None, error.code)
