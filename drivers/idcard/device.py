"""The ID-card reader: blocking calls with deadlines, one thread, nothing personal kept.

Handled: noise before a reply, replies cut anywhere, damaged and false replies, an answer that comes after
its deadline (it doesn't fit the next command), a reader that is silent, gone, ill or not authorised, a card
lifted too soon, a card that fails authentication, a reading spoilt on the line (asked for once more).
Not handled: an answer with two errors that cancel out in the XOR (check the number's check digit, see
``numbers``), a wrong baud rate (looks like silence), two programs at one port.
Not proven on real hardware yet; ``start`` says so once in the log.
"""

import contextlib
import logging
from collections import Counter
from collections.abc import Iterator

from drivers.errors import DeviceProtocol, DeviceTimeout
from drivers.idcard.codec import (
    FIND,
    READ_NEWEST_ADDRESS,
    READ_TEXT_PHOTO,
    READ_TEXT_PHOTO_FINGER,
    SAM_ID,
    SAM_STATUS,
    SELECT,
    Command,
    Decoder,
    Frame,
    Junk,
    Reply,
    Status,
    encode,
    sam_id_text,
    split_parts,
)
from drivers.idcard.errors import CardMoved, CardUnsupported, refusal
from drivers.idcard.layouts import CardHolder, IdCard, UnknownCardKind, decode_holder, decode_text
from drivers.ports import ByteStream, Clock

log = logging.getLogger(__name__)

# Seconds until a command is given up: the upper ends of what public drivers use. At 115200 baud the
# longest reply alone takes 0.2 s; below 19200 these are too short.
PATIENCE = {
    SAM_ID: 1.0,
    SAM_STATUS: 1.0,
    FIND: 1.0,
    SELECT: 1.0,
    READ_TEXT_PHOTO: 2.0,
    READ_TEXT_PHOTO_FINGER: 3.0,
    READ_NEWEST_ADDRESS: 1.5,
}
POLL = 0.3  # seconds between two looks for a card
START_TRIES = 3  # the first answer after power-on may be garbage


class IdCardReader:
    """A SAM_V reader on ``stream``. What to read beside text and photo is a setting of the place.

    Every call may raise DeviceAbsent, DeviceTimeout, DeviceProtocol or a refusal (see ``errors``).
    """

    def __init__(
        self, stream: ByteStream, clock: Clock, *, newest_address: bool = False, fingerprint: bool = False
    ) -> None:
        self._stream, self._clock = stream, clock
        self._newest_address = newest_address
        self._read = READ_TEXT_PHOTO_FINGER if fingerprint else READ_TEXT_PHOTO

    def start(self) -> str:
        """Make sure that a reader answers at the port; its SAM id."""
        sam_id = self._first_sam_id()
        log.warning("device=idcard state=ready sam_id=%s unproven=real_hardware", sam_id)
        return sam_id

    def _first_sam_id(self) -> str:
        for _ in range(START_TRIES - 1):
            with contextlib.suppress(DeviceTimeout, DeviceProtocol):
                return self.sam_id()
        return self.sam_id()

    def sam_id(self) -> str:
        """The id of the reader's security module, as printed on the reader."""
        return sam_id_text(self._ask(SAM_ID))

    def status(self) -> None:
        """Return when the security module says that it is well; raises SamUnfit when it says it is not."""
        self._ask(SAM_STATUS)

    def find(self) -> bool:
        """Is there a card to be read? A card that was read isn't found again until it was lifted."""
        reply = self._exchange(FIND)
        if reply.status == Status.NO_CARD:
            return False
        self._checked(FIND, reply)
        return True

    def holds(self) -> bool:
        """Does a card lie there, also one that was read? As far as this reader tells: some don't select that again."""
        return self._exchange(SELECT).status == SELECT.ok

    def read(self) -> IdCard:
        """Read the card that was found. Raises CardMoved, CardUnreadable, CardUnsupported."""
        try:
            return self._select_and_read()
        except (CardMoved, DeviceProtocol, DeviceTimeout) as error:
            # A card still in motion lies still by now. And a card whose answer was spoilt on the line counts
            # as read: the reader wouldn't find it again, so it is worth asking before a person is.
            log.info("device=idcard retry=read after=%s", error)
        return self._select_and_read()

    def wait_for_card(self, until: float) -> IdCard | None:
        """Read the next card laid down; None when the clock reaches ``until``.

        A card found in time is read even if that takes past ``until``. Wait in short turns to stay stoppable.
        """
        while True:
            if self.find():
                return self.read()
            left = until - self._clock.now()
            if left <= 0:
                return None
            self._clock.sleep(min(POLL, left))

    def _select_and_read(self) -> IdCard:
        self._ask(SELECT)
        text, photo, *prints = split_parts(self._ask(self._read), self._read.parts)
        return IdCard(_holder(text), photo, b"".join(prints), self._ask_newest_address())

    def _ask_newest_address(self) -> str | None:
        if not self._newest_address:
            return None
        reply = self._exchange(READ_NEWEST_ADDRESS)
        if reply.status == Status.EMPTY:
            return None
        return decode_text(self._checked(READ_NEWEST_ADDRESS, reply))

    def _ask(self, command: Command) -> bytes:
        return self._checked(command, self._exchange(command))

    def _checked(self, command: Command, reply: Reply) -> bytes:
        if reply.status != command.ok:
            raise refusal(command.name, reply.status)
        return reply.data

    def _exchange(self, command: Command) -> Reply:
        """Send ``command`` and return what answers it, skipping whatever else is on the line."""
        self._stream.discard_input()
        until = self._clock.now() + PATIENCE[command]
        self._stream.write(encode(command.body))
        skipped: Counter[str] = Counter()  # reasons and sizes only: the bytes may be a person's
        for found in self._receive(until):
            if isinstance(found, Junk):
                skipped[found.reason] += len(found.data)
            elif (reply := command.answer(found.body)) is None:
                skipped["no answer to this"] += len(found.body)
            else:
                if skipped:
                    log.debug("device=idcard command=%s skipped=%s", command.name, dict(skipped))
                return reply
        if skipped:
            raise DeviceProtocol(f"command={command.name} skipped={dict(skipped)}")
        raise DeviceTimeout(f"command={command.name} silent for {PATIENCE[command]:g} s")

    def _receive(self, until: float) -> Iterator[Frame | Junk]:
        decoder = Decoder()  # lives no longer than the exchange, and no byte of a card does
        while self._clock.now() < until and (chunk := self._stream.read(until=until)):
            yield from decoder.feed(chunk)
        yield from decoder.finish()


def _holder(text: bytes) -> CardHolder:
    try:
        return decode_holder(text)
    except UnknownCardKind as error:
        raise CardUnsupported(str(error)) from error
    except ValueError as error:
        raise DeviceProtocol(str(error)) from error
