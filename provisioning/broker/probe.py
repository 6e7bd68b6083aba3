"""Looks at a broker before it is trusted, with two identities that live for the probe and, where it is given, the
centre's own. Everything is done under topics of its own and of those two, and cleared away.

What cannot be tried is not proven: it counts as bad as its opposite. Waiting for something *not* to come is done with
a fence: a message that must come is sent behind it, and ``GRACE`` given on top. Never run it with the centre's name
while the centre is connected: at a good broker the two would throw each other out.
"""

import asyncio
import contextlib
import secrets
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hall.wire.topics import ping
from provisioning.broker.access import CENTRE, PROBES
from provisioning.broker.card import TRUST, Card, Check, Grade
from provisioning.broker.packets import Message, Will
from provisioning.broker.session import Refused, Session, open_session
from provisioning.wire import documents, topics

GRACE = 0.3  # seconds for what must not come
SOON = 5.0  # seconds for what must come
WILL_LATE = 2.0  # seconds after which a will is late
MANY = 5000  # retained messages: five times what a broker's defaults lose


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a broker. ``passwords``: of ``PROBES``; ``centre``: the centre's, where it may be used.

    Where it asks for certificates: ``shown`` (certificate, key) by the centre, ``probes`` (both in one file) by each.
    """

    url: str
    passwords: tuple[str, str] = field(repr=False)
    centre: str | None = field(default=None, repr=False)
    ca: Path | None = None
    shown: tuple[Path, Path] | None = None
    probes: tuple[Path, Path] | None = None


@dataclass(slots=True)
class _Ear:
    """What one client heard."""

    heard: list[Message] = field(default_factory=list)
    ended: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def message(self, message: Message) -> None:
        self.heard.append(message)
        self._news.set()

    def lost(self) -> None:
        self.ended = True
        self._news.set()

    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.heard]

    async def wait(self, what: Callable[[], bool], seconds: float = SOON) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not what():
                    self._news.clear()
                    await self._news.wait()
        return what()


def examine(access: Access, name: str, now: Callable[[], float], *, many: int = MANY) -> Card:
    """Try everything; takes some seconds. ``many``: retained messages to count."""
    return Card(name, now(), asyncio.run(_Probe(access, many).all()))


class _Probe:
    def __init__(self, access: Access, many: int) -> None:
        self._access, self._many = access, many
        parts = urlsplit(access.url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError("a broker's URL looks like mqtts://host:8883")
        self._host = parts.hostname
        self._port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        self._secure = parts.scheme == "mqtts"
        self._run = secrets.token_hex(4)

    async def all(self) -> tuple[Check, ...]:
        """Every check in turn; one that ends in an error is graded ``unproven``. One alone where nobody is trusted."""
        if distrust := await self._expected():
            return (Check(TRUST, "leak", distrust),)
        checks: list[Check] = []
        for code, unproven, trial in (
            ("broker.version", "ok", self._version),
            ("broker.anonymous", "leak", self._anonymous),
            ("broker.client_id", "leak", self._client_id),
            ("broker.isolation_read", "leak", self._isolation_read),
            ("broker.isolation_write", "leak", self._isolation_write),
            ("broker.unasked", "leak", self._unasked),
            ("broker.centre_hears", "leak", self._centre_hears),
            ("broker.retained_exact", "leak", self._retained_exact),
            ("broker.retained_erased", "leak", self._retained_erased),
            ("broker.retained_all", "warn", self._retained_all),
            ("broker.document", "leak", self._document),
            ("broker.qos", "warn", self._qos),
            ("broker.will", "warn", self._will),
            ("broker.goodbye", "warn", self._goodbye),
            ("broker.takeover", "warn", self._takeover),
            ("broker.session", "warn", self._session),
            ("broker.round_trip", "warn", self._round_trip),
        ):
            checks.append(await _tried(code, unproven, trial))
        return tuple(check for check in checks if check.measured != SKIPPED)

    async def _expected(self) -> str:
        """A broker that was just told of the two names may need a moment; after that the checks will say so.

        What to do where certificates are not trusted; "" where they are, or something else is wrong.
        """
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            try:
                async with self._probe(0), self._probe(1):
                    return ""
            except Refused:
                await asyncio.sleep(GRACE / 3)
            except (OSError, TimeoutError) as error:
                return _distrust(error) if self._secure else ""
        return ""

    # -- who comes in -------------------------------------------------------------------------------------

    async def _anonymous(self) -> tuple[Grade, str]:
        name, word = PROBES[0], self._access.passwords[0]
        strangers: tuple[tuple[str | None, str | None, str], ...] = (
            (None, None, "without a name"),
            (name, "wrong", "wrong password"),
        )
        if self._access.probes:  # there the certificate is the name and the password
            strangers = ((None, None, "without a name"), (name, word, "without a certificate"))
        for user, password, words in strangers:
            try:
                session = await open_session(
                    self._host, self._port, f"stranger-{self._run}", user, password, tls=self._tls()
                )
            except (Refused, ConnectionError, ssl.SSLError):
                continue
            session.close()
            return "leak", f"came in {words}"
        async with self._probe(0):  # and it is not that nobody comes in
            return "ok", "refused"

    async def _client_id(self) -> tuple[Grade, str]:
        async with self._probe(0) as (_, victim):
            with contextlib.suppress(ConnectionError):
                async with self._probe(1, client_id=PROBES[0]) as (thief, _):
                    await self._fence(thief, 1)
                    await victim.wait(lambda: victim.ended, GRACE)
            return ("leak", "thrown out") if victim.ended else ("ok", "stayed")

    # -- who hears and says what --------------------------------------------------------------------------

    async def _isolation_read(self) -> tuple[Grade, str]:
        first = PROBES[0]
        async with self._probe(0) as (ours, _), self._probe(1) as (other, ear):
            await other.subscribe([("#", 0)])
            await other.subscribe([(f"{topics.ROOT}/d/#", 1), (ping(first), 1), (topics.desired(first), 1)])
            secret = f"own-{self._run}".encode()
            places = [*(topic(first) for topic in topics.FROM_DEVICE), ping(first)]
            for topic in places:
                with contextlib.suppress(ConnectionError):  # a broker may close the door on what is forbidden
                    await ours.publish(topic, secret)
            async with self._centre() as centre:
                if centre is not None:
                    for told in topics.TO_DEVICE:
                        await centre.publish(told(first), secret)
            await self._fence(other, 1)
            found = {m.topic for m in ear.heard if m.payload == secret}
            return ("leak", f"heard {len(found)} topics of another") if found else ("ok", "heard none")

    async def _isolation_write(self) -> tuple[Grade, str]:
        first, forged, central = PROBES[0], f"forged-{self._run}".encode(), _Ear()
        down = [*(topic(first) for topic in topics.TO_DEVICE), topics.CENTRE_STATE]
        up = [topic(first) for topic in topics.FROM_DEVICE]
        async with self._probe(0) as (ours, ear), self._centre(central) as centre:
            # Its own words too: at a good broker it does not hear them, at an open one a forgery shows there.
            await ours.subscribe([(topic, 1) for topic in (*down, *up)])
            if centre is not None:
                await centre.subscribe([(topic, 1) for topic in up])
            for topic in (*down, *up):
                with contextlib.suppress(ConnectionError):
                    async with self._probe(1) as (other, _):
                        await other.publish(topic, forged)
                        await other.publish(self._place("fence"), b"")
            await self._fence(ours, 0)  # one grace is for all of them
            found = {m.topic for m in (*ear.heard, *central.heard) if m.payload == forged}
            return ("leak", f"forged on {len(found)} topics") if found else ("ok", "none arrived")

    async def _centre_hears(self) -> tuple[Grade, str]:
        if self._access.centre is None:
            return "ok", SKIPPED
        first, word, ear = PROBES[0], f"word-{self._run}".encode(), _Ear()
        async with self._probe(0) as (ours, own), self._centre(ear) as centre:
            assert centre is not None
            await centre.subscribe([(topic("+"), 1) for topic in topics.FROM_DEVICE])
            await ours.subscribe([(topic(first), 1) for topic in topics.TO_DEVICE])
            for topic in topics.FROM_DEVICE:
                await ours.publish(topic(first), word)
            for topic in topics.TO_DEVICE:
                await centre.publish(topic(first), word)
            up, down = len(topics.FROM_DEVICE), len(topics.TO_DEVICE)
            there = await ear.wait(lambda: ear.payloads().count(word) >= up)
            back = await own.wait(lambda: own.payloads().count(word) >= down)
            counts = f"{ear.payloads().count(word)} of {up}, {own.payloads().count(word)} of {down}"
            return ("ok" if there and back else "leak"), counts

    async def _unasked(self) -> tuple[Grade, str]:
        topic = self._place("unasked")
        async with self._probe(0) as (ours, _):
            await ours.subscribe([(f"{topics.PROBE}/#", 1)])
            await ours.publish(topic, b"kept", retain=True)
            async with self._probe(1) as (other, ear):
                await ours.publish(topic, b"live")
                await asyncio.sleep(GRACE)
                await other.publish(self._place("fence"), b"")
                count = len(ear.heard)
            await ours.publish(topic, b"", retain=True)
            return ("leak", f"{count} messages unasked") if count else ("ok", "none")

    # -- what is kept -------------------------------------------------------------------------------------

    async def _retained_exact(self) -> tuple[Grade, str]:
        topic = self._place("exact")
        async with self._probe(0) as (ours, _):
            await ours.publish(topic, b"kept", retain=True)
        async with self._probe(1) as (other, ear):
            await other.subscribe([(topic, 1)])
            came = await ear.wait(lambda: any(m.retain and m.payload == b"kept" for m in ear.heard))
            await other.publish(topic, b"", retain=True)
            return ("ok", "it is there") if came else ("leak", "it did not come")

    async def _retained_erased(self) -> tuple[Grade, str]:
        topic = self._place("erased")
        async with self._probe(0) as (ours, _):
            await ours.publish(topic, b"kept", retain=True)
            await ours.publish(topic, b"", retain=True)
        async with self._probe(1) as (other, ear):
            await other.subscribe([(topic, 1)])
            await self._fence(other, 1)
            left = [m for m in ear.heard if m.topic == topic and m.payload]
            return ("leak", "it came back") if left else ("ok", "gone")

    async def _retained_all(self) -> tuple[Grade, str]:
        places = [f"{topics.PROBE}/{self._run}/many/{n}" for n in range(self._many)]
        async with self._probe(0) as (ours, _):
            await _in_pieces(ours, places, b"x" * 100)
        counts = []
        for qos in (0, 1):
            async with self._probe(1) as (other, ear):
                await other.subscribe([(f"{topics.PROBE}/{self._run}/many/+", qos)])
                await ear.wait(lambda ear=ear: len(ear.heard) >= len(places))  # type: ignore[misc]
                counts.append(len({m.topic for m in ear.heard}))
        async with self._probe(0) as (ours, _):
            await _in_pieces(ours, places, b"")
        said = ", ".join(f"QoS {qos}: {count} of {self._many}" for qos, count in enumerate(counts))
        return ("ok" if counts == [self._many, self._many] else "warn"), said

    async def _session(self) -> tuple[Grade, str]:
        topic, count = self._place("session"), 50
        async with self._probe(1, clean=False) as (other, _):
            await other.subscribe([(topic, 1)])
            other.cut()
        async with self._probe(0) as (ours, _):
            for n in range(count):
                await ours.publish(topic, b"%d" % n)
        async with self._probe(1, clean=False) as (_, ear):
            await ear.wait(lambda: len(ear.heard) >= count, 1.0)
            kept = ear.payloads()
        async with self._probe(1):
            pass  # a clean session ends the one that was kept
        in_order = kept == [b"%d" % n for n in range(count)]
        return ("ok" if in_order else "warn"), f"{len(kept)} of {count}"

    # -- how it is carried --------------------------------------------------------------------------------

    async def _document(self) -> tuple[Grade, str]:
        topic, large = self._place("document"), secrets.token_bytes(documents.LONGEST)
        async with self._probe(0) as (ours, _), self._probe(1) as (other, ear):
            await other.subscribe([(topic, 1)])
            await ours.publish(topic, large)
            came = await ear.wait(lambda: large in ear.payloads())
            return ("ok" if came else "leak"), f"{documents.LONGEST} bytes"

    async def _qos(self) -> tuple[Grade, str]:
        said = []
        async with self._probe(0) as (ours, _), self._probe(1) as (other, ear):
            for published, asked in ((0, 1), (1, 0), (1, 1)):
                topic = self._place(f"qos/{published}{asked}")
                await other.subscribe([(topic, asked)])
                await ours.publish(topic, b"", published)
                await ear.wait(lambda topic=topic: any(m.topic == topic for m in ear.heard))  # type: ignore[misc]
                said.append(next((m.qos for m in ear.heard if m.topic == topic), -1))
        return ("ok" if said == [0, 0, 1] else "warn"), f"0, 0, 1 came as {', '.join(map(str, said))}"

    async def _will(self) -> tuple[Grade, str]:
        topic = self._place("will")
        async with self._probe(1) as (other, ear):
            await other.subscribe([(topic, 1)])
            async with self._probe(0, will=Will(topic, b"gone", retain=False)) as (ours, _):
                begin = time.monotonic()
                ours.cut()
                if not await ear.wait(lambda: b"gone" in ear.payloads()):
                    return "warn", f"not within {SOON:g} s"
                took = time.monotonic() - begin
        return ("ok" if took < WILL_LATE else "warn"), f"{took * 1000:.0f} ms"

    async def _goodbye(self) -> tuple[Grade, str]:
        topic = self._place("goodbye")
        async with self._probe(1) as (other, ear):
            await other.subscribe([(topic, 1)])
            async with self._probe(0, will=Will(topic, b"gone", retain=False)) as (ours, own):
                ours.close()
                await own.wait(lambda: own.ended)
            await self._fence(other, 1)
            return ("warn", "a will was sent") if b"gone" in ear.payloads() else ("ok", "none")

    async def _takeover(self) -> tuple[Grade, str]:
        async with self._probe(0) as (_, first), self._probe(0):
            ended = await first.wait(lambda: first.ended, 1.0)
            return ("ok", "the first ended") if ended else ("warn", "both stayed")

    async def _round_trip(self) -> tuple[Grade, str]:
        topic, times = self._place("trip"), []
        async with self._probe(0) as (ours, ear):
            await ours.subscribe([(topic, 1)])
            for n in range(50):
                begin = time.perf_counter()
                await ours.publish(topic, b"")
                if not await ear.wait(lambda n=n: len(ear.heard) > n):  # type: ignore[misc]
                    return "warn", f"lost after {n}"
                times.append(time.perf_counter() - begin)
        median = sorted(times)[len(times) // 2]
        return ("ok" if median < 0.5 else "warn"), f"{median * 1000:.1f} ms"

    async def _version(self) -> tuple[Grade, str]:
        async with self._probe(0) as (ours, ear):
            await ours.subscribe([(topics.BROKER_VERSION, 0)])
            await ear.wait(lambda: bool(ear.heard), 1.0)
            text = ear.heard[0].payload.decode(errors="replace")[:60] if ear.heard else "it does not say"
            return "ok", text

    # -- clients ------------------------------------------------------------------------------------------

    def _place(self, what: str) -> str:
        return f"{topics.PROBE}/{self._run}/{what}"

    @contextlib.asynccontextmanager
    async def _probe(
        self, number: int, *, client_id: str | None = None, will: Will | None = None, clean: bool = True
    ) -> AsyncIterator[tuple[Session, _Ear]]:
        ear, name = _Ear(), PROBES[number]
        session = await open_session(
            self._host,
            self._port,
            client_id or name,
            name,
            self._access.passwords[number],
            on_message=ear.message,
            on_lost=ear.lost,
            will=will,
            clean=clean,
            tls=self._tls(self._access.probes[number] if self._access.probes else None),
        )
        try:
            yield session, ear
        finally:
            session.close()

    @contextlib.asynccontextmanager
    async def _centre(self, ear: _Ear | None = None) -> AsyncIterator[Session | None]:
        if self._access.centre is None:
            yield None
            return
        ear = ear or _Ear()
        session = await open_session(
            self._host,
            self._port,
            CENTRE,
            CENTRE,
            self._access.centre,
            on_message=ear.message,
            on_lost=ear.lost,
            tls=self._tls(*self._access.shown or ()),
        )
        try:
            yield session
            for topic in topics.RETAINED:
                await session.publish(topic(PROBES[0]), b"", retain=True)
        finally:
            session.close()

    def _tls(self, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext | None:
        if not self._secure:
            return None
        context = ssl.create_default_context(cafile=self._access.ca)
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        return context

    async def _fence(self, session: Session, number: int) -> None:
        """Everything that was on its way to ``session`` before now has come; some grace for other threads."""
        await session.publish(self._place(f"fence{number}"), b"")
        await asyncio.sleep(GRACE)


SKIPPED = "skipped"


def _distrust(error: Exception) -> str:
    """What to do, where the reason is that one side does not trust the other's certificate.

    Who is not trusted there may hear an alert (RFC 8446, 6.2), or only that the connection ends: with TLS 1.3 it stands
    before the broker has seen our certificate.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message}: set ca in [[brokers]] to its authority, its url to a name it is made for"
    alert = isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or "")
    if alert or isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return "it ends the connection: where it asks for certificates, set certificate, key and probes in [[brokers]]"
    return ""


async def _tried(code: str, unproven: str, trial: Callable[[], Awaitable[tuple[Grade, str]]]) -> Check:
    grades: dict[str, Grade] = {"ok": "ok", "warn": "warn", "leak": "leak"}
    try:
        grade, measured = await trial()
    except (OSError, TimeoutError) as error:
        return Check(code, grades[unproven], f"not proven: {type(error).__name__}")
    return Check(code, grade, measured)


async def _in_pieces(session: Session, places: list[str], payload: bytes, piece: int = 100) -> None:
    """Retained under every one of ``places``, no more than ``piece`` on the way at once."""
    for begin in range(0, len(places), piece):
        sent = [session.send(topic, payload, 1, retain=True) for topic in places[begin : begin + piece]]
        async with asyncio.timeout(SOON):
            await asyncio.gather(*(acked for acked in sent if acked is not None))


def credentials(url: str) -> tuple[str, str | None]:
    """``(url without user, password)`` of ``mqtt://user:password@host``."""
    parts = urlsplit(url)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return bare, unquote(parts.password) if parts.password else None
