"""When an appointment can be checked in, and why not. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from config.appointments import Appointments
from hall.wire.messages import AppointmentState


@dataclass(frozen=True, slots=True)
class Appointment:
    """A time that somebody has agreed with an office. ``starts`` and ``ends`` are aware.

    ``person`` is the pseudonym of its own day: who it was cannot be told afterwards.
    """

    id: str
    hall: str
    queue: str
    starts: datetime
    ends: datetime
    person: str = field(repr=False)
    item: str = ""  # guide it is for
    hall_name: str = ""  # as the citizen knows it; of use where the hall is another
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    state: AppointmentState
    opens: datetime | None = None  # when check-in begins, where it is too early
    number: str = ""  # of the ticket, where it is checked in


def standing(
    appointment: Appointment, now: datetime, *, hall: str, number: str, policy: Appointments
) -> Standing:
    """How ``appointment`` stands at ``now`` (aware, in the hall's time zone).

    ``number``: the ticket it was checked in with, "" for none.
    """
    opens = appointment.starts - timedelta(minutes=policy.early_minutes)
    closes = appointment.ends + timedelta(minutes=policy.grace_minutes)
    if number:
        return Standing("checked_in", number=number)
    if appointment.cancelled:
        return Standing("cancelled")
    if appointment.hall != hall:
        return Standing("wrong_hall")
    if appointment.starts.astimezone(now.tzinfo).date() != now.date():
        return Standing("other_day")
    if now < opens:
        return Standing("early", opens=opens)
    return Standing("late" if now > closes else "ready")
