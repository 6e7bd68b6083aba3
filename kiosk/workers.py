"""Threads that own a device, and the one loop they all run.

A worker owns its port and nobody else touches it. Jobs run in order; while there is none, ``idle`` is called at
its pace (ask the printer how it is, look for a card). Whatever raises becomes an event, never silence.
"""

import logging
import queue
import threading
from collections.abc import Callable

from drivers.errors import DriverError

log = logging.getLogger(__name__)

Job = Callable[[], None]


class Worker:
    """One thread. ``idle()`` returns the seconds until it wants to be called again."""

    def __init__(
        self,
        name: str,
        *,
        idle: Callable[[], float] | None = None,
        failed: Callable[[str], None] = lambda code: None,
    ) -> None:
        self.name = name
        self._idle, self._failed = idle, failed
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._closed = False
        self._lock, self._unfinished = threading.Lock(), 0

    @property
    def busy(self) -> bool:
        """Whether a job waits or is being done."""
        return self._unfinished > 0

    def start(self) -> None:
        self._thread.start()

    def do(self, job: Job) -> None:
        """Queue ``job``; from any thread."""
        with self._lock:
            self._unfinished += 1
        self._jobs.put(job)

    def close(self, timeout: float = 5.0) -> bool:
        """Finish the job at hand, drop the rest, end the thread. False: it did not end in time."""
        self._closed = True
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait: float | None = 0.0 if self._idle else None
        while True:
            asked = True
            try:
                job = self._jobs.get(timeout=wait)
            except queue.Empty:
                job, asked = self._rest, False
            if job is None or self._closed:
                return
            self._next = 1.0
            self._guarded(job)
            if asked:
                with self._lock:
                    self._unfinished -= 1
            wait = self._next if self._idle else None

    def _rest(self) -> None:
        assert self._idle is not None
        self._next = self._idle()

    def _guarded(self, job: Job) -> None:
        try:
            job()
        except DriverError as error:
            log.info("worker=%s code=%s %s", self.name, error.code, error)
            self._failed(error.code)
        except Exception:  # a bug must still free the screen
            log.exception("worker=%s bug in a job", self.name)
            self._failed("fault.internal")
