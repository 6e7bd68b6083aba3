"""Where the screens' type comes from. No Kivy.

Kivy loads face 0 of a font file and has no fallback, and face 0 of Debian's Noto Sans CJK is the Japanese one
(骨 直 关 门 differ). So the Simplified Chinese face is taken out of the collection, once, as ``HallSans``.

Every size in use is a font opened for itself, and FreeType loads all shared outlines (subroutines) of a CFF font
each time: 2.5 MB a size. With the outlines written out in full and the glyphs of other scripts left away it is
0.2 MB, which is what keeps a terminal small. Making them takes half a minute, once.
"""

import logging
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
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


def build_fonts(target: Path, source: Path = _DEBIAN, *, characters: frozenset[int] | None = None) -> Fonts:
    """Make both weights in ``target`` from Debian's collections. Raises FontsMissing.

    ``characters`` are the code points to keep; unset: all Han characters the font has, Latin and signs.
    """
    fonts = _in(target)
    target.mkdir(parents=True, exist_ok=True)
    jobs = [(source / f"NotoSansCJK-{w}.ttc", made, characters) for w, made in _weights(fonts)]
    for collection, _made, _characters in jobs:
        if not collection.is_file():
            raise FontsMissing(f"{collection} is not there; install the package fonts-noto-cjk")
    with ProcessPoolExecutor(len(jobs)) as workers:
        list(workers.map(_build, *zip(*jobs, strict=True)))
    return fonts


def _build(collection: Path, made: Path, characters: frozenset[int] | None) -> None:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTCollection

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = Options(
        desubroutinize=True,
        notdef_outline=True,
        recalc_bounds=False,
        recalc_average_width=False,
        drop_tables=["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"],
    )
    with TTCollection(str(collection), lazy=True) as faces:
        font = faces.fonts[_SIMPLIFIED_CHINESE]
        has = frozenset(font.getBestCmap())
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=(characters or frozenset(filter(_is_wanted, has))) & has)
        subsetter.subset(font)
        unfinished = made.with_suffix(".part")
        font.save(unfinished, reorderTables=None)
    unfinished.replace(made)


# Latin, signs and drawings; kana and bopomofo; Han with its radicals, extensions and compatibility forms; full width.
_WANTED = (
    (0x20, 0x24F), (0x2000, 0x27BF), (0x2E80, 0x312F), (0x31A0, 0x31EF), (0x3200, 0x4DBF), (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF),
)  # fmt: skip


def _is_wanted(code: int) -> bool:
    return any(first <= code <= last for first, last in _WANTED)


def _weights(fonts: Fonts) -> tuple[tuple[str, Path], ...]:
    return ("Regular", fonts.regular), ("Bold", fonts.bold)


def icon_font() -> Path:
    """The Material Design Icons font of its PyPI package, found without importing it."""
    package = find_spec("fonticon_mdi7")
    if package is None or package.origin is None:
        raise FontsMissing("the package fonticon-materialdesignicons7 is not installed")
    return Path(package.origin).parent / "fonts" / "materialdesignicons-webfont.ttf"


@cache
def icon_char(name: str) -> str:
    """The character that draws the icon ``name`` ("shield-account-outline"); an unknown name draws a box."""
    names = _icon_names()
    start = f'\n    {name.replace("-", "_")} = "\\U'
    at = names.find(start)
    if at < 0:
        return icon_char("square-outline")
    return chr(int(names[at + len(start) : at + len(start) + 8], 16))


@cache
def _icon_names() -> str:
    """The package's own table, read as text: importing its 7,000 names costs a tenth of the start."""
    return (icon_font().parent.parent / "mdi7.py").read_text("utf-8")


def _in(folder: Path) -> Fonts:
    return Fonts(folder / f"{FAMILY}-Regular.otf", folder / f"{FAMILY}-Bold.otf")


if __name__ == "__main__":
    build_fonts(Path(sys.argv[1]) if len(sys.argv) > 1 else default_folder())
