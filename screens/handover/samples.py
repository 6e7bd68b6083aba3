"""The code for the clerk's phone: asked for, shown, over, not to be had: the gallery and the tests."""

from collections.abc import Callable
from typing import Any

from screens.certificates.samples import presentation, shown
from screens.events import Event, Shared, ShareFailed, Ticked
from screens.handover.presenter import HandoverPresenter
from screens.visit import Terminal

URL = "http://10.20.30.40:8080/c/9f2c4a7e51b04d66a1e3"
Make = Callable[[Terminal], tuple[str, Any]]


def opened(terminal: Terminal) -> HandoverPresenter:
    """The code is asked for with the key "share-1"."""
    presenter = HandoverPresenter(terminal, lambda: "share-1")
    presenter.enter()
    return presenter


def _state(*events: Event, seconds: float = 0.0) -> Make:
    def make(terminal: Terminal) -> tuple[str, Any]:
        situation = shown(terminal, presentation())
        presenter = opened(situation)
        for event in events:
            presenter.handle(event)
        situation.monotonic += seconds
        if situation.now is not None:
            presenter.handle(Ticked(situation.now, situation.monotonic))
        return "handover", presenter.view

    return make


_SHARED = Shared("share-1", URL)

STATES: dict[str, Make] = {
    "handover-asking": _state(),
    "handover": _state(_SHARED, seconds=28),
    "handover-over": _state(_SHARED, seconds=300),
    "handover-failed": _state(ShareFailed("share-1", "hall.unreachable")),
    "handover-forgotten": _state(ShareFailed("share-1", "presentation.unknown")),
}
