"""A real hall process on a real port and a real disk, and a small client that speaks to it."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hall.credentials import Credentials
from hall.serve import CREDENTIALS, JOURNAL
from hall.wire.leash import leash
from hall.wire.port import free_port

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "config" / "sites" / "qingyuan" / "hall.toml"
READY_SECONDS = 60.0  # only a hang reaches it

# The hall's clock begins at half past nine on a Monday, so that no midnight falls into a test.
CHILD = """
import logging, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from hall.serve import run
from screens.theme.fonts import find_fonts

hall, data, port, most_bytes, began, broker, level = sys.argv[1:]
logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s")
if int(most_bytes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most_bytes), resource.RLIM_INFINITY))
ahead = datetime(2026, 11, 23, 1, 30, tzinfo=UTC) - datetime.fromtimestamp(float(began), UTC)
clock, font = (lambda: datetime.now(UTC) + ahead), find_fonts().regular
run(Path(hall), Path(data), "127.0.0.1", int(port), broker or None, font=font, demo=True, clock=clock)
"""


@dataclass
class HallProcess:
    """One hall in ``folder``; may be killed and started again on the same journal."""

    folder: Path
    broker_url: str = ""
    port: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    began: float = field(default_factory=time.time)
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        credentials = Credentials(self.folder / CREDENTIALS)
        self.tokens = {f"window:{n}": credentials.issue("window", str(n)) for n in range(1, 26)}
        for role in ("terminal", "reader", "manager"):
            self.tokens[role] = credentials.issue(role, "test")
        credentials.close()
        # The sample hall without its quotas and without asking who somebody is.
        text = SAMPLE.read_text(encoding="utf-8")
        text = re.sub(r"^(quota|identity) = .*\n", "", text, flags=re.MULTILINE)
        (self.folder / "hall.toml").write_text(text, encoding="utf-8")
        self.port = free_port()

    @property
    def journal(self) -> Path:
        return self.folder / JOURNAL

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def start(self, most_bytes: int = 0) -> None:
        """Start and wait until it answers. ``most_bytes``: no file may grow beyond that."""
        arguments = (
            self.folder / "hall.toml",
            self.folder,
            self.port,
            most_bytes,
            self.began,
            self.broker_url,
            self.log_level,
        )
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CHILD, *map(str, arguments)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                preexec_fn=leash(),
            )
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1),
            ):
                return
            time.sleep(0.01)
        raise AssertionError(f"the hall did not start:\n{self.log}")

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """As when the plug is pulled, but for the disk's own cache."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As an operator stops it; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        code = self.process.wait(timeout=READY_SECONDS)
        self.process = None
        return code


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One kept connection. ConnectionError means that nobody knows whether it was done."""

    def __init__(self, hall: HallProcess, role: str) -> None:
        self._port, self._token = hall.port, hall.tokens[role]
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, key: str, body: bytes = b"{}") -> Answer:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: hall\r\nAuthorization: Bearer {self._token}\r\n"
            f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return await self.send(head.encode() + body)

    async def get(self, path: str) -> Answer:
        head = f"GET {path} HTTP/1.1\r\nHost: hall\r\nAuthorization: Bearer {self._token}\r\n\r\n"
        return await self.send(head.encode())

    async def send(self, request: bytes) -> Answer:
        """Any bytes; the answer to them."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = re.search(r"content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            if "connection: close" in head:
                self.close()
            return Answer(int(head[9:12]), body)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionError("the connection is gone") from error

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
