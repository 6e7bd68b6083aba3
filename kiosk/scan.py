"""Watches the scanner and turns a code held up into a ``Person``, on the scanner's own thread.

The code's text lives in local variables of one call and nowhere else: what it means only the hall can say. A scanner
that fails is reported once, opened again with patience, and reported again when it is back.
"""

import logging
from collections.abc import Callable

from drivers.errors import DriverError
from drivers.ports import ByteStream, Clock
from drivers.scanner.device import Scan, Scanner, Unreadable
from drivers.scanner.families import Dialect
from kiosk.hall_client import HallError
from kiosk.identity import Attempt, IdentityDesk, Malformed, untold
from screens.events import Event, NotKnown, PersonKnown, Presented, ScannerChanged

log = logging.getLogger(__name__)

TURN = 0.04  # seconds one read may last, so that a change of ``watch`` is seen
OPEN_EVERY = 3.0  # seconds between two tries to open a scanner that is away
ASK_EVERY = 10.0  # seconds between two questions how it is, while nobody needs it
SHORTEST = 4  # characters; less is a smudge that passed for a code


class CodeWatch:
    """``idle`` belongs to the scanner's worker thread; ``watch`` may be called from any."""

    def __init__(
        self,
        open_stream: Callable[[], ByteStream],
        make_dialect: Callable[[], Dialect],
        clock: Clock,
        desk: IdentityDesk,
        post: Callable[[Event], None],
    ) -> None:
        self._open, self._make_dialect, self._clock = open_stream, make_dialect, clock
        self._desk, self._post = desk, post
        self._stream: ByteStream | None = None
        self._scanner: Scanner | None = None
        self._fault: str | None = "fault.starting"
        self._wish: object | None = None  # one for each time that codes are wanted; None: they are not
        self._served: object | None = None  # the wish that the scanner was told of
        self._ask_at = 0.0

    def watch(self, on: bool) -> None:
        self._wish = object() if on else None

    def idle(self) -> float:
        """Read for a turn; the seconds to wait before the next."""
        try:
            scanner = self._ready()
            wish, visit = self._wish, self._desk.visit
            if wish is not self._served:
                self._obey(scanner, wish)
            found = scanner.read(until=self._clock.now() + TURN)
            if found is not None and wish is not None and wish is self._wish:
                self._take(found, visit)
                scanner.overlook()  # what came while the hall was asked: the same code, or lines of it
        except DriverError as error:
            self.close()
            self._changed(error.code, str(error))
            return OPEN_EVERY
        return 0.0

    def failed(self, code: str) -> None:
        """Something unforeseen went wrong on this thread: told once, and over with the next turn that is well."""
        self.close()
        self._changed(code, "")

    def leaves_bare(self) -> bool:
        """A code is held up, not left."""
        return True

    def close(self) -> None:
        stream, self._stream, self._scanner = self._stream, None, None
        self._served = None
        if stream is not None:
            stream.close()

    def _ready(self) -> Scanner:
        if self._scanner is None:
            self._stream = self._open()
            scanner = Scanner(self._stream, self._clock, self._make_dialect())
            scanner.open()
            self._scanner = scanner
            self._ask_at = self._clock.now() + ASK_EVERY
        elif self._served is None and self._clock.now() >= self._ask_at:
            self._scanner.health()  # while codes are read it is told so again and again, which is as good
            self._ask_at = self._clock.now() + ASK_EVERY
        self._changed(None, "")
        return self._scanner

    def _obey(self, scanner: Scanner, wish: object | None) -> None:
        """A code that was held up before it was wanted was not meant for this."""
        scanner.forget()
        if wish is None:
            scanner.stop()
        else:
            scanner.start()
        self._served = wish

    def _take(self, found: Scan | Unreadable, visit: object) -> None:
        """Whatever is held up in this ``visit`` has an end that is told: a person, or why there is none."""
        attempt = self._desk.begin()
        if self._desk.visit is not visit:
            return
        self._post(Presented("resident_code", attempt.id))
        self._post(self._answer(attempt, found))

    def _answer(self, attempt: Attempt, found: Scan | Unreadable) -> PersonKnown | NotKnown:
        if isinstance(found, Unreadable) or len(found.text) < SHORTEST:
            return NotKnown("code.unknown", attempt.id)
        try:
            return self._desk.by_code(attempt, found.text)
        except (HallError, Malformed) as error:
            return NotKnown(error.code, attempt.id)
        except Exception as error:  # noqa: BLE001  the worker logs what is raised, without its text
            self._post(NotKnown("fault.internal", attempt.id))
            raise untold(error, "the hall was asked about a code") from None

    def _changed(self, fault: str | None, facts: str) -> None:
        if fault != self._fault:
            self._fault = fault
            log.info("device=scanner state=%s %s", fault or "ok", facts)
            self._post(ScannerChanged(fault))
