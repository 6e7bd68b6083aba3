"""Appointments as they look on their way: the gallery and the tests. All of it is invented."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hall.wire.messages import AppointmentState, AppointmentView
from screens import samples
from screens.appointment.presenter import AppointmentPresenter
from screens.appointment.presenter import AppointmentView as Shown
from screens.events import AppointmentsFailed, AppointmentsFound, Event
from screens.visit import Terminal


def appointment(
    state: AppointmentState,
    id_: str = "a-1",
    *,
    now: datetime = samples.NOW,
    minutes: int = 4,
    queue: str = "social",
    name: tuple[str, str] = ("社会保障", "Social security"),
    item: str = "社会保障卡补领",
    hall: str = "",
    number: str = "",
) -> AppointmentView:
    """One that begins in ``minutes`` and lasts half an hour; check-in begins a quarter of an hour before."""
    starts = now + timedelta(minutes=minutes)
    return AppointmentView(
        id=id_,
        state=state,
        queue=queue,
        queue_name=name[0],
        queue_name_en=name[1],
        item_name=item,
        starts=starts,
        ends=starts + timedelta(minutes=30),
        opens=starts - timedelta(minutes=15) if state == "early" else None,
        hall_name=hall,
        number=number,
    )


READY = appointment("ready")
EARLY = appointment("early", minutes=94)
LATE = appointment("late", minutes=-56)
OTHER_DAY = appointment("other_day", minutes=24 * 60 + 34)
WRONG_HALL = appointment("wrong_hall", hall="清源县不动产登记中心（学府路 8 号）", queue="elsewhere")
CHECKED_IN = appointment("checked_in", number="B012")
CANCELLED = appointment("cancelled", minutes=64)
TAX = appointment("ready", "a-2", minutes=34, queue="tax", name=("税务", "Taxes"), item="")
UNRESOLVED = appointment(
    "early", "a-3", minutes=154, queue="unresolved", name=("办不成事反映窗口", "Unresolved matters"),
    item="不动产登记资料查询后的更正申请，以及随之而来的税费退还",
)  # fmt: skip


def _state(
    *answers: AppointmentView | str, typed: str = "", printer: str | None = None
) -> Callable[[Terminal], tuple[str, Shown]]:
    """``answers``: appointments, or the code of a failure; none: still asked."""

    def make(terminal: Terminal) -> tuple[str, Shown]:
        terminal = replace(terminal, visit=replace(terminal.visit), printer=printer)
        terminal.visit.purpose, terminal.visit.typed = "checkin", typed
        terminal.visit.person = None if typed else samples.person()
        presenter = AppointmentPresenter(terminal, lambda: "key")
        presenter.enter()
        for event in _answered(answers):
            presenter.handle(event)
        return "appointment", presenter.view

    return make


def _answered(answers: tuple[AppointmentView | str, ...]) -> tuple[Event, ...]:
    codes = [answer for answer in answers if isinstance(answer, str)]
    if codes:
        return (AppointmentsFailed("key", codes[0]),)
    found = tuple(answer for answer in answers if not isinstance(answer, str))
    return (AppointmentsFound("key", found),) if found else ()


STATES: dict[str, Callable[[Terminal], tuple[str, Shown]]] = {
    "appointment": _state(READY),
    "appointment-asking": _state(),
    "appointment-early": _state(EARLY),
    "appointment-late": _state(LATE),
    "appointment-other-day": _state(OTHER_DAY),
    "appointment-wrong-hall": _state(WRONG_HALL),
    "appointment-checked-in": _state(CHECKED_IN),
    "appointment-cancelled": _state(CANCELLED),
    "appointment-several": _state(READY, TAX, UNRESOLVED),
    "appointment-one-of-several": _state(CHECKED_IN, TAX, UNRESOLVED),
    "appointment-none": _state("appointment.unknown"),
    "appointment-none-number": _state("appointment.unknown", typed="20261123"),
    "appointment-failed": _state("hall.unreachable"),
    "appointment-no-paper": _state(READY, printer="fault.paper_out"),
}
