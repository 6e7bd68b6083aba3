"""The agent with a real child process, real files and, where it matters, no network at all."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any

import pytest

from config.kiosk import Demo
from provisioning.agent import keeper as keeping
from provisioning.agent.identity import Identity
from provisioning.agent.inputs import Connected, Disconnected, Received
from provisioning.agent.keeper import Keeper, KioskSilence, kiosk_command
from provisioning.agent.runner import Runner
from provisioning.agent.settings import AgentSettings, Machine
from provisioning.agent.vault import DiskVault, Folder
from provisioning.wire.control import AskIdentify
from provisioning.wire.documents import Apply, Document, etag, seal, sign_document
from provisioning.wire.messages import BrokerAccess, Grant, Secrets
from tests.unit.provisioning.agent.machine import DEVICE, key, public

TINY = "tests.unit.provisioning.agent.tiny_kiosk"


def _until(true: Callable[[], bool], seconds: float = 40.0) -> bool:
    """Wait for other processes; what is asserted is that it becomes true, not when."""
    until = time.monotonic() + seconds
    pause = threading.Event()
    while not true():
        if time.monotonic() > until:
            return False
        pause.wait(0.02)
    return True


def _gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _no_group(group: int) -> bool:
    """Nobody of it lives. Who is dead counts as gone, whoever is to bury it (proc(5): state, ppid, pgrp)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, member_of = stat.read_text().rsplit(")", 1)[1].split()[:3]
            if int(member_of) == group and state not in "ZX":
                return False
    return True


