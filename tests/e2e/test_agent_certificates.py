"""Certificates that are about to end, over a real mosquitto with TLS: health says it, the centre's alert comes up."""

import asyncio
import getpass
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from bench.centre import ground, running
from hall.wire.link import Link
from provisioning.agent.identity import Identity
from provisioning.agent.runner import Runner
from provisioning.agent.settings import AgentSettings, Machine
from provisioning.broker import passwords, private
from provisioning.broker.private import PrivateBroker
from provisioning.broker.settings import Tls
from provisioning.centre.hall_link import link_of
from provisioning.centre.store.tables import alerts
from provisioning.simulator.behaviour import NAMED
from provisioning.simulator.fleet import SimulatedFleet
from provisioning.simulator.seeding import seed
from provisioning.uplink import uplink, uplink_id
from provisioning.wire import topics
from provisioning.wire.documents import seal
from provisioning.wire.messages import BrokerAccess, Grant, Health, Secrets
from tests.unit.provisioning.agent.machine import DEVICE, public

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

HANG = 40.0  # seconds
HALL = "h12"
TINY = "tests.unit.provisioning.agent.tiny_kiosk"


@dataclass(frozen=True, slots=True)
class Papers:
    """An authority and what it signed, in ``folder``; days that each lasts."""

    folder: Path
    authority: float = 400
    broker: float = 90
    client: float = 90
    called: str = "authority"  # its name: two in one file must be told apart by it

    def make(self, *clients: str) -> "Papers":
        self.folder.mkdir()
        root = self._made("authority", self.authority, None)
        self._made("localhost", self.broker, root)
        for name in clients:
            self._made(name, self.client, root)
        return self

    def file(self, name: str) -> Path:
        return self.folder / f"{name}.pem"

    def pair(self, name: str) -> tuple[Path, Path]:
        return self.file(name), self.folder / f"{name}.key"

    def _made(
        self, name: str, days: float, by: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name if by else self.called)])
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by[0].subject if by else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
            .sign(by[1] if by else key, SHA256())
        )
        self.file(name).write_bytes(made.public_bytes(Encoding.PEM))
        file = self.pair(name)[1]
        file.touch(mode=0o600)
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made, key


@contextmanager
def tls_broker(folder: Path, papers: Papers, *, client_ca: bool = False) -> Iterator[PrivateBroker]:
    certificate, key = papers.pair("localhost")
    tls = Tls(certificate=certificate, key=key, client_ca=papers.file("authority") if client_ca else None)
    broker = private.start(
        folder, listen="127.0.0.1", address="localhost", tls=tls, account=getpass.getuser()
    )
    try:
        yield broker
    finally:
        broker.stop()


