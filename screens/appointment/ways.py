"""What can be done on the check-in screen, and what the buttons for it say. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from hall.wire.messages import AppointmentState, AppointmentView
from screens.words.words import Words

Phase = Literal["asking", "failed", "none", "found"]
Way = Literal["check_in", "home", "ordinary", "again", "type_number", "ask_staff"]

_WAYS: dict[AppointmentState, tuple[Way, ...]] = {  # main first
    "ready": ("check_in", "ordinary"),
    "checked_in": ("home",),
    "early": ("home", "ordinary"),
    "late": ("ordinary", "home"),
    "wrong_hall": ("home", "ask_staff"),
    "other_day": ("home", "ordinary"),
    "cancelled": ("ordinary", "home"),
}
_OF_PHASE: dict[Phase, tuple[Way, ...]] = {
    "asking": (),
    "failed": ("again", "ordinary", "ask_staff"),
    "none": ("type_number", "ordinary", "ask_staff"),
}
_ICONS: dict[Way, str] = {
    "check_in": "check-bold",
    "home": "check-bold",
    "ordinary": "ticket-confirmation-outline",
    "again": "refresh",
    "type_number": "dialpad",
    "ask_staff": "face-agent",
}


@dataclass(frozen=True, slots=True)
class WayOn:
    """A button; without an intent there is none."""

    intent: str = ""
    text: str = ""
    icon: str = ""
    value: str = ""


NO_WAY = WayOn()


def ways(phase: Phase, appointments: tuple[AppointmentView, ...]) -> tuple[Way, ...]:
    """The main thing first; of several appointments, what the first of them asks for."""
    return _WAYS[appointments[0].state] if appointments else _OF_PHASE[phase]


def buttons(
    words: Words, phase: Phase, appointments: tuple[AppointmentView, ...], *, by_number: bool, paper: bool
) -> tuple[WayOn, ...]:
    """One for each way. Of several that are ready none is the main one: their cards are touched."""
    ready = [one for one in appointments if one.state == "ready"]
    kept = ways(phase, appointments)
    if len(ready) > 1:
        return (NO_WAY, *(WayOn(way, words(_key(way, appointments)), _ICONS[way]) for way in kept[1:]))
    said: dict[Way, str] = {}
    if not paper:
        said["check_in"] = "appointment.way_check_in_no_paper"
    if by_number:
        said["type_number"] = "appointment.way_type_again"
    return tuple(
        WayOn(
            way,
            words(said.get(way) or _key(way, appointments)),
            _ICONS[way],
            ready[0].id if way == "check_in" else "",
        )
        for way in kept
    )


def _key(way: Way, appointments: tuple[AppointmentView, ...]) -> str:
    waits = any(one.state in ("early", "ready") for one in appointments)
    return "appointment.way_ordinary_first" if way == "ordinary" and waits else f"appointment.way_{way}"
