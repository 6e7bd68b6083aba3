"""What differs between printer models, as data.

Facts: Epson's ESC/POS reference for the common set; CUSTOM's VKP80 manual for ``1D 65`` and ``10 04 14``. None of
these profiles has been proven on a real printer yet.
"""

from dataclasses import dataclass
from typing import Literal

from drivers.printer.text import Repertoire

CUT_PARTIAL = b"\x1dV\x01"  # GS V 1: leaves a bridge, so that the slip doesn't fall on the floor
CUT_FULL = b"\x1dV\x00"


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    dots: int  # printable width at 203 dpi
    columns: int  # of the 12×24 font
    repertoire: Repertoire = "gbk"
    qr: Literal["raster", "native"] = "raster"  # native codes centre badly on many models
    before: bytes = b""  # sent first: presenter made ready
    tail_lines: int = 4  # fed before the cut, so that the last line is past the knife
    cut: bytes = CUT_PARTIAL
    presenter: bytes = b""  # sent after the cut
    near_end: bool = True  # cheap models have no such sensor or a wrong one; it is advice only, never a fault
    asb: bool = False  # let the printer push its status by itself (GS a)
    full_status: bool = False  # answers CUSTOM's 10 04 14


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("generic-80", dots=576, columns=48),
        Profile("generic-80-gb18030", dots=576, columns=48, repertoire="gb18030"),
        Profile("generic-58", dots=384, columns=32, near_end=False),
        Profile("epson-80", dots=576, columns=48, qr="native", asb=True),
        Profile(
            "custom-vkp80",
            dots=576,
            columns=48,
            before=b"\x1de\x05",  # eject what is still in the exit
            cut=b"\x1bi",  # ESC i
            presenter=b"\x1de\x03\x0c",  # hand the slip out by 12 steps
            full_status=True,
        ),
    )
}
