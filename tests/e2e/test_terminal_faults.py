"""A real terminal process, its hall and its devices, when things go wrong: words, a way on, and nothing lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from config.hall import Hall
from config.load import load
from drivers.idcard.codec import FIND
from drivers.idcard.samples import sample_cards
from kiosk.pane import PaneClient
from tongyuan.demo import TERMINAL, Demo, clock_ahead
from tongyuan.hall_commands import SITE

pytestmark = pytest.mark.timeout(300)
PATIENCE = 60.0
NO_HURRY = {
    "after": 600.0,
    "warning": 5.0,
    "done": 600.0,
}  # a journey does not end because the machine is busy


class Glass:
    """Somebody before a screen."""

    def __init__(self, pane: PaneClient) -> None:
        self.pane = pane

    def until(self, seen: Callable[[dict[str, Any]], object], what: str) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        now: dict[str, Any] = {}
        while time.monotonic() < end:
            now = self.pane.describe()
            if seen(now):
                return now
            time.sleep(0.03)
        controls = [(c["intent"], c["value"]) for c in now["controls"]]
        raise AssertionError(f"waited for {what}, saw {now['screen']} {now['texts']} {controls}")

    def sees(self, *screens: str) -> dict[str, Any]:
        return self.until(lambda now: now["screen"] in screens, f"screen {screens}")

    def says(self, code: str) -> dict[str, Any]:
        return self.until(lambda now: says(now, code), f"words of {code}")

    def offered(self, intent: str) -> dict[str, Any]:
        return self.until(
            lambda now: any(c["intent"] == intent for c in now["controls"]), f"control {intent}"
        )

    def press(self, intent: str, value: str | None = None, *, calm: float = 0.35) -> None:
        self.until(lambda now: offers(now, intent, value), f"control {intent} {value}")
        time.sleep(calm)  # the guard against double taps
        assert self.pane.press(intent, value)

    def to_confirm(self, queue: str = "social") -> None:
        self.press("take")
        self.press("queue", queue)
        self.press("without_card")
        self.sees("confirm")

    def drawn(self) -> None:
        """Until what was decided before is laid out and drawn: each answer is given in a frame of its own."""
        for _ in range(4):
            self.pane.describe()

    def home(self) -> None:
        """Back to the start by whatever way there is; the visit may end by itself in between, which is as good."""
        end = time.monotonic() + PATIENCE
        while (now := self.pane.describe())["screen"] != "welcome":
            assert time.monotonic() < end, f"no way home from {now['screen']} {now['texts']}"
            way = next((way for way in ("finish", "home", "close") if offers(now, way)), None)
            time.sleep(0.35 if way else 0.03)  # the guard against double taps
            if way:
                self.pane.press(way)


def offers(now: dict[str, Any], intent: str, value: str | None = None) -> bool:
    return any(
        c["intent"] == intent and value in (None, c["value"]) and not c["disabled"] for c in now["controls"]
    )


def says(now: dict[str, Any], code: str) -> bool:
    return any(code in text for text in now["texts"])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    hall = load(SITE, Hall)
    ahead = clock_ahead(hall, datetime.now().astimezone(), always=True)
    running = Demo(SITE, tmp_path_factory.mktemp("demo"), (TERMINAL,), ahead=ahead, idle=NO_HURRY)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def glass(demo: Demo) -> Iterator[Glass]:
    yield Glass(demo.panes[TERMINAL.name])
    made = Glass(demo.panes[TERMINAL.name])
    printer = demo.devices.printer.printer
    printer.paper_out = printer.cover_open = printer.silent = False
    printer.lose_power_after = None
    printer.powered = True
    demo.devices.reader.lift()
    made.home()
    looked(demo, 1)


def looked(demo: Demo, times: int) -> None:
    """Until the terminal has looked so often at what lies on the reader now, and has done what it does about it."""
    reader, end = demo.devices.reader, time.monotonic() + PATIENCE
    enough = reader.asked(FIND) + times + 1  # who asks once more is through with the one before
    while reader.asked(FIND) < enough:
        assert time.monotonic() < end, "nobody looks at the reader"
        time.sleep(0.02)


def paper_states(demo: Demo) -> dict[str, str]:
    """What the hall knows of each ticket's paper."""
    bodies = [record["record"] for record in demo.journal_records() if "record" in record]
    return {b["data"]["ticket"]: b["data"]["state"] for b in bodies if b["type"] == "paper_reported"}


def test_no_paper_is_said_before_the_number_is_taken(demo: Demo, glass: Glass) -> None:
    demo.devices.printer.printer.paper_out = True
    glass.to_confirm()
    now = glass.offered("confirm_without_paper")
    assert glass.until(lambda now: says(now, "fault.paper_out"), "the code") or now
    glass.press("confirm_without_paper")
    glass.sees("done")
    demo.devices.printer.printer.paper_out = False


