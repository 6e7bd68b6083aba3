"""A clock that never waits, sinks that can be held or broken, and the proof that no thread is left behind."""

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.errors import DeviceAbsent
from drivers.voice.pcm import Pcm
from drivers.voice.reports import Dropped, Failed, Finished, Report, Started
from drivers.voice.sinks import Label

PATIENCE = 60.0  # seconds a test waits for a thread before it says that the thread is stuck


class FakeClock:
    """Sleeping moves it on at once; several threads may."""

    def __init__(self) -> None:
        self._now, self._lock = 1000.0, threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += max(0.0, seconds)


class HeldSink:
    """``play`` announces itself, then stays until it is let go."""

    def __init__(self) -> None:
        self.entered: queue.Queue[Label] = queue.Queue()
        self.finished: list[Label] = []
        self._gate = threading.Semaphore(0)
        self._closed = False

    def play(self, sound: Pcm, label: Label) -> None:
        if self._closed:
            raise DeviceAbsent("closed")
        self.entered.put(label)
        assert self._gate.acquire(timeout=PATIENCE)
        if self._closed:
            raise DeviceAbsent("closed while playing")
        self.finished.append(label)

    def next(self) -> Label:
        """The sound that is being played now, or as soon as one is."""
        return self.entered.get(timeout=PATIENCE)

    def let_go(self, sounds: int = 1) -> None:
        self._gate.release(sounds)

    def close(self) -> None:
        self._closed = True
        self._gate.release(1000)


class Reports:
    """Collects reports from all threads."""

    def __init__(self) -> None:
        self.all: list[Report] = []

    def __call__(self, report: Report) -> None:
        self.all.append(report)

    def of(self, kind: type[Report]) -> list[Report]:
        return [report for report in self.all if isinstance(report, kind)]

    def ends(self) -> list[tuple[str, str]]:
        """How each announcement ended, in the order in which they did."""
        return [
            (report.event_id, report.reason if isinstance(report, Dropped) else type(report).__name__)
            for report in self.all
            if isinstance(report, Finished | Failed | Dropped)
        ]

    def started(self) -> list[str]:
        return [report.event_id for report in self.all if isinstance(report, Started)]


@pytest.fixture
def children() -> Callable[[], list[str]]:
    """Asks for our processes, those too that have ended and were not waited for."""
    return lambda: "".join(task.read_text() for task in Path("/proc/self/task").glob("*/children")).split()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def held() -> HeldSink:
    return HeldSink()


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    assert not left, f"threads left behind: {left}"
