"""A pane in the wall of a kiosk process: look at its screen and touch it, from the same machine, for demo and tour.

A Unix socket that only this account can open; the settings refuse it in production. One request is one JSON
object, one answer is one message of bytes: JSON, or a PNG for ``frame``.
"""

import contextlib
import io
import json
import logging
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any, Protocol

from kiosk.local_socket import LocalSocket, RunThere, on_its_thread

log = logging.getLogger(__name__)

ANSWER = 30.0  # seconds the screen's own thread may take; on a busy machine a hall starts beside it
AGAIN = 0.1  # seconds between two tries to reach a kiosk that is being started


class Shown(Protocol):
    """What a pane needs of an app shell; all of it runs on the screen's own thread."""

    def describe(self) -> dict[str, Any]: ...

    def capture(self) -> Any: ...

    def touch(self, x: float, y: float) -> None: ...


class Pane:
    """Serves one screen. ``run_there`` carries a call to the screen's thread (any order, no waiting)."""

    def __init__(self, path: Path, screen: Shown, run_there: RunThere) -> None:
        self._screen, self._run_there = screen, run_there
        self._socket = LocalSocket(path, self._answered, name="pane")

    def close(self) -> None:
        self._socket.close()

    def _answered(self, request: bytes) -> bytes:
        try:
            return self._answer(json.loads(request))
        except Exception as error:  # whoever looks must hear why; the screen itself is untouched
            log.exception("pane request=%.80r", request)
            return json.dumps({"error": repr(error)}).encode()

    def _answer(self, request: dict[str, Any]) -> bytes:
        match request["do"]:
            case "describe":
                return json.dumps(self._there(self._screen.describe)).encode()
            case "frame":
                return _png(self._there(self._screen.capture))
            case "tap":
                x, y = float(request["x"]), float(request["y"])
                self._there(lambda: self._screen.touch(x, y))
                return b"{}"
            case unknown:
                return json.dumps({"error": f"unknown request {unknown!r}"}).encode()

    def _there(self, call: Callable[[], Any]) -> Any:
        return on_its_thread(self._run_there, call, ANSWER)


def _png(image: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


class PaneClient:
    """The other side of a pane. Safe for several threads, one request at a time.

    ``patience``: seconds to wait for a kiosk that is started anew under its agent, before the request fails.
    """

    def __init__(self, path: Path, *, patience: float = 0.0) -> None:
        self._path, self._patience = path, patience
        self._connection: Connection = Client(str(path), family="AF_UNIX")
        self._lock = threading.Lock()

    def describe(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._ask({"do": "describe"}))
        return answer

    def frame(self) -> bytes:
        """PNG of the screen as it is now."""
        return self._ask({"do": "frame"})

    def tap(self, x: float, y: float) -> None:
        """A finger at ``x``, ``y`` in pixels of the picture, origin top left."""
        self._ask({"do": "tap", "x": x, "y": y})

    def press(self, intent: str, value: str | None = None) -> bool:
        """Tap the middle of the control with this intent (and value). False: it is not there or not ready."""
        for control in self.describe()["controls"]:
            if (
                control["intent"] == intent
                and value in (None, control["value"])
                and not control.get("disabled")
            ):
                self.tap(control["x"], control["y"])
                return True
        return False

    def close(self) -> None:
        self._connection.close()

    def _ask(self, request: dict[str, Any]) -> bytes:
        with self._lock:
            answer = self._asked(json.dumps(request).encode())
        if answer.startswith(b'{"error"'):
            raise RuntimeError(json.loads(answer)["error"])
        return answer

    def _asked(self, request: bytes) -> bytes:
        until = time.monotonic() + self._patience
        while True:
            try:
                self._connection.send_bytes(request)
                return self._connection.recv_bytes()
            except (EOFError, OSError):
                if time.monotonic() >= until:
                    raise
            time.sleep(AGAIN)
            with contextlib.suppress(OSError):
                fresh = Client(str(self._path), family="AF_UNIX")
                self._connection.close()
                self._connection = fresh
