"""When an appointment is, as people say it: today 09:30–10:00. No Kivy."""

from datetime import datetime, timedelta, tzinfo

from screens.words.words import Words


def day(words: Words, at: datetime, now: datetime) -> str:
    """今天, 明天, 昨天, or the date with its weekday."""
    names = {0: "appointment.today", 1: "appointment.tomorrow", -1: "appointment.yesterday"}
    away = (at.date() - now.date()) // timedelta(days=1)
    return words(names[away]) if away in names else words.date(at)


def slot(words: Words, starts: datetime, ends: datetime, now: datetime | None) -> str:
    """The day and the time from and to, on the wall's clock."""
    zone = now.tzinfo if now is not None else None
    first, last = _wall(starts, zone), _wall(ends, zone)
    hours = words("appointment.hours", starts=f"{first:%H:%M}", ends=f"{last:%H:%M}")
    return words("appointment.slot", day=day(words, first, now or first), hours=hours)


def moment(words: Words, at: datetime, now: datetime | None) -> str:
    """The time alone where it is today, else with its day."""
    wall = _wall(at, now.tzinfo if now is not None else None)
    if now is None or wall.date() == now.date():
        return f"{wall:%H:%M}"
    return words("appointment.slot", day=day(words, wall, now), hours=f"{wall:%H:%M}")


def _wall(at: datetime, zone: tzinfo | None) -> datetime:
    return at.astimezone(zone) if zone is not None else at
