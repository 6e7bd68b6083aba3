"""A hall kept by an agent: the control socket (provisioning.wire.control) in front of a hall process.

The agent asks a hall the same as a kiosk. It is asked over its own HTTP address whether it serves, so an answer proves
that it does. It has no screen, no paper and nobody at a glass.
"""

import os
import time
from concurrent.futures import Future
from pathlib import Path

import requests

from kiosk.control import Control
from provisioning.wire.control import Done, KioskHealth, ShowEnrolment

ANSWER = 3.0  # seconds
NO_SCREEN = "kiosk.no_screen"


class HallAnswers:
    """What a hall at ``url`` can say. ``revision``: of the settings it runs."""

    def __init__(self, url: str, revision: int) -> None:
        self._url, self._revision, self._began = url, revision, time.monotonic()
        self._session = requests.Session()
        self._session.trust_env = False

    def health(self) -> KioskHealth:
        try:
            serves = self._session.get(f"{self._url}/healthz", timeout=ANSWER).ok
        except requests.RequestException:
            serves = False
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return KioskHealth(
            revision=self._revision,
            role="hall",
            screen="hall" if serves else "",
            busy=False,
            idle_seconds=time.monotonic() - self._began,
            frames=1 if serves else 0,  # that it serves is its being alive
            hall="" if serves else "hall.unreachable",
            memory_mb=pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        )

    def identify(self, seconds: float) -> Done:
        return Done(ok=False, code=NO_SCREEN)

    def test_print(self) -> "Future[Done]":
        answer: Future[Done] = Future()
        answer.set_result(Done(ok=False, code="fault.no_printer"))
        return answer

    def screenshot(self) -> Done:
        return Done(ok=False, code=NO_SCREEN)

    def show_enrolment(self, what: ShowEnrolment) -> Done:
        return Done(ok=False, code=NO_SCREEN)


def hall_control(path: Path, url: str, revision: int) -> Control:
    """Answer the agent at ``path`` until it is closed. Raises OSError."""
    return Control(path, HallAnswers(url, revision), lambda call: call())
