"""Somebody at a terminal of the measurement: holds codes to its scanner, touches its glass, and knows when it did what.

Hall, scanner and terminal are the real ones: processes of their own, HTTP and TCP between them.
"""

import bisect
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from bench.hall import Running, running_hall
from config.kiosk import Demo, Devices, Kiosk, Services, Source
from drivers.scanner.simulator import SimulatedScanner
from hall.codes.choose import embedded
from hall.outside import invented
from kiosk.pane import PaneClient

WINDOW = "5"
QUEUE = "social"
WAIT = 15.0  # seconds for anything
SEEN = 0.06  # seconds until the scanner's thread knows that codes are wanted


class Lines:
    """What the terminal tells, kept with its times; ``after`` waits for the next of a name."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process, self._times = process, dict[str, list[float]]()
        self._worked: dict[float, float] = {}
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def after(self, name: str, moment: float) -> float:
        """When ``name`` came first since ``moment``."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._found(name, moment) is not None, WAIT):
                raise RuntimeError(f"{name!r} did not come within {WAIT:g} s")
            return self._found(name, moment) or 0.0

    def worked(self, begin: float, end: float) -> float:
        """Processor seconds of the terminal between two moments that it told of."""
        return self._worked[end] - self._worked[begin]

    def clear(self) -> None:
        with self._changed:
            self._times.clear()
            self._worked.clear()

    def close(self) -> None:
        """End the terminal, and hear it out."""
        self._process.terminate()
        self._thread.join(WAIT)
        self._process.wait(WAIT)

    def _found(self, name: str, moment: float) -> float | None:
        times = self._times.get(name, [])
        at = bisect.bisect_left(times, moment)
        return times[at] if at < len(times) else None

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as told:
            for line in told:
                seconds, worked, name = line.strip().split(" ", 2)
                with self._changed:
                    self._times.setdefault(name, []).append(float(seconds))
                    self._worked[float(seconds)] = float(worked)
                    self._changed.notify_all()


class Visitor:
    def __init__(self, hall: Running, pane: Path, lines: Lines, scanner: SimulatedScanner, pid: int) -> None:
        self.hall, self.lines, self.pid, self._scanner = hall, lines, pid, scanner
        until = time.monotonic() + WAIT
        while not pane.exists() and time.monotonic() < until:
            time.sleep(0.05)
        self.pane = PaneClient(pane)
        self._people = [one for one in invented() if one.company is None]
        data, settings = hall.folder, hall.settings
        assert settings.codes is not None
        self._issuer, _ = embedded(settings.codes, settings.region, data, self._now())
        self._session = requests.Session()

    def touch(self, intent: str, painted: str, value: str | None = None) -> float:
        """Press a control as soon as it is there, and wait for what follows; when that was painted."""
        until, begin = time.monotonic() + WAIT, time.perf_counter()
        while not self.pane.press(intent, value):
            if time.monotonic() > until:
                raise RuntimeError(
                    f"nothing to press: {intent} {value or ''}: {self.pane.describe()['screen']}"
                )
            time.sleep(0.02)
        return self.lines.after(f"painted {painted}", begin)

    def hold(self, person: int) -> float:
        """Hold up a fresh code of one of the invented people; when that was."""
        code = self._issuer.issue(self._people[person % len(self._people)], "resident_code", self._now())
        time.sleep(SEEN + random.uniform(0, 0.05))  # people come in no step with turns and frames
        begin = time.perf_counter()
        self._scanner.show(code)
        return begin

    def shown(self, person: int) -> float:
        """From the welcome screen to the list of certificates; when the code was held up."""
        self.touch("certificates", "present")
        begin = self.hold(person)
        self.lines.after("painted certificates", begin)
        return begin

    def home(self) -> None:
        self.touch("home", "welcome")

    def number_of(self, person: int) -> str:
        return self._people[person % len(self._people)].number

    def book(self, id: str, person: int) -> None:
        """An appointment that can be checked in now."""
        starts = self._now().replace(second=0, microsecond=0)
        booked = {
            "id": id,
            "person": self.number_of(person),
            "queue": QUEUE,
            "starts": starts.isoformat(),
            "ends": (starts + timedelta(minutes=30)).isoformat(),
        }
        self._post("/v1/appointments", self.hall.manager_token, {"appointments": [booked]})

    def open_window(self) -> None:
        self._post(f"/v1/windows/{WINDOW}/open", self.hall.window_tokens[WINDOW], {})

    def serve(self) -> None:
        """The window calls whoever waits and is done at once: the same person may come again."""
        for verb in ("call-next", "finish"):
            self._post(f"/v1/windows/{WINDOW}/{verb}", self.hall.window_tokens[WINDOW], {})

    def _post(self, path: str, token: str, body: dict[str, Any]) -> None:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        self._session.post(self.hall.url + path, json=body, headers=headers, timeout=5).raise_for_status()

    def _now(self) -> datetime:
        return datetime.now().astimezone() + timedelta(seconds=self.hall.ahead)


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextlib.contextmanager
def visiting() -> Iterator[Visitor]:
    """A hall, a terminal with a scanner of the plain family, and who stands before it."""
    with tempfile.TemporaryDirectory(prefix="tongyuan-bench-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        hall = stack.enter_context(running_hall(windows=(WINDOW,)))
        scanner = SimulatedScanner("plain")
        scanner.start()
        stack.callback(scanner.close)
        settings = folder / "kiosk.json"
        (folder / "token").write_text(hall.terminal_token, encoding="utf-8")
        (folder / "broker.url").write_text("mqtt://127.0.0.1:1", encoding="utf-8")  # away: nothing is live
        kiosk = Kiosk(
            role="terminal",
            id="k01",
            name="bench",
            production=False,
            state_dir=folder,
            time_zone=hall.settings.time_zone,
            source=Source(
                hall=hall.settings.id,
                url=hall.url,
                token_file=folder / "token",
                broker_file=folder / "broker.url",
            ),
            devices=Devices(scanner=scanner.url),
            services=Services(certificates=True, checkin=True),
            demo=Demo(pane=folder / "pane", clock_ahead=hall.ahead),
        )
        settings.write_text(kiosk.model_dump_json(), encoding="utf-8")
        with (folder / "terminal.log").open("w") as log:
            command = [sys.executable, "-m", "bench.told", str(settings)]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        lines = Lines(process)
        stack.callback(lines.close)
        lines.after("handled HallChanged", 0.0)
        try:
            yield Visitor(hall, folder / "pane", lines, scanner, process.pid)
        except RuntimeError as error:
            said = (folder / "terminal.log").read_text(encoding="utf-8")[-2000:]
            raise RuntimeError(f"{error}\n{said}") from None
