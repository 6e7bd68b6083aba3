"""The demo's devices: simulators that speak the real wires, and a pcscd of its own for chip cards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.idcard.simulator import SimulatedReader
from drivers.pcsc import pcscd
from drivers.pcsc.vcard import VirtualSlot
from drivers.printer.simulator import PrinterServer
from drivers.scanner.opening import Family
from drivers.scanner.simulator import SimulatedScanner
from screens.theme.fonts import find_fonts

SCANNER: Family = "newland"


class Devices:
    """Started together, closed together. ``slot`` is None where this machine has no PC/SC to offer."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        """Raises OSError where a port cannot be had. Call from a thread that lives as long as the demo."""
        self.reader = SimulatedReader(baud=115200)
        self.printer = PrinterServer(font_path=find_fonts().regular)
        self.scanner = SimulatedScanner(SCANNER)
        self.slot: VirtualSlot | None = None
        self._pcscd: pcscd.Pcscd | None = None
        for device in (self.reader, self.printer, self.scanner):
            device.start()
        try:
            self._pcscd = pcscd.Pcscd(folder / "pcscd")
            self._pcscd.start()
        except pcscd.PcscdUnusable as error:
            self._pcscd = None
            say(f"  没有社保卡读卡槽 no slot for chip cards: {error}")
        else:
            self.slot = VirtualSlot(self._pcscd.slots[0][1])

    @property
    def settings(self) -> dict[str, Any]:
        """``[devices]`` of a terminal that uses them."""
        return {
            "reader": self.reader.url,
            "printer": self.printer.url,
            "scanner": self.scanner.url,
            "scanner_family": SCANNER,
            "slot": self._pcscd.slots[0][0] if self._pcscd is not None else "",
        }

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find the demo's pcscd."""
        return self._pcscd.environment if self._pcscd is not None else {}

    def close(self) -> None:
        if self.slot is not None:
            self.slot.close()
        if self._pcscd is not None:
            self._pcscd.stop()
        for device in (self.scanner, self.printer, self.reader):
            device.close()
