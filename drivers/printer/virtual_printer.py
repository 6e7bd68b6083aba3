"""A printer without a printer: obeys ESC/POS, answers, stops, jams, loses power, and keeps its papers.

Everything is behind one lock: a page's button may open the cover while the hall prints.
"""

import re
import threading
from collections import deque
from pathlib import Path

from drivers.ports import Clock, SystemClock
from drivers.printer.condition import Condition
from drivers.printer.escpos import Character, Command, Noise, Parser
from drivers.printer.paper import Paper
from drivers.printer.print_head import PrintHead

REAL_TIME = re.compile(rb"\x10\x04[\x01-\x04\x14]|\x10\x05[\x01\x02]")
HELD_BACK = re.compile(rb"\x10[\x04\x05]?\Z")  # may become a real-time command
BUFFER = 1 << 20  # bytes kept while stopped; a real one blocks the line instead
BOOT = 1.5  # seconds from power to the first byte taken
DOTS_A_MM = 8
NOISE_KEPT = 1000


class VirtualPrinter:
    """``receive`` bytes, ``answers`` to send back; set the attributes from any thread.

    Real-time questions are taken out of the stream wherever they stand, in pictures too: the nastier firmware.
    """

    def __init__(
        self,
        font_path: Path,
        clock: Clock | None = None,
        *,
        dots: int = 576,
        four_byte: bool = False,
        full_status: bool = False,
    ) -> None:
        """``four_byte``: prints all of GB 18030; ``full_status``: answers CUSTOM's 10 04 14."""
        self._clock = clock or SystemClock()
        self._font_path, self._dots, self._full_status = font_path, dots, full_status
        self._lock = threading.RLock()
        self._four_byte = four_byte
        self._parser = Parser(four_byte=four_byte)
        self._head = PrintHead(dots, four_byte=four_byte)
        self._held = b""
        self._clean_edge = True  # does the paper in the printer begin where a job began?
        self._outbox: deque[tuple[float, bytes]] = deque()
        self._asb = False
        self._said_asb = b""
        self._cutter_error = False
        self._flags = dict.fromkeys(
            ("paper_out", "near_end", "cover_open", "cutter_jam", "silent", "powered"), False
        )
        self._flags["powered"] = True
        self._paper_left: float | None = None
        self._fed = 0  # dots since paper_left_mm was set
        self._until_loss: int | None = None
        self._booted_at = 0.0
        self.answer_late = 0.0  # seconds
        self.baud: int | None = None  # pace of the wire; whoever carries the bytes keeps it
        self.papers: list[Paper] = []
        self.noise: list[bytes] = []  # bytes that meant nothing

    # What can be done to it

    @property
    def paper_out(self) -> bool:
        return self._flags["paper_out"]

    @paper_out.setter
    def paper_out(self, now: bool) -> None:
        with self._lock:
            if self.paper_out and not now:  # a new roll: what hung out of the old one is torn off
                self._paper_left = None
                self._tear_off()
            self._set("paper_out", now)

    @property
    def near_end(self) -> bool:
        return self._flags["near_end"]

    @near_end.setter
    def near_end(self, now: bool) -> None:
        self._set("near_end", now)

    @property
    def cover_open(self) -> bool:
        return self._flags["cover_open"]

    @cover_open.setter
    def cover_open(self, now: bool) -> None:
        self._set("cover_open", now)

    @property
    def cutter_jam(self) -> bool:
        return self._flags["cutter_jam"]

    @cutter_jam.setter
    def cutter_jam(self, now: bool) -> None:
        """The jam is noticed at the next cut, and the job goes on where it stopped once the jam is gone."""
        with self._lock:
            if not now:
                self._cutter_error = False
            self._set("cutter_jam", now)

    @property
    def silent(self) -> bool:
        """Prints and says nothing."""
        return self._flags["silent"]

    @silent.setter
    def silent(self, now: bool) -> None:
        self._set("silent", now)

    @property
    def powered(self) -> bool:
        """Without power all is lost but the paper, which is torn off; what comes while it boots is lost too."""
        return self._flags["powered"]

    @powered.setter
    def powered(self, now: bool) -> None:
        with self._lock:
            if self.powered and not now:
                self._lose_power()
            if now and not self.powered:
                self._booted_at = self._clock.now() + BOOT
            self._flags["powered"] = now

    @property
    def lose_power_after(self) -> int | None:
        """Bytes of data until the power goes; questions in real time and idle NULs don't count."""
        return self._until_loss

    @lose_power_after.setter
    def lose_power_after(self, count: int | None) -> None:
        with self._lock:
            self._until_loss = count

    @property
    def paper_left_mm(self) -> float | None:
        """Paper left on the roll; None: enough."""
        with self._lock:
            return None if self._paper_left is None else self._paper_left - self._fed / DOTS_A_MM

    @paper_left_mm.setter
    def paper_left_mm(self, left: float | None) -> None:
        with self._lock:
            self._paper_left, self._fed = left, 0

    # Its wire

    def receive(self, data: bytes) -> None:
        """What came over the wire."""
        with self._lock:
            if not self.powered or self._clock.now() < self._booted_at:
                return
            data, self._held = self._held + data, b""
            if (tail := HELD_BACK.search(data)) is not None:
                self._held, data = data[tail.start() :], data[: tail.start()]
            at = 0
            for found in REAL_TIME.finditer(data):
                self._data(data[at : found.start()])
                self._answer_now(found.group())
                at = found.end()
            self._data(data[at:])

    def answers(self, now: float) -> bytes:
        """What it has to say by ``now``, taken away."""
        with self._lock:
            said = b""
            while self._outbox and self._outbox[0][0] <= now:
                said += self._outbox.popleft()[1]
            return said

    def next_answer_at(self) -> float | None:
        """When the next answer goes out."""
        with self._lock:
            return self._outbox[0][0] if self._outbox else None

    # How it works

    def _set(self, name: str, now: bool) -> None:
        with self._lock:
            self._flags[name] = now
            self._work()
            self._push()

    def _data(self, data: bytes) -> None:
        if not self._parser.waiting:
            data = data.lstrip(b"\0")
        if not data or not self.powered:
            return
        if self._until_loss is not None and len(data) >= self._until_loss:
            data, self._until_loss = data[: self._until_loss], None
            self._take_in(data)
            self.powered = False
            return
        if self._until_loss is not None:
            self._until_loss -= len(data)
        self._take_in(data)

    def _take_in(self, data: bytes) -> None:
        if self._parser.size + len(data) > BUFFER:
            self._note(data[:16])
            return
        self._parser.feed(data)
        self._work()
        self._push()

    def _work(self) -> None:
        """Obey what came until there is no more or something stops it."""
        while self.powered and not self._condition().stopped and (item := self._parser.take()) is not None:
            before = self._head.height
            match item:
                case Command(b"\x1dV" | b"\x1bi" | b"\x1bm" as name, data) if not self._cut(data):
                    self._parser.unread(name + data)
                case Command(b"\x1dV" | b"\x1bi" | b"\x1bm"):
                    continue
                case Command(b"\x1dr", data):
                    self._say(self._condition().paper() if data[0] in (1, 49) else b"\0")
                case Command(b"\x1da", data):
                    self._asb, self._said_asb = data[0] != 0, b""
                    self._push()
                case Command(b"\x1b@") if not self._head.begun:
                    self._clean_edge = True  # a job begins here
                    self._head.obey(item)
                case Command(b"\x1de"):
                    pass  # presenter: the slip is out either way
                case Command() | Character():
                    if not self._head.obey(item):
                        self._note(item.name + item.data if isinstance(item, Command) else item.code)
                case Noise(data):
                    self._note(data)
            self._parser.hanzi = self._head.hanzi
            self._use_paper(self._head.height - before)

    def _use_paper(self, dots: int) -> None:
        self._fed += max(0, dots)
        if self._paper_left is not None and self._fed > self._paper_left * DOTS_A_MM:
            self._flags["paper_out"] = True
            self._push()

    def _cut(self, data: bytes) -> bool:
        if len(data) == 2:  # GS V 65/66 n: feed, then cut
            self._head.feed(data[1])
        if self.cutter_jam:
            self._cutter_error = True
            return False
        self._deliver(cut=True)
        self._clean_edge = True
        return True

    def _deliver(self, *, cut: bool) -> None:
        rows = self._head.taken()
        if rows:
            self.papers.append(Paper(rows, cut and self._clean_edge, self._dots, self._font_path))

    def _tear_off(self) -> None:
        if self._head.begun:
            self._clean_edge = False  # the rest of the job will be on the next paper
        self._deliver(cut=False)

    def _lose_power(self) -> None:
        self._deliver(cut=False)
        self._parser = Parser(four_byte=self._four_byte)
        self._head = PrintHead(self._dots, four_byte=self._four_byte)
        self._held = b""
        self._outbox.clear()
        self._asb, self._clean_edge, self._cutter_error = False, True, False

    def _note(self, data: bytes) -> None:
        if len(self.noise) < NOISE_KEPT:
            self.noise.append(data)

    # What it says

    def _say(self, data: bytes) -> None:
        if self.powered and not self.silent:
            self._outbox.append((self._clock.now() + self.answer_late, data))

    def _answer_now(self, question: bytes) -> None:
        match question[1], question[2]:
            case 4, 0x14:
                if self._full_status:
                    self._say(self._condition().full())
            case 4, n:
                self._say(self._condition().real_time(n))
            case _:  # DLE ENQ: nothing to recover from that isn't still there
                pass

    def _condition(self) -> Condition:
        return Condition(self.paper_out, self.near_end, self.cover_open, self._cutter_error)

    def _push(self) -> None:
        now = self._condition().pushed()
        if self._asb and now != self._said_asb:
            self._said_asb = now
            self._say(now)
