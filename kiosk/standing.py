"""How a role stands, for those who look after it from afar: values, and who keeps them from what happens. No Kivy."""

from dataclasses import dataclass, field

from kiosk.ledger import Counts
from provisioning.wire.messages import Paper
from screens.events import (
    CatalogueChanged,
    Event,
    HallBack,
    HallLost,
    PrinterChanged,
    ReaderChanged,
    ScannerChanged,
    SlotChanged,
)

STARTING = "fault.starting"  # nothing has been heard of it yet


PATIENCE = 10.0  # seconds in which a link is heard of, where there is one


def hall_code(heard: str | None, age: float) -> str:
    """How the hall's link stands in a process of ``age`` seconds; ``heard`` is None while nothing was heard of it."""
    if heard is not None:
        return heard
    return STARTING if age < PATIENCE else "hall.unreachable"


@dataclass(frozen=True, slots=True)
class Standing:
    """``busy``: a citizen is there, or paper is under way. ``devices``: name to "" or the code of its fault."""

    screen: str
    busy: bool = False
    idle_seconds: float = 0.0  # since the last sign of a citizen; 0 while busy
    devices: dict[str, str] = field(default_factory=dict)
    paper: Paper = Paper(state="none")  # noqa: RUF009  frozen
    catalogue: str = ""
    hall: str = ""


class Watched:
    """What a terminal's devices, catalogue and hall last said of themselves. ``devices`` are those it has.

    Until it says so, none is taken to be well.
    """

    def __init__(self, devices: frozenset[str], *, roll_slips: int | None = None) -> None:
        self.devices = dict.fromkeys(sorted(devices), STARTING)
        self.catalogue, self.hall = "", STARTING
        self._roll_slips = roll_slips
        self._low = False

    def note(self, event: Event) -> None:
        """Whatever happens; most of it is no news here."""
        match event:
            case ReaderChanged(code):
                self._say("reader", code)
            case ScannerChanged(code):
                self._say("scanner", code)
            case SlotChanged(code):
                self._say("slot", code)
            case PrinterChanged(code, low):
                self._say("printer", code)
                self._low = low
            case CatalogueChanged(version, code):
                self.catalogue = version if code is None else ""
            case HallLost(code):
                self.hall = code
            case HallBack():
                self.hall = ""
            case _:
                pass

    def paper(self, counts: Counts) -> Paper:
        """How the paper stands, by what the printer says and how many slips were printed."""
        code = self.devices.get("printer")
        if code is None:
            return Paper(state="none", printed=counts.printed)
        if code == "fault.paper_out":
            return Paper(state="out", left=0, printed=counts.printed)
        state = "unknown" if code else "low" if self._low else "ok"
        return Paper(state=state, left=self._left(counts), printed=counts.printed)

    def _left(self, counts: Counts) -> int | None:
        if self._roll_slips is None or counts.of_roll is None:
            return None
        return max(0, self._roll_slips - counts.of_roll)

    def _say(self, device: str, code: str | None) -> None:
        if device in self.devices:
            self.devices[device] = code or ""
