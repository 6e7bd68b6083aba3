"""The thermal printer: asked before, asked after, never made to print twice.

A job's paper is ``printed`` only when the printer says so: GS r 1, an ordinary command behind the job, asked three
times, was answered as often, and DLE EOT 1 to 4, asked again, are fine. Once a byte of the job may have gone out,
everything else is ``unknown``: a printer that stops for want of paper keeps the rest of the job and prints it later.
Nothing is ever sent twice. What may hang half printed in the printer is declared void and cut off before the next
job, or the two would share a paper.

Not handled: answers that come later than ``LATE`` after they were given up, two programs at one port.
Not proven on real hardware yet; the first status says so once in the log.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from drivers.errors import DeviceRefused, DeviceTimeout, DriverError
from drivers.ports import ByteStream, Clock
from drivers.printer.profiles import Profile
from drivers.printer.raster import BAND
from drivers.printer.status import (
    ASB_ALL,
    ASB_OFF,
    ASK_FULL,
    ASK_PAPER,
    ASK_REACHED,
    ASK_STATUS,
    SILENT,
    Decoder,
    Full,
    Junk,
    PrinterStatus,
    Pushed,
    Reached,
    RealTime,
    from_full,
    from_pushed,
    from_real_time,
)
from drivers.printer.ticket import void_strip

log = logging.getLogger(__name__)

PIECE = 1024  # bytes written at once: half a second at 19200 baud, far below a port's write timeout
PATIENCE = 1.0  # seconds for a status: real-time answers take milliseconds
LOOK = 1.0  # seconds without confirmation until the printer is asked how it is
CONFIRM = 20.0  # seconds from the last byte to the answer behind it: a long slip prints in 3
LATE = 2.0  # seconds that answers given up earlier are waited for, so that they aren't taken for new ones
QUIET = 0.5  # seconds of silence behind the answers to GS r after which no older one is on its way
ANSWERS = len(ASK_REACHED) // len(ASK_PAPER)
REMEMBERED = 4096  # job ids kept: weeks of tickets


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    """How a job ended. ``failed``: surely no whole paper. ``unknown``: a person must look."""

    state: Literal["printed", "failed", "unknown"]
    code: str | None = None


class ThermalPrinter:
    """A printer on ``stream``. One thread owns it; after DeviceAbsent make a new one on a new stream.

    ``torn`` tells a new one that the last job on an earlier stream, or of an earlier process, ended unknown.
    """

    def __init__(self, stream: ByteStream, clock: Clock, profile: Profile, *, torn: bool = False) -> None:
        self._stream, self._clock, self._profile = stream, clock, profile
        self._decoder = Decoder()
        self._real_time: deque[int] = deque(maxlen=16)
        self._pushed: PrinterStatus | None = None
        self._full: PrinterStatus | None = None
        self._lost = 0  # real-time questions given up, whose answers may still come
        self._owed = ANSWERS  # to GS r questions; at first those of whoever used the printer before
        self._torn = torn
        self._in_step = False  # has it obeyed everything so far?
        self._jobs: dict[str, None] = {}
        self._greeted = self._warned = False

    @property
    def torn(self) -> bool:
        """Whether a half-printed slip may hang in the printer. The next job declares it void and cuts it off."""
        return self._torn

    def status(self, timeout: float = PATIENCE) -> PrinterStatus:
        """How the printer is. Silence is a status too: its problem is fault.printer_silent.

        Raises DeviceAbsent when the port is gone.
        """
        try:
            self._greet()
            self._settle()
            found = self._ask(timeout)
        except DeviceTimeout as error:  # the port takes no more bytes
            log.info("device=printer %s", error)
            return SILENT
        return found if self._profile.near_end else replace(found, paper_low=False)

    def print(self, job_id: str, data: bytes) -> PrintOutcome:
        """Print one job, once. Raises DeviceRefused when ``job_id`` was given before; nothing else."""
        if job_id in self._jobs:
            raise DeviceRefused(f"job={job_id} was given before")
        self._remember(job_id)
        try:
            problem = self.status().problem or self._catch_up() or self._void_torn()
        except DriverError as error:
            return PrintOutcome("failed", error.code)
        if problem is not None:
            return PrintOutcome("failed", problem)
        self._torn = True
        try:
            problem = self._send_and_confirm(data)
        except DriverError as error:
            log.warning("job=%s paper=unknown %s", job_id, error)
            problem = error.code
        if problem is not None:
            self._in_step = self._greeted = False
            return PrintOutcome("unknown", problem)
        self._torn = False
        return PrintOutcome("printed")

    def _send_and_confirm(self, data: bytes) -> str | None:
        for at in range(0, len(data), PIECE):
            self._stream.write(data[at : at + PIECE])
        self._ask_reached()
        until = self._clock.now() + CONFIRM
        while not self._receive(min(until, self._clock.now() + LOOK), lambda: self._owed == 0):
            problem = self.status().problem
            if problem not in (None, "fault.printer_silent"):
                return problem  # it may print the rest when that is mended: unknown
            if self._clock.now() >= until:
                return "fault.printer_silent"
        return self.status().problem

    def _catch_up(self) -> str | None:
        """Make sure that the printer obeys commands and that every answer owed from earlier jobs is in.

        Otherwise an answer to an earlier job could confirm this one.
        """
        if self._in_step and self._owed == 0:
            return None
        self._ask_reached()
        owed = self._owed
        self._receive(self._clock.now() + LATE, lambda: owed - self._owed >= ANSWERS)
        if owed - self._owed < ANSWERS:
            return "fault.printer_silent"
        while self._owed and self._receive(self._clock.now() + QUIET, self._fewer_owed()):
            pass
        self._owed = 0  # what has not come by now was lost with the power
        self._in_step = True
        return None

    def _fewer_owed(self) -> Callable[[], bool]:
        owed = self._owed
        return lambda: self._owed < owed

    def _void_torn(self) -> str | None:
        if not self._torn:
            return None
        self._stream.write(void_strip(self._profile))
        self._in_step = False
        problem = self._catch_up() or self.status().problem
        self._torn = problem is not None
        return problem

    def _ask_reached(self) -> None:
        self._owed += ANSWERS
        self._stream.write(ASK_REACHED)

    def _ask(self, timeout: float) -> PrinterStatus:
        self._forget_answers()
        wants_full = self._profile.full_status
        questions = (*ASK_STATUS, ASK_FULL) if wants_full else ASK_STATUS
        self._lost = len(questions)
        self._stream.write(b"".join(questions))
        self._receive(self._clock.now() + timeout, lambda: self._answers() >= len(questions))
        self._lost = max(0, len(questions) - self._answers())
        found = from_real_time(dict(enumerate(self._real_time, 1)))
        if wants_full:
            found = found.joined(self._full or SILENT)
        return found.joined(self._pushed) if self._pushed is not None else found

    def _settle(self) -> None:
        """Take in what has come by now, and wait for answers that were given up: they belong to no new question."""
        self._forget_answers()
        self._receive(self._clock.now(), lambda: False)
        if self._lost:
            self._receive(self._clock.now() + LATE, lambda: self._answers() >= self._lost)
            self._lost = 0

    def _answers(self) -> int:
        return len(self._real_time) + (self._full is not None)

    def _forget_answers(self) -> None:
        self._real_time.clear()
        self._pushed = self._full = None

    def _receive(self, until: float, enough: Callable[[], bool]) -> bool:
        """Take answers in until there are enough; False when the clock reached ``until`` first."""
        while not enough():
            chunk = self._stream.read(until=until)
            if not chunk:
                return False
            self._take(chunk)
            if self._clock.now() > until:
                return enough()
        return True

    def _take(self, chunk: bytes) -> None:
        for answer in self._decoder.feed(chunk):
            match answer:
                case RealTime(byte):
                    self._real_time.append(byte)
                case Reached():
                    self._owed = max(0, self._owed - 1)
                case Pushed(data):
                    self._pushed = from_pushed(data)
                case Full(data):
                    self._full = from_full(data)
                case Junk(data):
                    log.debug("device=printer junk=%s", data.hex())

    def _greet(self) -> None:
        """Before the first question, and the first after a job that went wrong.

        The printer may still await the rest of an interrupted picture, which would swallow the next job's beginning.
        NUL completes any picture of ours, and prints nothing where none is awaited (Epson).
        """
        if self._greeted:
            return
        self._stream.write(
            bytes(self._profile.dots // 8 * BAND) + (ASB_ALL if self._profile.asb else ASB_OFF)
        )
        self._greeted = True
        if not self._warned:
            self._warned = True
            log.warning("device=printer profile=%s state=opened unproven=real_hardware", self._profile.name)

    def _remember(self, job_id: str) -> None:
        self._jobs[job_id] = None
        if len(self._jobs) > REMEMBERED:
            del self._jobs[next(iter(self._jobs))]
