"""``./run`` without a display: the local page shows every screen, takes touches, and Ctrl-C leaves nothing behind."""

import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytestmark = pytest.mark.timeout(400)


@dataclass
class Run:
    process: subprocess.Popen[str]
    port: int
    folder: Path

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        return self._ask("GET", path, b"", headers or {})

    def post(self, path: str, body: object, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        data = json.dumps(body).encode() if not isinstance(body, bytes) else body
        return self._ask("POST", path, data, {"X-Tongyuan": "1"} if headers is None else headers)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with started(tmp_path_factory.mktemp("run")) as made:
        yield made


@contextmanager
def started(folder: Path) -> Iterator[Run]:
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tongyuan", "run", "--folder", str(folder), "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stderr is not None
    said = ""
    try:
        for line in process.stderr:
            said += line
            if ready := re.search(r"http://127\.0\.0\.1:(\d+)/", line):
                yield Run(process, int(ready[1]), folder)
                break
        else:
            pytest.fail(f"run ended without a page: {said}")
    finally:
        process.kill()
        process.stderr.close()
        process.wait()


def parts(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run.get("/parts")[1])
    return found


def test_every_screen_is_a_live_picture_of_its_own_size(run: Run) -> None:
    assert {part["role"] for part in parts(run)} == {"terminal", "hall-board", "caller"}
    for part in parts(run):
        end = time.monotonic() + 60
        while True:
            status, picture = run.get(f"/frame/{part['name']}")
            assert status == 200
            with Image.open(io.BytesIO(picture)) as image:
                assert image.size == (part["width"], part["height"])
                shades = len(image.convert("L").getcolors(256) or [])
            if shades > 8:
                break
            assert time.monotonic() < end, f"{part['name']} stays blank"
            time.sleep(0.1)  # its first frame may not have been drawn


def test_a_touch_on_the_picture_is_a_touch_on_the_glass(run: Run) -> None:
    before = run.get("/frame/k01")[1]
    assert run.post("/tap/k01", {"x": 540, "y": 640})[0] == 200
    end = time.monotonic() + 60
    while run.get("/frame/k01")[1] == before and time.monotonic() < end:
        time.sleep(0.1)
    assert run.get("/frame/k01")[1] != before


def test_an_unchanged_picture_is_not_sent_again(run: Run) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", run.port, timeout=60)
    connection.request("GET", "/frame/board")
    first = connection.getresponse()
    first.read()
    for _ in range(5):  # a clock or a page may turn in between
        connection.request("GET", "/frame/board", headers={"If-None-Match": first.headers["ETag"]})
        again = connection.getresponse()
        again.read()
        if again.status == 304:
            break
        first = again
    connection.close()
    assert again.status == 304


@pytest.mark.parametrize(
    ("headers", "host"),
    [({}, None), ({"X-Tongyuan": "1"}, "evil.example"), ({"X-Tongyuan": "0"}, None)],
)
def test_another_sites_page_cannot_touch_the_glass(
    run: Run, headers: dict[str, str], host: str | None
) -> None:
    if host:
        headers = {**headers, "Host": host}
    status, _ = run.post("/printer", {"do": "paper"}, headers)
    assert status == 403
    printer = json.loads(run.get("/state")[1])["printer"]
    assert not any(button["on"] for button in printer)


def test_a_name_rebound_to_this_machine_is_refused(run: Run) -> None:
    assert run.get("/parts", {"Host": "evil.example"})[0] == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/tap/k01", b"not json", 400),
        ("/tap/k01", {"x": "left"}, 400),
        ("/tap/nobody", {"x": 1, "y": 1}, 404),
        ("/paper", {}, 404),
        ("/card", b"x" * 5000, 413),
    ],
)
def test_bad_requests_are_refused_and_the_page_lives(run: Run, path: str, body: object, status: int) -> None:
    assert run.post(path, body)[0] == status
    assert run.get("/parts")[0] == 200


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:  # it ended while we looked
        return ""


def left(folder: Path) -> list[str]:
    """Processes that were started for ``folder`` and live."""
    return [
        f"{path.parent.name} {_text(path)}"
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if str(folder) in _text(path)
    ]


def test_a_run_that_is_killed_takes_all_it_started_with_it(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        names = " ".join(left(tmp_path))
        assert all(name in names for name in ("mosquitto", "fleet-broker", "agent", "kiosk", "hall"))
        run.process.kill()
        run.process.wait()
        end = time.monotonic() + 120
        while left(tmp_path) and time.monotonic() < end:
            time.sleep(0.1)
    assert left(tmp_path) == []


def test_ctrl_c_stops_all_parts_cleanly(run: Run) -> None:
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(120) == 0
    assert left(run.folder) == []
    assert (run.folder / "hall" / "journal.sha256").exists(), "the hall sealed its journal"
