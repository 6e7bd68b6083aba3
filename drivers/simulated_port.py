"""The TCP port behind which a simulated device stands; the demo, the training mode and the tests use it."""

import contextlib
import socket
import threading
from abc import ABC, abstractmethod

from drivers.loopback import listening


class SimulatedPort(ABC):
    """A device at ``url`` from ``start`` to ``close``; it may be started again, at the same url.

    It serves one connection at a time, as a serial line would; more wait. ``kind`` names its thread.
    """

    def __init__(self, kind: str, port: int = 0) -> None:
        self._kind, self._port = kind, port
        self._closing = threading.Event()
        self._listener: socket.socket | None = None
        self._connection: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The pyserial URL; known from the first ``start`` on, or from the beginning if a port was given."""
        if not self._port:
            raise RuntimeError("a simulated device has no url before it is started")
        return f"socket://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, in a thread of its own. Raises OSError when the port is taken."""
        if self._thread is not None:
            return
        self._closing.clear()
        self._listener = listening(self._port)
        self._port = self._listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._serve, args=(self._listener,), name=f"simulated-{self._kind}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Hang up and stop listening: to the program at the other end the device is gone. Idempotent."""
        self._closing.set()
        for end in (self._listener, self._connection):
            if end is not None:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)  # wakes the thread out of accept or recv
        if self._thread is not None:
            self._thread.join()
        self._listener = self._connection = self._thread = None

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            while not self._closing.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return  # shut down by close()
                with connection, contextlib.suppress(OSError):  # the other end hung up, or close() did
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._connection = connection
                    self._talk(connection)
                self._connection = None

    @abstractmethod
    def _talk(self, connection: socket.socket) -> None:
        """Serve it until it ends or the port is closing. May raise OSError: it ended."""
