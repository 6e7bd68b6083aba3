"""A hall kept by its agent: another queue policy is tried on today's journal, approved, rolled out, and then holds.

Hall, agent, uplink, centre and both brokers are real processes. One hall lives through all tests of this file.
"""

import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from config.hall import Hall
from config.load import load
from hall import broker as hall_brokers
from hall.credentials import Credentials
from hall.journal.verify import verify
from hall.serve import CREDENTIALS, JOURNAL
from hall.wire import topics as hall_topics
from hall.wire.link import Link
from hall.wire.messages import HallView, ServiceState
from hall.wire.port import free_port
from provisioning.agent.kept import Kept
from provisioning.agent.vault import DiskVault, Folder
from provisioning.broker import private
from provisioning.centre.accounts import Accounts, Person
from provisioning.centre.hall_link import know_hall, link_of, write_private
from provisioning.centre.layers import LayerChange
from provisioning.centre.layers import write as write_layer
from provisioning.centre.preauthorise import Preauthorised
from provisioning.centre.rights import CENTRE
from provisioning.centre.store import tables as t
from provisioning.centre.store.database import Database
from provisioning.uplink import uplink_id
from tests.e2e.fleet_rig import HANG, CentreProcess, until
from tongyuan.ops import Ops, OpsRefused
from tongyuan.processes import Children

pytestmark = [pytest.mark.broker, pytest.mark.timeout(400)]

HALL, KEPT = "kept", "kept-hall"
PASSWORD = "Qingyuan-hall-2026"
CHEN, LI = "chen", "li"
PROMPT = {"when": "idle", "idle_seconds": 0, "probation_seconds": 0.5, "deadline_seconds": 90}
ROLLED_OUT = 120.0  # seconds: only a hang reaches it; the hall's process is begun anew meanwhile
PLAN = {"waves": ["1", "100%"], "soak_seconds": 0, "apply": PROMPT}
SETTINGS = """
id = "kept"
name = "小厅"
name_en = "Small hall"
region = "371599"
time_zone = "{zone}"

[[hours]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
shifts = [{{ opens = 00:00:00, closes = 23:59:59 }}]

[policy]
priority_streak = 3
return_after = 3

[policies.market-day]
priority_streak = 1
return_after = 1

[[zones]]
id = "z"
name = "一区"
name_en = "Zone 1"

[[queues]]
id = "a"
prefix = "A"
name = "综合"
name_en = "General"
about = "办事"
about_en = "Things"
zone = "z"

[[windows]]
id = "1"
name = "1 号"
name_en = "Window 1"
zone = "z"
serves = ["a"]
"""
UNWRITTEN = "\n[policies.evening]\npriority_streak = 9\n"


def noon_somewhere() -> str:
    """A zone in which it is about noon now, so that no midnight falls into a test."""
    return f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


