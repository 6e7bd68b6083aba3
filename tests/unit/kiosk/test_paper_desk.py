"""The paper promise at the desk: whatever fails at whatever byte, one number has at most one whole unmarked paper.

A real slip goes through the real desk, ledger and driver to the simulated printer, and what the ledger tells
goes through the hall's real rules. After every fault a clerk mends the printer, the terminal starts again, and
somebody asks for the paper once more.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, cast

import pytest

from drivers.errors import DeviceAbsent
from drivers.ports import ByteStream
from drivers.printer.device import ThermalPrinter
from drivers.printer.notice import Notice
from drivers.printer.profiles import PROFILES
from drivers.printer.proof import Proof
from drivers.printer.simulator import Paper, SimulatedPrinterStream, VirtualPrinter
from drivers.printer.ticket import Slip, slip_bytes
from hall.queue import commands as c
from hall.queue.events import TicketTaken
from hall.queue.model import QueueId, TicketId, WindowId
from hall.queue.plan import Plan
from hall.queue.refusal import Refusal
from hall.queue.views import window_view
from hall.wire.messages import Problem, ReportPaper
from kiosk.hall_client import HallRefused
from kiosk.ledger import CUT_OFF, LedgerUnwritable, PaperLedger
from kiosk.printing import PaperDesk
from kiosk.reports import PaperReports
from screens.effects import PrintSlip
from screens.events import PaperFailed, PaperPrinted, PrinterChanged, Ticket
from screens.theme.fonts import FontsMissing, find_fonts
from tests.unit.hall.small_hall import Day, make_plan

Drawing: TypeAlias = Slip | Notice | Proof
Draw: TypeAlias = Callable[[Drawing], bytes]
PROFILE = PROFILES["generic-58"]
COPY_MARK, VOID_MARK = "补打", "作废"
PLAN = make_plan()
HALL_NAME = "同源厅"
ENDS = 300  # every byte of so many at the beginning and at the end of a job
STRIDE = 101  # between them; prime, so that no picture row is met at one column only


class SteppedClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


class Killed(BaseException):
    """The terminal's power goes: nothing after this runs."""


class TrippingStream:
    """Passes everything on; ``trip`` happens when ``at`` more bytes have been written."""

    def __init__(self, inner: ByteStream) -> None:
        self._inner = inner
        self.written = 0
        self.at: int | None = None
        self.trip: Callable[[], None] = lambda: None

    def write(self, data: bytes, /) -> None:
        self.written += len(data)
        if self.at is not None and self.at <= len(data):
            at, self.at = self.at, None
            self._inner.write(data[:at])
            self.trip()
            data = data[at:]
        elif self.at is not None:
            self.at -= len(data)
        self._inner.write(data)

    def read(self, *, until: float) -> bytes:
        return self._inner.read(until=until)

    def discard_input(self) -> None:
        self._inner.discard_input()

    def close(self) -> None:
        self._inner.close()


class PureHall:
    """The hall's own rules, in the place of the HTTP client."""

    def __init__(self, plan: Plan) -> None:
        self.day = Day(plan)

    def take(self) -> TicketId:
        [event] = [one for one in self.day.done(c.Take(QueueId("a"))) if isinstance(one, TicketTaken)]
        return event.ticket

    def report_paper(self, ticket: str, report: ReportPaper) -> None:
        outcome = self.day.do(
            c.ReportPaper(TicketId(ticket), report.job, report.state, report.copy_, report.code)
        )
        if isinstance(outcome, Refusal):
            raise HallRefused(Problem(title="no", status=409, code=outcome.code, facts=dict(outcome.facts)))

    def paper(self, ticket: str) -> str:
        return self.day.state.tickets[TicketId(ticket)].paper

    def unprinted(self) -> dict[str, str]:
        """What the clerk of window 1 sees: tickets whose paper is not in anybody's hand, or may not be."""
        view = window_view(self.day.state, WindowId("1"), self.day.plan, self.day.now)
        return {brief.id: brief.paper for brief in view.unprinted}


