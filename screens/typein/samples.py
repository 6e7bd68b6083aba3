"""Designed states of typing a number. The number is invented."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from screens.events import Touched
from screens.typein.presenter import TypeinPresenter, TypeinView
from screens.visit import Card, Terminal

NUMBER = "37010219900101001X"


def _state(
    typed: str = "",
    *,
    purpose: Any = "number",
    card: Card = "",
    code: str = "",
    refused: float = 0.0,
    hidden: bool = False,
) -> Callable[[Terminal], TypeinView]:
    def make(terminal: Terminal) -> TypeinView:
        visit = replace(
            terminal.visit, purpose=purpose, card=card, card_code=code, source="typed", typed=typed
        )
        here = replace(terminal, visit=visit, refused_until=terminal.monotonic + refused)
        presenter = TypeinPresenter(here, str)
        if hidden:
            presenter.handle(Touched("hide"))
        return presenter.view

    return make


STATES: dict[str, Callable[[Terminal], TypeinView]] = {
    "typein": _state(),
    "typein-some": _state(NUMBER[:9]),
    "typein-last": _state(NUMBER[:17]),
    "typein-whole": _state(NUMBER),
    "typein-hidden": _state(NUMBER, hidden=True),
    "typein-reading": _state(NUMBER, card="reading"),
    "typein-wrong": _state(NUMBER, card="failed", code="id_number.check_digit"),
    "typein-refused": _state(NUMBER, refused=42.0),
    "typein-checkin": _state(purpose="checkin"),
    "typein-appointment": _state("2026112301", purpose="checkin"),
    "typein-checkin-id": _state(NUMBER[:14], purpose="checkin"),
}
