"""From the words in the settings to a port and a family."""

from collections.abc import Callable
from typing import Literal

from drivers.errors import DeviceAbsent
from drivers.ports import ByteStream, Clock
from drivers.scanner.codec import Framing
from drivers.scanner.errors import ScannerGone, ScannerRefused
from drivers.scanner.families import Dialect, Honeywell, Plain
from drivers.scanner.newland import Newland
from drivers.scanner.ssi import ZebraSsi
from drivers.scanner.wedge import Wedge
from drivers.streams import SerialStream

Family = Literal["plain", "newland", "honeywell", "zebra-ssi"]

FAMILIES: dict[Family, Callable[[Framing], Dialect]] = {
    "plain": Plain,
    "newland": Newland,
    "honeywell": Honeywell,
    "zebra-ssi": ZebraSsi,
}
WEDGE = "evdev://"
BAUD = "?baud="
# As they leave the factory; a scanner on USB (CDC) takes any.
_BAUD: dict[Family, int] = {"plain": 9600, "newland": 9600, "honeywell": 115200, "zebra-ssi": 9600}


def dialect_of(family: Family, framing: Framing = Framing()) -> Dialect:  # noqa: B008  frozen, so shared safely
    """A fresh dialect, for one opening of the port."""
    return FAMILIES[family](framing)


def open_scanner(url: str, family: Family, clock: Clock) -> ByteStream:
    """The port at ``url``: ``/dev/ttyACM0``, ``/dev/ttyS1?baud=115200``, any other pyserial URL, or
    ``evdev:///dev/input/event3``.

    Raises ScannerGone when it cannot be opened, ScannerRefused where a keyboard is to be told things.
    """
    if url.startswith(WEDGE):
        if family != "plain":
            raise ScannerRefused(f"port={url} can be told nothing: family {family} needs a serial port")
        return Wedge.open(url.removeprefix(WEDGE), clock)
    port, given, baud = url.partition(BAUD)
    if given and not baud.isdecimal():
        raise ScannerGone(f"port={url} has no baud rate")
    try:
        return SerialStream(port, clock, baud=int(baud) if given else _BAUD[family])
    except DeviceAbsent as error:
        raise ScannerGone(str(error)) from error
