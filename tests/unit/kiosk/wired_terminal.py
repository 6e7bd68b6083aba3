"""What the wiring's tests share: a hall of HTTP with the real rules, and Kivy's thread played by the test."""

import json
import queue
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from config.kiosk import Kiosk
from hall.queue import commands as c
from hall.queue.events import TicketTaken
from hall.queue.model import QueueId, TicketId
from hall.queue.views import hall_view, ticket_view
from kiosk.roles.terminal import Terminal
from screens.events import PrinterChanged, ReaderChanged, Touched
from tests.unit.hall.small_hall import Day

PATIENCE = 40.0  # seconds a test waits for real threads before it says what it has seen
KEY = bytes(range(32))


class ScriptedHall:
    """A hall with the real rules behind HTTP; ``instead`` answers one path differently."""

    def __init__(self) -> None:
        self.day = Day()
        self.instead: dict[str, Callable[[], tuple[int, Any] | None]] = {}
        self.asked: list[tuple[str, str | None, Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: Any) -> None:
                outer.asked.append((self.path, self.headers.get("Idempotency-Key"), body))
                answer = outer.instead.get(self.path, lambda: outer.honest(self.path, body))()
                if answer is None:
                    self.close_connection = True
                    return
                status, content = answer
                data = content if isinstance(content, bytes) else json.dumps(content, default=str).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def honest(self, path: str, body: Any) -> tuple[int, Any]:
        day = self.day
        if path == "/v1/hall":
            return 200, hall_view(day.state, day.plan, day.now).model_dump(mode="json")
        if path == "/v1/pseudonym-key":
            return 200, {"day": "2026-11-23", "key": KEY.hex()}
        if path == "/v1/tickets":
            [*_, event] = day.done(
                c.Take(QueueId(body["queue"]), body["priority"], body.get("person"), body["paper"])
            )
            assert isinstance(event, TicketTaken)
            view = ticket_view(day.state, day.state.tickets[event.ticket], day.plan, "/t/x")
            return 201, view.model_dump(mode="json")
        if path.endswith("/paper"):
            ticket = TicketId(path.split("/")[3])
            day.done(c.ReportPaper(ticket, body["job"], body["state"], body["copy"], body.get("code")))
            return 200, {}
        assert path == "/v1/staff-calls", path
        return 201, {}

    def paper(self) -> dict[str, str]:
        return {ticket.number: ticket.paper for ticket in self.day.state.tickets.values()}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Glass:
    """Kivy's thread, played by the test: what is posted waits until somebody looks."""

    broker_url = "mqtt://reader:x@127.0.0.1:1"  # nobody is there

    def __init__(
        self,
        folder: Path,
        hall_url: str,
        services: dict[str, bool] | None = None,
        more: dict[str, Any] | None = None,
        **devices: str,
    ) -> None:
        (folder / "token").write_text("ty1.t1.secret\n", encoding="utf-8")
        (folder / "broker").write_text(f"{self.broker_url}\n", encoding="utf-8")
        settings = Kiosk.model_validate(
            {
                "role": "terminal",
                "id": "t1",
                "name": "1 号自助终端",
                "source": {
                    "hall": "small",
                    "url": hall_url,
                    "token_file": folder / "token",
                    "broker_file": folder / "broker",
                },
                "state_dir": folder / "state",
                "devices": devices,
                "services": services or {},
                "voice": {"sink": "null"},
                **(more or {}),
            }
        )
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.seen: list[Any] = []
        self.screen = ""
        self.view: Any = None
        self.terminal = Terminal(settings, self._show, self._inbox.put)

    def until(self, done: Callable[[], bool]) -> None:
        """Deliver what comes, if anything does, until it is so, here or on another thread."""
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"on {self.screen}, seen {self.seen}"
            try:
                event = self._inbox.get(timeout=0.02)
            except queue.Empty:
                continue
            self.seen.append(event)
            self.terminal.handle(event)

    def has(self, *kinds: type) -> bool:
        return all(any(isinstance(event, kind) for event in self.seen) for kind in kinds)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.seen if isinstance(event, kind)]

    def to_confirm(self, which: str = "c") -> None:
        for touch in (Touched("take"), Touched("queue", which)):
            self.terminal.handle(touch)
        assert self.screen == "confirm"

    def ready(self) -> None:
        self.terminal.start()
        known = self.terminal._journey._terminal
        self.until(lambda: known.hall.queues != () and self.has(PrinterChanged, ReaderChanged))

    def _show(self, screen: str, view: object, frame: object) -> None:
        self.screen, self.view = screen, view
