"""The mind of a simulated reader: requests in as bytes, answers out as bytes, and mischief on demand.

It follows the rules that real readers were seen to follow: strictly one reply to a request, and a card that
was read is not found again until it was lifted (though it can still be selected and read). It knows no
port and no clock: an ``Answer`` says how much later it comes.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.idcard.codec import (
    FIND,
    HEAD,
    PREAMBLE,
    READ_NEWEST_ADDRESS,
    READ_TEXT_PHOTO,
    READ_TEXT_PHOTO_FINGER,
    RESET_SAM,
    SAM_ID,
    SAM_STATUS,
    SELECT,
    SLEEP,
    WAKE,
    Command,
    Decoder,
    Frame,
    Status,
    encode_reply,
    join_parts,
    max_rf_bytes,
)
from drivers.idcard.layouts import IdCard, encode_holder, encode_text

SIMULATED_SAM_ID = bytes.fromhex("05000100a1b23401e703000001000000")  # 05.01-20230817-0000000999-0000000001
_JUNK_STATUS = {"bad checksum": Status.CHECKSUM_ERROR, "impossible length": Status.LENGTH_ERROR}
_ALWAYS_OK = (RESET_SAM.body, SAM_STATUS.body, SLEEP.body, WAKE.body)  # to sleep and wake: a guess
_MAX_RF = max_rf_bytes(0).body[:2]


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes that the reader sends ``delay`` seconds after the request."""

    data: bytes = field(repr=False)
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """The SAM says no: 31 or 32 for a card that fails authentication, 41 for one that can't be read."""

    status: int


Garbling = Callable[[bytes], Answer]
Mischief = Refusal | Garbling
"""A no of the SAM itself, or what becomes of its honest reply frame on the line."""


def silent(frame: bytes) -> Answer:
    """No answer at all."""
    return Answer(b"")


def late(seconds: float) -> Garbling:
    return lambda frame: Answer(frame, seconds)


def noisy(noise: bytes) -> Garbling:
    """``noise`` comes before the reply."""
    return lambda frame: Answer(noise + frame)


def truncated(kept: int) -> Garbling:
    """The line breaks after ``kept`` bytes of the reply."""
    return lambda frame: Answer(frame[:kept])


def bad_checksum(frame: bytes) -> Answer:
    return Answer(frame[:-1] + bytes([frame[-1] ^ 0xFF]))


def wrong_length(frame: bytes) -> Answer:
    """LEN promises one byte more than there is."""
    length = int.from_bytes(frame[len(PREAMBLE) : HEAD], "big") + 1
    return Answer(PREAMBLE + length.to_bytes(2, "big") + frame[HEAD:])


@dataclass(slots=True)
class _Order:
    mischief: Mischief
    on: Command | None
    times: float


class SimulatedSam:
    """A reader with a place for one card. Threads may lay and lift while another one exchanges."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._decoder = Decoder()
        self._card: IdCard | None = None
        self._was_read = self._selected = False
        self._orders: list[_Order] = []
        self._asked: Counter[bytes] = Counter()

    def lay(self, card: IdCard) -> None:
        """Put ``card`` on the reader, in the place of any other."""
        with self._lock:
            self._card, self._was_read, self._selected = card, False, False

    def lift(self) -> None:
        """Take the card away; harmless when there is none."""
        with self._lock:
            self._card, self._selected = None, False

    def misbehave(self, mischief: Mischief, *, on: Command | None = None, times: float = math.inf) -> None:
        """Do ``mischief`` to the next ``times`` replies (to ``on`` only); earlier orders come first."""
        with self._lock:
            self._orders.append(_Order(mischief, on, times))

    def behave(self) -> None:
        """Forget all mischief."""
        with self._lock:
            self._orders.clear()

    def asked(self, command: Command) -> int:
        """How often ``command`` has come. Who asks again is through with the answer before."""
        with self._lock:
            return self._asked[command.body]

    def receive(self, data: bytes) -> list[Answer]:
        """The answers to the requests that ``data`` completes."""
        with self._lock:
            answers = []
            for found in self._decoder.feed(data):
                if isinstance(found, Frame):
                    answers.append(self._answer(found.body))
                elif found.reason in _JUNK_STATUS:
                    answers.append(Answer(encode_reply(_JUNK_STATUS[found.reason])))
            return answers

    def _answer(self, body: bytes) -> Answer:
        self._asked[body] += 1
        for order in self._orders:
            if order.times > 0 and (order.on is None or order.on.body == body):
                order.times -= 1
                if isinstance(order.mischief, Refusal):
                    return Answer(encode_reply(order.mischief.status))
                return order.mischief(self._reply(body))
        return Answer(self._reply(body))

    def _reply(self, body: bytes) -> bytes:
        if body in _ALWAYS_OK or body.startswith(_MAX_RF):
            return encode_reply(Status.OK)
        if body == SAM_ID.body:
            return encode_reply(Status.OK, SIMULATED_SAM_ID)
        if body == FIND.body:
            if self._card is None or self._was_read:
                return encode_reply(Status.NO_CARD)
            return encode_reply(Status.CARD_FOUND, bytes(FIND.size))
        if body == SELECT.body:
            self._selected = self._card is not None
            if not self._selected:
                return encode_reply(Status.SELECT_FAILED)
            return encode_reply(Status.OK, bytes(SELECT.size))
        if body in (READ_TEXT_PHOTO.body, READ_TEXT_PHOTO_FINGER.body, READ_NEWEST_ADDRESS.body):
            return self._reply_from_card(body)
        return encode_reply(Status.COMMAND_ERROR)

    def _reply_from_card(self, body: bytes) -> bytes:
        card = self._card
        if card is None or not self._selected:
            return encode_reply(Status.READ_FAILED)
        if body == READ_NEWEST_ADDRESS.body:
            if card.newest_address is None:
                return encode_reply(Status.EMPTY)
            return encode_reply(Status.OK, encode_text(card.newest_address, READ_NEWEST_ADDRESS.size))
        self._was_read = True
        parts = [encode_holder(card.holder), card.photo]
        if body == READ_TEXT_PHOTO_FINGER.body:
            parts.append(card.fingerprint)
        return encode_reply(Status.OK, join_parts(*parts))
