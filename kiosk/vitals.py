"""How a role stands and how its process is, as the agent hears it. No Kivy: the voice has no screen."""

import os
from concurrent.futures import Future
from pathlib import Path

from config.kiosk import Kiosk
from kiosk.standing import Standing
from provisioning.wire.control import Done, KioskHealth


def health(settings: Kiosk, standing: Standing, *, frames: int, frame_ms: float = 0.0) -> KioskHealth:
    """``standing`` and what is known of the process."""
    return KioskHealth(
        revision=settings.revision,
        role=settings.role,
        screen=standing.screen,
        busy=standing.busy,
        idle_seconds=0.0 if standing.busy else round(standing.idle_seconds, 1),
        frames=frames,
        frame_ms=frame_ms,
        devices=standing.devices,
        paper=standing.paper,
        catalogue=standing.catalogue,
        hall=standing.hall,
        memory_mb=round(_resident() / 2**20, 1),
    )


def answered(done: Done) -> Future[Done]:
    """An answer that is there already."""
    future: Future[Done] = Future()
    future.set_result(done)
    return future


def _resident() -> int:
    """Bytes of memory in use by this process; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
