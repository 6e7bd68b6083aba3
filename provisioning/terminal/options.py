"""What an installer may choose. Checked before anything is touched."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Session: TypeAlias = Literal["cage", "x", "none"]

USER = "tongyuan-kiosk"
STATE = "/var/lib/tongyuan/kiosk"
ETC = "/etc/tongyuan"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_USB = re.compile(r"[0-9a-f]{4}:[0-9a-f]{4}")
DEVICES = ("reader", "printer", "scanner")


class OptionRefused(Exception):
    """An option that makes no sense; the message says which and why."""

    code = "install.option"


@dataclass(frozen=True, slots=True)
class Options:
    """``centre``: address of the fleet's centre. ``usb``: device name to "vendor:product" as ``lsusb`` shows it.

    ``session``: cage (Wayland), x (Xorg with matchbox), or none where the display is somebody else's business.
    ``program``: the folder with this program and its .venv. ``nightly``: "" for never.
    """

    centre: str
    program: Path = Path("/opt/tongyuan")
    session: Session = "cage"
    nightly: str = "04:10"
    usb: tuple[tuple[str, str], ...] = ()
    packages: bool = True

    def __post_init__(self) -> None:
        if not re.fullmatch(r"https?://[^\s/@\"']+", self.centre):
            raise OptionRefused(
                f"--centre {self.centre!r}: an address like https://fleet.example.cn is wanted"
            )
        if self.nightly and not _TIME.fullmatch(self.nightly):
            raise OptionRefused(
                f"--nightly {self.nightly!r}: a time like 04:10 is wanted, or nothing for never"
            )
        if not self.program.is_absolute() or re.search(r"[\s%\"'\\]", str(self.program)):
            raise OptionRefused(
                f"--program {self.program}: an absolute path without spaces or signs is wanted"
            )
        for name, ids in self.usb:
            if name not in DEVICES or not _USB.fullmatch(ids):
                raise OptionRefused(
                    f"--usb {name}={ids}: {'|'.join(DEVICES)}=vendor:product is wanted, as in lsusb"
                )
