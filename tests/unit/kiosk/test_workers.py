"""A worker thread: order, patience, and no silence when something raises."""

import threading

from drivers.errors import DeviceTimeout
from kiosk.workers import Worker


def test_jobs_run_in_order_on_one_thread() -> None:
    done, ran = threading.Event(), list[tuple[int, int]]()
    worker = Worker("w")
    worker.start()
    for n in range(20):
        worker.do(lambda n=n: ran.append((n, threading.get_ident())))  # type: ignore[misc]
    worker.do(done.set)
    assert done.wait(30)
    worker.close()
    assert [n for n, _ in ran] == list(range(20))
    assert len({thread for _, thread in ran}) == 1


def test_a_driver_error_and_a_bug_become_codes_and_the_thread_lives_on() -> None:
    codes, done = list[str](), threading.Event()
    worker = Worker("w", failed=codes.append)
    worker.start()

    def silent() -> None:
        raise DeviceTimeout("no answer")

    def bug() -> None:
        raise KeyError("oops")

    for job in (silent, bug, done.set):
        worker.do(job)
    assert done.wait(30)
    worker.close()
    assert codes == ["fault.device_silent", "fault.internal"]


def test_idle_work_goes_on_between_jobs_and_after_it_raised() -> None:
    calls, seen = list[int](), threading.Semaphore(0)

    def idle() -> float:
        calls.append(1)
        seen.release()
        if len(calls) == 1:
            raise DeviceTimeout("first look")
        return 0.001

    worker = Worker("w", idle=idle)
    worker._next = 0.001
    worker.start()
    for _ in range(3):
        assert seen.acquire(timeout=30)
    worker.close()
