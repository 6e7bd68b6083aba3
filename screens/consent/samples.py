"""The question whether certificates go with the number, as it may stand: the gallery and the tests."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hall.catalogue.model import Guide
from screens import samples
from screens.certificates.samples import (
    COMPANY,
    MANY_MATERIALS,
    OF_A_COMPANY,
    OF_A_PERSON,
    presentation,
    shown,
)
from screens.consent.presenter import ConsentPresenter
from screens.events import Touched
from screens.visit import Terminal

Make = Callable[[Terminal], tuple[str, Any]]


def _state(*touched: Touched, page: Guide | None = None, company: bool = False, **given: Any) -> Make:
    def make(terminal: Terminal) -> tuple[str, Any]:
        shows = presentation(OF_A_COMPANY, company=COMPANY) if company else presentation(
            tuple(c if c.status == "valid" else c.model_copy(update={"status": "valid", "valid_to": None})
            for c in OF_A_PERSON)
        )  # fmt: skip
        situation = replace(shown(terminal, shows, page), **given)
        presenter = ConsentPresenter(situation)
        presenter.enter()
        for event in touched:
            presenter.handle(event)
        return "consent", presenter.view

    return make


STATES: dict[str, Make] = {
    "consent": _state(),
    "consent-chosen": _state(Touched("toggle", "c1"), Touched("toggle", "c3")),
    "consent-guide": _state(page=MANY_MATERIALS),
    "consent-company": _state(Touched("toggle", "f2"), company=True),
    "consent-last-page": _state(Touched("toggle", "c9"), Touched("page", "9")),
    "consent-lost": _state(link="hall.unreachable"),
    "consent-guide-shut": _state(
        page=MANY_MATERIALS.model_copy(update={"queue": "medical"}), hall=samples.hall(shut=True)
    ),
}
