"""The wall clock of a kiosk: the machine's, in the hall's time zone; a demo may set it ahead."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.kiosk import Kiosk


def wall_clock(settings: Kiosk) -> Callable[[], datetime]:
    zone, ahead = ZoneInfo(settings.time_zone), timedelta(seconds=settings.demo.clock_ahead)
    return lambda: datetime.now(zone) + ahead
