"""What can be shown at this terminal now to say who one is: a code, an ID card, a social-security card. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from screens.visit import Terminal

Kind = Literal["code", "id_card", "social_card"]

ICONS: dict[Kind, str] = {
    "code": "qrcode-scan",
    "id_card": "card-account-details-outline",
    "social_card": "credit-card-chip-outline",
}


@dataclass(frozen=True, slots=True)
class Way:
    """One of them, and how it is done."""

    kind: str = ""
    icon: str = ""
    name: str = ""
    how: str = ""


def kinds(terminal: Terminal, first: Kind) -> tuple[Kind, ...]:
    """Those whose device is well; ``first`` leads, because the screen is about it."""
    faults: dict[Kind, str | None] = {
        "id_card": terminal.reader,
        "code": terminal.scanner,
        "social_card": terminal.slot,
    }
    well = [kind for kind, fault in faults.items() if fault is None]
    return tuple(sorted(well, key=lambda kind: kind != first))


def ways(terminal: Terminal, shown: tuple[Kind, ...]) -> tuple[Way, ...]:
    """``shown`` as they are told; in large type without how, which the title and the picture say."""
    words = terminal.words
    fewer = terminal.theme == "large"
    return tuple(
        Way(kind, ICONS[kind], words(f"ways.{kind}"), "" if fewer else words(f"ways.{kind}_how"))
        for kind in shown
    )


def asked_for(shown: tuple[Kind, ...]) -> str:
    """Key of the words that name what is asked for: ``ways.ask_code_id_card`` and the like."""
    order: tuple[Kind, ...] = ("code", "id_card", "social_card")
    return "ways.ask_" + "_".join(kind for kind in order if kind in shown)


def may_type(terminal: Terminal) -> bool:
    """A typed number says little about who typed it: enough for a number or a check-in, not for certificates."""
    return "typed" in terminal.features and terminal.visit.purpose != "certificates"


def refused_for(terminal: Terminal) -> int:
    """Seconds until somebody may be looked up again after too many tries; 0: now."""
    left = terminal.refused_until - terminal.monotonic
    return max(0, -int(-left // 1))
