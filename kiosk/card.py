"""Watches the ID-card reader and turns a card into a ``Person``, on the reader's own thread.

The card's content lives in local variables of one call and nowhere else. A reader that fails is reported once,
opened again with patience, and reported again when it is back.
"""

import logging
from collections.abc import Callable

from drivers.errors import DeviceProtocol, DriverError
from drivers.idcard.device import IdCardReader
from drivers.idcard.errors import CardMoved, CardUnreadable, CardUnsupported
from drivers.idcard.layouts import CardHolder
from drivers.ports import ByteStream, Clock
from kiosk.hall_client import HallError
from kiosk.identity import Attempt, IdentityDesk, Malformed, untold
from screens.events import Event, NotKnown, PersonKnown, Presented, ReaderChanged

log = logging.getLogger(__name__)

LOOK_EVERY = 0.3  # seconds between two finds (devices.md 1.4)
OPEN_EVERY = 3.0  # seconds between two tries to open a reader that is away
REFUSED = (CardUnreadable, CardMoved, CardUnsupported)
NOT_THE_READER = (*REFUSED, DeviceProtocol, HallError)  # what spoils one reading while the reader is well


class CardWatch:
    """``idle`` belongs to the reader's worker thread; ``watch`` may be called from any.

    ``bare``: nothing lay there a moment ago, so what does at the first look was laid down for us.
    """

    def __init__(
        self,
        open_stream: Callable[[], ByteStream],
        clock: Clock,
        desk: IdentityDesk,
        post: Callable[[Event], None],
        *,
        bare: bool = False,
    ) -> None:
        self._open, self._clock = open_stream, clock
        self._desk, self._post = desk, post
        self._stream: ByteStream | None = None
        self._reader: IdCardReader | None = None
        self._fault: str | None = "fault.starting"
        self._on = False
        self._failed = False  # the card that lies there; it is tried again, but told once until it is lifted
        # The visit that the card lying there belongs to; None: bare. What may have lain there before is nobody's.
        self._whose: object | None = None if bare else object()
        self._last: object | None = None  # the visit of the card that was found last

    def watch(self, on: bool) -> None:
        self._on, self._failed = on, False

    def idle(self) -> float:
        """Look once; the seconds to wait before the next look."""
        try:
            self._look(self._ready())
        except DriverError as error:
            self.close()
            self._changed(error.code, str(error))
            return OPEN_EVERY
        return LOOK_EVERY

    def failed(self, code: str) -> None:
        """Something unforeseen went wrong on this thread: told once, and over with the next look that is well."""
        self.close()
        self._changed(code, "")

    def leaves_bare(self) -> bool:
        """Whether nothing lies there that was laid down before now; asked when ``idle`` isn't called any more."""
        reader = self._reader
        try:
            return reader is not None and self._whose is None and (reader.find() or not reader.holds())
        except DriverError:
            return False

    def close(self) -> None:
        stream, self._stream, self._reader = self._stream, None, None
        if stream is not None:
            stream.close()

    def _ready(self) -> IdCardReader:
        if self._reader is None:
            self._stream = self._open()
            reader = IdCardReader(self._stream, self._clock)
            reader.start()
            self._reader = reader
            self._whose = self._whose or self._last  # a reader without power forgets that it has read a card
        return self._reader

    def _look(self, reader: IdCardReader) -> None:
        """Whatever is laid down while cards are wanted has an end that is told: a person, or why there is none.

        A card that was found in a visit before, wanted or not, was left behind, and is nobody's until it is lifted.
        """
        visit = self._desk.visit
        lies = self._lies(reader)
        self._changed(None, "")  # after the look: whoever comes because of it has not been there before
        if not lies:
            self._failed, self._whose = False, None
            return
        attempt, self._whose = self._desk.begin(), self._whose or visit
        self._last = self._whose
        if not self._on or self._whose is not self._desk.visit:
            return
        if not self._failed:
            self._post(Presented("id_card", attempt.id))
        try:
            known = self._known(attempt, reader.read().holder)
        except NOT_THE_READER as error:
            self._fail(attempt, error.code)
        except Exception as error:
            self._fail(attempt, error.code if isinstance(error, DriverError) else "fault.internal")
            if isinstance(error, DriverError):
                raise
            raise untold(error, "a card was read") from None
        else:
            if self._failed:
                self._post(Presented("id_card", attempt.id))
            self._failed = False
            self._post(known)

    @staticmethod
    def _lies(reader: IdCardReader) -> bool:
        try:
            return reader.find()
        except REFUSED:  # something does; reading it will tell what is wrong with it
            return True

    def _fail(self, attempt: Attempt, code: str) -> None:
        if not self._failed:
            self._failed = True
            self._post(NotKnown(code, attempt.id))

    def _known(self, attempt: Attempt, holder: CardHolder) -> PersonKnown:
        try:
            return self._desk.by_document(attempt, "id_card", number=holder.number, name=holder.display_name)
        except Malformed as error:
            raise CardUnreadable(
                f"flaw={error.code}"
            ) from None  # two errors on the line cancelled out, or worse

    def _changed(self, fault: str | None, facts: str) -> None:
        if fault != self._fault:
            self._fault = fault
            log.info("device=reader state=%s %s", fault or "ok", facts)
            self._post(ReaderChanged(fault))
