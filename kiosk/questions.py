"""What a visit has asked the catalogue, and which answers are still its own. Pure.

Answers come later, from another thread, and may overtake each other: one that was asked for by the citizen before, or
for a shelf or a guide that was left meanwhile, must not take the place of what is looked at.
"""

from dataclasses import replace
from typing import TypeAlias

from screens.effects import Browse, Effect, OpenGuide, Search
from screens.events import Found, GuideMissing, GuideOpened, ListingFound, ShelvesFound

Answer: TypeAlias = Found | ShelvesFound | ListingFound | GuideOpened | GuideMissing


class Questions:
    def __init__(self) -> None:
        self._visit = -1
        self._opening = ""  # the guide that was asked for last

    def begin(self) -> None:
        """A new visit: whatever is answered from now on to the one before is nobody's."""
        self._visit += 1
        self._opening = ""

    def signed(self, effect: Effect) -> Effect:
        """``effect``; a question says which visit asks it."""
        if isinstance(effect, Search | Browse | OpenGuide):
            self._opening = effect.id if isinstance(effect, OpenGuide) else ""
            return replace(effect, visit=self._visit)
        return effect

    def awaits(self, answer: Answer, browsing: tuple[str, str]) -> bool:
        """Whether ``answer`` is to what this visit looks at; ``browsing``: by, key."""
        if answer.visit != self._visit:
            return False
        match answer:
            case ShelvesFound():
                return answer.by == browsing[0]
            case ListingFound():
                return (answer.by, answer.key) == browsing
            case GuideOpened():
                return answer.page.id == self._opening
            case _:
                return True