class Station:
    """A terminal with its printer and its hall. ``boot`` is switching the terminal on, again and again."""

    def __init__(self, path: Path, draw: Draw, *, usb: bool = False) -> None:
        self.clock, self.hall = SteppedClock(), PureHall(PLAN)
        self.printer = VirtualPrinter(Path("unread.otf"), self.clock, dots=PROFILE.dots)
        self.events: list[object] = []
        self._path, self._draw, self._usb = path, draw, usb
        self._ledger: PaperLedger | None = None
        self.jobs: list[str] = []
        self.ticket = a_ticket(self.hall.take())
        self._fault: tuple[int, Callable[[], None]] | None = None
        self.sent = 0
        self.boot()

    def boot(self) -> None:
        if self._ledger is not None:
            self._ledger.close()  # a process that ends has nothing open; it has told the ledger nothing more
        self.ledger = self._ledger = PaperLedger(self._path)
        self.desk = PaperDesk(
            self._open,
            lambda stream: ThermalPrinter(stream, self.clock, PROFILE, torn=self.ledger.torn()),
            self._drawn,
            self.ledger,
            make_job=self._job,
            now=lambda: datetime(2026, 11, 23, 9, 35, 2, tzinfo=UTC),
            terminal="K01",
            hall_name=lambda: HALL_NAME,
            post=self.events.append,
        )
        self.reports = PaperReports(self.ledger, self.hall)

    def fail_at(self, byte: int, fault: Callable[["Station"], None]) -> None:
        """Let ``fault`` happen after so many bytes, counted from where the desk has drawn the slip."""
        self._fault = (byte, lambda: fault(self))

    def ask(self) -> None:
        """A citizen asks for the paper (the desk itself must see to the mark)."""
        try:
            self.desk.print(PrintSlip(self.ticket))
        except Killed:
            self.events.clear()

    def mend(self) -> None:
        """A clerk comes: power, cover, paper, knife. A printer that kept the rest of a slip prints it now."""
        self.printer.powered = True
        self.printer.silent = self.printer.cutter_jam = False
        self.printer.cover_open = self.printer.paper_out = False
        self.clock.sleep(120)

    def whole(self, words: str = "") -> list[Paper]:
        """Papers one may take for a number: cut, not declared void."""
        return [p for p in self.printer.papers if p.complete and VOID_MARK not in p.text and words in p.text]

    def states(self) -> dict[str, str]:
        rows = self.ledger._db.execute("SELECT job, state FROM slip WHERE ticket=?", (self.ticket.id,))
        return dict(rows.fetchall())

    def _open(self) -> ByteStream:
        if self._usb and not self.printer.powered:
            raise DeviceAbsent("simulated printer unplugged")
        self.wire = TrippingStream(
            SimulatedPrinterStream(self.printer, self.clock, drops_with_power=self._usb)
        )
        return self.wire

    def _drawn(self, drawing: Drawing) -> bytes:
        data = self._draw(drawing)
        if self._fault is not None:
            (self.wire.at, self.wire.trip), self._fault = self._fault, None
        self.wire.written = 0
        return data

    def _job(self) -> str:
        self.jobs.append(f"{self.ticket.id[-6:]}-{len(self.jobs) + 1:05d}")
        return self.jobs[-1]


def a_ticket(ticket_id: str, **changes: object) -> Ticket:
    """Few words on the slip: thousands of it are printed here."""
    facts: dict[str, Any] = {
        "id": ticket_id,
        "number": "A012",
        "queue": "a",
        "queue_name": "社保",
        "queue_name_en": "",
        "ahead": 3,
        "wait_low": None,
        "wait_high": None,
        "zone": "",
        "windows": "",
        "phone_url": "",
    }
    return Ticket(**(facts | changes))


