"""A scanner without a scanner: in this process as a ByteStream, or behind ``socket://127.0.0.1:port``.

Hold codes to it as text, or as a picture of a code (``hold_up``), so that everything can be tried without a camera.
``python -m drivers.scanner.simulator --help`` runs one by hand. The demo, the training mode and the tests use it.
"""

import argparse
import contextlib
import math
import socket
import sys
import threading
from collections import deque
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from drivers.errors import DeviceAbsent
from drivers.ports import Clock
from drivers.scanner.opening import Family
from drivers.scanner.simulated_engine import Mischief, SimulatedEngine
from drivers.simulated_port import SimulatedPort

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Mischief", "NoCodeInPicture", "SimulatedEngine", "SimulatedScanner", "SimulatedStream", "code_in"]


class NoCodeInPicture(ValueError):
    """Nothing in it that a scanner would read."""


def code_in(picture: "Path | bytes | Image") -> bytes:
    """What the first code in ``picture`` says. Raises NoCodeInPicture, OSError where it is no picture."""
    import zxingcpp  # a terminal in a hall has a scanner instead
    from PIL import Image

    if isinstance(picture, bytes):
        picture = Image.open(BytesIO(picture))
    elif isinstance(picture, Path):
        picture = Image.open(picture)
    found = zxingcpp.read_barcodes(picture.convert("L"))
    if not found:
        raise NoCodeInPicture("no code in the picture")
    if found[0].content_type == zxingcpp.ContentType.Text:
        return found[0].text.encode()  # whatever it is encoded in there, a scanner is set to send UTF-8
    return bytes(found[0].bytes)


class SimulatedStream:
    """A port with ``engine`` at its other end, in this process and in the time of ``clock``."""

    def __init__(self, engine: SimulatedEngine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._arrivals: deque[bytes] = deque()
        self._plugged = True

    def show(self, code: str | bytes, *, kept: bool = False) -> None:
        self._engine.hold(code, kept=kept)
        self._arrivals += self._engine.look()

    def arrive(self, data: bytes) -> None:
        """``data`` comes down the line, whoever sent it."""
        self._arrivals.append(data)

    def unplug(self) -> None:
        """From now on the port is gone."""
        self._plugged = False

    def write(self, data: bytes, /) -> None:
        self._check()
        self._arrivals += self._engine.receive(data)

    def read(self, *, until: float) -> bytes:
        self._check()
        if self._arrivals:
            return self._arrivals.popleft()
        self._clock.sleep(until - self._clock.now())
        return b""

    def discard_input(self) -> None:
        self._check()
        self._arrivals.clear()

    def close(self) -> None:
        self._plugged = False

    def _check(self) -> None:
        if not self._plugged:
            raise DeviceAbsent("simulated scanner unplugged")


class SimulatedScanner(SimulatedPort):
    """A scanner behind a port of this machine."""

    def __init__(self, family: Family = "plain", port: int = 0, *, suffix: bytes = b"\r") -> None:
        super().__init__("scanner", port)
        self._engine = SimulatedEngine(family, suffix=suffix)
        self._talking = threading.Lock()  # the one who shows and the one who answers share a line

    @property
    def triggered(self) -> bool:
        """Whether it would read a code now; a plain one always would."""
        return self._engine.triggered

    def show(self, code: str | bytes, *, kept: bool = False) -> None:
        """Hold ``code`` to it until it is read once; ``kept``: until it is taken away.

        It waits where nobody is connected, or the scanner was not told to read.
        """
        with self._talking:
            self._engine.hold(code, kept=kept)
            self._look()

    def hold_up(self, picture: "Path | bytes | Image", *, kept: bool = False) -> None:
        """Hold a picture of a code to it. Raises NoCodeInPicture, OSError."""
        self.show(code_in(picture), kept=kept)

    def take_away(self) -> None:
        self._engine.take_away()

    def misbehave(self, mischief: Mischief, times: float = math.inf) -> None:
        """Do ``mischief`` the next ``times`` that it can be done. For a scanner that is gone, ``close`` it."""
        self._engine.misbehave(mischief, times)

    def behave(self) -> None:
        """Forget all mischief."""
        self._engine.behave()

    def _talk(self, connection: socket.socket) -> None:
        with self._talking:
            self._look()  # at what was held to it before
        while not self._closing.is_set() and (data := connection.recv(4096)):
            with self._talking:
                self._send(connection, self._engine.receive(data))

    def _look(self) -> None:
        if self._connection is not None:
            self._send(self._connection, self._engine.look())

    @staticmethod
    def _send(connection: socket.socket, pieces: list[bytes]) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            for piece in pieces:
                connection.sendall(piece)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one by hand, until the end of the input."""
    parser = argparse.ArgumentParser(
        prog="python -m drivers.scanner.simulator",
        description="A simulated scanner. Each line typed is a code held to it; a line that names "
        "a picture's file, after an @, holds up the picture.",
    )
    parser.add_argument("--family", choices=get_args(Family), default="plain")
    parser.add_argument("--port", type=int, default=0, help="TCP port on this machine; unset: any free one")
    parser.add_argument(
        "--picture", type=Path, help="a picture of a code to hold up each time Enter is pressed"
    )
    options = parser.parse_args(arguments)
    scanner = SimulatedScanner(options.family, options.port)
    scanner.start()
    sys.stdout.write(f"a {options.family} scanner is at {scanner.url}\n")
    sys.stdout.flush()
    try:
        for line in sys.stdin:
            _hold(scanner, line.rstrip("\r\n"), options.picture)
    except KeyboardInterrupt:
        pass
    finally:
        scanner.close()


def _hold(scanner: SimulatedScanner, line: str, picture: Path | None) -> None:
    try:
        if line.startswith("@"):
            scanner.hold_up(Path(line[1:]))
        elif line:
            scanner.show(line)
        elif picture is not None:
            scanner.hold_up(picture)
    except (NoCodeInPicture, OSError) as error:
        sys.stderr.write(f"not held up: {error}\n")


if __name__ == "__main__":
    main()
