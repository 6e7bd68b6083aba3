"""What else a clerk must see of a ticket: its priority class and its paper. No Kivy."""

from collections.abc import Mapping
from typing import Final

from hall.wire.messages import PaperState, Priority
from screens.caller.view_model import Mark
from screens.words.phrase import Phrase

_PRIORITY: Final[Mapping[Priority, str]] = {
    "elder": "human-cane",
    "disabled": "wheelchair-accessibility",
    "veteran": "medal-outline",
    "appointment": "calendar-check-outline",
    "staff": "account-star-outline",
}


def priority_mark(priority: Priority) -> Mark | None:
    """None: ordinary."""
    if priority == "ordinary":
        return None
    return Mark(Phrase(f"caller.priority.{priority}"), _PRIORITY[priority], "note")


def paper_mark(paper: PaperState) -> Mark | None:
    """None: there is a paper, as there should be."""
    match paper:
        case "printed":
            return None
        case "none":
            return Mark(Phrase("caller.paper.none"), "cellphone")
        case "reserved" | "printing":
            return Mark(Phrase("caller.paper.printing"), "printer-outline")
        case "failed":
            return Mark(Phrase("caller.paper.failed"), "printer-off-outline", "alarm")
        case "unknown":
            return Mark(Phrase("caller.paper.unknown"), "printer-alert", "alarm")
