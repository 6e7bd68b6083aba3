"""``tongyuan doctor``: looks at a terminal from power to paper and says what to do, most basic things first.

Nothing is changed. Devices are asked through the running kiosk, which holds their ports; where none runs, each port is
opened for a moment, asked, and closed. Nothing is printed and no card is read.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from multiprocessing.connection import Client
from pathlib import Path

from config.kiosk import Kiosk
from drivers.errors import DriverError
from drivers.ports import SystemClock
from provisioning.wire.control import AskHealth, KioskHealth
from tongyuan.doctor_network import hall, network
from tongyuan.finding import Finding

DISK_MB, MEMORY_MB = 500, 300


def diagnose(
    settings: Kiosk | None, centre: str, *, ca: Path | None = None, control: Path | None = None
) -> Iterator[Finding]:
    """Everything, in the order in which one thing needs another. ``centre``: its address, "" where there is none."""
    yield memory()
    yield disk(settings.state_dir if settings else Path("/var/lib"))
    yield display()
    yield fonts()
    yield from network(centre, ca)
    if settings is None:
        yield Finding(
            "settings", "skip", "no kiosk settings were given", "name them: tongyuan doctor --settings FILE"
        )
        return
    yield from hall(settings)
    socket_path = control or settings.control
    health = asked(socket_path) if socket_path else None
    yield kiosk(health, socket_path)
    yield from devices(settings, health)
    yield ledger(settings.state_dir)


# -- the machine ------------------------------------------------------------------------------------------


def memory(meminfo: Path = Path("/proc/meminfo")) -> Finding:
    """Free memory: a kiosk needs some 320 MB where the processor draws."""
    lines = dict(line.split(":", 1) for line in meminfo.read_text(encoding="ascii").splitlines())
    free = int(lines["MemAvailable"].split()[0]) // 1024
    if free < MEMORY_MB:
        return Finding(
            "memory", "warn", f"{free} MB available", "end other programs, or give the machine more memory"
        )
    return Finding("memory", "ok", f"{free} MB available")


def disk(folder: Path) -> Finding:
    """Room where ledger, outbox and documents are kept."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 2**20
    if not os.access(folder, os.W_OK):
        return Finding(
            "disk", "bad", f"{folder} cannot be written", "mount it writable, or run this as its owner"
        )
    if free < DISK_MB:
        return Finding(
            "disk", "bad", f"{free} MB free at {folder}", "make room: journalctl --vacuum-size=100M"
        )
    return Finding("disk", "ok", f"{free} MB free at {folder}")


def display() -> Finding:
    """Somebody draws: a session, and a graphics device or the software renderer."""
    session = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    cards = sorted(path.name for path in Path("/dev/dri").glob("card*")) if Path("/dev/dri").exists() else []
    if not cards:
        return Finding(
            "display",
            "warn",
            "no graphics device (/dev/dri)",
            "plug the screen in before power; check the driver",
        )
    return Finding("display", "ok", f"{', '.join(cards)}; session {session or 'not seen from here'}")


def fonts() -> Finding:
    """The faces that all screens and slips are set in."""
    from screens.theme.fonts import find_fonts

    try:
        found = find_fonts()
    except OSError as error:
        return Finding("fonts", "bad", str(error), "run provisioning/setup.sh once more: it makes them")
    return Finding("fonts", "ok", found.regular.name)


# -- the kiosk and its devices ----------------------------------------------------------------------------


def asked(path: Path) -> KioskHealth | None:
    """What a running kiosk says of itself; None: none runs, or it does not answer."""
    try:
        with Client(str(path), family="AF_UNIX") as connection:
            connection.send_bytes(AskHealth().model_dump_json().encode())
            return KioskHealth.model_validate_json(connection.recv_bytes()) if connection.poll(12) else None
    except (OSError, EOFError, ValueError):
        return None


def kiosk(health: KioskHealth | None, path: Path | None) -> Finding:
    """The process that draws."""
    if health is None:
        where = f" at {path}" if path else ""
        return Finding("kiosk", "warn", f"no kiosk answers{where}", "systemctl status tongyuan-terminal")
    slow = f", slowest frame {health.frame_ms:.0f} ms" if health.frame_ms else ""
    text = f"shows {health.screen}, revision {health.revision}, {health.frames} frames{slow}"
    return Finding(
        "kiosk", "ok" if health.frames else "bad", text, "" if health.frames else "systemctl restart it"
    )


