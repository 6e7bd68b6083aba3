"""A whole hall on one machine: broker, hall, simulated devices and kiosk processes, as ``run`` and ``tour`` use it.

Everything here is the real product over real wires (HTTP, MQTT, serial bytes over TCP); only the devices are
simulators and the hall's clock may be set to a working morning.
"""

import contextlib
import json
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from config.hall import Hall
from config.load import load
from hall import broker as brokers
from hall.certificates.records import Kept
from hall.credentials import Credentials, Role
from hall.outside import guests_as_json
from hall.serve import CREDENTIALS, JOURNAL
from hall.wire.port import free_port
from kiosk.pane import PaneClient
from tongyuan.devices import Devices
from tongyuan.fleet_demo import DemoFleet
from tongyuan.processes import Children
from tongyuan.sample_appointments import sample_appointments
from tongyuan.sample_catalogue import publish_sample

READY_SECONDS = 60.0  # a cold terminal on a slow machine
MORNING = timedelta(minutes=35)  # into the first shift


class DemoFailed(Exception):
    """The demo could not start or lost a part; the message says which, with the end of its log."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kiosk process of the demo."""

    name: str
    role: str
    title: str
    title_en: str
    width: int
    height: int
    window: str | None = None
    place: tuple[int, int] = (0, 0)  # on a desk with a display


TERMINAL = Part(
    "k01", "terminal", "一楼大厅 · 1 号自助终端", "Ground floor · Terminal 1", 1080, 1920, place=(24, 48)
)
BOARD = Part("board", "hall-board", "综合屏", "Hall board", 1920, 1080, place=(536, 48))
PADS = (
    Part("pad-5", "caller", "5 号窗口叫号器", "Caller pad of window 5", 1280, 800, "5", (536, 540)),
    Part("pad-6", "caller", "6 号窗口叫号器", "Caller pad of window 6", 1280, 800, "6"),
)
HOUSEHOLD_PAD = Part("pad-13", "caller", "13 号窗口叫号器", "Caller pad of window 13", 1280, 800, "13")
WINDOW_BOARD = Part("bar-5", "window-board", "5 号窗口屏", "Board of window 5", 1280, 480, "5")
ANSWER = 30.0  # seconds the hall may take, on a busy machine
VOICE = Part("voice", "voice", "语音", "Voice", 0, 0)


def clock_ahead(hall: Hall, now: datetime, *, always: bool = False) -> float:
    """Seconds to add to the machine's clock so that the hall is open; 0 when it is open anyway."""
    local = hall.local(now)
    if not always and all(hall.open_at(local + timedelta(minutes=m)) for m in (0, 30)):
        return 0.0
    opening = hall.next_opening(local)
    if opening is None:
        raise DemoFailed("the hall's hours never open within a month")
    return (opening + MORNING - local).total_seconds()


