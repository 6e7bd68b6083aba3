"""A real hall process for a measurement: real HTTP, real SQLite on this disk, closed and removed afterwards."""

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import requests

from config.hall import Hall
from config.load import load
from hall.credentials import Credentials
from hall.serve import CREDENTIALS
from hall.wire.port import free_port
from tongyuan.demo import clock_ahead
from tongyuan.hall_commands import SITE
from tongyuan.processes import Children


@dataclass(frozen=True, slots=True)
class Running:
    """One hall that listens on ``port``; ``window_tokens`` by window id."""

    port: int
    folder: Path
    settings: Hall
    ahead: float  # seconds that its clock is before the machine's
    pid: int
    terminal_token: str = field(repr=False)
    manager_token: str = field(repr=False)
    window_tokens: dict[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def running_hall(*, windows: tuple[str, ...] = (), broker_url: str | None = None) -> Iterator[Running]:
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as name:
        folder = Path(name)
        settings = load(SITE, Hall)
        store = Credentials(folder / CREDENTIALS)
        terminal, manager = store.issue("terminal", "k01"), store.issue("manager", "bench")
        tokens = {w: store.issue("window", w) for w in windows}
        store.close()
        port, ahead = free_port(), clock_ahead(settings, datetime.now().astimezone(), always=True)
        arguments = ["-m", "tongyuan", "hall", "serve", "--demo", "--data", name, "--port", str(port)]
        arguments += ["--clock-ahead", str(ahead)]
        if broker_url:
            (folder / "broker.url").write_text(broker_url, encoding="utf-8")
            arguments += ["--broker-file", str(folder / "broker.url")]
        children = Children(folder / "log")
        children.start("hall", *arguments)
        try:
            _wait(f"http://127.0.0.1:{port}/healthz", lambda: children.log_of("hall"))
            yield Running(port, folder, settings, ahead, children.pid("hall"), terminal, manager, tokens)
        finally:
            children.stop()


def _wait(url: str, why: object) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=1).ok:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the hall did not start: {why() if callable(why) else why}")
