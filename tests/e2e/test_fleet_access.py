"""Authorities that end and brokers that move, with a real mosquitto, centre and agent: nobody drives there."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import func, select, update

from bench.centre import ground
from hall.wire.port import free_port
from provisioning.agent.identity import Identity
from provisioning.agent.kept import Way
from provisioning.agent.vault import DiskVault, Folder
from provisioning.broker import private
from provisioning.broker.card import fit_for_production
from provisioning.broker.settings import Tls as BrokerTls
from provisioning.centre.live import Live
from provisioning.centre.serve import Running
from provisioning.centre.settings import Broker, Centre, Tls
from provisioning.centre.store.tables import events, streams, terminals
from provisioning.simulator.seeding import seed
from provisioning.wire.documents import Apply, access_tag, seal
from provisioning.wire.messages import Access, BrokerAccess, Grant, Secrets
from tests.e2e.fleet_rig import ROOT, until
from tests.e2e.test_agent_certificates import TINY, Papers

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

AGENT = """
import sys
from pathlib import Path
from provisioning.agent import runner, ways
from provisioning.agent.__main__ import start

ways.TRY, ways.SPREAD, ways.PAUSE, ways.ASK = 6.0, 0.1, (4.0, 4.0), 1.0
runner.MEASURE, runner.AWAY = 0.5, (float(sys.argv[2]), 2.0)
raise SystemExit(start(Path(sys.argv[1])))
"""
"""The agent of a machine, in a hurry; ``argv[2]``: seconds without a broker until it asks the centre."""
NEVER, SOON = 1e6, 0.5


class World:
    """One terminal, its broker and its centre; authorities A and B, each with papers for both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.a, self.b = (Papers(folder / name, called=f"authority {name}").make() for name in "ab")
        self.both = folder / "both.pem"
        self.both.write_bytes(self.a.file("authority").read_bytes() + self.b.file("authority").read_bytes())
        self.port = free_port()
        self.broker = self.new_broker(self.a)
        self.running: Running | None = None
        self.agent: subprocess.Popen[bytes] | None = None
        self._ending = contextlib.ExitStack()
        self.state = folder / "state"
        self.settings = folder / "agent.toml"
        self.settings.write_text(
            f'centre = "https://localhost:{self.port}"\nca_file = "{self.a.file("authority")}"\n'
            f'state_dir = "{self.state}"\nserial = "SIM-00000"\n'
            f'[kiosk]\nproduction = false\nmodule = "{TINY}"\n'
        )
        self.device = ""

    def new_broker(
        self, papers: Papers, port: int | None = None, folder: str = "broker"
    ) -> private.PrivateBroker:
        """It shows a certificate of ``papers``."""
        certificate, key = papers.pair("localhost")
        return private.start(
            self.folder / folder,
            listen="127.0.0.1",
            address="localhost",
            tls=BrokerTls(certificate=certificate, key=key),
            **({"port": port} if port else {}),
        )

    def change_broker(self, papers: Papers) -> None:
        self.broker.stop()
        self.broker = self.new_broker(papers, self.broker.settings.port)

    def serve(
        self, ca: Path, *, url: str = "", shows: Papers | None = None, centre_ca: Path | None = None
    ) -> None:
        """The centre, started (anew) with these settings."""
        self.silence()
        certificate, key = (shows or self.a).pair("localhost")
        settings = Centre(
            data=self.folder,
            url=f"https://localhost:{self.port}",
            ca=centre_ca,
            tls=Tls(certificate=certificate, key=key),
            production=False,
            brokers=(Broker(folder=self.broker.folder, url=url or self.broker.url, ca=ca),),
        )
        self.running = running = Running(settings)
        self._ending.callback(running.close)
        running.broker_accounts.step()
        running.alerts.load()
        running.commands.load()
        running.desk.start()
        server = uvicorn.Server(
            uvicorn.Config(
                running.app,
                port=self.port,
                ssl_certfile=certificate,
                ssl_keyfile=key,
                log_config=None,
                lifespan="off",
            )
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        self._ending.callback(thread.join)
        self._ending.callback(lambda: setattr(server, "should_exit", True))
        until(lambda: server.started, "the centre serves")

    def silence(self) -> None:
        self._ending.close()
        self.running = None

    def power_on(self, away: float = NEVER) -> None:
        with (self.folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                [sys.executable, "-c", AGENT, str(self.settings), str(away)], cwd=ROOT, stdout=log, stderr=log
            )

    def power_cut(self) -> None:
        assert self.agent is not None
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait()

    def close(self) -> None:
        if self.agent is not None:
            self.agent.terminate()
            self.agent.wait()
        self.silence()
        self.broker.stop()

    # -- what is seen ---------------------------------------------------------------------------------------

    @property
    def live(self) -> Live:
        assert self.running is not None
        found = self.running.fleet.get(self.device)
        assert found is not None
        return found

    @property
    def way(self) -> Way:
        """On the terminal's disk."""
        return DiskVault(Folder(self.state / "agent")).load().kept.way

    def taken(self, ca: Path, url: str = "", centre_ca: Path | None = None) -> None:
        """Wait until the centre hears from the terminal that this way is its good one."""
        broker = BrokerAccess(url=url or self.broker.url, ca=ca.read_text())
        tag = access_tag(broker, centre_ca.read_text() if centre_ca else None)
        until(lambda: self.live.access == tag and self.live.online, self.log, 90)

    def back(self, before: str) -> None:
        """Wait until it is there, on another connection than ``before``."""
        until(lambda: self.live.online and self.live.sid not in ("", before), self.log, 90)

    def happened(self, kind: str) -> int:
        """Events of the terminal that the centre keeps."""
        assert self.running is not None
        with self.running.database.read() as connection:
            of = (events.c.terminal == self.device) & (events.c.type == kind)
            return connection.scalar(select(func.count()).select_from(events).where(of)) or 0

    def lost(self) -> int:
        """Events that will never come."""
        assert self.running is not None
        with self.running.database.read() as connection:
            return connection.scalar(select(func.sum(streams.c.lost))) or 0

    def log(self) -> str:
        return (self.folder / "agent.log").read_text()[-3000:]

    def let_in(self) -> None:
        """With the authority A and the broker as it is, and told its first settings."""
        base = ground(self.folder)
        with contextlib.closing(base.database):
            soon = Apply(when="now", probation_seconds=0.2)
            (identity,) = seed(
                base.database, base.keys, base.documents, self.broker.url, 1, time.time(), apply=soon
            )
            own = Identity(self.state / "identity")
            with base.database.write() as connection:
                connection.execute(update(terminals).values(public_key=own.public_key, seal_key=own.seal_key))
                envelope = base.documents.envelope(connection, identity.device)
        assert envelope is not None
        named = {"hall-token": "invented", "hall-broker": "mqtt://reader:none@127.0.0.1:1"}
        secrets = Secrets(broker_password=identity.password, named=named)
        own.admit(
            Grant(
                device=identity.device,
                hall="sim-0000",
                keys=dict(identity.keys),
                broker=BrokerAccess(url=self.broker.url, ca=self.a.file("authority").read_text()),
                sealed=seal(secrets.model_dump_json().encode(), own.seal_key),
                desired=envelope.decode(),
            )
        )
        self.device = identity.device


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    try:
        made.let_in()
        yield made
    finally:
        made.close()


def test_a_broker_gets_a_certificate_of_another_authority_and_the_terminal_is_back(world: World) -> None:
    only_a, only_b = world.a.file("authority"), world.b.file("authority")
    world.serve(only_a)
    world.power_on()
    world.taken(only_a)
    world.serve(world.both)
    world.taken(world.both)
    world.power_cut()
    world.change_broker(world.b)
    world.power_on()
    world.back(world.live.sid)
    world.serve(only_b)
    world.taken(only_b)
    assert world.way.good == BrokerAccess(url=world.broker.url, ca=only_b.read_text())
    assert world.way.wanted is None
    until(lambda: world.happened("access.taken") == 2, world.log, 60)
    until(lambda: world.happened("agent.started") == 2, world.log, 60)
    assert world.lost() == 0


def test_a_wrong_address_and_a_wrong_authority_cut_nobody_off(world: World) -> None:
    right = world.a.file("authority")
    world.serve(right)
    world.power_on()
    world.taken(right)
    good = world.live.access
    world.serve(right, url=f"mqtts://localhost:{free_port()}")
    until(lambda: world.happened("access.unproven") >= 1, world.log, 90)
    assert world.running is not None
    told, when = world.running.accesses.told, datetime.now(UTC) + timedelta(seconds=1)
    told["main"] = Access(since=when, url=world.broker.url, ca=world.b.file("authority").read_text())
    world.running.outbound.seed([world.device])
    until(lambda: (world.way.wanted or world.way.good) == told["main"].broker, world.log, 60)
    tried = world.happened("access.unproven")
    world.power_cut()  # whichever of the two it was using
    world.power_on()
    until(lambda: world.happened("access.unproven") > tried, world.log, 90)
    before = world.live.sid
    world.change_broker(world.a)  # the same certificate: it is only started anew
    world.back(before)
    assert world.live.access == good
    assert world.lost() == 0
    world.serve(right)
    until(lambda: world.way.wanted is None, world.log, 60)
    world.taken(right)


def test_one_that_was_off_while_everything_moved_asks_the_centre_which_it_trusts_by_what_it_was_told(
    world: World,
) -> None:
    right = world.a.file("authority")
    world.serve(right, centre_ca=world.both)
    world.power_on()
    world.taken(right, centre_ca=world.both)
    before = world.live.sid
    world.power_cut()
    world.broker.stop()
    world.broker = world.new_broker(world.b, folder="moved")  # another address, another authority
    world.serve(world.b.file("authority"), shows=world.b, centre_ca=world.both)
    world.power_on(away=SOON)
    world.taken(world.b.file("authority"), centre_ca=world.both)
    world.back(before)
    assert world.lost() == 0


# -- what centre and probe show ------------------------------------------------------------------------------


def strict(folder: Path, papers: Papers) -> private.PrivateBroker:
    """A broker that asks everybody for a certificate of ``papers``."""
    certificate, key = papers.pair("localhost")
    tls = BrokerTls(certificate=certificate, key=key, client_ca=papers.file("authority"))
    return private.start(folder, listen="127.0.0.1", address="localhost", tls=tls)


def both_in_one(papers: Papers, name: str) -> Path:
    certificate, key = papers.pair(name)
    file = papers.folder / f"{name}.both.pem"
    file.touch(mode=0o600)
    file.write_bytes(certificate.read_bytes() + key.read_bytes())
    return file


def test_the_centre_and_its_probe_come_in_where_certificates_are_asked_for(tmp_path: Path) -> None:
    papers = Papers(tmp_path / "papers", client=20).make("centre", "probe_a", "probe_b")
    broker = strict(tmp_path / "broker", papers)
    certificate, key = papers.pair("centre")
    settings = Centre(
        data=tmp_path / "centre",
        url="https://localhost:8700",
        brokers=(
            Broker(
                folder=broker.folder,
                url=broker.url,
                ca=papers.file("authority"),
                certificate=certificate,
                key=key,
                probes=(both_in_one(papers, "probe_a"), both_in_one(papers, "probe_b")),
            ),
        ),
    )
    running = Running(settings)
    try:
        running.start()  # in production: it is probed and must be fit
        card = running.cards.cards()["main"]
        assert {check.code: check.measured for check in card.checks if check.grade != "ok"} == {}
        until(lambda: "main" in running.desk.connected, "the centre is connected")
        until(lambda: running.certificates.endings(), "its connection's certificates are known")
        (ending,) = running.certificates.endings()
        assert (ending.whose, round(ending.days)) == ("client", 20)
    finally:
        running.close()
        broker.stop()


@pytest.mark.parametrize(("ca", "hint"), [("other", "set ca"), ("papers", "set certificate, key and probes")])
def test_where_certificates_are_not_trusted_the_probe_says_so_once_and_what_to_do(
    tmp_path: Path, ca: str, hint: str
) -> None:
    papers = Papers(tmp_path / "papers").make()
    Papers(tmp_path / "other").make()
    broker = strict(tmp_path / "broker", papers)
    trusted = tmp_path / ca / "authority.pem"
    settings = Centre(
        data=tmp_path / "centre",
        url="https://localhost:8700",
        brokers=(Broker(folder=broker.folder, url=broker.url, ca=trusted),),
    )
    running = Running(settings)
    try:
        card = running.cards.probe()["main"]
    finally:
        running.close()
        broker.stop()
    (check,) = card.checks
    assert (check.code, check.grade) == ("broker.trust", "leak")
    assert hint in check.measured
    assert fit_for_production(card) == (check,)
