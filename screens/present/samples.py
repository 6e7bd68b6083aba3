"""Designed states of holding up a code: for certificates, from a guide, for a check-in; and what may come of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hall.wire.messages import Source
from screens.guide import samples as guide
from screens.present.presenter import PresentPresenter, PresentView
from screens.visit import Card, Terminal

NO = "fault.device_absent"


def _state(
    *,
    purpose: Any = "certificates",
    card: Card = "",
    code: str = "",
    source: Source = "resident_code",
    reader: str | None = None,
    scanner: str | None = None,
    slot: str | None = NO,
    refused: float = 0.0,
    from_guide: bool = False,
) -> Callable[[Terminal], PresentView]:
    def make(terminal: Terminal) -> PresentView:
        visit = replace(terminal.visit, purpose=purpose, card=card, card_code=code, source=source)
        visit.reading = guide.reading(guide.CARD) if from_guide else None
        here = replace(
            terminal,
            reader=reader,
            scanner=scanner,
            slot=slot,
            refused_until=terminal.monotonic + refused,
            features=frozenset({"certificates", "checkin", "typed"}),
            visit=visit,
        )
        return PresentPresenter(here).view

    return make


def _failed(code: str, **given: Any) -> Callable[[Terminal], PresentView]:
    return _state(card="failed", code=code, **given)


STATES: dict[str, Callable[[Terminal], PresentView]] = {
    "present": _state(),
    "present-all": _state(slot=None),
    "present-code-only": _state(reader=NO),
    "present-guide": _state(from_guide=True),
    "present-checkin": _state(purpose="checkin", slot=None),
    "present-no-scanner": _state(scanner=NO),
    "present-social-only": _state(scanner=NO, reader=NO, slot=None),
    "present-reading": _state(card="reading"),
    "present-reading-social": _state(card="reading", source="social_card", slot=None),
    "present-expired": _failed("code.expired"),
    "present-forged-all": _failed("code.forged", purpose="checkin", slot=None),
    "present-other-city": _failed("code.other_city", reader=NO),
    "present-unreachable": _failed("code.unreachable"),
    "present-third-generation": _failed("fault.card_third_generation", source="social_card", slot=None),
    "present-assurance": _failed("certificates.assurance", source="social_card", slot=None),
    "present-away": _failed("hall.unreachable"),
    "present-refused": _state(refused=42.0),
    "present-nothing": _state(reader=NO, scanner=NO),
    "present-nothing-checkin": _state(purpose="checkin", reader=NO, scanner=NO),
}
