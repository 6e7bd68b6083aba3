"""One centre for people at a browser: the service in a process, a broker, a hall, a crew of simulated terminals and one
machine with a real screen that nobody has let in yet.
"""

import asyncio
import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bench.centre import ground
from config.hall import Hall
from config.load import load
from kiosk.pane import PaneClient
from provisioning.broker import private
from provisioning.centre.accounts import Accounts, Person
from provisioning.centre.hall_link import know_hall
from provisioning.centre.layers import LayerChange
from provisioning.centre.layers import write as write_layer
from provisioning.centre.rights import CENTRE
from provisioning.centre.secrets_kept import KeptSecrets
from provisioning.centre.vault import Vault
from provisioning.simulator.behaviour import NAMED, Behaviour
from provisioning.simulator.enrolling import Centre
from provisioning.simulator.fleet import SimulatedFleet
from provisioning.simulator.seeding import seed
from provisioning.simulator.terminal import Identity, SimulatedTerminal
from screens.theme.fonts import FontsMissing, find_fonts
from tests.e2e.fleet_rig import HANG, NO_DISPLAY, OF_TERMINAL, CentreProcess, until
from tests.e2e.hall_process import HallProcess
from tongyuan.fleet_demo import DemoFleet
from tongyuan.ops import Ops
from tongyuan.processes import Children

CHEN, LI = "chen", "li"  # who drafts and who approves
PASSWORD = "Qingyuan-hall-2026"
TERMINAL = "k01"
MACHINE = "machine"  # the real one, whatever it will be called
PER_HALL = 8
EASY, REFUSING, LAST = (f"sim-{number:04d}" for number in range(3))
"""Simulated halls. In REFUSING no terminal can use any new settings."""
OFTEN = (
    1.0  # seconds between two messages of health of a simulated terminal, so that nobody waits half a minute
)

AT_THE_GLASS = Behaviour(busy=1.0)
NO_PAPER = Behaviour(slips_per_hour=1, roll=0, roll_change_seconds=1e9)
WELL, REFUSES = NAMED["well"], NAMED["refusing"]


class Crew:
    """Simulated terminals on a thread of their own, by id."""

    def __init__(self, url: str) -> None:
        self._loop, self._url = asyncio.new_event_loop(), url
        self._thread = threading.Thread(target=self._loop.run_forever, name="crew")
        self._fleet: SimulatedFleet | None = None
        self._thread.start()

    def board(self, identities: list[Identity], behaviour: Callable[[int], Behaviour]) -> None:
        """All of them boot and connect."""

        async def added() -> None:
            upload = Centre(self._url).upload
            self._fleet = SimulatedFleet(time.time, behaviour=behaviour, upload=upload)
            await self._fleet.add_all(identities)

        asyncio.run_coroutine_threadsafe(added(), self._loop).result(HANG)

    def behave(self, behaviour: Behaviour, *wanted: str) -> None:
        """Terminals, or whole halls, by the beginning of their ids, are like that from now on."""
        for terminal in self._terminals(wanted):
            self._loop.call_soon_threadsafe(terminal.behave, behaviour)

    def cut(self, *wanted: str) -> None:
        """Their network is gone, until ``mend``."""
        for terminal in self._terminals(wanted):
            self._loop.call_soon_threadsafe(partial(terminal.cut, until_mended=True))

    def mend(self, *wanted: str) -> None:
        for terminal in self._terminals(wanted):
            self._loop.call_soon_threadsafe(terminal.mend)

    def told(self, hall: str, table: str, key: str) -> list[Any]:
        """What the glass of each terminal of ``hall`` runs for a setting; None: its default."""
        return [(one.glass or {}).get(table, {}).get(key) for one in self._terminals((hall,))]

    def broken(self) -> list[BaseException]:
        return self._fleet.broken() if self._fleet is not None else []

    def close(self) -> None:
        if self._fleet is not None:
            asyncio.run_coroutine_threadsafe(self._fleet.stop(), self._loop).result(HANG)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(HANG)
        self._loop.close()

    def _terminals(self, wanted: tuple[str, ...]) -> list[SimulatedTerminal]:
        assert self._fleet is not None
        return [one for one in self._fleet.terminals if one.identity.device.startswith(wanted)]