def test_power_lost_in_the_middle_of_a_slip_is_unknown_and_never_printed_again_by_itself(
    demo: Demo, glass: Glass
) -> None:
    before = len([p for p in demo.devices.printer.papers if p.complete])
    glass.to_confirm()
    glass.until(lambda now: offers(now, "confirm"), "a printer that is well")
    demo.devices.printer.printer.lose_power_after = 3000
    glass.press("confirm")
    now = glass.until(lambda now: now["screen"] in ("fault", "done"), "an honest end")
    assert len([p for p in demo.devices.printer.papers if p.complete]) == before
    assert any(t for t in now["texts"] if t.startswith("B0")), "the number is on the screen all the same"
    deadline = time.monotonic() + PATIENCE
    while "unknown" not in paper_states(demo).values() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "unknown" in paper_states(demo).values()


def test_a_hall_that_dies_and_comes_back_loses_no_number_and_the_terminal_goes_on(
    demo: Demo, glass: Glass
) -> None:
    taken = demo.ask("/v1/hall")
    glass.to_confirm("general")
    demo.children.kill("hall")
    now = glass.until(lambda now: says(now, "hall.unreachable"), "words for a lost hall")
    assert any(c["intent"] in ("staff", "ask_staff") for c in now["controls"])
    demo.start_hall()
    again = demo.ask("/v1/hall")
    assert {q["id"]: q["waiting"] for q in again["queues"]} == {
        q["id"]: q["waiting"] for q in taken["queues"]
    }
    glass.home()
    glass.to_confirm("general")
    glass.press("confirm_without_paper")
    now = glass.sees("done")
    assert any(text.startswith("A0") for text in now["texts"])


def _offered(now: dict[str, Any], way: str) -> bool:
    """Whether the screen asks for ``way``, alone or beside others; a machine may have no slot for 社保卡."""
    return any(text == way or (text.startswith("请出示") and way in text) for text in now["texts"])


def test_a_reader_that_is_unplugged_and_plugged_in_again_reads_the_next_card(
    demo: Demo, glass: Glass
) -> None:
    demo.devices.reader.close()
    glass.press("take")
    glass.press("queue", "social")
    glass.sees("identify")
    glass.until(lambda now: not _offered(now, "身份证"), "the other ways")
    demo.devices.reader.start()
    glass.until(lambda now: _offered(now, "身份证"), "the reader back")
    demo.devices.reader.lay(sample_cards()["adult"])
    glass.sees("confirm")


def started_anew(demo: Demo, sign: signal.Signals, meanwhile: Callable[[], None]) -> Glass:
    """The terminal ends by ``sign`` and is started again, as its agent does it."""
    name = TERMINAL.name
    os.kill(demo.children.pid(name), sign)
    end = time.monotonic() + PATIENCE
    while demo.children.alive(name):
        assert time.monotonic() < end
        time.sleep(0.02)
    meanwhile()
    demo.panes[name].close()
    demo._start_part(TERMINAL)
    demo.panes[name] = demo._pane(TERMINAL)
    return Glass(demo.panes[name])


def test_a_card_laid_down_while_the_terminal_is_started_anew_begins_a_visit(demo: Demo, glass: Glass) -> None:
    glass.offered("take")
    looked(demo, 1)
    reader = demo.devices.reader
    glass = started_anew(demo, signal.SIGTERM, lambda: reader.lay(sample_cards()["adult"]))
    glass.sees("choose")


def test_a_card_that_lies_there_after_a_crash_is_nobodys_until_it_is_laid_down_again(
    demo: Demo, glass: Glass
) -> None:
    reader = demo.devices.reader
    glass = started_anew(demo, signal.SIGKILL, lambda: reader.lay(sample_cards()["adult"]))
    glass.offered("take")
    looked(demo, 5)
    assert glass.pane.describe()["screen"] == "welcome"
    reader.lift()
    looked(demo, 1)
    reader.lay(sample_cards()["adult"])
    glass.sees("choose")


def test_the_same_person_gets_one_number_of_a_queue_and_is_told_which(demo: Demo, glass: Glass) -> None:
    numbers = []
    for _ in range(2):
        demo.devices.reader.lay(sample_cards()["hkmotw"])
        glass.sees("choose")
        glass.press("queue", "medical")
        glass.press("confirm_without_paper")
        now = glass.until(lambda now: now["screen"] in ("done", "fault"), "an end")
        numbers.append((now["screen"], next((t for t in now["texts"] if "C0" in t), "")))
        demo.devices.reader.lift()
        glass.home()
        looked(demo, 1)
    assert numbers[0][0] == "done"
    assert numbers[1][0] == "fault"
    assert "C001" in numbers[1][1]
