"""Whether a terminal on probation is well, and whether a window is open. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from provisioning.wire.control import KioskHealth
from provisioning.wire.messages import Fault

CONSUMED = frozenset({"fault.paper_out", "fault.paper_jam", "fault.cover_open", "fault.printer_hot"})
"""Faults that no setting can cause: they come of use, so a trial is not blamed for them."""


def unwell(
    said: KioskHealth | None, revision: int, before: Mapping[str, str] | None, broker: bool
) -> Fault | None:
    """Why a terminal that runs ``revision`` on trial is not well; None: it is.

    ``said``: its newest answer, None when there is none. ``before``: its devices before the change (None: not known).
    ``broker``: heard of since the change, and there.
    """
    if said is None or said.revision != revision:
        return Fault(code="trial.silent")
    if said.frames == 0:
        return Fault(code="trial.no_frame")
    if (worse := _worse(said.devices, before)) is not None:
        return worse
    return None if broker else Fault(code="trial.no_broker")


def _worse(now: Mapping[str, str], before: Mapping[str, str] | None) -> Fault | None:
    """A device that was in order, or was not there, and has a fault now."""
    for device, code in sorted(now.items()):
        if before is not None and code and code not in CONSUMED and not before.get(device):
            return Fault(code="trial.device_worse", path=f"devices.{device}"[:200], text=code)
    return None


def open_now(window: str, wall: datetime, zone: str) -> bool:
    """Whether ``wall`` lies in ``window`` ("22:00-05:00") by the clock on the wall in ``zone``. Empty: always."""
    if not window:
        return True
    try:
        local = wall.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = wall.astimezone(ZoneInfo("Asia/Shanghai"))
    minute = timedelta(hours=local.hour, minutes=local.minute)
    begin, end = (_of_day(part) for part in window.split("-"))
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def _of_day(text: str) -> timedelta:
    hours, _, minutes = text.partition(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
