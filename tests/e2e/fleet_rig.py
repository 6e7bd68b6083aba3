"""A whole fleet for chaos: a broker, a centre in a process of its own, and terminals, real or simulated.

Everything is the product's own; only clocks and disks can be made bad. What is awaited is awaited by looking.
"""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from config.hall import Hall
from config.load import load
from hall.wire.link import Link
from hall.wire.port import free_port
from kiosk.pane import PaneClient
from provisioning.agent.kept import Kept
from provisioning.agent.outbox import MemoryOutbox, OutboxUnwritable
from provisioning.agent.vault import DiskVault, Folder, MemoryVault, VaultUnwritable
from provisioning.broker.configuration import RULES
from provisioning.broker.private import PrivateBroker
from provisioning.centre import registry
from provisioning.centre.hall_link import link_of
from provisioning.centre.rights import CENTRE
from provisioning.centre.store.database import Database
from provisioning.uplink import uplink_id
from tests.e2e.hall_process import HallProcess
from tongyuan.fleet_demo import APPROVER, OPERATOR, DemoFleet
from tongyuan.ops import Ops
from tongyuan.processes import Children

ROOT = Path(__file__).parents[2]
HANG = 90.0  # seconds: only a hang reaches it, also where a process is started on a busy machine
EAR = "ear"  # a hall of its own, whose uplink's account may hear everything
TERMINAL = "k01"
HALL_PASSWORD = "invented-password-of-the-hall"
NO_DISPLAY = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
OF_TERMINAL = {
    "screen": {"width": 540, "height": 960},
    "voice": {"sink": "null"},
    "idle": {"after": 900},  # a citizen of a test goes when the test says so, however slow the machine is
}

# ``tongyuan fleet serve``, on a clock that is as far ahead of the machine's as a file says.
CENTRE_PROCESS = """
import sys, time
from pathlib import Path

real, ahead = time.time, Path(sys.argv.pop())
time.time = lambda: real() + float(ahead.read_text())
from tongyuan.cli import main
main()
"""


def until(so: Callable[[], object], what: Callable[[], object] | str, seconds: float = HANG) -> None:
    """Wait until ``so``; ``what`` says what was seen instead. Whoever is not there yet is asked again."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while True:
        with suppress(OSError, EOFError, RuntimeError):
            if so():
                return
        if time.monotonic() >= end:
            raise AssertionError(f"not within {seconds:g} s: {what if isinstance(what, str) else what()}")
        pause.wait(0.03)


def throughout(so: Callable[[], object], seconds: float) -> None:
    """It is so, and stays so."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while time.monotonic() < end:
        assert so()
        pause.wait(0.1)


def full_disk(pid: int, full: bool) -> None:
    """No file may be written by this process, as on a full disk (setrlimit(2), RLIMIT_FSIZE); or all may again."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1 if full else most, most))


# -- a centre -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class CentreProcess:
    """The service, in ``folder``; may be killed and started again, and given a wrong clock or a full disk."""

    folder: Path
    broker: PrivateBroker
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "centre.log").read_text(encoding="utf-8", errors="replace")

    def ahead(self, seconds: float) -> None:
        """Its clock is that much ahead of the machine's, from now on."""
        fresh = self.folder / "ahead.new"
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.replace(self.folder / "ahead")

    def full(self, full: bool) -> None:
        assert self.process is not None
        full_disk(self.process.pid, full)

    def start(self) -> None:
        settings = self.folder / "centre.toml"
        settings.write_text(
            f'data = "{self.folder}"\nurl = "{self.url}"\nport = {self.port}\nproduction = false\ncrowd = 100\n'
            f'[[brokers]]\nfolder = "{self.broker.folder}"\nurl = "{self.broker.url}"\n',
            encoding="utf-8",
        )
        if not (self.folder / "ahead").exists():
            self.ahead(0)
        serve = ["fleet", "serve", "--config", str(settings), str(self.folder / "ahead")]
        with (self.folder / "centre.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CENTRE_PROCESS, *serve], cwd=ROOT, stdout=log, stderr=log
            )
        until(self._answers, lambda: self.log[-2000:])

    def _answers(self) -> bool:
        with suppress(requests.ConnectionError):
            return requests.get(f"{self.url}/healthz", timeout=1).ok
        return False

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        """Raises TimeoutExpired of one that does not end; it is gone then, too."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(HANG)
        finally:
            process.kill()
            process.wait()


# -- bad disks and time, for simulated terminals ----------------------------------------------------------------


class Disk:
    """Of one simulated terminal. ``full``: nothing can be written."""

    def __init__(self) -> None:
        self.full = False
        self.vault, self.outbox = _Vault(self), _Outbox(self)


class _Vault(MemoryVault):
    def __init__(self, disk: Disk) -> None:
        super().__init__()
        self._disk = disk

    def write(self, kept: Kept) -> None:
        if self._disk.full:
            raise VaultUnwritable("full")
        super().write(kept)


class _Outbox(MemoryOutbox):
    def __init__(self, disk: Disk) -> None:
        super().__init__()
        self._disk = disk

    def append(self, type: str, body: Mapping[str, object], wall: float) -> int:
        if self._disk.full:
            raise OutboxUnwritable("full")
        return super().append(type, body, wall)

    def forget(self) -> None:
        """The file is gone, and with it what had not been sent."""
        MemoryOutbox.__init__(self)


class Leaping(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward: ten minutes pass at once for all that waits on it."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


# -- a real terminal ----------------------------------------------------------------------------------------------


class HeardFleet(DemoFleet):
    """The demo's fleet with an account at its broker that hears everything, commands too."""

    ear: str = ""

    def start_centre(self, children: Children) -> None:
        if not self.ear:
            assert self.broker is not None
            with (self.broker.folder / RULES).open("a", encoding="utf-8") as rules:
                rules.write(f"\nuser {uplink_id(EAR)}\ntopic read #\n")
            self.broker.reload()
            database = Database(f"sqlite:///{self.folder / 'centre' / 'centre.sqlite'}")
            with database.write() as connection:
                registry.create_hall(
                    connection, CENTRE, registry.Hall(EAR, EAR, region="371500"), at=time.time()
                )
            self.ear = link_of(database, EAR, self.broker.url)
            database.close()
        super().start_centre(children)


