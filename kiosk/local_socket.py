"""A Unix socket that only this account can open: one request and one answer, each a message of bytes.

Whoever asks cannot harm the process: requests are bounded, so are those who ask at once, and one who stops in the
middle of a request is let go. What requests mean is not known here.
"""

import os
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import Future
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LONGEST = 64 * 1024  # bytes of a request; the longest there is has some hundred
AT_ONCE = 8  # connections; agent, pane and a person looking are three
QUIET = (
    300.0  # seconds without a whole request until a connection is let go; the agent asks every few seconds
)

RunThere = Callable[[Callable[[], None]], None]


class LocalSocket:
    """Listens at ``path`` until it is closed. ``answer`` runs on a thread of the connection and must not raise.

    Raises OSError when there can be no socket at ``path``.
    """

    def __init__(self, path: Path, answer: Callable[[bytes], bytes], *, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)  # of a process that was killed
        before = os.umask(0o177)  # nobody else may connect, not even before chmod
        try:
            self._listener = Listener(str(path), family="AF_UNIX", backlog=AT_ONCE)
        finally:
            os.umask(before)
        path.chmod(0o600)
        self._answer, self._name = answer, name
        self._free = threading.BoundedSemaphore(AT_ONCE)
        threading.Thread(target=self._accept, name=name, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                return
            if self._free.acquire(blocking=False):
                _let_go_after(QUIET, connection)
                threading.Thread(
                    target=self._serve, args=(connection,), name=f"{self._name}-client", daemon=True
                ).start()
            else:
                connection.close()

    def _serve(self, connection: "Connection[bytes, bytes]") -> None:
        try:
            with connection:
                while True:
                    connection.send_bytes(self._answer(connection.recv_bytes(LONGEST)))
        except (EOFError, OSError):
            return
        finally:
            self._free.release()


def on_its_thread(run_there: RunThere, call: Callable[[], T], timeout: float) -> T:
    """What ``call`` gives when the thread behind ``run_there`` runs it; raises what it raises.

    Raises TimeoutError when it was not begun or not done in ``timeout`` seconds; not begun by then, it never is.
    """
    done: Future[T] = Future()

    def work() -> None:
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(call())
        except Exception as error:  # noqa: BLE001  carried to the one who asked
            done.set_exception(error)

    run_there(work)
    try:
        return done.result(timeout)
    finally:
        done.cancel()


def _let_go_after(seconds: float, connection: "Connection[bytes, bytes]") -> None:
    """A read that takes longer fails with OSError."""
    with socket.socket(fileno=os.dup(connection.fileno())) as twin:
        twin.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(seconds), 0))