class Ear:
    """The centre's own connection, hearing health: nothing that is said from now on is missed."""

    def __init__(self, broker: PrivateBroker, papers: Papers, *, shows: bool) -> None:
        self._heard, self._changed = list[Health](), threading.Condition()
        listens = threading.Event()

        def asked_for(up: bool) -> None:
            if up:  # a broker acknowledges in order: by then it knows what was subscribed to
                self.link.publish(topics.desired(DEVICE), b"")

        self.link = Link(
            broker.centre_url,
            "centre",
            subscribe=((topics.health("+"), 0),),
            on_message=self._hear,
            on_state=asked_for,
            on_delivered=listens.set,
            ca_file=papers.file("authority"),
            client_files=papers.pair("centre") if shows else None,
        )
        self.link.start()
        assert listens.wait(HANG), "the ear never listened"

    def _hear(self, _topic: str, payload: bytes) -> None:
        with self._changed:
            self._heard.append(Health.model_validate_json(payload))
            self._changed.notify_all()

    def health(self) -> Health:
        """The first word of it."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._heard, HANG), "no health came"
            return self._heard[0]


@contextmanager
def terminal(folder: Path, broker: PrivateBroker, papers: Papers, *, shows: bool) -> Iterator[Runner]:
    """A real agent, let in at ``broker`` by hand."""
    passwords.write(
        broker.passwords, passwords.read(broker.passwords) | {DEVICE: passwords.hashed("invented")}
    )
    broker.reload()
    identity = Identity(folder / "identity")
    secrets = Secrets(broker_password="invented", named={"hall-token": "t", "hall-broker": "mqtt://h"})
    identity.admit(
        Grant(
            device=DEVICE,
            hall=HALL,
            keys={"a": public("a")},
            broker=BrokerAccess(url=broker.url, ca=papers.file("authority").read_text()),
            sealed=seal(secrets.model_dump_json().encode(), identity.seal_key),
            desired="",
        )
    )
    shown = papers.pair(DEVICE) if shows else (None, None)
    settings = AgentSettings(
        centre="http://127.0.0.1:9",
        state_dir=folder,
        certificate_file=shown[0],
        key_file=shown[1],
        kiosk=Machine(production=False, module=TINY),
    )
    runner = Runner(settings, "test")
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield runner
    finally:
        runner.stop()
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("days", "whose", "left"),
    [
        ({"broker": 5.5}, "broker", 5.5),
        ({"authority": 4.5}, "authority", 4.5),
        ({"client": 3.5}, "client", 3.5),
    ],
)
def test_a_terminals_first_word_of_health_says_which_certificate_ends_first(
    tmp_path: Path, days: dict[str, Any], whose: str, left: float
) -> None:
    papers = Papers(tmp_path / "papers", **days).make("centre", DEVICE)
    shows = whose == "client"
    with tls_broker(tmp_path / "broker", papers, client_ca=shows) as broker:
        ear = Ear(broker, papers, shows=shows)
        try:
            with terminal(tmp_path / "state", broker, papers, shows=shows):
                health = ear.health()
        finally:
            ear.link.close()
    assert health.certificate == whose
    assert health.certificate_days == pytest.approx(left, abs=0.01)


def test_without_tls_no_certificate_can_end(tmp_path: Path) -> None:
    broker = private.start(tmp_path / "broker")
    heard = threading.Event()
    link = Link(broker.centre_url, "centre", on_state=lambda up: heard.set())
    link.start()
    try:
        assert heard.wait(HANG)
        assert link.expiry is None
    finally:
        link.close()
        broker.stop()


def test_the_centres_alert_comes_up_for_terminals_and_uplinks_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "provisioning.agent.agent.HEALTH", 1.0
    )  # the first may come before the centre listens
    papers = Papers(tmp_path / "papers", broker=5.5).make()
    base = ground(tmp_path)
    tls = ssl.create_default_context(cafile=str(papers.file("authority")))
    with tls_broker(tmp_path / "broker", papers) as broker:
        identities = seed(base.database, base.keys, base.documents, broker.url, 2, time.time())
        ca = papers.file("authority")
        way = link_of(base.database, "sim-0000", broker.url)
        _, link = uplink("sim-0000", "http://127.0.0.1:9", "no token", way, ca_file=ca)

        async def story(raised: Callable[[], set[tuple[str, str, str]]]) -> None:
            fleet = SimulatedFleet(time.time, behaviour=lambda number: NAMED["well"])
            for identity in identities:
                fleet.add(replace(identity, tls=tls))
            try:
                wanted = {(one.device, "critical", "broker") for one in identities}
                assert await fleet.until(lambda: raised() >= wanted, HANG), raised()
                link.start()  # now somebody listens to the one word of health that it says at once
                wanted.add((uplink_id("sim-0000"), "critical", "broker"))
                assert await fleet.until(lambda: raised() >= wanted, HANG), raised()
            finally:
                await fleet.stop()

        with running(base, broker.folder, broker.url, ca=ca) as heart:

            def raised() -> set[tuple[str, str, str]]:
                heart.whole.alerts.sweep()
                a = alerts.c
                with heart.database.read() as connection:
                    found = connection.execute(
                        select(a.terminal, a.severity, a.detail).where(a.kind == "certificate")
                    )
                    return {(row.terminal, row.severity, row.detail["whose"]) for row in found}

            try:
                asyncio.run(story(raised))
            finally:
                link.close()
