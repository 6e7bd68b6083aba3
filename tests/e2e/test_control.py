"""A real kiosk process asked over its control socket, as the agent asks it: no hall, a simulated printer."""

import base64
import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from drivers.printer.simulator import PrinterServer
from hall.wire.leash import leash
from kiosk.masking import GREY
from kiosk.pane import PaneClient
from provisioning.wire.control import Done, KioskHealth
from screens.theme.fonts import find_fonts

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0  # seconds a test waits for a real process before it says what it has seen
NOBODY = "127.0.0.1:1"  # no hall and no broker is there


class Process:
    """``python -m kiosk`` with settings in JSON, as an agent starts it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        (folder / "token").write_text("ty1.t1.secret", encoding="utf-8")
        (folder / "broker").write_text(f"mqtt://t:x@{NOBODY}", encoding="utf-8")
        self.control, self.pane_path, self._log = folder / "k.sock", folder / "pane.sock", folder / "log"
        whole: dict[str, Any] = {
            "role": "terminal",
            "id": "qingyuan-t01",
            "name": "一楼大厅 1 号自助终端",
            "revision": 12,
            "production": False,
            "state_dir": str(folder / "state"),
            "control": str(self.control),
            "voice": {"sink": "null"},
            "screen": {"width": 540, "height": 960},
            "source": {
                "hall": "qingyuan",
                "url": f"http://{NOBODY}",
                "token_file": str(folder / "token"),
                "broker_file": str(folder / "broker"),
            },
            **settings,
        }
        path = folder / "settings.json"
        path.write_text(json.dumps({key: value for key, value in whole.items() if value is not None}))
        environment = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kiosk", str(path)],
                cwd=ROOT,
                env=environment,
                stderr=log,
                preexec_fn=leash(),
            )

    def ask(self, **request: Any) -> dict[str, Any]:
        with Client(str(self.control), family="AF_UNIX") as connection:
            connection.send_bytes(json.dumps(request).encode())
            answer: dict[str, Any] = json.loads(connection.recv_bytes())
        return answer

    def health(self) -> KioskHealth:
        return KioskHealth.model_validate(self.ask(do="health"))

    def done(self, **request: Any) -> Done:
        return Done.model_validate(self.ask(**request))

    def picture(self) -> tuple[Image.Image, bool]:
        done = self.done(do="screenshot")
        assert done.ok, done.code
        return Image.open(io.BytesIO(base64.b64decode(done.png))).convert("RGB"), done.masked

    def until(self, true: Callable[[KioskHealth], bool]) -> KioskHealth:
        """The health of the process once it is so."""
        end, seen = time.monotonic() + PATIENCE, None
        while time.monotonic() < end:
            assert self.process.poll() is None, self._log.read_text(encoding="utf-8")[-2000:]
            try:
                seen = self.health()
            except (FileNotFoundError, ConnectionError):
                seen = None
            if seen is not None and true(seen):
                return seen
            time.sleep(0.05)
        raise AssertionError(f"{seen}\n{self._log.read_text(encoding='utf-8')[-2000:]}")

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE)


Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    begun: list[Process] = []

    def make(**settings: Any) -> Process:
        begun.append(Process(tmp_path, **settings))
        return begun[-1]

    yield make
    for one in begun:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def printer() -> Iterator[PrinterServer]:
    server = PrinterServer(find_fonts().regular)
    server.start()
    yield server
    server.close()


def test_a_terminal_is_watched_proved_and_told_to_show_itself(start: Start, printer: PrinterServer) -> None:
    kiosk = start(devices={"printer": printer.url}, demo={"pane": None})
    health = kiosk.until(lambda one: one.frames > 0 and one.devices.get("printer") == "")
    assert (health.revision, health.role, health.screen, health.busy) == (12, "terminal", "welcome", False)
    assert (health.paper.state, health.paper.printed) == ("ok", 0)
    assert set(health.devices) == {"printer"}
    assert health.memory_mb > 20
    assert kiosk.until(lambda one: one.hall != "fault.starting").hall == "hall.unreachable"

    assert kiosk.done(do="test_print") == Done(ok=True)
    [page] = printer.papers
    assert page.complete
    assert "qingyuan-t01" in page.text
    assert [code.text for code in zxingcpp.read_barcodes(page.image)] == ["qingyuan-t01"]
    printer.printer.paper_out = True
    kiosk.until(lambda one: not one.busy)  # its answer came before the page was put away
    assert kiosk.done(do="test_print") == Done(ok=False, code="fault.paper_out")
    assert kiosk.until(lambda one: one.paper.state == "out").paper.left == 0
    assert len(printer.papers) == 1

    kiosk.until(lambda one: one.idle_seconds > 2)
    before, masked = kiosk.picture()
    assert not masked
    assert kiosk.done(do="identify", seconds=60).ok
    during, _ = kiosk.picture()
    assert during.tobytes() != before.tobytes()
    assert during.getpixel((5, 5)) == during.getpixel((535, 955)) != before.getpixel((5, 5))
    assert kiosk.done(do="enrolment", state="approved").code == "kiosk.not_enrolling"
    assert kiosk.end() == 0
    assert not kiosk.control.exists()


def frame_of(picture: bytes | Image.Image) -> bytes:
    """What stands above every screen: the name of the terminal, and the time."""
    seen = Image.open(io.BytesIO(picture)) if isinstance(picture, bytes) else picture
    return seen.convert("RGB").crop((0, 0, 540, 70)).tobytes()


def test_a_citizen_at_the_glass_is_never_in_the_picture_nor_disturbed_by_a_page(
    start: Start, printer: PrinterServer, tmp_path: Path
) -> None:
    pane_path = {"pane": str(tmp_path / "pane.sock")}
    kiosk = start(devices={"printer": printer.url}, demo=pane_path, idle={"after": 900})
    kiosk.until(lambda one: one.devices.get("printer") == "" and one.idle_seconds > 2)
    pane = PaneClient(kiosk.pane_path)
    try:
        assert pane.press("large")
        health = kiosk.until(lambda one: one.busy)
        assert health.idle_seconds == 0
        assert kiosk.done(do="test_print") == Done(ok=False, code="kiosk.busy")
        around = [frame_of(pane.frame())]
        picture, masked = kiosk.picture()
        around.append(frame_of(pane.frame()))
    finally:
        pane.close()
    assert masked
    assert picture.getpixel((20, 400)) == GREY
    body = picture.crop((0, 100, 540, 860)).getcolors(1 << 20)
    assert body is not None
    assert max(count for count, _ in body) > 0.9 * 540 * 760, "grey, but for the words that say so"
    assert frame_of(picture) in around, "the frame is left, with the minute it was"
    assert len(printer.papers) == 0


@pytest.mark.parametrize(
    ("role", "more"),
    [
        ("hall-board", {"screen": {"width": 960, "height": 540}}),
        ("window-board", {"window": "w1", "screen": {"width": 640, "height": 320}}),
        ("caller", {"window": "w1", "screen": {"width": 640, "height": 400}}),
    ],
)
def test_every_role_with_a_screen_answers(start: Start, role: str, more: dict[str, Any]) -> None:
    kiosk = start(role=role, **more)
    health = kiosk.until(lambda one: one.frames > 0 and not one.busy)  # a caller asks its hall at first
    assert (health.role, health.devices, health.paper.state) == (role, {}, "none")
    before, _ = kiosk.picture()
    assert kiosk.done(do="identify").ok
    kiosk.until(lambda one: one.idle_seconds > 2)
    during, masked = kiosk.picture()
    assert not masked
    assert during.tobytes() != before.tobytes()
    assert kiosk.done(do="test_print").code == "fault.no_printer"
    assert kiosk.end() == 0


def test_the_voice_answers_without_a_screen(start: Start) -> None:
    kiosk = start(role="voice", screen=None)
    health = kiosk.until(lambda one: True)
    assert (health.role, health.frames, health.busy) == ("voice", 1, False)
    assert kiosk.done(do="identify").code == "kiosk.no_screen"
    assert kiosk.done(do="screenshot").code == "kiosk.no_screen"
    assert kiosk.end() == 0


def test_a_terminal_that_is_not_enrolled_shows_what_the_agent_tells_it(start: Start) -> None:
    kiosk = start(role="enrol", source=None, screen={"width": 1080, "height": 1920})
    health = kiosk.until(lambda one: one.frames > 0)
    assert (health.role, health.screen, health.busy) == ("enrol", "enrol", False)
    url = "https://fleet.example.gov.cn/enrol/K7QM4XPD"
    told = {"state": "code", "code": "K7QM4XPD", "url": url, "seconds_left": 600}
    assert kiosk.done(do="enrolment", **told).ok
    kiosk.until(lambda one: one.idle_seconds > 2)
    picture, masked = kiosk.picture()
    assert not masked
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [url]
    assert kiosk.done(do="enrolment", state="approved").ok
    after, _ = kiosk.picture()
    assert zxingcpp.read_barcodes(after) == []
    assert kiosk.end() == 0
