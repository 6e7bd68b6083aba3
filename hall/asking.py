"""Blocking questions to services outside the hall, on threads of their own and never many at once.

Taking a number waits for none of it: the event loop only waits, and what waits too long is given up.
"""

import asyncio
import logging
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hall.problems import Refused

log = logging.getLogger(__name__)

T = TypeVar("T")


class Asking:
    """``threads`` questions at once, ``most`` asked or waiting."""

    def __init__(self, name: str, threads: int, most: int) -> None:
        self._pool = ThreadPoolExecutor(threads, name)
        self._places = threading.BoundedSemaphore(most)

    async def ask(self, question: Callable[[], T], within: float) -> T:
        """What ``question`` answers. Raises what it raises, TimeoutError after ``within`` seconds, Refused.

        A question that is given up keeps its place until its thread is free again.
        """
        if not self._places.acquire(blocking=False):
            raise Refused("hall.busy")
        try:
            future = self._pool.submit(question)
        except RuntimeError:
            self._places.release()
            raise Refused("hall.stopping") from None
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wait_for(asyncio.wrap_future(future), max(0.0, within))

    def close(self) -> None:
        """Ask nothing more; a question under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def log_mistake(what: str, error: BaseException) -> None:
    """Say where ``error`` came from without its words: they may quote what a person showed."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    log.error("mistake in=%s error=%s at=%s", what, type(error).__name__, where)
