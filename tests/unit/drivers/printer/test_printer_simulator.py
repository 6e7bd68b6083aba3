import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import DeviceAbsent
from drivers.ports import SystemClock
from drivers.printer.connections import open_printer
from drivers.printer.device import PrintOutcome, ThermalPrinter
from drivers.printer.profiles import PROFILES
from drivers.printer.simulator import PrinterServer, SimulatedPrinterStream, VirtualPrinter
from drivers.printer.ticket import Slip, slip_bytes
from drivers.printer.virtual_printer import BOOT

PROFILE = PROFILES["generic-80"]
NO_FONT = Path("unread.otf")
PLENTY = 60.0  # seconds; a busy machine is no printer that is silent


class SteppedClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


commands = st.sampled_from(
    [
        *(
            b"\x1b@",
            b"\x1d!\x77",
            b"\x1ba\x01",
            b"\x1bE\x01",
            b"\x1b-\x01",
            b"\x1c&",
            b"\x1c.",
            b"\x1c!\x8c",
            b"\n",
        ),
        *(
            b"\x1bd\xff",
            b"\x1bJ\x08",
            b"\x1dv0\x00\x02\x00\x02\x00abcd",
            b"\x1dV\x00",
            b"\x1dVB\x10",
            b"\x1bi",
        ),
        *(
            b"\x1de\x05",
            b"\x1de\x03\x01",
            b"\x10\x04\x01",
            b"\x10\x04\x14",
            b"\x1dr\x01",
            b"\x1da\xff",
            b"\x1bR\x0f",
        ),
        *(
            b"\x1d(k\x03\x00\x31\x51\x30",
            b"\x1d(k\x04\x00\x31\x50\x30A",
            b"\x1d(k\x00\x00",
            b"\x1dk\x04AB\x00",
        ),
        *(
            b"\x1dv0\x00\xff\xff\xff\xff",
            b"\x1b*\x21\x01\x00abc",
            b"\x1bD\x01\x02\x00",
            "济南".encode("gbk"),
            b"A012",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=20), commands), max_size=30), st.booleans())
def test_no_bytes_make_it_fall_over(font_path: Path, chunks: list[bytes], four_byte: bool) -> None:
    clock = SteppedClock()
    printer = VirtualPrinter(font_path, clock, four_byte=four_byte, full_status=True)
    for chunk in chunks:
        printer.receive(chunk)
    printer.powered = False
    printer.powered = True
    clock.sleep(BOOT)
    printer.receive(b"\x1b@A012\n\x1dV\x00\x10\x04\x01")
    assert printer.papers[-1].text == "A012"
    assert printer.answers(float("inf")) == b"\x12"
    for paper in printer.papers:
        if paper.height < 3000:
            assert paper.image.width == 576 + 64


@settings(max_examples=80, deadline=None)
@given(st.lists(commands, max_size=20).map(b"".join), st.lists(st.integers(1, 7), min_size=1))
def test_it_prints_the_same_however_the_bytes_are_sliced(data: bytes, slices: list[int]) -> None:
    whole, sliced = VirtualPrinter(NO_FONT), VirtualPrinter(NO_FONT)
    whole.receive(data)
    at = 0
    while at < len(data):
        step = slices[at % len(slices)]
        sliced.receive(data[at : at + step])
        at += step
    assert [paper.rows for paper in whole.papers] == [paper.rows for paper in sliced.papers]
    assert whole.answers(float("inf")) == sliced.answers(float("inf"))


def test_what_it_does_not_know_is_kept_as_noise() -> None:
    printer = VirtualPrinter(NO_FONT)
    printer.receive(b"\x1b\x7fok\n\x1dV\x00\x01")
    assert printer.noise == [b"\x1b\x7f", b"\x01"]
    assert printer.papers[0].text == "ok"


