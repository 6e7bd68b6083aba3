"""``./run``: the demo hall, kept alive until Ctrl-C, with a local page that shows every screen and takes touches."""

import hashlib
import io
import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from rich.console import Console

from config.hall import Hall
from config.load import ConfigError, load
from hall.broker import BrokerFailed
from tongyuan.demo import BOARD, PADS, TERMINAL, VOICE, Demo, DemoFailed, clock_ahead
from tongyuan.fleet_demo import ADMIN, APPROVER, OPERATOR
from tongyuan.panel import Panel

PAGE = Path(__file__).with_name("console.html")
PARTS = (TERMINAL, BOARD, PADS[0], VOICE)
MOST_BODY = 4096  # bytes; a touch needs sixty
MOST_PICTURE = 12 * 2**20  # bytes of a picture of a code


def live(hall_file: Path, folder: Path, broker: str | None, port: int, console_port: int) -> int:
    """Run until SIGINT or SIGTERM; the exit code."""
    console, stop = Console(stderr=True), threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    say: Callable[[str], None] = lambda text: console.print(f"  {text}", highlight=False)  # noqa: E731

    def ended(name: str, code: int) -> None:
        console.print(f"[bold red]{name} ended (exit {code}); its log is in {folder / 'log'}[/]")
        stop.set()

    demo: Demo | None = None
    try:
        ahead = clock_ahead(load(hall_file, Hall), datetime.now().astimezone())
        demo = Demo(hall_file, folder.absolute(), PARTS, broker, ahead, say, ended, console_port=console_port)
        console.print("[bold]同源 Tongyuan[/] 正在启动 starting")
        demo.start()
        _open_window(demo)
        server = _serve(demo, port)
    except (ConfigError, BrokerFailed, DemoFailed, OSError) as error:
        console.print(f"[bold red]{error}[/]", highlight=False)
        if demo is not None:
            demo.stop()
        return 1
    if ahead:
        console.print(
            f"  现在不在办公时间，演示时钟拨到 {demo.now():%m-%d %H:%M}  (closed now: the demo's clock is set)"
        )
    console.print(
        f"[bold green]好了 ready:[/] http://127.0.0.1:{server.server_address[1]}/   Ctrl-C 停止 stops"
    )
    console.print(f"  市民的手机 a citizen's phone: {demo.phone}", highlight=False)
    if (fleet := demo.fleet) is not None:
        console.print(f"  运维控制台 ops console: {fleet.url}/", highlight=False)
        people = f"{OPERATOR} 起草 drafts, {APPROVER} 复核 approves, {ADMIN} 管理 administers"
        console.print(f"    {people}; 口令 password: {fleet.password}", highlight=False)
    stop.wait()
    console.print("正在停止 stopping")
    server.shutdown()
    demo.stop()
    return 0


def _open_window(demo: Demo) -> None:
    """Window 5 is open when one comes to look; the rest of its work is the clerk's."""
    pane, until = demo.panes[PADS[0].name], time.monotonic() + 5
    while not pane.press("open") and time.monotonic() < until:  # until the pad has seen its window
        time.sleep(0.1)


def _serve(demo: Demo, port: int) -> ThreadingHTTPServer:
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(demo))
    except OSError:  # somebody else's port: any free one will do
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(demo))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="page", daemon=True).start()
    return server


def _handler(demo: Demo) -> type[BaseHTTPRequestHandler]:
    panel = Panel(demo)
    parts = [asdict(part) for part in demo.parts if part.width]

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if not self._from_here():
                self._send(b"only from this machine", "text/plain", 403)
                return
            match self.path.strip("/").split("/"):
                case [""]:
                    self._send(PAGE.read_bytes(), "text/html; charset=utf-8")
                case ["parts"]:
                    self._json(parts)
                case ["state"]:
                    self._json(
                        {
                            "hall": demo.hall.name,
                            "clock": f"{demo.now():%m-%d %H:%M:%S}",
                            "phone": demo.phone,
                            **panel.state(),
                            "papers": len(demo.devices.printer.papers),
                            "heard": _heard(demo),
                        }
                    )
                case ["frame", name] if name in demo.panes:
                    self._frame(name)
                case ["paper", number] if number.isdigit() and int(number) < len(demo.devices.printer.papers):
                    out = io.BytesIO()
                    demo.devices.printer.papers[int(number)].image.save(out, "PNG")
                    self._send(out.getvalue(), "image/png")
                case _:
                    self._send(b"not here", "text/plain", 404)

        def do_POST(self) -> None:
            # The header can't be sent by another site's page without asking first, and nobody answers that.
            if not self._from_here() or self.headers.get("X-Tongyuan") != "1":
                self._send(b"only this page may do that", "text/plain", 403)
                return
            length = int(self.headers.get("Content-Length") or 0)
            place = self.path.strip("/").split("/")
            if length > (MOST_PICTURE if place == ["picture"] else MOST_BODY):
                self._send(b"too long", "text/plain", 413)
                return
            content = self.rfile.read(length)
            try:
                if place == ["picture"]:
                    panel.hold_up(content)
                else:
                    self._do(place, json.loads(content or b"{}"))
            except LookupError:
                self._send(b"not here", "text/plain", 404)
                return
            except (ValueError, TypeError, OSError) as error:
                self._send(f"bad request: {type(error).__name__}".encode(), "text/plain", 400)
                return
            self._json({})

        def _do(self, place: list[str], body: dict[str, Any]) -> None:
            match place:
                case ["tap", name]:
                    demo.panes[name].tap(float(body["x"]), float(body["y"]))
                case [device]:
                    panel.press(device, str(body["do"]))
                case _:
                    raise LookupError

        def _frame(self, name: str) -> None:
            picture = demo.panes[name].frame()
            tag = hashlib.blake2b(picture, digest_size=8).hexdigest()
            if self.headers.get("If-None-Match") == tag:
                self._send(b"", "image/png", 304)
            else:
                self._send(picture, "image/png", tag=tag)

        def _from_here(self) -> bool:
            """Refuse a name that was rebound to the loopback address by somebody else's DNS."""
            host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
            return host in ("127.0.0.1", "localhost")

        def _json(self, value: object) -> None:
            self._send(json.dumps(value, ensure_ascii=False).encode(), "application/json")

        def _send(self, body: bytes, kind: str, status: int = 200, tag: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            if tag:
                self.send_header("ETag", tag)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass  # nothing of a visitor is worth a line

    return Page


def _heard(demo: Demo) -> list[str]:
    """The last calls that were said, newest first: those whose sound is there."""
    said = {file.stem.rpartition("-")[2] for file in (demo.folder / "voice").glob("*/*.wav")}
    try:
        calls = demo.ask("/v1/hall")["calls"]
    except requests.RequestException:  # the hall is being stopped
        return []
    return [
        f"{call['zone'].upper()} 区：请 {call['number']} 号到 {call['window_name']}"
        for call in calls
        if str(call["seq"]) in said
    ]
