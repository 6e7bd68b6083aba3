"""Which card devices were bare when the process before ended, for the one that starts now.

A card that lies there at the first look was either forgotten by whoever was served last, or laid down by somebody who
stands at the glass while the terminal is started anew. It is the latter where the process before ended in order,
saw nothing on the device, and that is not long ago. In every other case it is nobody's until it is lifted.
"""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

LONGEST = 120.0  # seconds that starting anew may take; who laid a card down before that has gone
BOOT = Path(
    "/proc/sys/kernel/random/boot_id"
)  # a reader that lost its power finds a card again that it has read


def remember(path: Path, devices: Iterable[str], now: Callable[[], float] = time.monotonic) -> None:
    """Write down that ``devices`` are bare. Where that fails, nothing is known later, which is the careful answer."""
    try:
        path.write_text(json.dumps({"boot": _boot(), "at": now(), "devices": sorted(devices)}))
    except OSError:
        return


def recall(path: Path, now: Callable[[], float] = time.monotonic) -> frozenset[str]:
    """What was remembered, if it is this boot's and young. It is told once: a crash leaves nothing behind."""
    try:
        said = json.loads(path.read_bytes())
        path.unlink()
        young = 0 <= now() - said["at"] <= LONGEST
        return frozenset(said["devices"]) if young and said["boot"] == _boot() else frozenset()
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


def _boot() -> str:
    return BOOT.read_text(encoding="ascii").strip()
