"""What is wrong with a terminal now, out of what it last said. Pure: the same words give the same signs.

Thresholds have two values, one at which a sign appears and one at which it goes again, so that nothing flickers.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from provisioning.centre.fleet import Live
from provisioning.uplink import UNREAD

Severity: TypeAlias = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")

PAPER_MINUTES, PAPER_ENOUGH = 45.0, 75.0  # predicted minutes of paper: somebody must walk there
SKEW, SKEW_GOOD = 60.0, 30.0  # seconds a clock may be wrong: documents and commands carry times
DISK_MB, DISK_GOOD, DISK_LAST = 500.0, 800.0, 100.0
CERTIFICATE_DAYS, CERTIFICATE_LAST = 30.0, 7.0
RESTARTS = 3  # of the kiosk since the last time that was in order

BY_STATE = (
    "offline",
    "paper_low",
    "paper_out",
    "cover",
    "reader",
    "device",
    "crash_loop",
    "drift",
    "clock",
    "disk",
    "certificate",
    "journal",
)
"""Kinds that come and go with what a terminal says."""
OF_CENTRE = ("broker", "server_certificate")
"""Kinds that come and go with what the centre itself sees."""
ONCE = ("gap", "rollout", "command")
"""Kinds that happened: they are over when somebody has seen them."""
KINDS = BY_STATE + OF_CENTRE + ONCE


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is wrong. ``code`` is a key of docs/codes.md."""

    kind: str
    severity: Severity
    code: str
    detail: dict[str, object] = field(default_factory=dict)


def signs(live: Live, open_now: Collection[str] = ()) -> tuple[Sign, ...]:
    """What is wrong with ``live``; ``open_now`` are the kinds that were wrong before.

    A terminal that is offline shows nothing else: what it said last is no longer known, nor whether it is over. One
    whose presence is unknown keeps what it had (``held``).
    """
    if live.presence == "offline":
        return (Sign("offline", "critical" if live.kind == "hall" else "warning", "terminal.offline"),)
    found: list[Sign] = []
    if live.reported_state == "drifted":
        found.append(Sign("drift", "warning", live.fault.code if live.fault else "config.drifted"))
    health = live.health
    if health is None:
        return tuple(found)
    found += _paper(live, open_now)
    found += _devices(dict(health.devices))
    if live.skew is not None and abs(live.skew) > (SKEW_GOOD if "clock" in open_now else SKEW):
        found.append(Sign("clock", "warning", "terminal.clock", {"seconds": round(live.skew)}))
    free = health.disk_free_mb
    if free is not None and free < (DISK_GOOD if "disk" in open_now else DISK_MB):
        found.append(
            Sign("disk", "critical" if free < DISK_LAST else "warning", "terminal.disk", {"mb": round(free)})
        )
    days = health.certificate_days
    if days is not None and (severity := ending(days)) is not None:
        whose: dict[str, object] = {"whose": health.certificate} if health.certificate else {}
        found.append(Sign("certificate", severity, "terminal.certificate", {"days": round(days), **whose}))
    if health.restarts >= RESTARTS and not health.screen:
        found.append(Sign("crash_loop", "critical", "terminal.crash_loop", {"restarts": health.restarts}))
    if live.kind == "hall" and health.hall:
        found.append(Sign("journal", "warning" if health.hall == UNREAD else "critical", health.hall))
    return tuple(found)


def ending(days: float) -> Severity | None:
    """How bad it is that a certificate has so many ``days`` left; None: not yet."""
    if days >= CERTIFICATE_DAYS:
        return None
    return "critical" if days < CERTIFICATE_LAST else "warning"


def held(live: Live) -> bool:
    """Whether nothing can be said about ``live`` now: neither that something is wrong nor that it is over."""
    return live.presence == "unknown"


def _paper(live: Live, open_now: Collection[str]) -> list[Sign]:
    paper = live.health.paper if live.health is not None else None
    if paper is None:
        return []
    if paper.state == "out":
        return [Sign("paper_out", "critical", "fault.paper_out")]
    minutes = live.paper_minutes
    limit = PAPER_ENOUGH if "paper_low" in open_now else PAPER_MINUTES
    if paper.state == "low" or (minutes is not None and minutes < limit):
        detail: dict[str, object] = {} if minutes is None else {"minutes": round(minutes)}
        return [Sign("paper_low", "warning", "paper.low", detail)]
    return []


def _devices(devices: dict[str, str]) -> list[Sign]:
    found: list[Sign] = []
    for name, code in sorted(devices.items()):
        if not code or code == "fault.paper_out":
            continue
        if code == "fault.cover_open":
            found.append(Sign("cover", "warning", code))
        elif name == "reader":
            found.append(Sign("reader", "critical", code))
        elif not any(sign.kind == "device" for sign in found):  # one alert names them all
            faulty = {n: c for n, c in devices.items() if c and n != "reader" and c != "fault.cover_open"}
            found.append(Sign("device", "warning", code, {"devices": faulty}))
    return found
