import io
import socket
import threading

import pytest
import zxingcpp
from PIL import Image

from drivers.ports import SystemClock
from drivers.scanner import simulator
from drivers.scanner.device import Scan, Scanner
from drivers.scanner.errors import ScannerGone
from drivers.scanner.opening import FAMILIES, dialect_of, open_scanner
from drivers.scanner.simulator import Mischief, NoCodeInPicture, SimulatedScanner, code_in
from drivers.streams import SerialStream

CLOCK = SystemClock()
PLENTY = 60.0
CODE = "JM:5f1c0a9e4b7d+居民"


def picture_of(text):
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return Image.fromarray(zxingcpp.write_barcode_to_image(barcode, scale=4))


@pytest.fixture(params=sorted(FAMILIES))
def family(request):
    return request.param


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A busy machine is no scanner that is silent."""
    monkeypatch.setattr("drivers.scanner.device.PATIENCE", 60.0)


@pytest.fixture
def simulated(family):
    made = SimulatedScanner(family)
    made.start()
    yield made
    made.close()


@pytest.fixture
def scanner(simulated, family):
    stream = open_scanner(simulated.url, family, CLOCK)
    made = Scanner(stream, CLOCK, dialect_of(family))
    made.open()
    made.start()
    yield made
    stream.close()


def read(scanner):
    return scanner.read(until=CLOCK.now() + PLENTY)


def test_a_code_goes_over_the_wire(simulated, scanner):
    simulated.show(CODE)
    assert read(scanner) == Scan(CODE)
    scanner.health()
    scanner.stop()


def test_a_picture_of_a_code_is_held_up(simulated, scanner):
    simulated.hold_up(picture_of(CODE))
    assert read(scanner) == Scan(CODE)


def test_pictures_are_taken_as_files_bytes_and_images(tmp_path):
    image = picture_of(CODE)
    image.save(tmp_path / "code.png")
    data = io.BytesIO()
    image.save(data, "PNG")
    assert {code_in(image), code_in(tmp_path / "code.png"), code_in(data.getvalue())} == {CODE.encode()}


def test_a_picture_without_a_code_is_told():
    with pytest.raises(NoCodeInPicture):
        code_in(Image.new("L", (200, 200), 255))


def test_the_scanner_that_is_gone_is_gone_and_comes_back_at_the_same_url(simulated, scanner, family):
    url = simulated.url
    simulated.close()
    with pytest.raises(ScannerGone):
        read(scanner)
    with pytest.raises(ScannerGone):
        open_scanner(url, family, CLOCK)
    simulated.start()
    assert simulated.url == url
    stream = open_scanner(url, family, CLOCK)
    again = Scanner(stream, CLOCK, dialect_of(family))
    again.open()
    again.start()
    simulated.show(CODE)
    assert read(again) == Scan(CODE)
    stream.close()


def test_mischief_ends_when_it_behaves(simulated, scanner):
    simulated.misbehave(Mischief.PIECES)
    simulated.behave()
    simulated.show(CODE)
    assert read(scanner) == Scan(CODE)


def test_it_is_started_and_closed_as_often_as_one_likes():
    before = threading.active_count()
    made = SimulatedScanner()
    with pytest.raises(RuntimeError, match="no url"):
        _ = made.url
    made.start()
    made.start()
    made.close()
    made.close()
    assert threading.active_count() == before


def test_a_code_shown_to_nobody_waits_for_somebody():
    made = SimulatedScanner()
    made.start()
    made.show(CODE)
    with socket.create_connection(("127.0.0.1", int(made.url.rpartition(":")[2])), PLENTY) as line:
        assert line.makefile("rb").read(len(CODE.encode()) + 1) == CODE.encode() + b"\r"
    made.close()


def test_by_hand_each_line_is_a_code_and_a_picture_can_be_held_up(tmp_path, monkeypatch, capsys):
    picture_of("from a picture").save(tmp_path / "code.png")
    shown = []
    monkeypatch.setattr(SimulatedScanner, "show", lambda self, code, kept=False: shown.append(code))
    lines = f"typed\n\n@{tmp_path}/code.png\n@{tmp_path}/none.png\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    simulator.main(["--family", "newland", "--picture", str(tmp_path / "code.png")])
    assert shown == ["typed", b"from a picture", b"from a picture"]
    told = capsys.readouterr()
    assert "a newland scanner is at socket://127.0.0.1:" in told.out
    assert "not held up" in told.err


def test_help_names_the_families(capsys):
    with pytest.raises(SystemExit) as ended:
        simulator.main(["--help"])
    assert ended.value.code == 0
    assert "zebra-ssi" in capsys.readouterr().out


def test_the_baud_rate_is_part_of_the_url(monkeypatch):
    opened = []
    monkeypatch.setattr(
        SerialStream, "__init__", lambda self, url, clock, *, baud: opened.append((url, baud))
    )
    open_scanner("/dev/ttyS1?baud=115200", "newland", CLOCK)
    open_scanner("/dev/ttyS1", "newland", CLOCK)
    assert opened == [("/dev/ttyS1", 115200), ("/dev/ttyS1", 9600)]
    with pytest.raises(ScannerGone, match="baud"):
        open_scanner("/dev/ttyS1?baud=fast", "newland", CLOCK)