class Alone:
    """A terminal whose broker is nowhere: ``runner`` is told of connections by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        identity = Identity(folder / "identity")
        secrets = Secrets(broker_password="pw", named={"hall-token": "t", "hall-broker": "mqtt://h"})
        identity.admit(
            Grant(
                device=DEVICE,
                hall="h12",
                keys={"a": public("a")},
                broker=BrokerAccess(url="mqtt://127.0.0.1:9"),
                sealed=seal(secrets.model_dump_json().encode(), identity.seal_key),
                desired=self.document(1, "first").decode(),
            )
        )
        settings = AgentSettings(
            centre="http://127.0.0.1:9",
            state_dir=folder,
            kiosk=Machine(production=False, demo=Demo(clock_ahead=1), module=TINY),
        )
        self.runner = Runner(settings, "test")
        self.thread = threading.Thread(target=self.runner.run)
        self.thread.start()

    def document(self, rev: int, name: str) -> bytes:
        settings = {"role": "terminal", "name": name, "source": {"hall": "h12", "url": "http://127.0.0.1:9"}}
        now = datetime.now(UTC)
        body = Document(
            device=DEVICE,
            rev=rev,
            etag=etag(settings),
            issued=now,
            expires=now + timedelta(days=1),
            apply=Apply(when="now", probation_seconds=0.2, deadline_seconds=60),
            settings=settings,
        )
        return sign_document(body, "a", key("a"))

    def tell(self, event: object) -> None:
        self.runner._inbox.put(event)  # type: ignore[arg-type]

    @property
    def good(self) -> int:
        kept = DiskVault(Folder(self.folder / "agent")).load().kept
        return kept.good.rev if kept.good else 0

    def shown(self) -> str:
        try:
            return self.runner._keeper.health().screen
        except KioskSilence:
            return ""

    def end(self) -> None:
        self.runner.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def again(self) -> None:
        """Ended in order, and started anew on the same disk."""
        self.end()
        self.runner = Runner(self.runner._settings, "test")
        self.thread = threading.Thread(target=self.runner.run)
        self.thread.start()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    made = Alone(tmp_path)
    yield made
    made.end()


def test_a_document_that_crashes_the_kiosk_falls_back_without_any_network(alone: Alone) -> None:
    alone.tell(Connected("s1"))
    assert _until(lambda: alone.good == 1)
    alone.tell(Received("desired", alone.document(2, "crashes")))
    alone.tell(Disconnected())
    assert _until(lambda: DiskVault(Folder(alone.folder / "agent")).load().kept.floor == 2)

    def back() -> bool:
        standing = DiskVault(Folder(alone.folder / "agent")).load().kept.standing
        return standing is not None and standing.state == "rolled_back"

    assert _until(back)
    assert _until(lambda: alone.shown() == "first")
    assert alone.good == 1


def test_a_change_shows_on_the_glass_and_is_kept_over_a_restart(alone: Alone) -> None:
    alone.tell(Connected("s1"))
    assert _until(lambda: alone.good == 1)
    alone.tell(Received("desired", alone.document(2, "second")))
    assert _until(lambda: alone.good == 2)
    alone.again()
    assert _until(lambda: alone.shown() == "second")


def test_the_last_words_of_a_connection_that_was_left_are_not_those_of_the_new_one(alone: Alone) -> None:
    """Its acknowledgement would prove a way to the broker that nobody has seen work."""
    assert _until(lambda: alone.runner._links == 1)
    alone.runner._inbox.put(alone.runner._connect)
    assert _until(lambda: alone.runner._links == 2)
    heard: list[bool] = []
    for link in (1, 2):
        alone.runner._changed(link, "s1", up=True)
        alone.runner._inbox.put(lambda: heard.append(alone.runner._up))
    assert _until(lambda: heard == [False, True]), heard


def test_settings_that_are_no_settings_never_reach_the_kiosk(alone: Alone) -> None:
    alone.tell(Connected("s1"))
    assert _until(lambda: alone.good == 1)
    alone.tell(Received("desired", alone.document(2, "")))
    alone.tell(Received("desired", alone.document(3, "third")))
    assert _until(lambda: alone.good == 3)
    assert _until(lambda: alone.shown() == "third")


def test_a_document_whose_secrets_have_not_come_never_reaches_the_kiosk(alone: Alone) -> None:
    alone.tell(Connected("s1"))
    assert _until(lambda: alone.good == 1)
    (alone.folder / "identity" / "secret-hall-broker").unlink()
    alone.tell(Received("desired", alone.document(2, "second")))
    alone.tell(Received("desired", b"{}"))  # looked at behind it
    assert _until(lambda: alone.runner._outbox is not None and alone.runner._outbox.depth() > 2)
    assert _until(lambda: alone.shown() == "first")
    assert alone.good == 1


def test_secrets_are_named_by_file_in_what_the_kiosk_reads(alone: Alone) -> None:
    assert _until(lambda: alone.shown() == "first")
    written = (alone.folder / "agent" / "kiosk.json").read_text()
    assert str(alone.folder / "identity" / "secret-hall-token") in written
    assert '"pw"' not in written


def _settings(folder: Path, name: str) -> Path:
    """Of a kiosk that fares as its ``name`` says."""
    path = folder / "k.json"
    told = {"name": name, "revision": 1, "control": str(folder / "c.sock"), "state_dir": str(folder)}
    path.write_text(json.dumps(told))
    return path


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    made = Keeper(kiosk_command(TINY), tmp_path / "c.sock", lambda run, code: None)
    yield made
    made.stop()


def test_a_kiosk_that_ignores_the_end_is_ended_with_all_it_began(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "GRACE", 0.2)
    keeper.start(1, _settings(tmp_path, "ignores the end"))
    assert keeper.order(AskIdentify()).ok  # an order has time enough for its start
    assert keeper.health().frames == 3
    assert keeper._process is not None
    group = keeper._process.pid
    assert not _no_group(group)
    keeper.stop()
    assert _until(lambda: _no_group(group))
    assert not keeper.alive


def test_a_kiosk_whose_socket_is_there_before_it_listens_is_asked_again(
    keeper: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def client(*where: Any, **how: Any) -> Any:
        try:
            return Client(*where, **how)
        except ConnectionRefusedError:
            (tmp_path / "refused").touch()
            raise

    monkeypatch.setattr(keeping, "Client", client)
    keeper.start(1, _settings(tmp_path, "listens late"))
    assert keeper.order(AskIdentify()).ok
    assert (tmp_path / "refused").exists()


def test_a_kiosk_never_outlives_an_agent_that_was_killed(tmp_path: Path) -> None:
    _settings(tmp_path, "well")
    script = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from provisioning.agent.keeper import Keeper, kiosk_command\n"
        "from provisioning.wire.control import AskIdentify\n"
        f"keeper = Keeper(kiosk_command('{TINY}'), Path(sys.argv[1], 'c.sock'), print)\n"
        "keeper.start(1, Path(sys.argv[1], 'k.json'))\n"
        "keeper.order(AskIdentify())\n"
        "print(keeper._process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as agent:
        try:
            assert agent.stdout is not None
            kiosk = int(agent.stdout.readline())
            assert not _gone(kiosk)
        finally:
            agent.send_signal(signal.SIGKILL)
    assert _until(lambda: _gone(kiosk))


@pytest.mark.parametrize(
    ("centre", "production", "fine"),
    [
        ("https://fleet.example.cn", True, True),
        ("http://127.0.0.1:8700", True, True),
        ("http://fleet.example.cn", False, True),
        ("http://fleet.example.cn", True, False),
    ],
)
def test_in_production_a_centre_is_reached_by_https(
    tmp_path: Path, centre: str, production: bool, fine: bool
) -> None:
    values = {"centre": centre, "state_dir": tmp_path, "kiosk": {"production": production}}
    if fine:
        assert AgentSettings.model_validate(values).centre == centre
    else:
        with pytest.raises(ValueError, match="https"):
            AgentSettings.model_validate(values)


def test_a_terminal_whose_disk_takes_nothing_boots_into_what_it_ran_before(alone: Alone) -> None:
    alone.tell(Connected("s1"))
    assert _until(lambda: alone.good == 1 and alone.shown() == "first")
    alone.end()
    for name in ("kiosk.json", "kept.0", "kept.1"):
        (alone.folder / "agent" / f"{name}.new").mkdir()  # where the temporary file would be
    alone.again()
    assert _until(lambda: alone.shown() == "first")


def test_a_wipe_that_power_cut_short_goes_on_at_the_next_start(alone: Alone) -> None:
    alone.tell(Connected("s1"))
    assert _until(lambda: alone.good == 1)
    alone.end()
    (alone.folder / "kiosk" / "left.txt").write_text("of the old hall")
    alone.runner._identity.erase()  # and the power goes
    Runner(alone.runner._settings, "test")
    assert not (alone.folder / "kiosk").exists()
    assert list((alone.folder / "agent").iterdir()) == []