def test_sizes_and_alignment_place_the_characters() -> None:
    printer = VirtualPrinter(NO_FONT)
    printer.receive(
        b"\x1ba\x01\x1d!\x12\x1bE\x01\x1c-\x01" + "济A".encode("gbk") + b"\n\x1ba\x02\x1d!\x00B\n\x1dV\x00"
    )
    first, second = printer.papers[0].rows
    assert [(char.char, char.width, char.height, char.bold, char.underline) for char in first.chars] == [  # type: ignore[union-attr]
        ("济", 2, 3, True, True),
        ("A", 2, 3, True, True),
    ]
    assert (first.left, first.height) == ((576 - 72) // 2, 72)  # type: ignore[union-attr]
    assert second.left == 576 - 12  # type: ignore[union-attr]


def test_text_wider_than_the_paper_goes_on_in_the_next_line() -> None:
    printer = VirtualPrinter(NO_FONT, dots=384)
    printer.receive("济".encode("gbk") * 17 + b"\n\x1dV\x00")
    assert printer.papers[0].text == "济" * 16 + "\n济"


def test_without_kanji_mode_hanzi_come_out_as_rubbish() -> None:
    printer = VirtualPrinter(NO_FONT)
    printer.receive(b"\x1c." + "济".encode("gbk") + b"\n\x1dV\x00")
    assert printer.papers[0].text == "□□"


def test_a_four_byte_hanzi_is_misprinted_by_a_printer_that_knows_two() -> None:
    data = "𠮷".encode("gb18030") + b"\n\x1dV\x00"
    knows, does_not = VirtualPrinter(NO_FONT, four_byte=True), VirtualPrinter(NO_FONT)
    for printer in (knows, does_not):
        printer.receive(data)
    assert knows.papers[0].text == "𠮷"
    assert "𠮷" not in does_not.papers[0].text


def test_paper_is_incomplete_when_the_power_goes_and_drawn_as_torn(font_path: Path) -> None:
    printer = VirtualPrinter(font_path)
    printer.receive(b"A012\n" * 4)
    printer.powered = False
    (paper,) = printer.papers
    assert not paper.complete
    assert paper.image.getpixel((10, paper.image.height - 1)) == 128


def test_paper_runs_out_in_the_middle_and_the_rest_waits_for_a_new_roll() -> None:
    printer = VirtualPrinter(NO_FONT)
    printer.paper_left_mm = 10  # 80 dots: two lines and a bit
    printer.receive(b"1\n2\n3\n4\n\x1dV\x00")
    assert printer.paper_out
    assert printer.papers == []
    printer.paper_out = False
    assert [(paper.text, paper.complete) for paper in printer.papers] == [("1\n2\n3", False), ("4", False)]
    assert printer.paper_left_mm is None


def test_a_jammed_knife_is_noticed_at_the_cut_and_cuts_once_freed() -> None:
    printer = VirtualPrinter(NO_FONT)
    printer.cutter_jam = True
    printer.receive(b"A\n\x10\x04\x03\x1dV\x00\x10\x04\x03")
    assert printer.answers(float("inf")) == b"\x12\x1a"
    assert printer.papers == []
    printer.cutter_jam = False
    assert [paper.complete for paper in printer.papers] == [True]


def test_it_pushes_each_change_of_its_status_when_asked_to() -> None:
    printer = VirtualPrinter(NO_FONT)
    printer.receive(b"\x1da\xff")
    printer.cover_open = True
    printer.near_end = True
    assert printer.answers(float("inf")).hex() == "10000000" + "38000000" + "38000300"


def test_an_open_cover_holds_the_confirmation_back() -> None:
    printer = VirtualPrinter(NO_FONT)
    printer.cover_open = True
    printer.receive(b"A\n\x1dr\x01")
    assert printer.answers(float("inf")) == b""
    printer.cover_open = False
    assert printer.answers(float("inf")) == b"\x00"


def test_an_unplugged_stream_is_absent() -> None:
    printer = VirtualPrinter(NO_FONT)
    stream = SimulatedPrinterStream(printer, SystemClock())
    stream.close()
    with pytest.raises(DeviceAbsent):
        stream.read(until=0.0)


def test_a_slip_goes_over_a_real_socket_and_the_paper_tells_it(font_path: Path, slip: Slip) -> None:
    server, clock = PrinterServer(font_path=font_path), SystemClock()
    server.start()
    try:
        stream = open_printer(server.url, clock)
        device = ThermalPrinter(stream, clock, PROFILE)
        assert device.print("1", slip_bytes(slip, PROFILE, font_path)) == PrintOutcome("printed")
        server.printer.paper_out = True
        assert device.status(PLENTY).problem == "fault.paper_out"
        stream.close()
        again = open_printer(server.url, clock)
        assert ThermalPrinter(again, clock, PROFILE).print("2", b"") == PrintOutcome(
            "failed", "fault.paper_out"
        )
        again.close()
    finally:
        server.close()
    assert [paper.complete for paper in server.papers] == [True]
    assert slip.number in server.papers[0].text
    assert server.papers[0].image.height > 800


def test_a_server_that_closes_makes_the_port_go_and_comes_back_at_the_same_url() -> None:
    server, clock = PrinterServer(font_path=NO_FONT), SystemClock()
    server.start()
    url = server.url
    stream = open_printer(url, clock)
    device = ThermalPrinter(stream, clock, PROFILE)
    assert device.status(PLENTY).problem is None
    server.close()
    with pytest.raises(DeviceAbsent):
        device.status()
    stream.close()
    server.close()
    with pytest.raises(DeviceAbsent):
        open_printer(url, clock)
    server.start()
    assert server.url == url
    stream = open_printer(url, clock)
    assert ThermalPrinter(stream, clock, PROFILE).status(PLENTY).problem is None
    stream.close()
    server.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "simulated-printer"]


def test_a_server_has_no_url_before_it_was_started() -> None:
    with pytest.raises(RuntimeError):
        _ = PrinterServer(font_path=NO_FONT).url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "paper",
        "http://x",
        "tcp://",
        "usb://zz:1",
        "usb://1",
        "/dev/no-such-port",
        "file:///no/such/lp0",
        "/etc/hosts",
    ],
)
def test_a_url_that_leads_to_no_printer_says_so(url: str) -> None:
    with pytest.raises(DeviceAbsent, match=r"url=|port="):
        open_printer(url, SystemClock())


def test_a_serial_url_with_a_baud_rate_opens_a_terminal() -> None:
    import os
    import pty
    import termios

    ours, theirs = pty.openpty()
    stream = open_printer(f"{os.ttyname(theirs)}?baud=19200", SystemClock())
    assert termios.tcgetattr(theirs)[4] == termios.B19200
    stream.write(b"\x10\x04\x01")
    assert os.read(ours, 3) == b"\x10\x04\x01"
    stream.close()
    os.close(ours)
    os.close(theirs)


def test_a_usb_printer_without_its_library_says_what_to_install() -> None:
    with pytest.raises(DeviceAbsent, match=r"pyusb|libusb"):
        open_printer("usb://04b8:0202", SystemClock())


def test_a_printer_file_is_read_and_written() -> None:
    import os
    import pty
    import tty

    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    clock = SystemClock()
    stream = open_printer(f"file://{os.ttyname(theirs)}", clock)
    stream.write(b"\x1dr\x01")
    assert os.read(ours, 3) == b"\x1dr\x01"
    os.write(ours, b"\x12")
    assert stream.read(until=clock.now() + 2) == b"\x12"
    assert stream.read(until=clock.now()) == b""
    os.close(ours)
    with pytest.raises(DeviceAbsent):
        stream.write(b"\x1dr\x01")
    stream.close()
    stream.close()
    os.close(theirs)