class CentreRig:
    """``close`` it. Two people, three simulated halls of ``PER_HALL``, and a real hall with nothing in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with contextlib.ExitStack() as ending:
            (folder / "hall").mkdir()
            self.hall = HallProcess(folder / "hall", log_level="WARNING")
            ending.callback(self.hall.kill)
            self.hall.start()
            self.settings = load(folder / "hall" / "hall.toml", Hall)
            self.broker = private.start(folder / "broker")
            ending.callback(self.broker.stop)
            (folder / "centre").mkdir()
            self.centre = CentreProcess(folder / "centre", self.broker)
            self.url = self.centre.url
            identities = self._filled()
            ending.callback(self.centre.stop)
            self.centre.start()
            self.crew = Crew(self.url)
            ending.callback(self.crew.close)
            self.crew.board(identities, lambda n: REFUSES if n // PER_HALL == 1 else WELL)
            self.children = Children(folder / "log")
            ending.callback(self.children.stop)
            self._machine = DemoFleet(folder / "fleet", self.settings, self.centre.port)
            self._ending = ending.pop_all()

    def close(self) -> None:
        self._ending.close()

    def ops(self, who: str) -> Ops:
        return Ops(self.url, who, PASSWORD)

    # -- the real machine -----------------------------------------------------------------------------------

    def power_on(self) -> None:
        """Its agent starts, with a kiosk and nothing else. Idempotent."""
        if not (self.folder / "fleet").exists():
            pane = {"pane": str(self.folder / "pane")}
            self._machine.start_terminal(self.children, MACHINE, pane, NO_DISPLAY)

    def look(self) -> dict[str, Any]:
        """What is on its glass. Raises OSError where there is none."""
        with self._pane() as pane:
            return pane.describe()

    def press(self, intent: str) -> bool:
        with self._pane() as pane:
            return pane.press(intent)

    def begin_visit(self) -> None:
        """A citizen stands at the glass and has begun."""
        until(lambda: self.press("take"), self.look)
        until(lambda: self.look()["screen"] != "welcome", self.look)

    def end_visit(self) -> None:
        until(lambda: self.press("home") or self.look()["screen"] == "welcome", self.look)
        until(lambda: self.look()["screen"] == "welcome", self.look)

    def tap(self, x: float, y: float) -> None:
        with self._pane() as pane:
            pane.tap(x, y)

    def picture(self, name: str) -> None:
        """Of its glass, beside those of the pages."""
        with self._pane() as pane:
            (self.pictures / f"{name}.png").write_bytes(pane.frame())

    def code(self) -> str:
        """The code that stands on its glass, once it does."""
        found: list[str] = []

        def there() -> bool:
            found[:] = [text for text in self.look()["texts"] if re.fullmatch(r"[A-Z0-9]{4}", text)]
            return len(found) == 2

        until(there, self.log)
        return "".join(found)

    def let_in(self) -> None:
        """It is enrolled and serves; for tests that are not about how. Idempotent."""
        self.power_on()
        ops = self.ops(CHEN)
        if not ops.get("/v1/terminals", find=TERMINAL)["total"]:
            place = {
                "terminal": TERMINAL,
                "hall": self.settings.id,
                "role": "terminal",
                "name": "一楼 1 号机",
            }
            ops.post("/v1/enrolment/approve", {"code": self.code(), "place": place})
        until(lambda: self.look()["screen"] == "welcome", self.log)

    def log(self) -> str:
        """How its agent, and the centre, have fared."""
        return f"{self.children.log_of(MACHINE)}\n{self.centre.log[-1000:]}"

    @property
    def pictures(self) -> Path:
        folder = self.folder / "pictures"
        folder.mkdir(exist_ok=True)
        return folder

    @contextlib.contextmanager
    def _pane(self) -> Iterator[PaneClient]:
        with contextlib.closing(PaneClient(self.folder / "pane")) as pane:
            yield pane

    # -- making it ------------------------------------------------------------------------------------------

    def _filled(self) -> list[Identity]:
        """The database before the centre begins; the simulated terminals' identities."""
        base = ground(self.folder / "centre")
        try:
            accounts = Accounts(base.database, time.time)
            accounts.create(CENTRE, Person(CHEN, "陈工", "operator"), PASSWORD)
            accounts.create(CENTRE, Person(LI, "李工", "approver"), PASSWORD)
            identities = seed(
                base.database,
                base.keys,
                base.documents,
                self.broker.url,
                3 * PER_HALL,
                time.time(),
                per_hall=PER_HALL,
            )
            know_hall(base.database, self.settings)
            kept = KeptSecrets(base.database, Vault(self.folder / "centre" / "centre.key"), time.time)
            kept.put(CENTRE, "hall", self.settings.id, "hall-token", self.hall.tokens["terminal"])
            kept.put(CENTRE, "hall", self.settings.id, "hall-broker", "mqtt://reader:none@127.0.0.1:1")
            of_hall = {
                "secrets": ["hall-token", "hall-broker"],  # of which simulated terminals have none
                "source": {"url": f"http://127.0.0.1:{self.hall.port}"},
                **OF_TERMINAL,
            }
            with base.database.write() as connection:
                change = LayerChange("hall", self.settings.id, 0, of_hall)
                write_layer(connection, CENTRE, change, at=time.time())
            return identities
        finally:
            base.database.close()


@contextlib.contextmanager
def centre_rig(folder: Path) -> Iterator[CentreRig]:
    """Skips the test, with words, where there is no broker or no font."""
    try:
        private.program()
        find_fonts()
    except (private.BrokerFailed, FontsMissing) as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        for clock in ("agent.HEALTH", "running.STEADY"):
            patch.setattr(f"provisioning.agent.{clock}", OFTEN)
        rig = CentreRig(folder)
        try:
            yield rig
        finally:
            rig.close()
