"""The test page through the real driver, and how a new roll is noticed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.printer.device import PrintOutcome, ThermalPrinter
from drivers.printer.profiles import PROFILES
from drivers.printer.proof import Proof, proof_bytes
from drivers.printer.simulator import SimulatedPrinterStream, VirtualPrinter
from kiosk.ledger import Counts, PaperLedger
from kiosk.printing import PaperDesk
from screens.events import PrinterChanged
from screens.theme.fonts import find_fonts

PROFILE = PROFILES["generic-80"]


class SteppedClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


class Bench:
    """A desk with a printer on it."""

    def __init__(self, folder: Path) -> None:
        clock, font = SteppedClock(), find_fonts().regular
        self.printer = VirtualPrinter(font, clock, dots=PROFILE.dots)
        self.ledger = PaperLedger(folder / "paper.sqlite")
        self.events: list[object] = []

        def draw(paper: object) -> bytes:
            assert isinstance(paper, Proof)
            return proof_bytes(paper, PROFILE, font)

        self.desk = PaperDesk(
            lambda: SimulatedPrinterStream(self.printer, clock),
            lambda stream: ThermalPrinter(stream, clock, PROFILE),
            draw,
            self.ledger,
            make_job=iter(["5f0c2a", "5f0c2b", "5f0c2c"]).__next__,
            now=lambda: datetime(2026, 11, 23, 9, 35, 2, tzinfo=UTC),
            terminal="一楼大厅 1 号自助终端",
            hall_name=lambda: "",
            post=self.events.append,
        )
        self.desk.idle()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_page_says_which_terminal_when_and_which_job(bench: Bench) -> None:
    assert bench.desk.print_proof("qingyuan-t01") == PrintOutcome("printed")
    [page] = bench.printer.papers
    assert page.complete
    for said in ("一楼大厅 1 号自助终端", "qingyuan-t01", "2026-11-23 09:35:02", "5f0c2a"):
        assert said in page.text


@pytest.mark.parametrize(
    ("fault", "code"), [("paper_out", "fault.paper_out"), ("cover_open", "fault.cover_open")]
)
def test_without_paper_there_is_no_page_but_a_code_and_none_comes_later(
    bench: Bench, fault: str, code: str
) -> None:
    setattr(bench.printer, fault, True)
    assert bench.desk.print_proof("t1") == PrintOutcome("failed", code)
    setattr(bench.printer, fault, False)
    bench.desk.idle()
    assert bench.printer.papers == []


def test_a_page_torn_in_the_middle_is_declared_void_before_the_next(bench: Bench) -> None:
    bench.printer.paper_left_mm = 60
    end = bench.desk.print_proof("t1")
    assert (end.state, end.code) == ("unknown", "fault.paper_out")
    bench.printer.paper_out = False
    assert bench.desk.print_proof("t1").state == "printed"
    assert "VOID" in bench.printer.papers[-2].text or "VOID" in bench.printer.papers[0].text
    assert "VOID" not in bench.printer.papers[-1].text


def test_a_page_is_nobodys_number(bench: Bench) -> None:
    bench.desk.print_proof("t1")
    assert bench.ledger.untold() == []
    assert bench.ledger.counts() == Counts(0, None)


@pytest.mark.parametrize("end", ["paper_out", "near_end"])
def test_a_new_roll_is_noticed_when_paper_is_back_and_plentiful(bench: Bench, end: str) -> None:
    assert bench.ledger.counts().of_roll is None
    setattr(bench.printer, end, True)
    bench.desk.idle()
    bench.printer.cover_open = True
    bench.desk.idle()
    assert bench.ledger.counts().of_roll is None
    bench.printer.cover_open = False
    setattr(bench.printer, end, False)
    bench.desk.idle()
    assert bench.ledger.counts() == Counts(0, 0)
    assert bench.events[-1] == PrinterChanged(None)


def test_an_opened_cover_alone_is_no_new_roll(bench: Bench) -> None:
    bench.printer.cover_open = True
    bench.desk.idle()
    bench.printer.cover_open = False
    bench.desk.idle()
    assert bench.ledger.counts().of_roll is None
