"""What the hall is told of paper: in order, once in effect, through absence, refusal and restart."""

from pathlib import Path

import pytest

from hall.queue import commands as c
from hall.queue.model import QueueId, TicketId, WindowId
from hall.queue.refusal import Refusal
from hall.queue.views import window_view
from hall.wire.messages import Problem, ReportPaper
from kiosk.hall_client import HallRefused, HallUnreachable
from kiosk.ledger import PaperLedger, State
from kiosk.reports import LOOK_EVERY, RESTED, PaperReports
from tests.unit.hall.small_hall import Day


class Hall:
    """The hall's own rules at the end of a bad line, with the memory for keys that the real one has."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.away = False
        self.answer_lost = False  # it is heard, but its answer is not
        self.heard: list[tuple[str, str]] = []
        self._keys: dict[str, Refusal | None] = {}

    def report_paper(self, ticket: str, report: ReportPaper) -> None:
        if self.away:
            raise HallUnreachable("POST: ConnectTimeout")
        self.heard.append((report.job, report.state))
        key = f"{report.job}.{report.state}"
        if key not in self._keys:
            outcome = self.day.do(
                c.ReportPaper(TicketId(ticket), report.job, report.state, report.copy_, report.code)
            )
            self._keys[key] = outcome if isinstance(outcome, Refusal) else None
        if self.answer_lost:
            raise HallUnreachable("POST: ReadTimeout")
        if (refusal := self._keys[key]) is not None:
            raise HallRefused(Problem(title="no", status=409, code=refusal.code))

    def paper(self, ticket: str) -> str:
        return self.day.state.tickets[TicketId(ticket)].paper

    def unprinted(self) -> dict[str, str]:
        view = window_view(self.day.state, WindowId("1"), self.day.plan, self.day.now)
        return {brief.number: brief.paper for brief in view.unprinted}


@pytest.fixture
def hall() -> Hall:
    day = Day()
    for _ in range(4):
        day.done(c.Take(QueueId("a")))
    return Hall(day)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.sqlite"


@pytest.fixture
def ledger(path: Path) -> PaperLedger:
    return PaperLedger(path)


def reports(ledger: PaperLedger, hall: Hall) -> PaperReports:
    return PaperReports(ledger, hall)


A1, A2, A3, A4 = (f"20261123-A{n:02}" for n in range(1, 5))


def test_the_clerk_sees_every_number_whose_paper_failed_or_is_in_doubt_and_no_other(
    ledger: PaperLedger, hall: Hall
) -> None:
    ends: list[tuple[str, str, State, str | None]] = [
        ("j1", A1, "printed", None),
        ("j2", A2, "failed", "fault.paper_out"),
        ("j3", A3, "unknown", "fault.printer_silent"),
    ]
    for job, ticket, state, code in ends:
        ledger.begin(job, ticket, copy=False)
        ledger.end(job, state, code)
    ledger.begin("j4", A4, copy=False)
    assert reports(ledger, hall).send() == LOOK_EVERY
    assert hall.unprinted() == {"A02": "failed", "A03": "unknown"}
    assert [hall.paper(t) for t in (A1, A4)] == ["printed", "printing"]


def test_a_copy_that_came_out_takes_the_number_off_the_clerks_list(ledger: PaperLedger, hall: Hall) -> None:
    ledger.begin("j1", A1, copy=False)
    ledger.end("j1", "unknown", "fault.printer_silent")
    reports(ledger, hall).send()
    ledger.begin("j2", A1, copy=True)
    reports(ledger, hall).send()
    assert hall.unprinted() == {"A01": "unknown"}, "a copy that is only begun takes nothing away"
    ledger.end("j2", "printed")
    reports(ledger, hall).send()
    assert hall.unprinted() == {}


def test_while_the_hall_is_away_everything_is_kept_and_then_told_in_order(
    ledger: PaperLedger, hall: Hall
) -> None:
    hall.away = True
    sender = reports(ledger, hall)
    for job, ticket in (("j1", A1), ("j2", A2), ("j3", A3)):
        ledger.begin(job, ticket, copy=False)
        ledger.end(job, "failed", "fault.paper_out")
        assert sender.send() == RESTED
    assert hall.heard == []
    hall.away = False
    assert sender.send() == LOOK_EVERY
    assert hall.heard == [("j1", "failed"), ("j2", "failed"), ("j3", "failed")]
    assert sender.send() == LOOK_EVERY
    assert len(hall.heard) == 3, "what is told is told"


def test_a_report_whose_answer_was_lost_is_told_again_and_counts_once(
    ledger: PaperLedger, hall: Hall
) -> None:
    ledger.begin("j1", A1, copy=False)
    ledger.end("j1", "printed")
    hall.answer_lost = True
    sender = reports(ledger, hall)
    for _ in range(3):
        assert sender.send() == RESTED
    events = len(hall.day.events)
    hall.answer_lost = False
    sender.send()
    assert len(hall.day.events) == events
    assert hall.paper(A1) == "printed"
    assert ledger.untold() == []


def test_a_copy_whose_answer_was_lost_is_not_counted_twice(ledger: PaperLedger, hall: Hall) -> None:
    ledger.begin("j1", A1, copy=False)
    ledger.end("j1", "printed")
    ledger.begin("j2", A1, copy=True)
    ledger.end("j2", "printed")
    hall.answer_lost = True
    sender = reports(ledger, hall)
    for _ in range(3):
        sender.send()
    hall.answer_lost = False
    sender.send()
    assert hall.day.state.tickets[TicketId(A1)].copies == 1


def test_what_the_hall_refuses_is_noted_and_not_told_for_ever(
    ledger: PaperLedger, hall: Hall, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.begin("j1", "20261122-A99", copy=False)  # yesterday's
    ledger.end("j1", "printed")
    ledger.begin("j2", A2, copy=False)
    ledger.end("j2", "failed", "fault.paper_out")
    sender = reports(ledger, hall)
    assert sender.send() == LOOK_EVERY
    assert "ticket.unknown" in caplog.text
    assert hall.unprinted() == {"A02": "failed"}, "the refused one does not hold up the next"
    sender.send()
    assert len(hall.heard) == 2


def test_a_restart_keeps_what_was_not_told(path: Path, ledger: PaperLedger, hall: Hall) -> None:
    hall.away = True
    ledger.begin("j1", A1, copy=False)
    ledger.end("j1", "failed", "fault.cover_open")
    ledger.begin("j2", A2, copy=False)  # and the power goes
    reports(ledger, hall).send()
    ledger.close()
    after = PaperLedger(path)
    hall.away = False
    reports(after, hall).send()
    assert hall.unprinted() == {"A01": "failed", "A02": "unknown"}
    after.close()
    assert PaperLedger(path).untold() == []


def test_a_credential_that_is_refused_is_no_reason_to_forget_what_has_to_be_told(
    ledger: PaperLedger, hall: Hall
) -> None:
    ledger.begin("j1", A1, copy=False)
    ledger.end("j1", "failed", "fault.paper_out")
    honest = hall.report_paper

    def locked_out(ticket: str, report: ReportPaper) -> None:
        raise HallRefused(Problem(title="no", status=401, code="auth.wrong"))

    hall.report_paper = locked_out  # type: ignore[method-assign]
    assert reports(ledger, hall).send() == RESTED
    hall.report_paper = honest  # type: ignore[method-assign]
    reports(ledger, hall).send()
    assert hall.unprinted() == {"A01": "failed"}