def devices(settings: Kiosk, health: KioskHealth | None) -> Iterator[Finding]:
    """Reader, printer, scanner and card slot, as far as the settings name them."""
    chosen = settings.devices
    trials: dict[str, tuple[str, Callable[[Kiosk], str]]] = {
        "reader": (chosen.reader, _reader),
        "scanner": (chosen.scanner, _scanner),
        "slot": (chosen.slot, _slot),
        "printer": (chosen.printer, _printer),
    }
    for name, (where, trial) in trials.items():
        if not where:
            yield Finding(name, "skip", "the settings name none")
        elif health is not None:
            yield _judged(name, where, health.devices.get(name, ""), "as the kiosk says")
        else:
            try:
                yield Finding(name, "ok", f"{where}: {trial(settings)}")
            except (DriverError, PrinterSays) as error:
                yield _judged(name, where, error.code, str(error))
            except OSError as error:
                yield _judged(name, where, "fault.device_absent", str(error))


def _judged(name: str, where: str, code: str, text: str) -> Finding:
    if not code:
        return Finding(name, "ok", f"{where}: {text}")
    return Finding(name, "bad", f"{where}: {code} ({text})", TODO.get(code, _usual(where)))


TODO = {
    "fault.paper_out": "put a new roll in, printed side out",
    "fault.cover_open": "press the printer's cover down until it clicks",
    "fault.printer_hot": "wait five minutes; keep its vents free",
    "fault.no_reader": "name the reader's port in the settings",
}


def _usual(where: str) -> str:
    if where.startswith("/dev/") and not Path(where).exists():
        return f"{where} is not there: plug it in, then ls -l /dev/tongyuan/"
    if where.startswith("/dev/") and not os.access(where, os.R_OK | os.W_OK):
        return f"this account may not open {where}: it must be in the group that owns it"
    return "check cable and power, then ask again"


def _reader(settings: Kiosk) -> str:
    from drivers.idcard.device import IdCardReader
    from kiosk.roles.devices import open_reader

    clock = SystemClock()
    stream = open_reader(settings.devices.reader, clock)
    try:
        return f"SAM {IdCardReader(stream, clock).start()}"
    finally:
        stream.close()


def _scanner(settings: Kiosk) -> str:
    from drivers.scanner.opening import open_scanner

    open_scanner(settings.devices.scanner, settings.devices.scanner_family, SystemClock()).close()
    return "its port opens; whether it reads only a code can tell"


def _slot(settings: Kiosk) -> str:
    from drivers.pcsc.slot import Slot

    slot = Slot(settings.devices.slot)
    try:
        slot.wait(0.5)
    finally:
        slot.close()
    return "pcscd has it"


def _printer(settings: Kiosk) -> str:
    from drivers.printer.connections import open_printer
    from drivers.printer.device import ThermalPrinter
    from drivers.printer.profiles import PROFILES

    clock = SystemClock()
    stream = open_printer(settings.devices.printer, clock)
    try:
        status = ThermalPrinter(stream, clock, PROFILES[settings.devices.printer_profile]).status()
    finally:
        stream.close()
    if status.problem is not None:
        raise PrinterSays(status.problem)
    return "paper low: put a new roll beside it" if status.paper_low else "paper and cover are fine"


class PrinterSays(Exception):
    """The printer answers, and cannot print."""

    def __init__(self, code: str) -> None:
        super().__init__("it answers")
        self.code = code


def ledger(state_dir: Path) -> Finding:
    """The paper ledger: without it nothing may be printed."""
    path = state_dir / "paper.sqlite"
    if not path.exists():
        return Finding("ledger", "skip", "nothing was printed here yet")
    if not os.access(path, os.W_OK):
        return Finding("ledger", "bad", f"{path} cannot be written", "it belongs to the terminal's account")
    return Finding("ledger", "ok", f"{path.stat().st_size // 1024} KB")


# -- words ------------------------------------------------------------------------------------------------

SIGNS = {"ok": "✓", "warn": "!", "bad": "✗", "skip": "–"}


def said(finding: Finding) -> str:
    """A finding as two lines at most."""
    line = f"{SIGNS[finding.grade]} {finding.name:12} {finding.text}"
    return f"{line}\n  → {finding.todo}" if finding.todo else line


def as_json(findings: list[Finding]) -> str:
    """For programs."""
    return json.dumps(
        [{"name": f.name, "grade": f.grade, "text": f.text, "todo": f.todo} for f in findings],
        ensure_ascii=False,
    )
