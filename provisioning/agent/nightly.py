"""Whether the screen is to be started afresh tonight (settings: maintenance.nightly_restart). Pure."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

WITHIN = timedelta(hours=3)
"""After its time; a terminal somebody stands at all that long keeps its screen until the next night."""


def wanted(settings: dict[str, Any], wall: datetime, up_seconds: float) -> bool:
    """Whether a kiosk that has been up so long was begun before tonight's time, and that has come.

    No memory is needed: once begun afresh, it was begun after.
    """
    at = str((settings.get("maintenance") or {}).get("nightly_restart") or "")
    if not at:
        return False
    try:
        local = wall.astimezone(ZoneInfo(str(settings.get("time_zone") or "Asia/Shanghai")))
    except (ZoneInfoNotFoundError, ValueError):
        local = wall.astimezone(ZoneInfo("Asia/Shanghai"))
    hour, _, minute = at.partition(":")
    tonight = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    if tonight > local:
        tonight -= timedelta(days=1)
    since = local - tonight
    return since <= WITHIN and timedelta(seconds=up_seconds) > since
