"""A line of people as an immutable value: quick at both ends, fair in the middle, cheap with thousands in it.

Kept as a tuple of small tuples, so a change copies one small piece and shares the rest.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

PIECE = 64  # about the square root of the longest line to expect in a day

Piece: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Ticket ids in the order in which they are called. Every id stands in it at most once."""

    pieces: tuple[Piece, ...] = ()
    size: int = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[str]:
        return (one for piece in self.pieces for one in piece)

    def __contains__(self, one: object) -> bool:
        return any(one in piece for piece in self.pieces)

    @property
    def first(self) -> str:
        """The head of the line. Raises IndexError when it is empty."""
        return self.pieces[0][0]

    def index(self, one: str) -> int:
        """How many stand before ``one``. Raises ValueError when it is not in the line."""
        before = 0
        for piece in self.pieces:
            if one in piece:
                return before + piece.index(one)
            before += len(piece)
        raise ValueError(f"{one} is not in the line")

    def append(self, one: str) -> "Line":
        """The line with ``one`` behind everybody."""
        if self.pieces and len(self.pieces[-1]) < PIECE:
            return Line((*self.pieces[:-1], (*self.pieces[-1], one)), self.size + 1)
        return Line((*self.pieces, (one,)), self.size + 1)

    def insert(self, place: int, one: str) -> "Line":
        """The line with ``one`` behind the first ``place``, or at the end when there are fewer."""
        if place >= self.size:
            return self.append(one)
        for number, piece in enumerate(self.pieces):
            if place <= len(piece):
                grown = (*piece[:place], one, *piece[place:])
                halves = (grown,) if len(grown) <= PIECE else (grown[: PIECE // 2], grown[PIECE // 2 :])
                pieces = (*self.pieces[:number], *halves, *self.pieces[number + 1 :])
                return Line(pieces, self.size + 1)
            place -= len(piece)
        raise AssertionError("a line's size is the sum of its pieces")

    def remove(self, one: str) -> "Line":
        """The line without ``one``. Raises ValueError when it is not in the line."""
        for number, piece in enumerate(self.pieces):
            if one in piece:
                at = piece.index(one)
                rest = (*piece[:at], *piece[at + 1 :])
                kept = (rest,) if rest else ()
                return Line((*self.pieces[:number], *kept, *self.pieces[number + 1 :]), self.size - 1)
        raise ValueError(f"{one} is not in the line")

    def last(self, count: int) -> tuple[str, ...]:
        """The ``count`` that joined last, newest first."""
        found: list[str] = []
        for piece in reversed(self.pieces):
            found.extend(reversed(piece))
            if len(found) >= count:
                break
        return tuple(found[:count])


def line_of(ones: Iterable[str]) -> Line:
    """The line in which ``ones`` stand in the order given."""
    line = Line()
    for one in ones:
        line = line.append(one)
    return line