@dataclass(slots=True)
class Demo:
    """Starts, holds and stops the parts. ``say`` is told of progress.

    ``guests`` are invented people whom only the hall's memory has; their phones are the last ones of all. ``idle``
    are seconds of a terminal's patience, where the usual ones (config.kiosk.Idle) are not wanted. With a
    ``console_port`` (0: any free one) there is a fleet too: the terminal is enrolled and kept by its agent.
    """

    hall_file: Path
    folder: Path
    parts: tuple[Part, ...]
    broker_url: str | None = None
    ahead: float = 0.0
    say: Callable[[str], None] = lambda text: None
    ended: Callable[[str, int], None] = lambda name, code: None
    guests: tuple[Kept, ...] = field(default=(), repr=False)
    idle: Mapping[str, float] = field(default_factory=dict)
    console_port: int | None = None
    hall: Hall = field(init=False)
    url: str = field(init=False, default="")
    devices: Devices = field(init=False)
    broker: brokers.Broker = field(init=False)
    fleet: DemoFleet | None = field(init=False, default=None)
    children: Children = field(init=False)
    panes: dict[str, PaneClient] = field(init=False, default_factory=dict)
    manager_token: str = field(init=False, default="", repr=False)
    catalogue_key: str = field(init=False, default="")  # public; "": this hall has no guides

    def start(self) -> None:
        """Raises DemoFailed, ConfigError or BrokerFailed; what was started is stopped by ``stop``."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.hall = load(self.hall_file, Hall)
        self.children = Children(self.folder / "log", ended=self.ended)
        self.say("消息代理 broker")
        self.broker = brokers.choose(self.broker_url, self.folder)
        self.say(f"  {self.broker.kind}" + (f"\n{self.broker.banner}" if self.broker.banner else ""))
        self.say("模拟设备 simulated ID-card reader, scanner, chip-card slot and printer")
        self.devices = Devices(self.folder, self.say)
        self.say("大厅 hall")
        self._prepare_hall()
        if self.console_port is not None and TERMINAL in self.parts:
            self.say("终端管理中心 the fleet's centre, its broker, the hall's uplink")
            self._start_fleet(self.console_port)
        for part in self.parts:
            self.say(f"{part.title} ({part.role})")
            self._start_part(part)
        for part in self.parts:
            if part.role != "voice":
                self.panes[part.name] = self._pane(part)

    def stop(self) -> None:
        """Stop all parts in order. Safe after a failed start."""
        for pane in self.panes.values():
            pane.close()
        for name in ("children", "devices", "broker", "fleet"):
            if (part := getattr(self, name, None)) is not None:
                (part.close if name == "devices" else part.stop)()

    def now(self) -> datetime:
        """The demo's clock, in the hall's time zone."""
        return self.hall.local(datetime.now().astimezone() + timedelta(seconds=self.ahead))

    def ask(self, path: str) -> Any:
        """GET from the hall with the right to read everything."""
        return self._get(path).json()

    def tell(self, path: str, body: dict[str, Any], key: str) -> Any:
        """POST to the hall with a manager's rights."""
        headers = {"Authorization": f"Bearer {self.manager_token}", "Idempotency-Key": key}
        answer = requests.post(self.url + path, json=body, headers=headers, timeout=ANSWER)
        answer.raise_for_status()
        return answer.json()

    def code(self, person: int, kind: str = "resident", flaw: str = "") -> str:
        """What stands on the phone of one of the hall's invented people now."""
        wanted = {"person": person, "kind": kind, "flaw": flaw}
        answer = requests.post(f"{self.url}/demo/code", json=wanted, timeout=ANSWER)
        answer.raise_for_status()
        return str(answer.json()["code"])

    @property
    def phone(self) -> str:
        """The page that plays a citizen's phone."""
        return f"{self.url}/demo/phone"

    def journal_records(self) -> list[dict[str, Any]]:
        """The hall's journal as it is now."""
        return [json.loads(line) for line in self._get("/v1/journal?after=0").text.splitlines()]

    def _get(self, path: str) -> requests.Response:
        token = {"Authorization": f"Bearer {self.manager_token}"}
        answer = requests.get(self.url + path, headers=token, timeout=ANSWER)
        answer.raise_for_status()
        answer.encoding = "utf-8"
        return answer

    def resident_mb(self, part: str) -> float:
        """Resident memory of a part's process, MiB; of a terminal in the fleet that of the kiosk."""
        pages = int(Path(f"/proc/{self._drawing(part)}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    @property
    def journal(self) -> Path:
        return self.folder / "hall" / JOURNAL

    @property
    def _broker_file(self) -> Path:
        return self.folder / "broker-hall.url"

    # -- starting -----------------------------------------------------------------------------------------

    def _prepare_hall(self) -> None:
        data = self.folder / "hall"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        credentials = Credentials(data / CREDENTIALS)
        self.manager_token = credentials.issue("manager", "demo")
        for part in self.parts:
            role, subject = _credential(part)
            brokers.write_private(self._file(part, "token"), credentials.issue(role, subject))
            brokers.write_private(self._file(part, "broker"), self.broker.reader_url)
        credentials.close()
        brokers.write_private(self._broker_file, self.broker.hall_url)
        self.say("办事指南目录 catalogue of guides")
        self.catalogue_key = publish_sample(self.hall_file, self.hall, self.folder, data, self.now().date())
        self.url = f"http://127.0.0.1:{free_port()}"
        self.start_hall()
        self.tell("/v1/appointments", {"appointments": sample_appointments(self.now())}, "demo-appointments")

    def start_hall(self) -> None:
        """Start the hall process, also again after it was killed, at the same address."""
        data = self.folder / "hall"
        self.children.start(
            "hall",
            *("-m", "tongyuan", "hall", "serve", "--demo", "--clock-ahead", str(self.ahead)),
            *("--hall", str(self.hall_file), "--data", str(data), "--port", self.url.rpartition(":")[2]),
            *("--broker-file", str(self._broker_file)),
            *(("--guests",) if self.guests else ()),
            said=guests_as_json(self.guests) if self.guests else b"",
        )
        self._wait("hall", lambda: requests.get(f"{self.url}/healthz", timeout=1).ok)

    def _start_fleet(self, port: int) -> None:
        """The centre, and all it must know before the terminal asks to be let in."""
        fleet = self.fleet = DemoFleet(self.folder / "fleet", self.hall, _free_or_any(port))
        settings, files = (
            self._settings(TERMINAL),
            [self._file(TERMINAL, kind) for kind in ("token", "broker")],
        )
        own = {key: settings[key] for key in ("devices", "voice", "screen", "idle") if settings[key]}
        credentials = Credentials(self.folder / "hall" / CREDENTIALS)
        reader = credentials.issue("reader", "uplink")
        credentials.close()
        fleet.start(
            self.children,
            terminal=(TERMINAL.name, TERMINAL.title, TERMINAL.title_en),
            hall_url=self.url,
            catalogue_keys=settings["source"]["catalogue_keys"],
            of_terminal=own,
            hall_token=files[0].read_text(encoding="utf-8").strip(),
            hall_broker=files[1].read_text(encoding="utf-8").strip(),
            reader_token=reader,
        )
        self._wait("centre", fleet.ready)

    def _drawing(self, part: str) -> int:
        """Pid of the process that draws ``part``: the agent's child, where an agent keeps it."""
        pid = self.children.pid(part)
        if self.fleet is None or part != TERMINAL.name:
            return pid
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])

    def _start_part(self, part: Part) -> None:
        if self.fleet is not None and part is TERMINAL:
            demo = self._settings(part)["demo"]
            self.fleet.start_terminal(self.children, part.name, demo, self.devices.environment)
            return
        config = self._file(part, "toml")
        config.write_text(_toml(self._settings(part)), encoding="utf-8")
        self.children.start(part.name, "-m", "kiosk", str(config), environment=self.devices.environment)

    def _settings(self, part: Part) -> dict[str, Any]:
        scale = _scale(part)
        return {
            "role": part.role,
            "id": part.name,
            "name": part.title,
            "name_en": part.title_en,
            "time_zone": self.hall.time_zone,
            "production": False,
            "state_dir": str(self.folder / part.name),
            **({"window": part.window} if part.window else {}),
            "source": {
                "hall": self.hall.id,
                "url": self.url,
                "token_file": str(self._file(part, "token")),
                "broker_file": str(self._file(part, "broker")),
                "catalogue_keys": [self.catalogue_key] if self.catalogue_key else [],
            },
            "devices": self.devices.settings if part is TERMINAL else {},
            "services": {"certificates": True, "checkin": True} if part is TERMINAL else {},
            "voice": {"sink": "wav", "folder": str(self.folder / "voice")},
            "screen": {
                "full_screen": False,
                "left": part.place[0],
                "top": part.place[1],
                **(
                    {"width": int(part.width * scale), "height": int(part.height * scale)}
                    if part.width
                    else {}
                ),
            },
            "idle": dict(self.idle) if part.role == "terminal" else {},
            "demo": {"pane": str(self._pane_path(part)), "clock_ahead": self.ahead, "catalogue_every": 1},
        }

    def _pane(self, part: Part) -> PaneClient:
        patience = READY_SECONDS if self.fleet is not None and part is TERMINAL else 0.0
        looked: list[PaneClient] = []

        def shows() -> bool:
            """The one that has answered is kept: its kiosk may be started anew at any moment."""
            while looked:
                looked.pop().close()
            looked.append(PaneClient(self._pane_path(part), patience=patience))
            return bool(looked[0].describe()["screen"])

        self._wait(part.name, shows)
        return looked[0]

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.children.alive(name):
            with contextlib.suppress(requests.RequestException, OSError, EOFError, RuntimeError):
                if ready():
                    return
            time.sleep(0.05)
        why = f"was not ready within {READY_SECONDS:g} s" if self.children.alive(name) else "ended at once"
        raise DemoFailed(f"{name} {why}\n{self.children.log_of(name)}")

    def _file(self, part: Part, suffix: str) -> Path:
        return self.folder / f"{part.name}.{suffix}"

    def _pane_path(self, part: Part) -> Path:
        return self.folder / "panes" / part.name


def _free_or_any(port: int) -> int:
    """``port`` if nobody listens there."""
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])
    return free_port()


def _credential(part: Part) -> tuple[Role, str]:
    match part.role:
        case "terminal":
            return "terminal", part.name
        case "caller":
            return "window", str(part.window)
        case _:
            return "reader", part.name


def _scale(part: Part) -> float:
    """Real size without a display; with one, small enough that all windows fit a desk."""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return 1.0
    return {"terminal": 0.45, "caller": 0.55}.get(part.role, 0.4)


def _toml(table: dict[str, Any], name: str = "") -> str:
    """TOML of strings, numbers, booleans and tables; a JSON string is a TOML basic string."""
    lines = [
        f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in table.items() if not isinstance(v, dict)
    ]
    head = [f"\n[{name}]"] if name else []
    inner = [_toml(v, k) for k, v in table.items() if isinstance(v, dict) and v]
    return "\n".join([*head, *lines, *inner]) + "\n"