class FleetRig:
    """A hall, a fleet and, after ``start_terminal``, one enrolled terminal with a real kiosk under a real agent.

    ``close`` it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.heard: list[tuple[str, bytes]] = []
        self.listening = False
        """Something was heard on the connection that stands: it is subscribed, and misses nothing."""
        with ExitStack() as ending:
            (folder / "hall").mkdir(parents=True)
            self.hall = HallProcess(folder / "hall", log_level="WARNING")
            ending.callback(self.hall.kill)
            self.hall.start()
            self.children = Children(folder / "log")
            self.fleet = HeardFleet(folder / "fleet", load(folder / "hall" / "hall.toml", Hall), free_port())
            ending.callback(self.fleet.stop)
            ending.callback(self.children.stop)
            self.fleet.start(
                self.children,
                terminal=(TERMINAL, "一楼大厅 1 号自助终端", "Terminal 1"),
                hall_url=f"http://127.0.0.1:{self.hall.port}",
                catalogue_keys=[],
                of_terminal=OF_TERMINAL,
                hall_token=self.hall.tokens["terminal"],
                hall_broker=f"mqtt://reader:{HALL_PASSWORD}@127.0.0.1:1",
                reader_token=self.hall.tokens["reader"],
            )
            self.await_centre()
            ear = Link(
                self.fleet.ear,
                uplink_id(EAR),
                subscribe=(("#", 0), ("$SYS/broker/version", 0)),
                on_message=self._hear,
                on_state=self._connected,
                reconnect=(0.1, 1.0),
            )
            ending.callback(ear.close)
            ear.start()
            self._ending = ending.pop_all()

    def _hear(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))
        self.listening = True

    def _connected(self, _up: bool) -> None:
        self.listening = False

    # -- what there is ------------------------------------------------------------------------------------

    @property
    def broker(self) -> PrivateBroker:
        assert self.fleet.broker is not None
        return self.fleet.broker

    @property
    def state(self) -> Path:
        """What the agent keeps."""
        return self.fleet.folder / "agent"

    def kept(self) -> Kept:
        """The agent's disk, as the next boot would find it."""
        return DiskVault(Folder(self.state / "agent")).load().kept

    def kiosk(self) -> int:
        """Pid of the kiosk process; 0: there is none."""
        agent = self.children.pid(TERMINAL)
        with suppress(FileNotFoundError, IndexError, ProcessLookupError):
            return int(Path(f"/proc/{agent}/task/{agent}/children").read_text(encoding="ascii").split()[0])
        return 0

    def told(self) -> int:
        """Revision in the settings file of the kiosk."""
        with suppress(FileNotFoundError):
            return int(json.loads((self.state / "agent" / "kiosk.json").read_bytes())["revision"])
        return 0

    def look(self) -> dict[str, Any]:
        """What is on the glass. Raises OSError where there is none."""
        pane = PaneClient(self.folder / "pane")
        try:
            return pane.describe()
        finally:
            pane.close()

    def press(self, intent: str, value: str | None = None) -> bool:
        pane = PaneClient(self.folder / "pane")
        try:
            return pane.press(intent, value)
        finally:
            pane.close()

    def database(self) -> Database:
        return Database(f"sqlite:///{self.fleet.folder / 'centre' / 'centre.sqlite'}")

    def ops(self, who: str) -> Ops:
        return Ops(self.fleet.url, who, self.fleet.password)

    def log_of(self, name: str) -> str:
        return (self.folder / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    # -- what happens -------------------------------------------------------------------------------------

    def await_centre(self) -> None:
        until(self.fleet.ready, lambda: self.log_of("centre")[-2000:])

    def start_centre(self) -> None:
        self.fleet.start_centre(self.children)
        self.await_centre()

    def start_uplink(self) -> None:
        self.fleet.start_uplink(self.children, f"http://127.0.0.1:{self.hall.port}")

    def start_terminal(self) -> None:
        demo = {"pane": str(self.folder / "pane")}
        self.fleet.start_terminal(self.children, TERMINAL, demo, NO_DISPLAY)

    def boot(self) -> None:
        """After a power cut: until the agent has decided what to run, and it runs."""
        boots = self.kept().boots
        self.start_terminal()
        until(lambda: self.kept().boots > boots and self.kiosk(), lambda: self.log_of(TERMINAL)[-1500:])

    def push(self, change: Mapping[str, Any], apply: Mapping[str, Any], operator: Ops, approver: Ops) -> int:
        """One change to the terminal, drafted and approved; the rollout's number."""
        plan = {"waves": ["1", "100%"], "soak_seconds": 0, "apply": dict(apply)}
        return approver.approve(operator.propose("试验", "terminal", TERMINAL, change, plan))

    def people(self) -> tuple[Ops, Ops]:
        return self.ops(OPERATOR), self.ops(APPROVER)

    def power_cut(self) -> None:
        """The agent and all it started are gone, at once."""
        agent, kiosk = self.children.pid(TERMINAL), self.kiosk()
        os.killpg(agent, signal.SIGKILL)
        self.children.kill(TERMINAL)
        until(lambda: not kiosk or _gone(kiosk), "the kiosk ends with its agent")

    def close(self) -> None:
        self._ending.close()


def _gone(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return ") Z " in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return True
