"""The simulated printer's two wires: a ByteStream in this process, and ``tcp://127.0.0.1:port``.

Demo, training mode and tests use it; see ``VirtualPrinter`` for what can be done to it.
"""

import contextlib
import select
import socket
import threading
from pathlib import Path

from drivers.errors import DeviceAbsent
from drivers.loopback import listening
from drivers.ports import Clock, SystemClock
from drivers.printer.paper import Paper
from drivers.printer.virtual_printer import VirtualPrinter

__all__ = ["Paper", "PrinterServer", "SimulatedPrinterStream", "VirtualPrinter"]

BITS_A_BYTE = 10  # 8N1
TURN = 0.02  # seconds between two looks for something to say or a reason to stop


class SimulatedPrinterStream:
    """A port with ``printer`` at its other end, in this process and in the time of ``clock``.

    ``drops_with_power``: a USB port vanishes with the printer's power, a serial one just falls silent.
    """

    def __init__(self, printer: VirtualPrinter, clock: Clock, *, drops_with_power: bool = False) -> None:
        self._printer, self._clock, self._drops = printer, clock, drops_with_power
        self._plugged = True

    def unplug(self) -> None:
        """From now on the port is gone."""
        self._plugged = False

    def write(self, data: bytes, /) -> None:
        self._check()
        self._clock.sleep(_wire_time(len(data), self._printer.baud))
        self._printer.receive(data)
        self._check()

    def read(self, *, until: float) -> bytes:
        self._check()
        due = self._printer.next_answer_at()
        if due is None or due > until:
            self._clock.sleep(until - self._clock.now())
            return b""
        self._clock.sleep(due - self._clock.now())
        return self._printer.answers(self._clock.now())

    def discard_input(self) -> None:
        self._check()
        self._printer.answers(self._clock.now())

    def close(self) -> None:
        self._plugged = False

    def _check(self) -> None:
        if not self._plugged or (self._drops and not self._printer.powered):
            raise DeviceAbsent("simulated printer unplugged")


class PrinterServer:
    """A printer at ``url`` from ``start`` to ``close``; it may be started again, at the same url.

    It serves one connection at a time, as network printers do; more wait.
    """

    def __init__(self, font_path: Path, port: int = 0, *, printer: VirtualPrinter | None = None) -> None:
        self._clock = SystemClock()
        self.printer = printer or VirtualPrinter(font_path, self._clock)
        self._port = port
        self._closing = threading.Event()
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """For ``open_printer``; known from the first ``start`` on, or from the beginning if a port was given."""
        if not self._port:
            raise RuntimeError("a simulated printer has no url before it is started")
        return f"tcp://127.0.0.1:{self._port}"

    @property
    def papers(self) -> list[Paper]:
        return self.printer.papers

    def start(self) -> None:
        """Listen, in a thread of its own. Raises OSError when the port is taken."""
        if self._thread is not None:
            return
        self._closing.clear()
        self._listener = listening(self._port)
        self._listener.settimeout(TURN)
        self._port = self._listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._serve, args=(self._listener,), name="simulated-printer", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Hang up and stop listening: to the program at the other end the printer is gone. Idempotent."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self._listener = self._thread = None

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            while not self._closing.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection, contextlib.suppress(OSError):  # the other end hung up
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    connection.settimeout(5.0)
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        self.printer.answers(float("inf"))  # answers to whoever was connected before
        while not self._closing.is_set():
            if select.select((connection,), (), (), TURN)[0]:
                data = connection.recv(4096)
                if not data:
                    return
                self._closing.wait(_wire_time(len(data), self.printer.baud))
                self.printer.receive(data)
            if said := self.printer.answers(self._clock.now()):
                connection.sendall(said)


def _wire_time(count: int, baud: int | None) -> float:
    return count * BITS_A_BYTE / baud if baud else 0.0
