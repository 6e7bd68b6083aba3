"""Watches the ID-card reader and turns a card into a ``Person``, on the reader's own thread.

The card's content lives in local variables of one call and nowhere else. A reader that fails is reported once,
opened again with patience, and reported again when it is back.
"""

import logging
from collections.abc import Callable
from datetime import date

from drivers.errors import DriverError
from drivers.idcard.device import IdCardReader
from drivers.idcard.errors import CardMoved, CardUnreadable, CardUnsupported
from drivers.idcard.layouts import CardHolder
from drivers.ports import ByteStream, Clock
from kiosk.hall_client import HallError
from kiosk.person import person
from screens.events import CardFailed, CardLaid, Event, PersonKnown, ReaderChanged

log = logging.getLogger(__name__)

LOOK_EVERY = 0.3  # seconds between two finds (devices.md 1.4)
OPEN_EVERY = 3.0  # seconds between two tries to open a reader that is away


class CardWatch:
    """``idle`` belongs to the reader's worker thread; ``watch`` may be called from any."""

    def __init__(
        self,
        open_stream: Callable[[], ByteStream],
        clock: Clock,
        day_key: Callable[[date], bytes],
        today: Callable[[], date],
        post: Callable[[Event], None],
    ) -> None:
        self._open, self._clock = open_stream, clock
        self._day_key, self._today, self._post = day_key, today, post
        self._stream: ByteStream | None = None
        self._reader: IdCardReader | None = None
        self._fault: str | None = "fault.starting"
        self._on = True

    def watch(self, on: bool) -> None:
        self._on = on

    def idle(self) -> float:
        """Look once; the seconds to wait before the next look."""
        try:
            reader = self._ready()
            if self._on and reader.find():
                self._take(reader)
        except (CardUnreadable, CardMoved, CardUnsupported) as error:
            self._post(CardFailed(error.code))
        except DriverError as error:
            self.close()
            self._changed(error.code, str(error))
            return OPEN_EVERY
        return LOOK_EVERY

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
        self._changed(None, "")
        return self._reader

    def _take(self, reader: IdCardReader) -> None:
        self._post(CardLaid())
        self._known(reader.read().holder)

    def _known(self, holder: CardHolder) -> None:
        today = self._today()
        try:
            key = self._day_key(today)
        except HallError as error:
            self._post(CardFailed(error.code))
            return
        self._post(
            PersonKnown(
                person(
                    key, number=holder.number, name=holder.display_name, birth=holder.birth_date, today=today
                )
            )
        )

    def _changed(self, fault: str | None, facts: str) -> None:
        if fault != self._fault:
            self._fault = fault
            log.info("device=reader state=%s %s", fault or "ok", facts)
            self._post(ReaderChanged(fault))
