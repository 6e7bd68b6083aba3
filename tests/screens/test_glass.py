"""The door from other threads, and what becomes of a mistake in a callback."""

import logging
import threading

import pytest

from screens.glass import keep_running
from tests.screens.conftest import Finger

pytestmark = pytest.mark.window


def test_events_of_many_threads_arrive_on_the_screens_thread_in_their_order():
    from screens.bridge import UiBridge

    seen: list[tuple[str, int, int]] = []
    bridge: UiBridge[tuple[str, int]] = UiBridge(lambda e: seen.append((*e, threading.get_ident())))

    def post(name: str) -> None:
        for at in range(100):
            bridge.post((name, at))

    threads = [threading.Thread(target=post, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Finger(None).frames(20)
    assert len(seen) == 300
    assert {ident for _name, _at, ident in seen} == {threading.get_ident()}
    for name in "abc":
        assert [at for n, at, _ident in seen if n == name] == list(range(100))


def test_an_event_that_fails_does_not_strand_those_behind_it():
    from screens.bridge import UiBridge

    seen: list[int] = []

    def deliver(event: int) -> None:
        if event == 1:
            raise ValueError("one")
        seen.append(event)

    bridge: UiBridge[int] = UiBridge(deliver)
    for event in range(3):
        bridge.post(event)
    with pytest.raises(ValueError, match="one"):
        Finger(None).frames(1)
    Finger(None).frames(2)
    assert seen == [0, 2]


def test_a_mistake_is_told_and_lived_with_but_not_for_ever(caplog):
    from kivy.base import ExceptionManager

    told: list[str] = []
    now = 0.0
    handler = keep_running(told.append, most=3, clock=lambda: now)
    try:
        with caplog.at_level(logging.CRITICAL):
            for _ in range(3):
                assert handler.handle_exception(ValueError()) == ExceptionManager.PASS
            assert handler.handle_exception(ValueError()) == ExceptionManager.RAISE
            now = 120.0
            assert handler.handle_exception(ValueError()) == ExceptionManager.PASS
            assert handler.handle_exception(KeyboardInterrupt()) == ExceptionManager.RAISE
    finally:
        ExceptionManager.remove_handler(handler)
    assert told == ["fault.internal"] * 4


def test_a_fault_screen_that_fails_too_ends_the_process(caplog):
    from kivy.base import ExceptionManager

    def broken(code: str) -> None:
        raise RuntimeError(code)

    handler = keep_running(broken, clock=lambda: 0.0)
    try:
        with caplog.at_level(logging.CRITICAL):
            assert handler.handle_exception(ValueError()) == ExceptionManager.RAISE
    finally:
        ExceptionManager.remove_handler(handler)
