"""The terminal's wiring with real threads, a real HTTP server for a hall, simulated devices, and no window."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.idcard.samples import sample_cards, sample_holders
from drivers.idcard.simulator import SimulatedReader
from drivers.printer.simulator import PrinterServer
from hall import broker as brokers
from hall.wire.identity import pseudonym
from kiosk.ledger import PaperLedger
from screens.effects import IssueTicket
from screens.events import (
    HallLost,
    PaperFailed,
    PaperPrinted,
    PersonKnown,
    PrinterChanged,
    ReaderChanged,
    StaffCalled,
    TicketIssued,
    TicketRefused,
)
from tests.unit.kiosk.wired_terminal import KEY, PATIENCE, Glass, ScriptedHall


@pytest.fixture
def hall() -> Iterator[ScriptedHall]:
    made = ScriptedHall()
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where there is one, a broker without a hall: the terminal asks the hall itself, as without any."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        yield
        return
    running = brokers.start_mosquitto(program, tmp_path_factory.mktemp("mqtt"))
    Glass.broker_url, nobody = running.reader_url, Glass.broker_url
    yield
    Glass.broker_url = nobody
    running.stop()


@pytest.fixture
def glass(tmp_path: Path, hall: ScriptedHall) -> Iterator[Glass]:
    """A terminal without devices."""
    made = Glass(tmp_path, hall.url)
    yield made
    made.terminal.close()


@pytest.fixture
def printer() -> Iterator[PrinterServer]:
    server = PrinterServer(Path("unread.otf"))
    server.start()
    yield server
    server.close()


def issue(glass: Glass, key: str = "key-1") -> None:
    glass.terminal._carry_out((IssueTicket(key, "c", None, "ordinary", True),))


def test_a_number_is_taken_without_live_counts_and_without_devices(glass: Glass, hall: ScriptedHall) -> None:
    glass.ready()
    assert glass.of(ReaderChanged) == [ReaderChanged("fault.no_reader")]
    assert glass.of(PrinterChanged) == [PrinterChanged("fault.no_printer")]
    glass.to_confirm()
    glass.terminal.touched("confirm_without_paper", "")
    glass.until(lambda: glass.screen == "done")
    assert glass.view.number == "C001"
    assert glass.view.qr == f"{hall.url}/t/x"
    assert hall.paper() == {"C001": "none"}


def test_the_answer_carries_the_key_it_was_asked_with(glass: Glass, hall: ScriptedHall) -> None:
    glass.ready()
    issue(glass)
    glass.until(lambda: glass.has(TicketIssued))
    [answer] = glass.of(TicketIssued)
    assert (answer.key, answer.ticket.number) == ("key-1", "C001")
    assert [key for path, key, _ in hall.asked if path == "/v1/tickets"] == ["key-1"]


def test_a_refusal_comes_with_its_code_and_facts(glass: Glass, hall: ScriptedHall) -> None:
    glass.ready()
    problem = {"title": "no", "status": 409, "code": "queue.quota_reached", "facts": {"quota": "5"}}
    hall.instead["/v1/tickets"] = lambda: (409, problem)
    glass.to_confirm()
    glass.terminal.touched("confirm_without_paper", "")
    glass.until(lambda: glass.screen == "fault")
    [refused] = glass.of(TicketRefused)
    assert (refused.code, refused.facts) == ("queue.quota_reached", (("quota", "5"),))


def test_an_answer_that_is_no_ticket_ends_the_waiting_too(glass: Glass, hall: ScriptedHall) -> None:
    glass.ready()
    hall.instead["/v1/tickets"] = lambda: (200, {"hello": "captive portal"})
    glass.to_confirm()
    glass.terminal.touched("confirm_without_paper", "")
    glass.until(lambda: glass.screen == "fault")
    assert [refused.code for refused in glass.of(TicketRefused)] == ["hall.unreachable"]


def test_a_number_that_comes_when_its_citizen_has_left_is_nobodys(glass: Glass, hall: ScriptedHall) -> None:
    glass.ready()
    gone = threading.Event()

    def slowly() -> tuple[int, Any]:
        assert gone.wait(PATIENCE)
        return hall.honest("/v1/tickets", {"queue": "c", "priority": "ordinary", "paper": True})

    hall.instead["/v1/tickets"] = slowly
    glass.to_confirm()
    glass.terminal.touched("confirm_without_paper", "")
    assert glass.screen == "printing"
    glass.terminal._journey._to("welcome")  # whatever has sent the citizen away
    gone.set()
    glass.until(lambda: glass.has(TicketIssued))
    assert glass.screen == "welcome"
    assert glass.of(PaperFailed) == []
    assert "C001" not in repr(glass.view)


def test_the_clerk_is_told_of_a_number_whose_citizen_left_before_its_slip(
    glass: Glass, hall: ScriptedHall
) -> None:
    glass.ready()
    gone = threading.Event()

    def slowly() -> tuple[int, Any]:
        assert gone.wait(PATIENCE)
        return hall.honest("/v1/tickets", {"queue": "c", "priority": "ordinary", "paper": True})

    hall.instead["/v1/tickets"] = slowly
    glass.to_confirm()
    glass.terminal._journey._terminal.printer = None  # a printer that is well
    glass.terminal.touched("confirm", "")
    glass.terminal._journey._to("welcome")
    gone.set()
    glass.until(lambda: any(path.endswith("/paper") for path, _, _ in hall.asked))
    [report] = [body for path, _, body in hall.asked if path.endswith("/paper")]
    assert (report["state"], report["code"]) == ("failed", "ticket.unclaimed")


def test_without_a_printer_it_is_sure_that_no_paper_came(glass: Glass) -> None:
    glass.ready()
    glass.to_confirm()
    glass.terminal._journey._terminal.printer = None  # it was taken away in this very moment
    glass.terminal.touched("confirm", "")
    glass.until(lambda: glass.has(PaperFailed))
    [failed] = glass.of(PaperFailed)
    assert (failed.code, failed.sure) == ("fault.no_printer", True)
    assert glass.screen == "done"
    assert glass.view.number == "C001"


def test_help_that_is_called_for_reaches_the_hall(glass: Glass, hall: ScriptedHall) -> None:
    glass.ready()
    glass.terminal.touched("staff", "")
    glass.until(lambda: glass.has(StaffCalled))
    [(key, body)] = [(key, body) for path, key, body in hall.asked if path == "/v1/staff-calls"]
    assert key
    assert body == {"reason": "welcome"}


def test_neither_broker_nor_hall_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Glass, "broker_url", "mqtt://reader:x@127.0.0.1:1")
    glass = Glass(tmp_path, "http://127.0.0.1:1")
    glass.terminal.start()
    glass.until(lambda: glass.has(HallLost))
    assert glass.of(HallLost)[0].code == "hall.unreachable"
    glass.terminal.close()


def test_a_hall_that_answers_nonsense_is_told_as_lost(glass: Glass, hall: ScriptedHall) -> None:
    hall.instead["/v1/hall"] = lambda: (200, [])
    glass.terminal.start()
    glass.until(lambda: glass.has(HallLost))


def test_paper_is_printed_and_the_hall_hears_of_it(
    tmp_path: Path, hall: ScriptedHall, printer: PrinterServer
) -> None:
    glass = Glass(tmp_path, hall.url, printer=printer.url, printer_profile="generic-58")
    hall_heard = threading.Event()
    honest = hall.honest

    def listening(path: str, body: Any) -> tuple[int, Any]:
        answer = honest(path, body)
        if path.endswith("/paper") and body["state"] == "printed":
            hall_heard.set()
        return answer

    hall.honest = listening  # type: ignore[method-assign]
    glass.ready()
    glass.until(lambda: PrinterChanged(None) in glass.seen)
    glass.to_confirm()
    glass.terminal.touched("confirm", "")
    glass.until(lambda: glass.has(PaperPrinted))
    assert glass.screen == "done"
    [paper] = [paper for paper in printer.papers if paper.complete]
    assert "小厅" in paper.text
    assert "补打" not in paper.text
    assert hall_heard.wait(PATIENCE)
    assert hall.paper() == {"C001": "printed"}
    glass.terminal.close()
    assert PaperLedger(tmp_path / "state" / "paper.sqlite").untold() == []


def test_a_bug_at_the_printer_is_over_when_it_answers_again(
    tmp_path: Path, hall: ScriptedHall, printer: PrinterServer
) -> None:
    glass = Glass(tmp_path, hall.url, printer=printer.url, printer_profile="generic-58")
    glass.ready()
    glass.until(lambda: PrinterChanged(None) in glass.seen)

    def bug() -> None:
        raise ZeroDivisionError

    glass.terminal._paper_worker.do(bug)
    glass.until(
        lambda: glass.of(PrinterChanged)[-2:] == [PrinterChanged("fault.internal"), PrinterChanged(None)]
    )
    glass.terminal.close()


def test_a_card_becomes_a_pseudonym_before_it_reaches_the_glass(
    tmp_path: Path, hall: ScriptedHall, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    reader = SimulatedReader()
    reader.start()
    glass = Glass(tmp_path, hall.url, reader=reader.url)
    glass.ready()
    glass.until(lambda: ReaderChanged(None) in glass.seen)
    reader.lay(sample_cards()["elderly"])
    glass.until(lambda: glass.has(PersonKnown))
    holder = sample_holders()["elderly"]
    assert glass.screen == "choose"
    [known] = glass.of(PersonKnown)
    assert known.person.pseudonym == pseudonym(KEY, holder.number)
    said = caplog.text + repr(glass.seen) + repr(hall.asked)
    assert [word for word in (holder.number, holder.name, holder.address) if word in said] == []
    glass.terminal.close()
    reader.close()


def test_closing_leaves_no_thread_and_no_connection_behind(
    tmp_path: Path, hall: ScriptedHall, printer: PrinterServer
) -> None:
    reader = SimulatedReader()
    reader.start()
    before = set(threading.enumerate())
    glass = Glass(tmp_path, hall.url, printer=printer.url, reader=reader.url)
    glass.ready()
    issue(glass)
    glass.until(lambda: glass.has(TicketIssued))
    during = {thread.name for thread in set(threading.enumerate()) - before}
    assert {"hall", "reports", "reader", "printer"} <= during
    glass.terminal.close()
    left = [
        thread.name
        for thread in set(threading.enumerate()) - before
        if "process_request_thread" not in thread.name  # the scripted hall's own
    ]
    assert left == []
    reader.close()
