"""The one thread that waits for the disk, so that nobody else has to."""

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import TypeAlias

Work: TypeAlias = Callable[[], object]
Done: TypeAlias = Callable[[Exception | None], None]


class DiskThread:
    """Does what it is given, one after another; ``done`` is told on the event loop's thread."""

    def __init__(self) -> None:
        self._inbox: SimpleQueue[tuple[asyncio.AbstractEventLoop, Work, Done] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def do(self, work: Work, done: Done) -> None:
        """Must be called from a running event loop."""
        self._inbox.put((asyncio.get_running_loop(), work, done))

    def close(self) -> None:
        """Finish what was given, then stop."""
        self._inbox.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (given := self._inbox.get()) is not None:
            loop, work, done = given
            error: Exception | None = None
            try:
                work()
            except Exception as caught:  # noqa: BLE001  whoever gave the work decides what it means
                error = caught
            loop.call_soon_threadsafe(done, error)
