"""Appointments of the demo's invented citizens, around its clock: one for each answer a check-in can get."""

from datetime import datetime, timedelta
from typing import Any

from drivers.idcard.samples import sample_holders

HALF_HOUR = timedelta(minutes=30)


def sample_appointments(now: datetime) -> list[dict[str, Any]]:
    """As the booking system would hand them over (hall.wire.messages.BookedAppointment)."""
    people = {name: holder.number for name, holder in sample_holders().items()}
    begin = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)

    def one(id: str, who: str, queue: str, starts: datetime, **more: Any) -> dict[str, Any]:
        times = {"starts": starts.isoformat(), "ends": (starts + HALF_HOUR).isoformat()}
        return {"id": id, "person": people[who], "queue": queue, **times, **more}

    return [
        one("20260001", "elderly", "medical", begin),
        one("20260002", "adult", "general", begin),
        one("20260003", "adult", "household", begin + timedelta(hours=2)),
        one("20260004", "hkmotw", "household", begin - timedelta(hours=2)),
        one("20260005", "foreigner", "general", begin, hall="tangyi", hall_name="邻县政务服务中心"),
        one("20260006", "hkmotw", "general", begin + timedelta(days=1)),
    ]
