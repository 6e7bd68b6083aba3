"""Where everything stands on a face: sizes, columns and lines, as values. Knows fonts, draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from hall.certificates.lettering import shown, width, wrapped

WIDTH = 1600
LEAST_SCALE = 0.6  # below it a face grows in height instead, so that nothing is left out
_SCALES = (1.0, 0.9, 0.84, 0.78, 0.72, 0.66, LEAST_SCALE)

Ink = Literal["accent", "faint", "text"]


@dataclass(frozen=True, slots=True)
class Box:
    left: int
    top: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        return self.top + self.height

    @property
    def right(self) -> int:
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of text with its left upper corner."""

    text: str = field(repr=False)
    x: int
    y: int
    size: int
    ink: Ink = "text"


@dataclass(frozen=True, slots=True)
class _Row:
    height: int
    placed: tuple[Placed, ...] = field(repr=False)  # from the row's own corner


def compose(
    lines: Sequence[tuple[str, str]], labels_en: Sequence[str], boxes: Sequence[Box], font: Path
) -> tuple[list[Placed], int]:
    """All ``lines`` in one or two ``boxes``, as large as they fit, and how many pixels they stand out below."""
    english = [*labels_en, *[""] * len(lines)]
    over = 0
    placed: list[Placed] = []
    for scale in _SCALES:
        room = min(box.width for box in boxes)
        widest = max((width(shown(label, font), font, _label(scale)) for label, _ in lines), default=0)
        column = min(round(room * 0.42), round(widest) + round(28 * scale))
        rows = [
            _row(label, other, value, column, room, scale, font)
            for (label, value), other in zip(lines, english, strict=False)
        ]
        placed, over = _filled(rows, boxes)
        if over <= 0:
            break
    return placed, max(0, over)


def _label(scale: float) -> int:
    return round(32 * scale)


def _row(label: str, english: str, value: str, column: int, room: int, scale: float, font: Path) -> _Row:
    label_size, english_size, size = _label(scale), max(15, round(19 * scale)), round(42 * scale)
    gap, lift = round(16 * scale), round(6 * scale)
    placed: list[Placed] = []
    y = lift
    for text in wrapped(label, font, label_size, column - 12):
        placed.append(Placed(text, 0, y, label_size, "accent"))
        y += round(label_size * 1.25)
    for text in wrapped(english, font, english_size, column - 12) if english else ():
        placed.append(Placed(text, 0, y, english_size, "faint"))
        y += round(english_size * 1.25)
    fitted = _in_one_line(value, font, size, room - column)
    below, size = (size - fitted) * 4 // 5, fitted  # on the same baseline
    for text in wrapped(value, font, size, room - column):
        placed.append(Placed(text, column, below, size))
        below += round(size * 1.3)
    return _Row(max(y, below) + gap, tuple(placed))


def _in_one_line(value: str, font: Path, size: int, most: int) -> int:
    """A little smaller where that keeps a number whole, or a word from standing alone; else ``size``."""
    text = shown(value, font)
    least = round(size * (0.68 if text.isascii() else 0.86))
    if width(text, font, least) > most:
        return size
    return next(one for one in range(size, least - 1, -1) if width(text, font, one) <= most)


def _filled(rows: Sequence[_Row], boxes: Sequence[Box]) -> tuple[list[Placed], int]:
    """The rows in their boxes, broken where the columns end most evenly."""
    first, last = boxes[0], boxes[-1]
    heights = [row.height for row in rows]
    splits = range(len(rows) + 1) if len(boxes) > 1 else (len(rows),)

    def over(split: int) -> int:
        left, right = sum(heights[:split]) - first.height, sum(heights[split:]) - last.height
        return max(left, right) if len(boxes) > 1 else left

    split = min(splits, key=over)
    placed = [*_stacked(rows[:split], first), *_stacked(rows[split:], last)]
    return placed, over(split)


def _stacked(rows: Sequence[_Row], box: Box) -> list[Placed]:
    placed: list[Placed] = []
    y = box.top
    for row in rows:
        placed += (Placed(one.text, box.left + one.x, y + one.y, one.size, one.ink) for one in row.placed)
        y += row.height
    return placed
