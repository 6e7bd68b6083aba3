"""Keeps one child process, the kiosk: starts it, stops it, asks it. It never outlives the agent.

The child is in a process group of its own, so that what it started ends with it, and the kernel ends it when the
agent's main thread is gone (hall.wire.leash). ``start`` and ``stop`` belong to that one thread.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from hall.wire.leash import leash
from provisioning.wire.control import Ask, AskHealth, Done, KioskHealth

T = TypeVar("T", KioskHealth, Done)

log = logging.getLogger(__name__)

GRACE = 4.0  # seconds between SIGTERM and SIGKILL
ANSWER = 9.0  # seconds for an answer about health: the agent counts on ten
ORDER = 55.0  # seconds for an order: a test page takes its time


class KioskSilence(Exception):
    """It did not answer, or not in its own words."""

    code = "kiosk.silent"


class Keeper:
    """``command`` takes the settings file as its last word. ``died(run, code)`` is called from another thread."""

    def __init__(self, command: list[str], control: Path, died: Callable[[int, int], None]) -> None:
        self._command, self._control, self._died = command, control, died
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, run: int, settings: Path) -> None:
        """In place of whatever runs. Raises OSError."""
        self.stop()
        self._control.unlink(missing_ok=True)
        process = subprocess.Popen(
            [*self._command, str(settings)],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=leash(signal.SIGKILL),
        )
        self._process = process
        log.info("kiosk=started run=%d pid=%d", run, process.pid)
        threading.Thread(target=self._await, args=(run, process), name="kiosk-wait", daemon=True).start()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for the whole group. Idempotent; ``died`` is not called."""
        process, self._process = self._process, None
        if process is None:
            return
        _signal(process, signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            log.warning("kiosk=stubborn pid=%d", process.pid)
        _signal(process, signal.SIGKILL)  # also what the child left behind
        process.wait()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def health(self) -> KioskHealth:
        """Any thread. Raises KioskSilence."""
        return _read(KioskHealth, self._asked(AskHealth(), ANSWER))

    def order(self, ask: Ask) -> Done:
        """Any thread. Raises KioskSilence."""
        return _read(Done, self._asked(ask, ORDER))

    def _asked(self, ask: Ask, patience: float) -> bytes:
        until = time.monotonic() + patience
        try:
            with self._reached(until) as connection:
                connection.send_bytes(ask.model_dump_json().encode())
                if not connection.poll(max(0.0, until - time.monotonic())):
                    raise KioskSilence(f"no answer in {patience:g} s")
                return connection.recv_bytes(16 * 1024 * 1024)
        except (OSError, EOFError) as error:
            raise KioskSilence(str(error)) from error

    def _reached(self, until: float) -> "Connection[bytes, bytes]":
        """Its control socket, also where it is only starting: there is none yet, or nobody listens to it yet.

        Raises KioskSilence, OSError.
        """
        while True:
            try:
                return Client(str(self._control), family="AF_UNIX")
            except (FileNotFoundError, ConnectionRefusedError) as error:
                if time.monotonic() >= until or self._process is None:
                    raise KioskSilence("no control socket") from error
            time.sleep(0.05)

    def _await(self, run: int, process: "subprocess.Popen[bytes]") -> None:
        code = process.wait()
        if self._process is process:
            log.warning("kiosk=ended run=%d code=%d", run, code)
            _signal(process, signal.SIGKILL)
            self._died(run, code)


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _read(model: type[T], raw: bytes) -> T:
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise KioskSilence("garbled") from error


def kiosk_command(module: str) -> list[str]:
    return [sys.executable, "-m", module]