@pytest.fixture(scope="module")
def draw() -> Draw:
    """The real slip; drawn once in each form, because only its job id differs from one trial to the next."""
    try:
        font = find_fonts().regular
    except FontsMissing as error:
        pytest.skip(str(error))
    drawn: dict[bool, tuple[str, bytes]] = {}

    def quickly(slip: Drawing) -> bytes:
        assert isinstance(slip, Slip)
        if slip.copy not in drawn:
            drawn[slip.copy] = (slip.job, slip_bytes(slip, PROFILE, font))
        job, data = drawn[slip.copy]
        assert data.count(job.encode()) == 1
        return data.replace(job.encode(), slip.job.encode())

    return quickly


@pytest.fixture
def path() -> Iterator[Path]:
    """In memory where the machine has that: thousands of trials need not wait for a disk."""
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else None))
    yield folder / "paper.sqlite"
    shutil.rmtree(folder)


@pytest.fixture
def station(path: Path, draw: Draw) -> Station:
    made = Station(path, draw)
    made.desk.idle()
    return made


def job_length(path: Path, draw: Draw) -> int:
    """Bytes that go to the printer from a drawn slip to its confirmed end, questions included."""
    station = Station(path.with_name("dry.sqlite"), draw)
    station.desk.idle()
    station.ask()
    assert station.events[-1] == PaperPrinted(station.ticket.id)
    return station.wire.written


def positions(length: int) -> list[int]:
    return sorted({*range(ENDS), *range(0, length, STRIDE), *range(length - ENDS, length + 1)})


def kill(station: Station) -> None:
    raise Killed


def kill_both(station: Station) -> None:
    station.printer.powered = False
    raise Killed


FAULTS: dict[str, Callable[[Station], None]] = {
    "the printer loses power": lambda s: setattr(s.printer, "powered", False),
    "no paper": lambda s: setattr(s.printer, "paper_out", True),
    "the cover opens": lambda s: setattr(s.printer, "cover_open", True),
    "the knife jams": lambda s: setattr(s.printer, "cutter_jam", True),
    "the printer falls silent": lambda s: setattr(s.printer, "silent", True),
    "the terminal dies": kill,
    "the mains fail": kill_both,
}


