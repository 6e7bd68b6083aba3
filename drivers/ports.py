"""What drivers need of the world: a byte stream and a clock. No port is opened here."""

import time
from typing import Protocol


class Clock(Protocol):
    """Monotonic seconds; injected so that tests never sleep."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The real monotonic clock."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


class ByteStream(Protocol):
    """A half- or full-duplex pipe of bytes that does not care about content. One thread owns it."""

    def write(self, data: bytes, /) -> None:
        """Send all of ``data``. Raises DeviceAbsent when the port is gone, DeviceTimeout when it blocks."""

    def read(self, *, until: float) -> bytes:
        """At least one byte, or ``b""`` once the clock has reached ``until``. Raises DeviceAbsent."""

    def discard_input(self) -> None:
        """Drop what has arrived unread: a late answer to an earlier command is not ours."""

    def close(self) -> None:
        """Release the port. Idempotent."""
