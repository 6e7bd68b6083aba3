"""A scanner of any family: blocking calls with deadlines, one thread, no code kept.

Handled: codes cut anywhere, with or without a suffix, too long ones, ones that are no text, the same one seen again
and again while it is held, replies between codes, damaged and lost packets, a scanner that is asleep, silent or
gone, one that stops reading by itself (it is told again).
Not handled: a wrong baud rate (a plain scanner then looks like noise), two programs at one port, a plain or Honeywell
scanner that is deaf: it has nothing to be asked, so ``health`` only knows its port.
Not proven on real hardware yet; ``open`` says so once in the log.
"""

import logging
import math
from collections import deque
from dataclasses import dataclass, field

from drivers.errors import DeviceAbsent, DeviceTimeout
from drivers.ports import ByteStream, Clock
from drivers.scanner.codec import Code, Oversized, Undecodable, text_of
from drivers.scanner.digest import Digester
from drivers.scanner.errors import ScannerGarbled, ScannerGone, ScannerRefused, ScannerSilent
from drivers.scanner.families import ANY, Command, Dialect, Found, Owed, Reply, Verdict

log = logging.getLogger(__name__)

QUIET = 0.08  # seconds without a byte that end a flow (50 to 100 ms: devices.md 6)
SAME = 2.5  # seconds since it was last seen within which a code is still the same one, held on
REST = 1.0  # seconds between a code and telling the scanner to look for the next
RETRIGGER = 5.0  # seconds that a scanner looks at most before it must be told again
PATIENCE = 0.5  # seconds until a command is given up (Newland: answered within 500 ms)
WAKING = 0.02  # seconds between waking a scanner and talking to it
TRIES = 3
MOST_WAITING = 8  # codes read and not fetched; older ones are dropped
MOST_SEEN = 16  # codes remembered, as digests; more within SAME is no person's hand


@dataclass(frozen=True, slots=True)
class Scan:
    """What a code says: an opaque token that may identify a person."""

    text: str = field(repr=False)
    aim: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something was held up, and is no code that anybody here could use."""

    reason: str


class Scanner:
    """A scanner on ``stream``. Calls may raise ScannerGone; those that tell it something ScannerSilent,
    ScannerGarbled and ScannerRefused too.
    """

    def __init__(self, stream: ByteStream, clock: Clock, dialect: Dialect) -> None:
        self._stream, self._clock, self._dialect = stream, clock, dialect
        self._codes: deque[Code | Oversized] = deque(maxlen=MOST_WAITING)
        self._replies: deque[Reply] = deque(maxlen=MOST_WAITING)
        self._seen: dict[bytes, float] = {}
        self._digester = Digester()
        self._last_byte = 0.0
        self._next_trigger: float | None = None  # None: not told to read

    def open(self) -> None:
        """Make sure that a scanner of this family is there, and set it up. Once, before all else."""
        self._woken()
        for command in self._dialect.setup:
            self._tell(command)
        log.warning("device=scanner state=ready unproven=real_hardware")

    def start(self) -> None:
        """Read codes from now on, until ``stop``. Idempotent."""
        if self._next_trigger is None:
            self._trigger()

    def stop(self) -> None:
        """Read no more. Idempotent."""
        if self._next_trigger is not None:
            self._next_trigger = None
            for command in self._dialect.off:
                self._tell(command)

    def read(self, *, until: float) -> Scan | Unreadable | None:
        """The next code; None once the clock has reached ``until``."""
        while True:
            while self._codes:
                if (scan := self._new(self._codes.popleft())) is not None:
                    return scan
            if self._next_trigger is not None and self._clock.now() >= self._next_trigger:
                self._trigger()
            self._hear(until if self._next_trigger is None else min(until, self._next_trigger))
            if not self._codes and self._clock.now() >= until:  # however much comes that is no code
                return None

    def overlook(self, longest: float = 0.2) -> None:
        """Drop what has arrived; a code in it counts as seen. ``longest`` ends a flow without an end."""
        until = self._clock.now() + longest
        while self._hear(self._clock.now()) and self._clock.now() < until:
            pass
        while self._codes:
            self._new(self._codes.popleft())

    def forget(self) -> None:
        """Drop what has arrived and what was seen: a code held on is a new one."""
        self.overlook()
        self._seen.clear()

    def health(self) -> None:
        """Return if the scanner is well, as far as its family can tell."""
        if self._dialect.ask is not None:
            self._tell(self._dialect.ask)
        else:
            self._hear(self._clock.now())

    def _trigger(self) -> None:
        for command in self._dialect.on:
            self._tell(command)
        self._next_trigger = self._clock.now() + RETRIGGER

    def _tell(self, command: Command) -> None:
        """Say it until it is heard; codes that come meanwhile wait to be read."""
        self._replies.clear()
        garbled = False
        for attempt in range(TRIES):
            if attempt:
                self._woken()
            self._write(command.data)
            if command.answer is None:
                return
            verdict = self._answer(command.answer, self._clock.now() + PATIENCE)
            if verdict is Verdict.DONE:
                return
            if verdict is Verdict.NO:
                raise ScannerRefused(f"command={command.name}")
            garbled = verdict is Verdict.AGAIN
        if garbled:
            raise ScannerGarbled(f"command={command.name} damaged {TRIES} times")
        raise ScannerSilent(f"command={command.name} silent for {TRIES} times {PATIENCE:g} s")

    def _answer(self, to: bytes, until: float) -> Verdict | None:
        while True:
            while self._replies:
                reply = self._replies.popleft()
                if reply.to in (to, ANY):
                    return reply.verdict
            self._hear(until)
            if not self._replies and self._clock.now() >= until:
                return None

    def _woken(self) -> None:
        if self._dialect.wake:
            self._write(self._dialect.wake)
            self._clock.sleep(WAKING)

    def _hear(self, until: float) -> bool:
        """Wait for bytes or for quiet, no longer than ``until``; whether there were bytes."""
        quiet_at = self._last_byte + QUIET if self._dialect.pending else None
        try:
            data = self._stream.read(until=until if quiet_at is None else min(until, quiet_at))
        except DeviceAbsent as error:
            raise ScannerGone(str(error)) from error
        if data:
            self._last_byte = self._clock.now()
            for found in self._dialect.feed(data):
                self._sort(found)
        elif quiet_at is not None and self._clock.now() >= quiet_at:
            for found in self._dialect.quiet():
                self._sort(found)
        return bool(data)

    def _sort(self, found: Found) -> None:
        match found:
            case Owed(data):
                self._write(data)
            case Reply():
                self._replies.append(found)
            case _:
                self._codes.append(found)

    def _new(self, code: Code | Oversized) -> Scan | Unreadable | None:
        """What ``code`` says, unless it was seen a moment ago."""
        now = self._clock.now()
        if self._next_trigger is not None:
            self._next_trigger = min(self._next_trigger, now + REST)  # it has read one, and rests
        payload = code.payload if isinstance(code, Code) else b""  # of one too long all are the same
        digest = self._digester.of(payload)
        again = now - self._seen.pop(digest, -math.inf) < SAME
        self._seen[digest] = now  # at the end: the dictionary is in the order of last sight
        if len(self._seen) > MOST_SEEN:
            del self._seen[next(iter(self._seen))]
        if again:
            return None
        if isinstance(code, Oversized):
            return Unreadable("too long")
        try:
            return Scan(text_of(code.payload), code.aim)
        except Undecodable as error:
            return Unreadable(str(error))

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except DeviceAbsent as error:
            raise ScannerGone(str(error)) from error
        except DeviceTimeout as error:
            raise ScannerSilent(str(error)) from error
