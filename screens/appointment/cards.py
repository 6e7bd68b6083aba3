"""One appointment in words: what, when, how it stands, and what that means. No Kivy."""

from dataclasses import dataclass, field

from hall.wire.messages import AppointmentState, AppointmentView
from screens.appointment.times import moment, slot
from screens.visit import Terminal
from screens.words.notices import columns

ORDER: tuple[AppointmentState, ...] = (  # the one that matters most comes first
    "ready",
    "checked_in",
    "early",
    "late",
    "wrong_hall",
    "other_day",
    "cancelled",
)
_FACES: dict[AppointmentState, tuple[str, str]] = {  # icon, kind
    "ready": ("check-circle", "ok"),
    "checked_in": ("ticket-confirmation-outline", "ok"),
    "early": ("clock-outline", "amber"),
    "late": ("clock-alert-outline", "amber"),
    "wrong_hall": ("map-marker-outline", "amber"),
    "other_day": ("calendar-outline", "amber"),
    "cancelled": ("calendar-remove-outline", "call"),
}
# Half-width columns of a queue's name that fit in a card's own type.
ROOM = {"large": 20}
USUAL_ROOM = 28


@dataclass(frozen=True, slots=True)
class AppointmentCard:
    """``value`` where it can be checked in by touching it."""

    icon: str = ""
    queue: str = ""
    long: bool = False  # its name: set smaller
    item: str = ""
    when: str = ""
    status: str = ""
    line: str = ""
    status_icon: str = ""
    kind: str = "info"
    number_word: str = ""
    number: str = field(default="", repr=False)
    value: str = ""
    act: str = ""


def in_order(appointments: tuple[AppointmentView, ...]) -> tuple[AppointmentView, ...]:
    return tuple(sorted(appointments, key=lambda one: (ORDER.index(one.state), one.starts)))


def card(terminal: Terminal, one: AppointmentView, *, single: bool, touchable: bool) -> AppointmentCard:
    """``single``: there is no other, and room for what it means; ``touchable``: it is checked in by a touch."""
    words, now = terminal.words, terminal.now
    queue, name = terminal.queue_of(one.queue), words.pick(one.queue_name, one.queue_name_en)
    icon, kind = _FACES[one.state]
    facts = {
        "time": moment(words, one.opens, now) if one.opens is not None else "",
        "hall": one.hall_name,
    }
    state = f"appointment.{one.state}"
    if (one.state == "early" and one.opens is None) or (one.state == "wrong_hall" and not one.hall_name):
        state += "_unsaid"
    return AppointmentCard(
        icon=queue.icon if queue is not None else "calendar-check-outline",
        queue=name,
        long=columns(name) > ROOM.get(terminal.theme, USUAL_ROOM),
        item=one.item_name,
        when=slot(words, one.starts, one.ends, now),
        status=words(f"{state}.title", **facts),
        line=words(f"{state}.line", **facts) if single else "",
        status_icon=icon,
        kind=kind,
        number_word=words("appointment.your_number") if one.number else "",
        number=one.number,
        value=one.id if touchable else "",
        act=words("appointment.way_check_in") if touchable else "",
    )
