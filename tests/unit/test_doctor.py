"""The doctor finds what is wrong from memory to paper, says what to do, and changes nothing."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from config.kiosk import Kiosk
from drivers.idcard.simulator import SimulatedReader
from drivers.printer.simulator import PrinterServer
from kiosk.control import Control
from provisioning.wire.control import KioskHealth
from screens.theme.fonts import find_fonts
from tongyuan import doctor, doctor_network
from tongyuan.doctor import diagnose
from tongyuan.finding import Finding
from tongyuan.hall_control import HallAnswers


class _Centre(BaseHTTPRequestHandler):
    ahead = 0.0  # seconds that its clock is

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + self.ahead)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Centre)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(doctor_network, "PATIENCE", 40.0)
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def settings(folder: Path, centre: str, **devices: str) -> Kiosk:
    for name in ("token", "broker"):
        (folder / name).write_text("x", encoding="utf-8")
        (folder / name).chmod(0o600)
    source = {"hall": "qy", "url": centre, "token_file": folder / "token", "broker_file": folder / "broker"}
    return Kiosk.model_validate(
        {
            "role": "terminal",
            "id": "k1",
            "name": "1 号",
            "source": source,
            "state_dir": folder,
            "devices": devices,
        }
    )


@contextmanager
def a_reader() -> Iterator[SimulatedReader]:
    reader = SimulatedReader(baud=115200)
    reader.start()
    yield reader
    reader.close()


@contextmanager
def a_printer() -> Iterator[PrinterServer]:
    printer = PrinterServer(font_path=find_fonts().regular)
    printer.start()
    yield printer
    printer.close()


def found(findings: Iterator[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_a_terminal_in_order_has_nothing_to_do(
    tmp_path: Path, centre: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("MEMORY_MB", "DISK_MB"):  # of the machine of the tests, which has others to serve
        monkeypatch.setattr(doctor, room, 1)
    with a_reader() as reader, a_printer() as printer:
        all_ = found(diagnose(settings(tmp_path, centre, reader=reader.url, printer=printer.url), centre))
    for name in ("memory", "disk", "fonts", "network", "centre", "clock", "hall", "reader", "printer"):
        assert (all_[name].grade, all_[name].todo) == ("ok", ""), all_[name]
    assert "SAM" in all_["reader"].text


@pytest.mark.parametrize(
    ("fault", "code"), [("paper_out", "fault.paper_out"), ("cover_open", "fault.cover_open")]
)
def test_a_printer_that_cannot_print_says_why_and_what_to_do(
    tmp_path: Path, centre: str, fault: str, code: str
) -> None:
    with a_printer() as printer:
        setattr(printer.printer, fault, True)
        printing = found(diagnose(settings(tmp_path, centre, printer=printer.url), centre))["printer"]
    assert printing.grade == "bad"
    assert code in printing.text
    assert printing.todo == doctor.TODO[code]


def test_a_port_that_is_not_there_is_said_by_its_name(tmp_path: Path, centre: str) -> None:
    reader = found(diagnose(settings(tmp_path, centre, reader="/dev/tongyuan/reader"), centre))["reader"]
    assert reader.grade == "bad"
    assert "ls -l /dev/tongyuan/" in reader.todo


def test_a_running_kiosk_is_asked_in_place_of_its_devices(tmp_path: Path, centre: str) -> None:
    class Kioskish(HallAnswers):
        def health(self) -> KioskHealth:
            return KioskHealth(
                revision=7,
                screen="welcome",
                busy=False,
                idle_seconds=1,
                frames=9,
                devices={"reader": "fault.gone"},
            )

    control = Control(tmp_path / "c", Kioskish(centre, 7), lambda call: call())
    chosen = settings(tmp_path, centre, reader="socket://127.0.0.1:9", printer="tcp://127.0.0.1:9")
    all_ = found(diagnose(chosen, centre, control=tmp_path / "c"))
    control.close()
    assert all_["kiosk"].grade == "ok"
    assert "fault.gone" in all_["reader"].text
    assert all_["printer"].grade == "ok"  # the kiosk knows of no fault, and nobody opened its port


def test_a_centre_that_cannot_be_reached_is_not_asked_further(tmp_path: Path) -> None:
    all_ = found(diagnose(None, "http://127.0.0.1:9"))
    assert all_["network"].grade == "bad"
    assert "centre" not in all_
    assert all_["settings"].grade == "skip"


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_a_wrong_clock_is_seen_by_the_centre_s(
    centre: str, ahead: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Centre, "ahead", ahead)
    clock = found(diagnose(None, centre))["clock"]
    assert clock.grade == "bad"
    assert ("ahead of" in clock.text) == (ahead < 0)
    assert "ntp" in clock.todo


def test_secrets_that_others_can_read_are_named(tmp_path: Path, centre: str) -> None:
    chosen = settings(tmp_path, centre)
    (tmp_path / "token").chmod(0o644)
    (tmp_path / "broker").unlink()
    all_ = found(diagnose(chosen, centre))
    assert (all_["hall token"].grade, all_["hall broker"].grade) == ("warn", "bad")


def test_little_memory_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 900000 kB\nMemAvailable:   90000 kB\n", encoding="ascii")
    assert doctor.memory(tmp_path / "meminfo").grade == "warn"
