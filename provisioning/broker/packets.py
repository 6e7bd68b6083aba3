"""MQTT 3.1.1 packets (OASIS standard, 2014) that a client needs: bytes in, values out. No socket and no clock."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, PINGREQ, PINGRESP, DISCONNECT = 8, 9, 12, 13, 14
REFUSED = 0x80  # in a SUBACK (3.9.3)
MOST = 268_435_455  # largest remaining length (2.2.3)


class BadPacket(ValueError):
    """The other side does not speak MQTT 3.1.1."""


@dataclass(frozen=True, slots=True)
class Message:
    """A PUBLISH. ``retain``: it was kept by the broker from before; ``mid`` is 0 at QoS 0."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    mid: int = 0
    dup: bool = False


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for a client that is gone without a word, at QoS 1."""

    topic: str
    payload: bytes
    retain: bool = True


def packet(kind: int, body: bytes = b"", flags: int = 0) -> bytes:
    """Fixed header (2.2) before ``body``."""
    left, size = len(body), bytearray()
    if left > MOST:
        raise ValueError(f"a packet of {left} bytes is too large")
    while True:
        left, digit = divmod(left, 128)
        size.append(digit | (0x80 if left else 0))
        if not left:
            return bytes((kind << 4 | flags,)) + size + body


def connect(
    client_id: str, user: str | None, password: str | None, *, will: Will | None, keepalive: int, clean: bool
) -> bytes:
    """CONNECT (3.1)."""
    flags, tail = (0x02 if clean else 0), [_text(client_id)]
    if will is not None:
        flags |= 0x04 | 1 << 3 | (0x20 if will.retain else 0)
        tail += [_text(will.topic), _counted(will.payload)]
    if user is not None:
        flags |= 0x80
        tail.append(_text(user))
        if password is not None:
            flags |= 0x40
            tail.append(_text(password))
    return packet(CONNECT, _text("MQTT") + bytes((4, flags)) + struct.pack(">H", keepalive) + b"".join(tail))


def publish(message: Message) -> bytes:
    """PUBLISH (3.3)."""
    head = _text(message.topic) + (struct.pack(">H", message.mid) if message.qos else b"")
    return packet(PUBLISH, head + message.payload, message.dup << 3 | message.qos << 1 | message.retain)


def subscribe(mid: int, topics: Sequence[tuple[str, int]]) -> bytes:
    """SUBSCRIBE (3.8)."""
    wanted = b"".join(_text(topic) + bytes((qos,)) for topic, qos in topics)
    return packet(SUBSCRIBE, struct.pack(">H", mid) + wanted, 2)


def answer(kind: int, mid: int) -> bytes:
    """PUBACK, PUBREC, PUBREL or PUBCOMP for ``mid``."""
    return packet(kind, struct.pack(">H", mid), 2 if kind == PUBREL else 0)


def mid_of(body: bytes) -> int:
    """The packet identifier at the head of ``body``. Raises BadPacket."""
    if len(body) < 2:
        raise BadPacket("a packet without its identifier")
    return int.from_bytes(body[:2], "big")


def published(flags: int, body: bytes) -> Message:
    """The other side of ``publish``. Raises BadPacket."""
    qos, end = flags >> 1 & 3, 2 + mid_of(body)
    head = end + (2 if qos else 0)
    if qos == 3 or len(body) < head:
        raise BadPacket("a message that is cut short")
    try:
        topic = body[2:end].decode()
    except UnicodeDecodeError as error:
        raise BadPacket("a topic that is not UTF-8") from error
    mid = mid_of(body[end:head]) if qos else 0
    return Message(topic, bytes(body[head:]), qos, bool(flags & 1), mid, bool(flags & 8))


class Packets:
    """Feed it any slicing of the stream; it yields the same ``(kind, flags, body)``."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Raises BadPacket."""
        self._buffer += data
        while (found := self._take()) is not None:
            yield found

    def _take(self) -> tuple[int, int, bytes] | None:
        size = 0
        for place in range(4):
            if len(self._buffer) < place + 2:
                return None
            digit = self._buffer[place + 1]
            size |= (digit & 0x7F) << 7 * place
            if not digit & 0x80:
                break
        else:
            raise BadPacket("a length of more than four bytes")
        begin = place + 2
        if len(self._buffer) < begin + size:
            return None
        head, body = self._buffer[0], bytes(self._buffer[begin : begin + size])
        del self._buffer[: begin + size]
        return head >> 4, head & 0x0F, body


def _counted(raw: bytes) -> bytes:
    return struct.pack(">H", len(raw)) + raw


def _text(text: str) -> bytes:
    return _counted(text.encode())
