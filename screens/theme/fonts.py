"""Where the screens' type comes from. No Kivy.

Kivy loads face 0 of a font file and has no fallback, and face 0 of Debian's Noto Sans CJK is the Japanese one
(骨 直 关 门 differ). So the Simplified Chinese face is copied out of the collection, once, as ``HallSans``.
"""

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

FAMILY = "HallSans"
ICON_FAMILY = "HallIcons"

_DEBIAN = Path("/usr/share/fonts/opentype/noto")  # package fonts-noto-cjk, SIL Open Font License 1.1
_SIMPLIFIED_CHINESE = 2  # face of NotoSansCJK-*.ttc: JP, KR, SC, TC, HK, then the monospaced ones


class FontsMissing(RuntimeError):
    """The fonts are not where they are looked for; the message says where that was."""

    code = "fault.fonts_missing"


@dataclass(frozen=True, slots=True)
class Fonts:
    """Files of the two weights in use."""

    regular: Path
    bold: Path


def find_fonts() -> Fonts:
    """The fonts of ``$TONGYUAN_FONTS``, else of the virtual environment. Raises FontsMissing."""
    given = os.environ.get("TONGYUAN_FONTS")
    places = [Path(given)] if given else []
    places.append(default_folder())
    for place in places:
        fonts = _in(place)
        if fonts.regular.is_file() and fonts.bold.is_file():
            return fonts
    raise FontsMissing(
        f"no {FAMILY}-Regular.otf and {FAMILY}-Bold.otf in {' or '.join(map(str, places))}; "
        "install fonts-noto-cjk and run: python -m screens.theme.fonts"
    )


def default_folder() -> Path:
    return Path(sys.prefix) / "share" / "tongyuan" / "fonts"


def build_fonts(target: Path, source: Path = _DEBIAN) -> Fonts:
    """Copy the Simplified Chinese face of both weights into ``target``. Raises FontsMissing.

    Tables are copied as bytes: saving through fontTools' object model takes a hundred times as long.
    """
    from fontTools.ttLib import TTCollection
    from fontTools.ttLib.sfnt import SFNTWriter

    fonts = _in(target)
    target.mkdir(parents=True, exist_ok=True)
    for weight, made in (("Regular", fonts.regular), ("Bold", fonts.bold)):
        collection = source / f"NotoSansCJK-{weight}.ttc"
        if not collection.is_file():
            raise FontsMissing(f"{collection} is not there; install the package fonts-noto-cjk")
        unfinished = made.with_suffix(".part")
        with TTCollection(str(collection), lazy=True) as faces, unfinished.open("wb") as out:
            tables = faces.fonts[_SIMPLIFIED_CHINESE].reader
            writer = SFNTWriter(out, len(tables.keys()), tables.sfntVersion)
            for tag in tables.keys():  # noqa: SIM118  the reader is no mapping
                writer[tag] = tables[tag]
            writer.close()
        unfinished.replace(made)
    return fonts


def icon_font() -> Path:
    """The Material Design Icons font of its PyPI package, found without importing it."""
    package = find_spec("fonticon_mdi7")
    if package is None or package.origin is None:
        raise FontsMissing("the package fonticon-materialdesignicons7 is not installed")
    return Path(package.origin).parent / "fonts" / "materialdesignicons-webfont.ttf"


def icon_char(name: str) -> str:
    """The character that draws the icon ``name`` ("shield-account-outline"); an unknown name draws a box."""
    from fonticon_mdi7 import MDI7  # type: ignore[import-untyped]  # ships none

    key = name.replace("-", "_")
    return str(getattr(MDI7, key, MDI7.square_outline))[-1]


def _in(folder: Path) -> Fonts:
    return Fonts(folder / f"{FAMILY}-Regular.otf", folder / f"{FAMILY}-Bold.otf")


if __name__ == "__main__":
    build_fonts(default_folder())
