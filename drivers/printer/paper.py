"""Paper that came out of the simulated printer: its rows, its text, its picture.

Rows are kept as they were printed and drawn when somebody looks.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from drivers.printer.raster import glyph

if TYPE_CHECKING:
    from PIL import Image

MARGIN = 32  # dots of paper beside the print: 80 mm paper, 72 mm print
TOP = 24  # dots of paper above the first row: the way from the head to the knife is wasted
PAPER, INK = 250, 28  # thermal paper is not quite white, nor its black quite black
TOOTH = 10  # dots of a torn edge


@dataclass(frozen=True, slots=True)
class Char:
    """One character as the settings made it."""

    char: str
    width: int = 1
    height: int = 1
    bold: bool = False
    underline: bool = False
    reverse: bool = False

    @property
    def dots(self) -> int:
        return (12 if self.char < "\x80" else 24) * self.width


@dataclass(frozen=True, slots=True)
class TextRow:
    chars: tuple[Char, ...]
    left: int
    height: int  # what the paper moves on, at least as high as the characters

    @property
    def text(self) -> str:
        return "".join(char.char for char in self.chars)


@dataclass(frozen=True, slots=True)
class DotRows:
    """A picture: 1 is black, rows of whole bytes. ``says`` is what a code among them holds."""

    data: bytes
    width: int
    left: int
    height: int
    says: str = ""


@dataclass(frozen=True, slots=True)
class Blank:
    height: int


Row = TextRow | DotRows | Blank


@dataclass(frozen=True)
class Paper:
    """One piece of paper. ``complete``: begun on a clean edge, printed without a stop that tore it, and cut."""

    rows: tuple[Row, ...]
    complete: bool
    width: int
    font_path: Path = field(repr=False)

    @property
    def text(self) -> str:
        """What can be read in the printer's own characters, line by line; pictures are left out."""
        return "\n".join(row.text.rstrip() for row in self.rows if isinstance(row, TextRow) and row.chars)

    @property
    def height(self) -> int:
        """Dots of paper used."""
        return sum(row.height for row in self.rows)

    @cached_property
    def image(self) -> "Image.Image":
        """The paper as a picture (mode "L")."""
        from PIL import Image, ImageDraw

        paper = Image.new("L", (self.width + 2 * MARGIN, TOP + self.height + TOP), PAPER)
        y = TOP
        for row in self.rows:
            self._draw(paper, row, y)
            y += row.height
        pen = ImageDraw.Draw(paper)
        edge = paper.height - 1
        if self.complete:
            pen.line((0, edge, paper.width, edge), fill=200)
        else:  # torn off
            for x in range(0, paper.width, 2 * TOOTH):
                pen.polygon(((x, edge), (x + TOOTH, edge - TOOTH), (x + 2 * TOOTH, edge)), fill=128)
        return paper

    def _draw(self, paper: "Image.Image", row: Row, y: int) -> None:
        from PIL import Image

        match row:
            case TextRow(chars, left, height):
                x = MARGIN + left
                tallest = max((24 * char.height for char in chars), default=0)
                for char in chars:
                    cell = self._cell(char)
                    paper.paste(cell, (x, y + max(0, min(height, tallest) - cell.height)))
                    x += char.dots
            case DotRows(data, width, left):
                if data:
                    dots = Image.frombytes("1", (width, row.height), data)
                    paper.paste(INK, (MARGIN + left, y), dots)
            case Blank():
                pass
            case _:
                assert_never(row)

    def _cell(self, char: Char) -> "Image.Image":
        """A character of the printer's font: two colours, enlarged dot by dot."""
        from PIL import Image, ImageChops, ImageDraw

        base = replace(char, width=1, height=1)
        cell = glyph(self.font_path, char.char, base.dots, 24)
        if char.bold:
            cell = ImageChops.darker(cell, ImageChops.offset(cell, 1, 0))
        if char.underline:
            cell = cell.copy()
            ImageDraw.Draw(cell).line((0, 23, cell.width, 23), fill=0)
        dark, light = (PAPER, INK) if char.reverse else (INK, PAPER)
        cell = cell.point(lambda value: dark if value < 140 else light)
        return cell.resize((cell.width * char.width, cell.height * char.height), Image.Resampling.NEAREST)
