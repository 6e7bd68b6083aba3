"""The hardened mosquitto as written for production, attacked by its own terminals; and the probe that finds out.

Nothing here waits by the clock: what must not come is proven by a later message that has come.
"""

import asyncio
import datetime
import secrets
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hall import broker as hall_broker
from hall.wire.port import free_port
from provisioning.broker import passwords, private
from provisioning.broker.access import CENTRE, PROBES
from provisioning.broker.accounts import BrokerAccounts, Door
from provisioning.broker.card import fit_for_production
from provisioning.broker.packets import Message, Will
from provisioning.broker.private import PrivateBroker
from provisioning.broker.probe import Access, credentials, examine
from provisioning.broker.session import Refused, Session, open_session
from provisioning.broker.settings import Tls
from provisioning.centre.store.database import Database
from provisioning.wire import topics

pytestmark = pytest.mark.broker

ONE, TWO = "qy-k01", "qy-k02"
SECRETS = {ONE: "first secret", TWO: "second secret"}
HANG = 60.0  # seconds


class Client:
    """A session with all that it heard."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.news, self.lost = asyncio.Event(), asyncio.Event()
        self.session: Session

    def message(self, message: Message) -> None:
        self.heard.append(message)
        self.news.set()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(HANG):
            while not what():
                self.news.clear()
                await self.news.wait()

    async def fenced(self) -> list[Message]:
        """All that came before this moment: the own ping topic is a fence (mosquitto has one thread)."""
        word = secrets.token_bytes(8)
        ping = self.ping
        await self.session.publish(ping, word)
        await self.until(lambda: any(m.payload == word for m in self.heard))
        return [m for m in self.heard if m.topic != ping]

    ping: str = ""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateBroker]:
    running = private.start(tmp_path / "broker")
    try:
        admit(running, SECRETS)
        yield running
    finally:
        running.stop()


def admit(broker: PrivateBroker, users: dict[str, str]) -> None:
    """Into the password file; the broker is told and has read it when a newcomer is let in."""
    known = passwords.read(broker.passwords)
    passwords.write(broker.passwords, known | {name: passwords.hashed(word) for name, word in users.items()})
    broker.reload()
    name, word = next(iter(users.items()))
    asyncio.run(_let_in(broker, name, word))


async def _let_in(broker: PrivateBroker, name: str, word: str) -> None:
    async with asyncio.timeout(HANG):
        while True:
            try:
                (await open_session("127.0.0.1", broker.settings.port, name, name, word)).close()
                return
            except (Refused, ConnectionError):
                await asyncio.sleep(0.01)


@asynccontextmanager
async def client(
    broker: PrivateBroker, name: str, *, client_id: str | None = None, will: Will | None = None
) -> AsyncIterator[Client]:
    secret = credentials(broker.centre_url)[1] if name == CENTRE else SECRETS[name]
    made = Client()
    made.ping = f"k/1/ping/{name}"
    made.session = await open_session(
        "127.0.0.1",
        broker.settings.port,
        client_id or name,
        name,
        secret,
        on_message=made.message,
        on_lost=made.lost.set,
        will=will,
    )
    await made.session.subscribe([(made.ping, 1)])
    try:
        yield made
    finally:
        made.session.close()


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), HANG))


def test_centre_and_terminal_hear_each_other(broker: PrivateBroker) -> None:
    async def story() -> None:
        async with client(broker, CENTRE) as centre, client(broker, ONE) as one:
            await centre.session.publish(topics.CENTRE_STATE, b"here", retain=True)
            await one.session.subscribe([(topic(ONE), 1) for topic in topics.TO_DEVICE])
            await one.session.subscribe([(topics.CENTRE_STATE, 1)])
            await centre.session.subscribe([(topic("+"), 1) for topic in topics.FROM_DEVICE])
            for topic in topics.TO_DEVICE:
                await centre.session.publish(topic(ONE), b"down")
            for topic in topics.FROM_DEVICE:
                await one.session.publish(topic(ONE), b"up")
            assert {m.topic for m in await centre.fenced()} == {topic(ONE) for topic in topics.FROM_DEVICE}
            down = {topic(ONE) for topic in topics.TO_DEVICE} | {topics.CENTRE_STATE}
            assert {m.topic for m in await one.fenced()} == down

    run(story)


def test_another_terminals_topics_cannot_be_read_live_or_retained(broker: PrivateBroker) -> None:
    async def story() -> None:
        async with client(broker, CENTRE) as centre, client(broker, ONE) as one, client(broker, TWO) as two:
            await centre.session.publish(topics.desired(ONE), b"kept", retain=True)
            wanted = ["#", "+/+/+/+/+", f"k/1/d/{ONE}/#", topics.desired(ONE), "$SYS/#", f"k/1/ping/{ONE}"]
            for topic in wanted:
                await two.session.subscribe([(topic, 1)])
            for topic_of in topics.TO_DEVICE:
                await centre.session.publish(topic_of(ONE), b"live")
            for topic_of in topics.FROM_DEVICE:
                await one.session.publish(topic_of(ONE), b"live", retain=True)
            await one.fenced()
            assert await two.fenced() == []

    run(story)


def test_a_forged_publish_reaches_nobody_and_is_not_kept(broker: PrivateBroker) -> None:
    async def story() -> None:
        async with client(broker, CENTRE) as centre, client(broker, ONE) as one, client(broker, TWO) as two:
            await centre.session.publish(topics.desired(ONE), b"true", retain=True)
            await centre.session.subscribe([(topic("+"), 1) for topic in topics.FROM_DEVICE])
            await one.session.subscribe([(topic(ONE), 1) for topic in topics.TO_DEVICE])
            await one.session.subscribe([(topics.CENTRE_STATE, 1)])
            for topic in (*topics.TO_DEVICE, *topics.FROM_DEVICE):
                await two.session.publish(topic(ONE), b"forged", retain=True)
            for own in topics.TO_DEVICE:  # nor may it speak to itself as the centre
                await two.session.publish(own(TWO), b"forged", retain=True)
            for other in (topics.CENTRE_STATE, "k/1/d/new/desired", "k/1/h/qy/call", f"{topics.PROBE}/x"):
                await two.session.publish(other, b"forged", retain=True)
            heard = [*await centre.fenced(), *await one.fenced(), *await two.fenced()]
            assert [m.payload for m in heard] == [b"true"]
        async with client(broker, CENTRE) as centre, client(broker, ONE) as one:
            await one.session.subscribe([(topic(ONE), 1) for topic in topics.TO_DEVICE])
            await centre.session.subscribe([(topic("+"), 1) for topic in topics.RETAINED])
            kept = [*await centre.fenced(), *await one.fenced()]
            assert {(m.topic, m.payload) for m in kept} == {(topics.desired(ONE), b"true")}

    run(story)


def test_a_will_cannot_be_spoken_in_anothers_name(broker: PrivateBroker) -> None:
    async def story() -> None:
        async with client(broker, CENTRE) as centre:
            await centre.session.subscribe([(topics.status("+"), 1)])
            async with client(broker, TWO, will=Will(topics.status(ONE), b"gone")) as two:
                two.session.cut()
            async with client(broker, TWO, will=Will(topics.status(TWO), b"gone")) as two:
                two.session.cut()
            await centre.until(lambda: any(m.topic == topics.status(TWO) for m in centre.heard))
            assert [m.topic for m in await centre.fenced()] == [topics.status(TWO)]

    run(story)


def test_a_client_id_cannot_be_stolen(broker: PrivateBroker) -> None:
    async def story() -> None:
        async with client(broker, CENTRE) as centre, client(broker, ONE) as one:
            for victim in (ONE, CENTRE):
                async with client(broker, TWO, client_id=victim) as two:
                    await two.fenced()
            assert await one.fenced() == await centre.fenced() == []
            assert not one.lost.is_set()
            assert not centre.lost.is_set()

    run(story)


@pytest.mark.parametrize(
    ("user", "password"),
    [(None, None), (ONE, None), (ONE, "wrong"), (ONE, SECRETS[TWO]), ("nobody", "x"), ("", ""), (CENTRE, "")],
)
def test_strangers_are_refused(broker: PrivateBroker, user: str | None, password: str | None) -> None:
    async def story() -> None:
        with pytest.raises((Refused, ConnectionError)):
            await open_session("127.0.0.1", broker.settings.port, ONE, user, password)

    run(story)


def test_who_is_removed_is_thrown_out_and_stays_out(broker: PrivateBroker) -> None:
    async def story() -> None:
        async with client(broker, ONE) as one, client(broker, TWO) as two:
            left = {user: kept for user, kept in passwords.read(broker.passwords).items() if user != ONE}
            passwords.write(broker.passwords, left)
            broker.reload()
            async with asyncio.timeout(HANG):
                await one.lost.wait()
            await two.fenced()
            assert not two.lost.is_set()
            with pytest.raises(Refused):
                async with client(broker, ONE):
                    pass

    run(story)


def test_every_retained_document_of_a_large_fleet_comes_at_quality_1(broker: PrivateBroker) -> None:
    count = 3000  # three times what mosquitto's defaults give

    async def story() -> None:
        async with client(broker, CENTRE) as centre:
            for n in range(count):
                acked = centre.session.send(topics.desired(f"t{n}"), b"x" * 200, 1, True)
                if acked is not None and n % 100 == 99:
                    await acked
            await centre.fenced()
        async with client(broker, CENTRE) as centre:
            await centre.session.subscribe([(topics.desired("+"), 1)])
            await centre.until(lambda: len({m.topic for m in centre.heard}) == count)

    run(story)


def test_documents_outlive_a_restart(broker: PrivateBroker) -> None:
    async def before() -> None:
        async with client(broker, CENTRE) as centre:
            await centre.session.publish(topics.desired(ONE), b"kept", retain=True)

    async def after() -> None:
        async with client(broker, ONE) as one:
            await one.session.subscribe([(topics.desired(ONE), 1)])
            assert [(m.payload, m.retain) for m in await one.fenced()] == [(b"kept", True)]

    run(before)
    broker.stop()
    broker.start()
    run(after)


# -- TLS --------------------------------------------------------------------------------------------------


def issued(
    folder: Path, name: str, authority: tuple[x509.Certificate, EllipticCurvePrivateKey] | None
) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    key, now = generate_private_key(SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = authority[1] if authority else key
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority[0].subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .sign(signer, SHA256())
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / f"{name}.key").chmod(0o600)
    return made, key


def test_over_tls_the_certificate_is_the_identity_and_nothing_else_is(tmp_path: Path) -> None:
    authority = issued(tmp_path, "authority", None)
    stranger = issued(tmp_path, "stranger", None)
    issued(tmp_path, "localhost", authority)
    issued(tmp_path, ONE, authority)
    (tmp_path / "other").mkdir()
    issued(tmp_path / "other", ONE, stranger)
    tls = Tls(
        certificate=tmp_path / "localhost.pem",
        key=tmp_path / "localhost.key",
        client_ca=tmp_path / "authority.pem",
    )

    def context(folder: Path | None) -> ssl.SSLContext:
        made = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
        if folder is not None:
            made.load_cert_chain(folder / f"{ONE}.pem", folder / f"{ONE}.key")
        return made

    async def story(port: int) -> None:
        mine = Client()
        mine.ping = f"k/1/ping/{ONE}"
        # It calls itself another: the certificate says who it is.
        mine.session = await open_session(
            "localhost", port, TWO, TWO, "x", on_message=mine.message, tls=context(tmp_path)
        )
        await mine.session.subscribe([(mine.ping, 1), (f"k/1/ping/{TWO}", 1)])
        await mine.session.publish(f"k/1/ping/{TWO}", b"as another")
        assert await mine.fenced() == []
        mine.session.close()
        for folder in (None, tmp_path / "other"):
            with pytest.raises(OSError):  # noqa: PT011  the kind of reset differs with the moment it comes
                await open_session("localhost", port, ONE, ONE, SECRETS[ONE], tls=context(folder))

    broker = private.start(tmp_path / "broker", listen="127.0.0.1", address="localhost", tls=tls)
    try:
        assert broker.url == f"mqtts://localhost:{broker.settings.port}"
        run(lambda: story(broker.settings.port))
    finally:
        broker.stop()


# -- the probe --------------------------------------------------------------------------------------------


def test_the_probe_finds_nothing_wrong_with_what_we_write(tmp_path: Path) -> None:
    broker = private.start(tmp_path / "broker")
    with closing(Database(f"sqlite:///{tmp_path}/centre.sqlite")) as database:
        database.prepare()
        accounts = BrokerAccounts(database, {"main": Door.of(broker.folder, broker.reload)}, time.time)
        secret = (secrets.token_hex(8), secrets.token_hex(8))
        accounts.guests(dict(zip(PROBES, secret, strict=True)))
        try:
            asyncio.run(_let_in(broker, PROBES[0], secret[0]))
            access = Access(broker.url, secret, credentials(broker.centre_url)[1])
            card = examine(access, "main", time.time, many=2000)
            accounts.guests({})
        finally:
            broker.stop()
    assert {check.code: check.measured for check in card.checks if check.grade != "ok"} == {}
    assert fit_for_production(card) == ()
    assert len(card.checks) == 17
    assert set(passwords.read(broker.passwords)) == {CENTRE}


def test_the_probe_sees_an_open_mosquitto_for_what_it_is(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "open.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest none\n")
    process = subprocess.Popen([private.program(), "-c", str(tmp_path / "open.conf")])
    try:
        asyncio.run(_listening(port))
        card = examine(Access(f"mqtt://127.0.0.1:{port}", ("a", "b")), "main", time.time, many=1500)
    finally:
        process.terminate()
        process.wait()
    leaks = {"broker.anonymous", "broker.client_id", "broker.isolation_read", "broker.isolation_write"}
    assert {check.code for check in fit_for_production(card)} == leaks
    found = {check.code: check for check in card.checks}
    assert found["broker.retained_all"].grade == "warn"
    assert "QoS 1: 1020 of 1500" in found["broker.retained_all"].measured


def test_the_probe_keeps_the_demonstrations_broker_out_of_production() -> None:
    broker = hall_broker.start_iotcore()
    try:
        card = examine(Access(broker.hall_url, ("a", "b")), "main", time.time, many=150)
    finally:
        broker.stop()
    leaks = {check.code for check in fit_for_production(card)}
    assert leaks >= {"broker.isolation_read", "broker.isolation_write", "broker.client_id"}


async def _listening(port: int) -> None:
    async with asyncio.timeout(HANG):
        while True:
            try:
                (await open_session("127.0.0.1", port, "x")).close()
                return
            except ConnectionError:
                await asyncio.sleep(0.01)
