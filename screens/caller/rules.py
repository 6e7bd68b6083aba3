"""What a window may do when, and the words for why not. The hall decides; this only saves a vain press. No Kivy."""

from collections.abc import Mapping
from typing import Final

from hall.wire.messages import WindowView
from screens.caller.view_model import Stage
from screens.words.phrase import NOTHING, Phrase

_HERE: Final[frozenset[Stage]] = frozenset({"called", "serving"})
_ALLOWED: Final[Mapping[str, frozenset[Stage]]] = {
    "open": frozenset({"closed", "paused", "called", "serving"}),  # with a ticket at hand: end a pause
    "pause": frozenset({"idle", "called", "serving"}),  # with a ticket at hand: no further one
    "close": frozenset({"idle", "paused"}),
    "call-next": frozenset({"idle"}),
    "recall": frozenset({"called"}),
    "miss": frozenset({"called"}),
    "start": frozenset({"called"}),
    "finish": frozenset({"serving"}),
    "park": _HERE,
    "transfer": _HERE,
    "abandon": _HERE,
    "return": frozenset({"idle", "paused", "called", "serving"}),
    "resume": frozenset({"idle", "paused"}),
    "certificates": _HERE,
    "drop": frozenset({"idle", "paused", "called", "serving"}),  # abandon a ticket of a list
}
_WHY: Final[Mapping[Stage, str]] = {
    "unknown": "caller.why.unknown",
    "closed": "caller.why.closed",
    "paused": "caller.why.paused",
    "idle": "caller.why.nobody_here",
    "called": "caller.why.not_started",
    "serving": "caller.why.started",
}
_NEEDS_EMPTY_DESK: Final = frozenset({"close", "resume", "call-next"})
_NEEDS_TICKET: Final = frozenset({"recall", "miss", "start", "finish", "park", "transfer", "abandon"})


def stage_of(window: WindowView | None) -> Stage:
    """What the window is doing; a ticket at it counts more than its door."""
    if window is None:
        return "unknown"
    if window.current is not None:
        return "serving" if window.current.state == "serving" else "called"
    return "idle" if window.state == "open" else window.state


def why_not(verb: str, stage: Stage) -> Phrase:
    """Why ``verb`` is not possible now; empty when it is."""
    if stage in _ALLOWED[verb]:
        return NOTHING
    if stage in _HERE and verb in _NEEDS_EMPTY_DESK:
        return Phrase("caller.why.finish_first")
    if stage == "paused" and verb in _NEEDS_TICKET:
        return Phrase(_WHY["idle"])
    return Phrase(_WHY[stage])


def window_ids(signs: str) -> tuple[str, ...]:
    """The windows of a queue from its sign, "3, 5–7, east" (``QueueView.windows``): 3 5 6 7 east."""
    ids: list[str] = []
    for sign in filter(None, (part.strip() for part in signs.split(","))):
        first, dash, last = sign.partition("–")
        if dash and first.isdecimal() and last.isdecimal():
            ids.extend(str(number) for number in range(int(first), int(last) + 1))
        else:
            ids.append(sign)
    return tuple(ids)