@pytest.fixture
def quiet() -> Iterator[None]:
    """Thousands of trials say the same thing thousands of times."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("fault", FAULTS)
def test_at_whatever_byte_it_fails_a_number_has_one_unmarked_paper_at_most(
    fault: str, path: Path, draw: Draw
) -> None:
    ends = set()
    for at in positions(job_length(path, draw)):
        path.unlink(missing_ok=True)
        station = Station(path, draw, usb=at % 3 == 0)
        station.desk.idle()
        station.fail_at(at, FAULTS[fault])
        station.ask()
        ends.add(check_after_fault(station, f"{fault} at byte {at}", looks=at % 2))
    assert "unknown" in ends, "a fault in the middle of a slip leaves a doubt"


def check_after_fault(station: Station, where: str, *, looks: int) -> str:
    """Mend, restart, ask once more: every promise. Returns how the first job ended."""
    ticket, hall = station.ticket.id, station.hall
    station.mend()
    station.reports.send()
    station.boot()
    for _ in range(looks):
        station.desk.idle()
    station.reports.send()
    before = len(station.whole())
    assert before <= 1, f"{where}: printed unasked"
    [first] = station.jobs
    end = station.states()[first]
    for said in (event for event in station.events if isinstance(event, PaperPrinted | PaperFailed)):
        assert isinstance(said, PaperPrinted) == (end == "printed"), f"{where}: {said} is not true"
        assert getattr(said, "sure", False) == (end == "failed"), f"{where}: {said} is not true"
    assert end in ("printed", "failed", "unknown"), where
    if end != "unknown":
        assert len(station.whole(first)) == (end == "printed"), f"{where}: {end} is not true"
    assert hall.paper(ticket) == end, where
    assert hall.unprinted() == ({} if end == "printed" else {ticket: end}), where

    station.ask()
    station.desk.idle()
    station.reports.send()
    second = station.jobs[1]
    assert station.states()[second] == "printed", where
    unmarked = [p for p in station.whole() if COPY_MARK not in p.text]
    assert len(unmarked) <= 1, f"{where}: two papers with one number, neither says {COPY_MARK}"
    [paper] = station.whole(second)
    assert paper.text.count(HALL_NAME) == 1, f"{where}: printed on what hung out of the printer"
    old = len(station.whole(first))  # what only wanted its cut may have got it by now
    assert before <= old <= 1, where
    assert len(station.whole()) == old + 1, f"{where}: one more paper was asked for"
    assert (COPY_MARK in paper.text) == (end != "failed"), where
    assert hall.paper(ticket) == "printed", where
    assert hall.unprinted() == {}, where
    assert station.ledger.untold() == [], where
    return end


def test_a_slip_that_is_well_is_printed_once_and_told(station: Station) -> None:
    station.ask()
    [paper] = station.whole()
    assert all(words in paper.text for words in (HALL_NAME, "社保", "前面还有 3 人", station.jobs[0]))
    assert COPY_MARK not in paper.text
    station.reports.send()
    assert station.hall.paper(station.ticket.id) == "printed"
    assert station.events == [PrinterChanged(None), PaperPrinted(station.ticket.id)]


def test_the_hall_hears_that_a_slip_is_begun_before_the_first_byte_of_it_is_sent(station: Station) -> None:
    heard: list[str] = []

    def hear(station: Station) -> None:
        station.reports.send()
        heard.append(station.hall.paper(station.ticket.id))

    station.fail_at(0, hear)
    station.ask()
    assert heard == ["printing"]
    assert station.hall.paper(station.ticket.id) == "printing"


def test_a_terminal_that_died_between_the_beginning_and_the_end_does_not_know(station: Station) -> None:
    station.fail_at(40, kill)
    station.ask()
    assert list(station.states().values()) == ["printing"]
    station.boot()
    [slip] = station.ledger.untold()
    assert (slip.state, slip.code) == ("unknown", CUT_OFF)
    station.reports.send()
    assert station.hall.unprinted() == {station.ticket.id: "unknown"}


@pytest.mark.parametrize("fault", ["paper_out", "cover_open"])
def test_a_printer_that_cannot_print_is_told_and_nothing_is_sent(station: Station, fault: str) -> None:
    setattr(station.printer, fault, True)
    station.ask()
    assert station.events[-1] == PaperFailed(station.ticket.id, f"fault.{fault}", sure=True)
    station.mend()
    assert station.printer.papers == [], "nothing comes out by itself when it is mended"
    station.reports.send()
    assert station.hall.unprinted() == {station.ticket.id: "failed"}


def test_a_printer_that_is_not_there_surely_prints_nothing(path: Path, draw: Draw) -> None:
    station = Station(path, draw, usb=True)
    station.printer.powered = False
    station.ask()
    assert station.events == [PaperFailed(station.ticket.id, "fault.device_absent", sure=True)]
    assert station.states() == {station.jobs[0]: "failed"}


def test_a_copy_that_is_asked_for_is_marked_whatever_the_ledger_knows(station: Station) -> None:
    station.desk.print(PrintSlip(station.ticket, copy=True))
    assert [COPY_MARK in paper.text for paper in station.whole()] == [True]
    assert [slip.copy for slip in station.ledger.untold()] == [True]


def test_asking_again_and_again_gives_copies_only(station: Station) -> None:
    for _ in range(4):
        station.ask()
    assert [COPY_MARK in paper.text for paper in station.whole()] == [False, True, True, True]
    station.reports.send()
    assert station.hall.paper(station.ticket.id) == "printed"


def test_a_copy_that_fails_does_not_take_away_the_paper_that_was_printed(station: Station) -> None:
    station.ask()
    station.printer.paper_out = True
    station.ask()
    station.reports.send()
    assert station.hall.paper(station.ticket.id) == "printed"
    assert station.hall.unprinted() == {}


def test_what_could_not_be_drawn_ends_as_surely_no_paper(station: Station) -> None:
    def broken(_: Drawing) -> bytes:
        raise OSError("the font is gone")

    station.desk._draw = broken
    station.ask()
    assert station.events[-1] == PaperFailed(station.ticket.id, "fault.internal", sure=True)
    assert list(station.states().values()) == ["failed"], "not for ever printing"


class Brittle:
    """A ledger whose disk fills up at one step."""

    def __init__(self, ledger: PaperLedger, step: str) -> None:
        self._ledger, self._step = ledger, step

    def __getattr__(self, name: str) -> object:
        if name != self._step:
            return getattr(self._ledger, name)

        def full(*_: object, **__: object) -> None:
            raise LedgerUnwritable("database or disk is full")

        return full


def test_without_a_ledger_nothing_is_printed(station: Station) -> None:
    station.desk._ledger = cast(PaperLedger, Brittle(station.ledger, "begin"))
    station.ask()
    assert station.events[-1] == PaperFailed(station.ticket.id, "fault.disk", sure=True)
    assert station.printer.papers == []


def test_a_ledger_that_cannot_take_the_end_down_does_not_hide_the_paper(station: Station) -> None:
    station.desk._ledger = cast(PaperLedger, Brittle(station.ledger, "end"))
    station.ask()
    assert station.events[-1] == PaperPrinted(station.ticket.id)
    station.boot()
    [slip] = station.ledger.untold()
    assert slip.state == "unknown"
    station.ask()
    assert [COPY_MARK in paper.text for paper in station.whole()] == [False, True]


def test_how_the_printer_is_is_told_once_each_time_it_changes(station: Station) -> None:
    for _ in range(3):
        station.desk.idle()
    station.printer.paper_out = True
    for _ in range(3):
        station.desk.idle()
    station.printer.paper_out = False
    station.printer.silent = True
    for _ in range(2):
        station.desk.idle()
    station.printer.silent = False
    station.clock.sleep(10)
    station.desk.idle()
    assert station.events == [
        PrinterChanged(code) for code in (None, "fault.paper_out", "fault.printer_silent", None)
    ]


def test_a_port_that_goes_and_comes_back_is_told_once_each_way(path: Path, draw: Draw) -> None:
    station = Station(path, draw, usb=True)
    station.desk.idle()
    station.printer.powered = False
    for _ in range(3):
        assert station.desk.idle() >= 1
    station.mend()
    station.desk.idle()
    assert station.events == [PrinterChanged(code) for code in (None, "fault.device_absent", None)]


def test_a_bug_in_the_desk_is_told_and_is_over_when_the_printer_answers_again(station: Station) -> None:
    station.desk.failed("fault.internal")
    assert station.events[-1] == PrinterChanged("fault.internal")
    station.desk.idle()
    assert station.events[-1] == PrinterChanged(None)


def test_the_waiting_time_is_printed_as_the_hall_estimates_it(station: Station) -> None:
    station.desk._draw = seen = Drawn()
    for low, high, ahead in ((20, 28, 3), (5, 5, 1), (None, None, 2), (0, 3, 0)):
        station.ticket = a_ticket(station.ticket.id, wait_low=low, wait_high=high, ahead=ahead)
        station.ask()
    assert [slip.wait for slip in seen.slips] == ["约 20–28 分钟", "约 5 分钟", "", ""]
    assert {slip.taken for slip in seen.slips} == {"2026-11-23 09:35:02"}


class Drawn:
    def __init__(self) -> None:
        self.slips: list[Slip] = []

    def __call__(self, slip: Drawing) -> bytes:
        assert isinstance(slip, Slip)
        self.slips.append(slip)
        return b"\x1b@x\n\x1dV\x01"


def test_half_a_slip_is_cut_off_even_when_another_failed_and_the_terminal_restarted_meanwhile(
    station: Station,
) -> None:
    station.fail_at(400, kill)
    station.ask()
    station.boot()
    station.printer.paper_out = True
    station.ask()
    assert station.states()[station.jobs[1]] == "failed"
    station.printer._flags["paper_out"] = False  # paper was there all the time: the sensor was dirty
    station.boot()
    station.ask()
    [paper] = station.whole(station.jobs[2])
    assert paper.text.count(HALL_NAME) == 1
