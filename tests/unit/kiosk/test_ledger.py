"""The paper ledger: what survives, what is refused, what the hall is told."""

from pathlib import Path

import pytest

from kiosk.ledger import LedgerUnwritable, PaperLedger, Slip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.sqlite"


def test_a_job_that_was_begun_is_refused_a_second_time(path: Path) -> None:
    ledger = PaperLedger(path)
    assert ledger.begin("job-1", "20261123-A001", copy=False)
    assert not ledger.begin("job-1", "20261123-A001", copy=False)


def test_a_slip_cut_off_by_a_power_cut_is_unknown_after_the_restart(path: Path) -> None:
    before = PaperLedger(path)
    before.begin("job-1", "20261123-A001", copy=False)
    before.close()
    after = PaperLedger(path)
    assert after.untold() == [Slip("job-1", "20261123-A001", False, "unknown", "fault.power_lost")]
    assert after.printed_before("20261123-A001"), "it may be in a hand, so the next paper is a copy"


def test_a_slip_that_surely_failed_does_not_make_the_next_one_a_copy(path: Path) -> None:
    ledger = PaperLedger(path)
    ledger.begin("job-1", "20261123-A001", copy=False)
    ledger.end("job-1", "failed", "fault.paper_out")
    assert not ledger.printed_before("20261123-A001")


def test_the_hall_is_told_each_state_until_it_confirms_it(path: Path) -> None:
    ledger = PaperLedger(path)
    ledger.begin("job-1", "20261123-A001", copy=False)
    [slip] = ledger.untold()
    ledger.told(slip)
    assert ledger.untold() == []
    ledger.end("job-1", "printed")
    [slip] = ledger.untold()
    assert slip.state == "printed"
    ledger.told(slip)
    ledger.close()
    assert PaperLedger(path).untold() == []


def test_an_answer_about_an_old_state_does_not_hide_a_newer_one(path: Path) -> None:
    ledger = PaperLedger(path)
    ledger.begin("job-1", "20261123-A001", copy=False)
    [old] = ledger.untold()
    ledger.end("job-1", "unknown", "fault.printer_silent")
    ledger.told(old)
    assert [slip.state for slip in ledger.untold()] == ["unknown"]


def test_a_slip_of_unknown_end_may_hang_in_the_printer_until_another_came_out(path: Path) -> None:
    ledger = PaperLedger(path)
    assert not ledger.torn()
    ledger.begin("job-1", "20261123-A001", copy=False)
    ledger.end("job-1", "unknown", "fault.printer_silent")
    assert ledger.torn()
    ledger.begin("job-2", "20261123-A002", copy=False)
    ledger.end("job-2", "printed")
    assert not ledger.torn()


def test_a_number_nobody_waited_for_is_told_to_the_hall_as_without_paper(path: Path) -> None:
    ledger = PaperLedger(path)
    ledger.unclaimed("job-1", "20261123-A001")
    assert ledger.untold() == [Slip("job-1", "20261123-A001", False, "failed", "ticket.unclaimed")]
    assert not ledger.printed_before("20261123-A001")


def test_a_full_disk_refuses_to_begin(path: Path) -> None:
    ledger = PaperLedger(path)
    ledger.begin("job-0", "t", copy=False)
    pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
    ledger._db.execute(f"PRAGMA max_page_count={pages}")

    def fill() -> None:
        for n in range(2000):
            ledger.begin(f"job-{n}-{'x' * 50}", "20261123-A001", copy=False)

    with pytest.raises(LedgerUnwritable):
        fill()