class KeptHall:
    """The rig. ``hall.toml`` is what the hall has written; the centre may know a newer one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.file = folder / "hall.toml"
        self.file.write_text(SETTINGS.format(zone=noon_somewhere()), encoding="utf-8")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.hall_broker = hall_brokers.choose(None, folder)
        self.broker = private.start(folder / "fleet-broker")
        self.centre = CentreProcess(folder / "centre", self.broker)
        self.children = Children(folder / "log")
        self.session = requests.Session()
        self.session.trust_env = False
        self.retained: dict[str, bytes] = {}
        self.people: dict[str, Ops] = {}
        state, view = hall_topics.hall_state(HALL), hall_topics.hall_view(HALL)
        self.board = Link(
            self.hall_broker.reader_url,
            "board",
            subscribe=((state, 1), (view, 1)),
            on_message=self.retained.__setitem__,
        )
        self._fill()
        self.centre.start()
        self.board.start()
        self.start_agent()
        self.start_uplink()

    def _fill(self) -> None:
        self.data.mkdir(mode=0o700)
        credentials = Credentials(self.data / CREDENTIALS)
        self.tokens = {
            "terminal": credentials.issue("terminal", "k01"),
            "window": credentials.issue("window", "1"),
            "reader": credentials.issue("reader", "uplink"),
        }
        credentials.close()
        write_private(self.folder / "reader.token", self.tokens["reader"])
        write_private(self.folder / "hall-broker.url", self.hall_broker.hall_url)
        (self.folder / "machine.toml").write_text(
            f'hall = "{self.file}"\ndata = "{self.data}"\nport = {self.port}\n'
            f'broker_file = "{self.folder / "hall-broker.url"}"\n',
            encoding="utf-8",
        )
        (self.folder / "agent.toml").write_text(
            f'centre = "{self.centre.url}"\nstate_dir = "{self.folder / "agent"}"\nserial = "HALL-1"\n'
            'may_reboot = false\n[kiosk]\nmodule = "tongyuan.kept_hall"\n',
            encoding="utf-8",
        )
        self.centre.folder.mkdir(mode=0o700)
        database = self.database()
        try:
            database.prepare()
            accounts = Accounts(database, time.time)
            accounts.create(CENTRE, Person(CHEN, "陈工", "operator"), PASSWORD)
            accounts.create(CENTRE, Person(LI, "李工", "approver"), PASSWORD)
            know_hall(database, load(self.file, Hall))
            write_private(self.folder / "uplink.url", link_of(database, HALL, self.broker.url))
            table = f"serial,terminal,hall,role,name\nHALL-1,{KEPT},{HALL},hall,叫号服务\n"
            Preauthorised(database, time.time).take(CENTRE, table.encode())
            with database.write() as connection:
                where = LayerChange("hall", HALL, 0, {"source": {"url": self.url}})
                write_layer(connection, CENTRE, where, at=time.time())
        finally:
            database.close()

    def start_agent(self) -> None:
        environment = {"TONGYUAN_HALL": str(self.folder / "machine.toml")}
        agent = str(self.folder / "agent.toml")
        self.children.start("agent", "-m", "provisioning.agent", agent, environment=environment)

    def start_uplink(self) -> None:
        where = ("--hall", HALL, "--hall-url", self.url)
        secrets = (
            "--token-file",
            str(self.folder / "reader.token"),
            "--link-file",
            str(self.folder / "uplink.url"),
        )
        self.children.start("uplink", "-m", "tongyuan", "fleet", "uplink", *where, *secrets)

    def close(self) -> None:
        self.board.close()
        self.children.stop()
        self.centre.stop()
        self.broker.stop()
        self.hall_broker.stop()

    # -- what there is ------------------------------------------------------------------------------------

    def database(self) -> Database:
        return Database(f"sqlite:///{self.centre.folder / 'centre.sqlite'}")

    def ops(self, who: str) -> Ops:
        """Signed in once."""
        if who not in self.people:
            self.people[who] = Ops(self.centre.url, who, PASSWORD)
        return self.people[who]

    def kept(self) -> Kept:
        """The agent's disk."""
        return DiskVault(Folder(self.folder / "agent" / "agent")).load().kept

    def log(self) -> str:
        return "\n".join(
            (self.folder / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2500:]
            for name in ("agent", "uplink")
        )

    def process(self) -> int:
        """Pid of the hall's process."""
        agent = self.children.pid("agent")
        return int(Path(f"/proc/{agent}/task/{agent}/children").read_text(encoding="ascii").split()[0])

    def on(self) -> bool:
        """What the hall's own broker has retained says that it serves."""
        raw = self.retained.get(hall_topics.hall_state(HALL))
        return raw is not None and ServiceState.model_validate_json(raw).on

    def shown(self) -> int:
        """Record up to which boards show the hall; 0: they show nothing yet."""
        raw = self.retained.get(hall_topics.hall_view(HALL))
        return HallView.model_validate_json(raw).seq if raw is not None else 0

    def head(self) -> int:
        with sqlite3.connect(f"file:{self.data / JOURNAL}?mode=ro", uri=True) as journal:
            return int(journal.execute("SELECT max(seq) FROM record").fetchone()[0] or 0)

    def copy(self, to: Path) -> None:
        """A backup of the journal, while the hall runs."""
        with closing(sqlite3.connect(self.data / JOURNAL)) as now, closing(sqlite3.connect(to)) as then:
            now.backup(then)

    def put_back(self, copy: Path | None) -> None:
        """The power goes, and somebody puts a backup in place of the journal; None: it is gone, with its disk."""
        self.children.kill("agent")
        until(lambda: not self._serves(), "the hall ends with its agent")
        for left in self.data.glob(f"{JOURNAL}*"):
            left.unlink()
        if copy is not None:
            shutil.copy(copy, self.data / JOURNAL)
        self.start_agent()
        until(self._serves, self.log)

    def _serves(self) -> bool:
        try:
            return self.session.get(f"{self.url}/healthz", timeout=2).ok
        except requests.ConnectionError:
            return False

    def alert(self, kind: str = "journal") -> str:
        """What is wrong with the journal, as somebody at the console sees it: a code."""
        alerts = self.ops(LI).get("/v1/alerts", terminal=uplink_id(HALL), kind=kind)
        return str(alerts[0]["code"]) if alerts else ""

    def figures(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ops(LI).get(f"/v1/halls/{HALL}/figures")
        return found

    def kept_records(self) -> list[str]:
        """Hashes of all that was collected, in order."""
        with closing(self.database()) as database, database.read() as connection:
            j = t.journal.c
            return [
                str(body["hash"]) for body in connection.scalars(select(j.body).order_by(j.branch, j.seq))
            ]

    def own_records(self) -> list[str]:
        """Hashes of the hall's journal but for the genesis."""
        with sqlite3.connect(f"file:{self.data / JOURNAL}?mode=ro", uri=True) as journal:
            rows = journal.execute("SELECT hash FROM record WHERE seq > 0 ORDER BY seq")
            return [row[0].hex() for row in rows]

    # -- people in the hall -------------------------------------------------------------------------------

    def say(self, role: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A command as a terminal or a window gives it: again with the same key until there is an answer."""
        key, pause = uuid.uuid4().hex, threading.Event()
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Idempotency-Key": key}
        end = time.monotonic() + HANG
        while True:
            with suppress(requests.ConnectionError, requests.Timeout):
                answer = self.session.post(f"{self.url}{path}", json=body or {}, headers=headers, timeout=5)
                assert answer.ok, (path, answer.text)
                found: dict[str, Any] = answer.json()
                return found
            assert time.monotonic() < end, self.log()
            pause.wait(0.05)

    def take(self, priority: str = "ordinary") -> str:
        return str(self.say("terminal", "/v1/tickets", {"queue": "a", "priority": priority})["number"])

    def call(self) -> str:
        """Whom window 1 serves next."""
        number = str(self.say("window", "/v1/windows/1/call-next")["current"]["number"])
        self.say("window", "/v1/windows/1/finish")
        return number

    # -- ops ----------------------------------------------------------------------------------------------

    def propose(self, change: dict[str, str]) -> dict[str, Any]:
        return self.ops(CHEN).propose("叫号策略", "terminal", KEPT, change, PLAN)

    def collected(self) -> bool:
        """All of the hall's journal is at the centre."""
        figures = self.ops(LI).get(f"/v1/halls/{HALL}/figures")
        return bool(figures["records"] == self.head())

    def told(self) -> bool:
        """The hall serves with what the centre tells it."""
        try:
            said = self.ops(LI).get(f"/v1/terminals/{KEPT}")
        except OpsRefused:
            return False  # not enrolled yet
        return bool(said["rev"] and said["running"] == said["rev"] and self.on())


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptHall]:
    rig = KeptHall(tmp_path_factory.mktemp("kept"))
    try:
        until(rig.told, rig.log)
        # a first document is on probation for a minute; nobody waits for that here
        number = rig.ops(LI).approve(rig.propose({"name_en": "Queue"}))
        assert rig.ops(LI).ended(number, ROLLED_OUT) == "done", rig.ops(LI).rollout(number)
        rig.say("window", "/v1/windows/1/open")
        yield rig
    finally:
        rig.close()


def test_another_queue_policy_is_tried_approved_rolled_out_and_holds_and_nothing_is_lost(
    hall: KeptHall,
) -> None:
    for priority in ("ordinary", "elder", "elder", "elder", "ordinary"):
        hall.take(priority)
    assert [hall.call() for _ in range(4)] == ["A002", "A003", "A004", "A001"]
    for priority in ("elder", "elder", "ordinary", "elder"):
        hall.take(priority)  # A005 waits too
    until(hall.collected, hall.log)

    today = datetime.now(UTC).astimezone(load(hall.file, Hall).local(datetime.now(UTC)).tzinfo).date()
    ran = hall.ops(CHEN).get(f"/v1/halls/{HALL}/dry-run", policy="market-day", day=str(today))
    assert ran["faithful"] == 1.0
    assert ran["before"]["calls"] == ["A002", "A003", "A004", "A001"]
    assert ran["after"]["calls"] == ["A002", "A001", "A003", "A005"]
    assert ["A001", 3, 1] in ran["moved"]

    head, process = hall.head(), hall.process()
    until(lambda: hall.shown() == head, hall.log)
    number = hall.ops(LI).approve(hall.propose({"policy": "market-day"}))
    taken = hall.take()  # while it changes over
    assert hall.ops(LI).ended(number, ROLLED_OUT) == "done", hall.ops(LI).rollout(number)
    assert hall.process() != process
    kept = hall.kept()
    assert kept.good is not None
    assert kept.good.settings["policy"] == "market-day"

    until(lambda: hall.on() and hall.shown() == hall.head(), hall.log)
    assert (taken, hall.head()) == ("A010", head + 1)
    # one elder and one ordinary in turn; under the usual policy all three elders would come first
    assert [hall.call() for _ in range(6)] == ["A006", "A005", "A007", "A008", "A009", "A010"]
    until(hall.collected, hall.log)
    figures = hall.ops(LI).get(f"/v1/halls/{HALL}/figures")
    assert (figures["taken"], figures["served"], figures["waiting"]) == (10, 10, 0)
    assert figures["channels"] == {"terminal": 10}
    assert verify(hall.data / JOURNAL).accepted


def test_a_policy_that_no_hall_has_written_is_found_by_the_check_of_the_draft(hall: KeptHall) -> None:
    with pytest.raises(OpsRefused) as refused:
        hall.propose({"policy": "unheard-of"})
    assert refused.value.code == "draft.problems"


def test_a_hall_that_does_not_have_the_policy_falls_back_by_itself_and_the_rollout_stops(
    hall: KeptHall,
) -> None:
    newer = hall.folder / "newer.toml"
    newer.write_text(hall.file.read_text(encoding="utf-8") + UNWRITTEN, encoding="utf-8")
    database = hall.database()
    know_hall(database, load(newer, Hall))  # the centre knows settings that have not come to the hall
    database.close()
    good, head = hall.kept().good, hall.head()
    number = hall.ops(LI).approve(hall.propose({"policy": "evening"}))
    assert hall.ops(LI).ended(number, ROLLED_OUT) == "aborted"
    assert "rollout.failures" in hall.ops(LI).rollout(number)["reason"]
    with hall.database().read() as connection:
        (target,) = connection.execute(select(t.targets).where(t.targets.c.rollout == number))
    assert (target.state, target.code) == ("reverted", "trial.settings")
    until(hall.told, hall.log)
    kept = hall.kept()
    assert good is not None
    assert kept.good is not None
    assert kept.good.settings["policy"] == good.settings["policy"] == "market-day"
    assert hall.head() == head
    assert hall.take() == "A011"
    assert hall.call() == "A011"


def test_a_journal_that_was_put_back_from_a_copy_is_told_until_the_collected_one_is_there_again(
    hall: KeptHall,
) -> None:
    older, newest = hall.folder / "older.sqlite", hall.folder / "newest.sqlite"
    hall.copy(older)
    hall.take()
    hall.take()
    until(hall.collected, hall.log)
    records = hall.head()
    hall.copy(newest)

    hall.put_back(older)
    until(lambda: hall.alert() == "centre.journal_behind", lambda: (hall.alert(), hall.log()))
    for _ in range(3):  # the hall serves on, under numbers that the centre has already
        hall.take()
    until(lambda: hall.alert() == "centre.journal_forked", lambda: (hall.alert(), hall.log()))
    assert hall.ops(LI).get(f"/v1/halls/{HALL}/figures")["records"] == records
    hall.put_back(newest)
    until(lambda: hall.alert() == "", lambda: (hall.alert(), hall.log()))
    hall.take()
    until(hall.collected, hall.log)
    assert hall.head() == records + 1


def test_a_journal_whose_file_is_gone_begins_anew_when_somebody_says_so(hall: KeptHall) -> None:
    hall.take()
    until(hall.collected, hall.log)
    before, lost = hall.figures(), hall.own_records()
    with pytest.raises(OpsRefused) as refused:
        hall.ops(CHEN).post(f"/v1/halls/{HALL}/journal", {"why": "by mistake"})
    assert refused.value.code == "hall.journal_whole"

    hall.put_back(None)
    hall.say("window", "/v1/windows/1/open")
    assert hall.take() == "A001"
    until(lambda: hall.alert() == "centre.journal_behind", lambda: (hall.alert(), hall.log()))
    begun = hall.ops(CHEN).post(f"/v1/halls/{HALL}/journal", {"why": "the disk died"})
    assert (begun["branch"], begun["after"], begun["by"]) == (1, len(lost), CHEN)
    until(lambda: hall.alert() == "", lambda: (hall.alert(), hall.log()))
    assert hall.call() == "A001"
    until(lambda: hall.kept_records() == lost + hall.own_records(), hall.log)

    figures = hall.figures()
    assert (figures["taken"], figures["served"]) == (before["taken"] + 1, before["served"] + 1)
    assert figures["channels"] == {"terminal": before["taken"] + 1}
    assert figures["records"] == before["records"] + hall.head()
    (gap,) = figures["gaps"]
    assert (gap["after"], gap["after_hash"], gap["first"]) == (len(lost), lost[-1], 1)
    assert gap["after_at"] < gap["first_at"]
    assert hall.ops(LI).get(f"/v1/halls/{HALL}/journal")["branches"] == [gap]
    until(lambda: hall.alert("gap") == "centre.journal_anew", lambda: hall.alert("gap"))


def test_of_an_older_copy_that_went_on_only_what_is_new_is_kept_and_counted(hall: KeptHall) -> None:
    older = hall.folder / "copy.sqlite"
    hall.take()
    hall.copy(older)
    shared = hall.head()
    hall.take()
    hall.take()
    until(lambda: hall.kept_records()[-1] == hall.own_records()[-1], hall.log)
    kept, before = hall.kept_records(), hall.figures()

    hall.put_back(older)
    for _ in range(4):
        hall.take()
    until(lambda: hall.alert() == "centre.journal_forked", lambda: (hall.alert(), hall.log()))
    hall.children.kill("uplink")  # what it hears and when must not matter
    hall.ops(LI).post(f"/v1/halls/{HALL}/journal", {"why": "restored from last night"})
    hall.start_uplink()
    until(lambda: hall.alert() == "", lambda: (hall.alert(), hall.log()))
    hall.take()
    until(lambda: hall.kept_records()[-1] == hall.own_records()[-1], hall.log)

    assert hall.kept_records() == kept + hall.own_records()[shared:]
    figures = hall.figures()
    assert figures["taken"] == before["taken"] + 5
    assert figures["records"] == before["records"] + 5
    assert (figures["gaps"][-1]["after"], figures["gaps"][-1]["first"]) == (shared + 2, shared + 1)
