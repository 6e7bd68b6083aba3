"""The ways to browse instead of typing, in the order shown. No Kivy."""

from dataclasses import dataclass
from typing import Final

from hall.catalogue.answers import By
from screens.words.words import Words

WAYS: Final[dict[By, str]] = {  # and their icons
    "theme": "shape-outline",
    "event": "human-male-child",
    "office": "office-building-outline",
    "audience": "account-group-outline",
    "bundle": "package-variant-closed",
    "kiosk": "monitor-dashboard",
}


@dataclass(frozen=True, slots=True)
class WayCard:
    by: str = ""
    icon: str = ""
    name: str = ""
    line: str = ""


def ways(words: Words) -> tuple[WayCard, ...]:
    return tuple(
        WayCard(by, icon, words(f"browse.way.{by}"), words(f"browse.way_line.{by}"))
        for by, icon in WAYS.items()
    )


def way_of(value: str) -> By | None:
    """``value`` as a way, if it is one of these."""
    return next((by for by in WAYS if by == value), None)
