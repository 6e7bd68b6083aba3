"""What a terminal says of its devices, paper and hall; and what keeps it busy."""

from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from kiosk.idle import IdleTimer, Limits
from kiosk.journey import Journey
from kiosk.ledger import Counts, PaperLedger
from kiosk.masking import GREY, masked
from kiosk.standing import PATIENCE, STARTING, Watched, hall_code
from screens.events import (
    CatalogueChanged,
    HallBack,
    HallLost,
    PrinterChanged,
    ReaderChanged,
    ScannerChanged,
    Ticked,
    Touched,
)
from tests.unit.kiosk.wired_terminal import Glass, ScriptedHall

FEW = frozenset({"reader", "printer"})


def test_a_device_that_has_not_been_heard_of_is_not_taken_to_be_well() -> None:
    watched = Watched(FEW)
    assert watched.devices == {"printer": STARTING, "reader": STARTING}
    assert watched.hall == STARTING
    watched.note(ReaderChanged(None))
    assert watched.devices == {"printer": STARTING, "reader": ""}


def test_a_link_of_which_nothing_is_ever_heard_is_not_there() -> None:
    assert hall_code(None, PATIENCE - 1) == STARTING
    assert hall_code(None, PATIENCE) == "hall.unreachable"
    assert hall_code("", 0) == hall_code("", 999) == ""
    assert hall_code("hall.silent", 0) == "hall.silent"


def test_devices_that_a_terminal_does_not_have_are_not_told_of() -> None:
    watched = Watched(FEW)
    watched.note(ScannerChanged("fault.no_scanner"))
    assert set(watched.devices) == FEW


def test_catalogue_and_hall_are_told_as_they_last_were() -> None:
    watched = Watched(FEW)
    watched.note(CatalogueChanged("2026-11-20.1"))
    watched.note(HallLost("hall.unreachable"))
    assert (watched.catalogue, watched.hall) == ("2026-11-20.1", "hall.unreachable")
    watched.note(CatalogueChanged("2026-11-20.1", "catalogue.damaged"))
    watched.note(HallBack())
    assert (watched.catalogue, watched.hall) == ("", "")


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (PrinterChanged(None), "ok"),
        (PrinterChanged(None, paper_low=True), "low"),
        (PrinterChanged("fault.paper_out"), "out"),
        (PrinterChanged("fault.printer_silent"), "unknown"),
    ],
)
def test_the_paper_is_as_the_printer_says(said: PrinterChanged, state: str) -> None:
    watched = Watched(FEW)
    watched.note(said)
    paper = watched.paper(Counts(41))
    assert (paper.state, paper.printed) == (state, 41)


def test_what_a_roll_still_gives_is_known_once_it_was_seen_put_in_and_its_length_is_set() -> None:
    watched = Watched(FEW, roll_slips=600)
    watched.note(PrinterChanged(None))
    assert watched.paper(Counts(900, 250)).left == 350
    assert watched.paper(Counts(900, 700)).left == 0
    assert watched.paper(Counts(900)).left is None
    assert Watched(FEW).paper(Counts(900, 250)).left is None
    watched.note(PrinterChanged("fault.paper_out"))
    assert watched.paper(Counts(900, 250)).left == 0


def test_a_terminal_without_a_printer_has_no_paper() -> None:
    assert Watched(frozenset()).paper(Counts()).state == "none"


def test_slips_are_counted_for_life_and_since_the_roll_was_put_in(tmp_path: Path) -> None:
    ledger = PaperLedger(tmp_path / "paper.sqlite")
    assert ledger.counts() == Counts(0, None)
    for job, state in (("1", "printed"), ("2", "failed"), ("3", "unknown"), ("4", "printed")):
        ledger.begin(job, "t", copy=False)
        ledger.end(job, state)  # type: ignore[arg-type]
    assert ledger.counts() == Counts(2, None)
    ledger.new_roll()
    ledger.begin("5", "t", copy=False)
    ledger.end("5", "printed")
    ledger.close()
    assert PaperLedger(tmp_path / "paper.sqlite").counts() == Counts(3, 1)


def test_a_ledger_from_before_there_was_a_count_counts_what_it_still_holds(tmp_path: Path) -> None:
    ledger = PaperLedger(tmp_path / "paper.sqlite")
    for job in ("1", "2"):
        ledger.begin(job, "t", copy=False)
        ledger.end(job, "printed")
    ledger._db.execute("DROP TABLE life")
    ledger.close()
    assert PaperLedger(tmp_path / "paper.sqlite").counts() == Counts(2, None)


def test_quiet_is_the_time_since_the_last_sign_of_life() -> None:
    timer = IdleTimer(Limits())
    timer.stir(100.0)
    assert timer.quiet(130.0) == 30.0


def test_a_journey_is_busy_while_somebody_is_on_their_way_or_the_look_is_theirs() -> None:
    journey = Journey(make_key=lambda: "k")
    journey.handle(Ticked(datetime(2026, 11, 23, 9, 0), 50.0))
    assert not journey.busy
    journey.handle(Touched("large"))
    assert journey.busy
    journey.handle(Touched("large"))
    assert not journey.busy
    assert journey.quiet(57.0) == 7.0


def test_a_masked_picture_keeps_its_frame_and_nothing_else() -> None:
    picture = Image.new("RGB", (400, 800), (255, 255, 255))
    picture.paste((250, 0, 250), (100, 300, 300, 500))
    covered = masked(picture, (0, 100, 400, 700))
    colours = {colour for _, colour in covered.crop((0, 100, 400, 700)).getcolors(1 << 20)}
    assert (250, 0, 250) not in colours
    assert (255, 255, 255) not in colours
    assert covered.getpixel((1, 101)) == GREY
    assert covered.crop((0, 0, 400, 100)).getcolors() == [(40_000, (255, 255, 255))]
    assert picture.getpixel((200, 400)) == (250, 0, 250)
    words = [colour for colour in colours if colour != GREY]
    assert words, "and words that say so"


def test_a_wired_terminal_is_busy_from_the_first_touch_until_it_is_home_again(tmp_path: Path) -> None:
    hall = ScriptedHall()
    glass = Glass(tmp_path, hall.url)
    try:
        glass.terminal.start()
        glass.until(lambda: glass.terminal.standing().hall == "" and not glass.terminal.standing().busy)
        standing = glass.terminal.standing()
        assert (standing.screen, standing.devices, standing.paper.state) == ("welcome", {}, "none")
        glass.terminal.touched("take", "")
        standing = glass.terminal.standing()
        assert (standing.screen, standing.busy, standing.idle_seconds) == ("choose", True, 0.0)
        answer = glass.terminal.test_print().result(timeout=0)
        assert (answer.ok, answer.code) == (False, "fault.no_printer")
        glass.terminal.touched("home", "")
        assert not glass.terminal.standing().busy
    finally:
        glass.terminal.close()
        hall.close()
