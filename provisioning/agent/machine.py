"""What the agent knows of and says to the machine it runs on: serial number, disk, systemd, logs."""

import contextlib
import gzip
import os
import platform
import re
import shutil
import socket
import subprocess
from datetime import datetime
from pathlib import Path

DMI = Path("/sys/class/dmi/id")  # sysfs: Documentation/ABI/testing/sysfs-class-dmi
MACHINE_ID = Path("/etc/machine-id")  # machine-id(5)
NOBODY = frozenset({"", "0", "none", "default-string", "to-be-filled-by-o.e.m.", "system-serial-number"})
MOST_LOG = 8 * 1024 * 1024  # bytes of log before gzip; the newest are kept
MOST_LINES = 100_000  # of the journal
MOST_SENT = 900 * 1024  # bytes after it
COLLECTING = 40.0  # seconds journalctl may take


def serial(wanted: str, dmi: Path = DMI, machine_id: Path = MACHINE_ID) -> str:
    """``wanted``, or for "auto" what the board says, or else the machine id's first half."""
    if wanted != "auto":
        return wanted
    for name in ("product_serial", "board_serial"):
        with contextlib.suppress(OSError):
            said = re.sub(r"[^A-Za-z0-9._:-]+", "-", (dmi / name).read_text().strip())[:64]
            if said.lower() not in NOBODY:
                return said
    with contextlib.suppress(OSError):
        if said := machine_id.read_text().strip()[:16]:
            return f"mid-{said}"
    return re.sub(r"[^A-Za-z0-9._:-]+", "-", f"host-{platform.node()}")[:64]


def model(dmi: Path = DMI) -> str:
    with contextlib.suppress(OSError):
        return (dmi / "product_name").read_text().strip()[:200]
    return platform.machine()


def system() -> str:
    with contextlib.suppress(OSError):
        return str(platform.freedesktop_os_release().get("PRETTY_NAME", ""))[:200]
    return platform.platform()[:200]


def disk_free_mb(folder: Path) -> float | None:
    """None: the disk does not say."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(folder).free / 1e6
    return None


def notify(word: str) -> None:
    """One line to systemd where it listens (sd_notify(3)); nothing elsewhere."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
        to.connect(address)
        to.sendall(word.encode())


def reboot() -> None:
    """Raises OSError, subprocess.SubprocessError: it was not allowed."""
    subprocess.run(["systemctl", "reboot"], check=True, timeout=20, capture_output=True)


def logs(since: datetime, until: datetime, file: Path | None) -> bytes:
    """What was logged in that time, gzipped, the newest where there is too much.

    Of ``file``: lines that begin with a local time, and those that follow one. Raises OSError, SubprocessError.
    """
    text = _of_file(file, since, until) if file is not None else _of_journal(since, until)
    keep = MOST_LOG
    while len(packed := gzip.compress(text[-keep:], 6)) > MOST_SENT:
        keep //= 2
    return packed


def _of_journal(since: datetime, until: datetime) -> bytes:
    command = [
        "journalctl",
        "--no-pager",
        "--output=short-iso",
        f"--lines={MOST_LINES}",  # the newest of them: all of a long time would not fit into memory
        f"--since=@{int(since.timestamp())}",
        f"--until=@{int(until.timestamp()) + 1}",
    ]
    return subprocess.run(command, check=True, timeout=COLLECTING, capture_output=True).stdout


def _of_file(file: Path, since: datetime, until: datetime) -> bytes:
    """Lines of this file and of the one before it (``.1``)."""
    first, last = (time.astimezone().strftime("%Y-%m-%d %H:%M:%S").encode() for time in (since, until))
    kept: list[bytes] = []
    size = 0
    inside = False
    for part in (file.with_name(file.name + ".1"), file):
        if not part.exists():
            continue
        with open(part, "rb") as lines:
            for line in lines:
                if re.match(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line):
                    inside = first <= line[:19] <= last
                if inside:
                    kept.append(line)
                    size += len(line)
                    while size > MOST_LOG and len(kept) > 1:
                        size -= len(kept.pop(0))
    return b"".join(kept)
