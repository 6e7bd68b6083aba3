"""A small MQTT 3.1.1 session on an asyncio loop: for thousands in one process, and for looking closely at a broker.

paho needs a thread or a selector entry with three descriptors for each client and hides what the probe wants to see
(QoS as delivered, a cut without a word). Nothing here connects again by itself: whoever uses it decides that.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from typing import Any, cast

from provisioning.broker import packets
from provisioning.broker.packets import BadPacket, Message, Packets, Will

PATIENCE = 10.0  # seconds for any answer of the broker


class Refused(ConnectionError):
    """The broker does not let us in. ``reason`` is the code of its CONNACK (3.2.2.3)."""

    def __init__(self, reason: int) -> None:
        super().__init__(f"the broker refuses with {reason}")
        self.reason = reason


class Session(asyncio.Protocol):
    """One connection. ``on_message`` and ``on_lost`` are called on the loop; ``on_lost`` once, after any end."""

    def __init__(self, on_message: Callable[[Message], None], on_lost: Callable[[], None]) -> None:
        self._on_message, self._on_lost = on_message, on_lost
        self._packets = Packets()
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._connected: asyncio.Future[bool] = self._loop.create_future()
        self._acks: dict[int, asyncio.Future[bytes]] = {}
        self._mid = 0
        self._keepalive = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._answered = True

    @property
    def up(self) -> bool:
        """Whether the connection stands, as far as we know."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def certificate(self) -> bytes:
        """The broker's, DER; empty where there is no TLS."""
        tls = self._transport.get_extra_info("ssl_object") if self._transport is not None else None
        return (tls.getpeercert(binary_form=True) or b"") if tls is not None else b""

    # -- asking -------------------------------------------------------------------------------------------

    async def hello(
        self,
        client_id: str,
        user: str | None,
        password: str | None,
        will: Will | None,
        keepalive: int,
        clean: bool,
    ) -> bool:
        """Sign in; whether the broker remembers a session. Raises Refused, ConnectionError, TimeoutError."""
        self._write(packets.connect(client_id, user, password, will=will, keepalive=keepalive, clean=clean))
        async with asyncio.timeout(PATIENCE):
            present = await self._connected
        if keepalive:
            self._keepalive = keepalive / 2
            self._timer = self._loop.call_later(self._keepalive, self._beat)
        return present

    async def subscribe(self, topics: Sequence[tuple[str, int]]) -> tuple[int, ...]:
        """QoS as granted, 128 for a refusal. Raises ConnectionError, TimeoutError."""
        mid, answer = self._asked()
        self._write(packets.subscribe(mid, topics))
        async with asyncio.timeout(PATIENCE):
            return tuple((await answer)[2:])

    async def publish(self, topic: str, payload: bytes, qos: int = 1, retain: bool = False) -> None:
        """Returns at QoS 1 when the broker has it. Raises ConnectionError, TimeoutError."""
        if (acked := self.send(topic, payload, qos, retain)) is not None:
            async with asyncio.timeout(PATIENCE):
                await acked

    def send(
        self, topic: str, payload: bytes, qos: int = 1, retain: bool = False
    ) -> "asyncio.Future[bytes] | None":
        """Hand a message over; at QoS 1 a future of the broker's answer. Raises ConnectionError."""
        mid, acked = self._asked() if qos else (0, None)
        self._write(packets.publish(Message(topic, payload, qos, retain, mid)))
        return acked

    def close(self) -> None:
        """A proper goodbye: the will is not sent. Idempotent."""
        with contextlib.suppress(ConnectionError):
            self._write(packets.packet(packets.DISCONNECT))
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        """As if the cable were pulled: the broker speaks the will. Idempotent."""
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol ---------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its base class

    def data_received(self, data: bytes) -> None:
        try:
            for kind, flags, body in self._packets.feed(data):
                if self.up:
                    self._received(kind, flags, body)
        except BadPacket:
            self.cut()

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        _give_up(self._connected)
        for waiting in self._acks.values():
            _give_up(waiting)
        self._acks.clear()
        self._on_lost()

    # -- inside -------------------------------------------------------------------------------------------

    def _received(self, kind: int, flags: int, body: bytes) -> None:
        if kind == packets.PUBLISH:
            message = packets.published(flags, body)
            self._on_message(message)
            if message.qos and self.up:
                self._write(
                    packets.answer(packets.PUBACK if message.qos == 1 else packets.PUBREC, message.mid)
                )
        elif kind in (packets.PUBACK, packets.SUBACK, packets.PUBCOMP):
            answer = self._acks.pop(packets.mid_of(body), None)
            if answer is not None and not answer.done():
                answer.set_result(body)
        elif kind == packets.PUBREL:
            self._write(packets.answer(packets.PUBCOMP, packets.mid_of(body)))
        elif kind == packets.PINGRESP:
            self._answered = True
        elif kind == packets.CONNACK and not self._connected.done():
            reason = packets.mid_of(body)
            if reason & 0xFF:
                self._connected.set_exception(Refused(reason & 0xFF))
            else:
                self._connected.set_result(bool(reason >> 8 & 1))

    def _asked(self) -> "tuple[int, asyncio.Future[bytes]]":
        for _ in range(0xFFFF):
            self._mid = self._mid % 0xFFFF + 1
            if self._mid not in self._acks:
                self._acks[self._mid] = self._loop.create_future()
                return self._mid, self._acks[self._mid]
        raise ConnectionError("65,535 messages wait for the broker")

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._transport.write(data)

    def _beat(self) -> None:
        if not self.up:
            return
        if not self._answered:
            self.cut()
            return
        self._answered = False
        self._write(packets.packet(packets.PINGREQ))
        self._timer = self._loop.call_later(self._keepalive, self._beat)


def _give_up(waiting: asyncio.Future[Any]) -> None:
    if not waiting.done():
        waiting.set_exception(ConnectionResetError("the broker ended the connection"))
        waiting.exception()  # not everybody waits for an answer


async def open_session(
    host: str,
    port: int,
    client_id: str,
    user: str | None = None,
    password: str | None = None,
    *,
    on_message: Callable[[Message], None] = lambda message: None,
    on_lost: Callable[[], None] = lambda: None,
    will: Will | None = None,
    keepalive: int = 60,
    clean: bool = True,
    tls: ssl.SSLContext | None = None,
) -> Session:
    """A session that is signed in. Raises Refused, ConnectionError, TimeoutError, OSError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        _, session = await loop.create_connection(lambda: Session(on_message, on_lost), host, port, ssl=tls)
    try:
        await session.hello(client_id, user, password, will, keepalive, clean)
    except BaseException:
        session.cut()
        raise
    return session
