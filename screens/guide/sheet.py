"""What stands on a page of a guide: blocks, and how they are dealt out over pages so that nothing is cut. No Kivy.

A ``Part`` is whole: a material, a step, a paragraph of a law. Its texts are broken into lines and measured with the
theme's own sizes; a part that is too long for a page goes on on the next one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal, TypeAlias

from screens.guide.lines import lines
from screens.theme.tokens import Tokens

Look = Literal["paper", "flat", "chosen", "ok", "amber", "call"]
Head = Literal["card", "lead", "body"]

QR_SIDE, QR_GRAND = 232, 440
MOST_BLOCKS = 9  # on a page; a view has so many at hand
_LEADING = 1.448  # of a line, in sizes (Noto Sans CJK: 1160 + 288 of 1000)


def leading(size: int) -> int:
    """Pixels from one line to the next, at most; type is drawn in whole ones, heads a little closer."""
    return ceil(_LEADING * size)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to show, whole. ``text`` is what it says, ``good`` and ``late`` stand out by icon and colour."""

    head: str = ""
    text: str = ""
    good: str = ""
    late: str = ""
    soft: str = ""
    icon: str = ""
    qr: str = ""
    look: Look = "paper"
    intent: str = ""
    value: str = ""
    ticked: bool = False
    grand: bool = False  # its head is as large as a card's title, its code as large as can be


Parts: TypeAlias = Iterator[Part]


@dataclass(frozen=True, slots=True)
class Block:
    """A part, or as much of it as is on this page, in lines."""

    head: str = ""
    head_kind: Head = "lead"
    text: str = ""
    good: str = ""
    late: str = ""
    soft: str = ""
    icon: str = ""
    qr: str = ""
    qr_side: int = 0
    look: Look = "paper"
    intent: str = ""
    value: str = ""
    ticked: bool = False
    height: int = 0


_SLOTS = ("head", "text", "good", "late", "soft")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The measures of a sheet of ``across`` pixels in one theme; the kv rules use the same."""

    tokens: Tokens
    across: int = 1000
    roomy: bool = False  # big cards to choose from

    @property
    def gap(self) -> int:
        return self.tokens.gap if self.roomy else self.tokens.unit * 2

    @property
    def side(self) -> int:
        """Between a block's edge and its content, left and right."""
        return self.tokens.gap

    @property
    def pad(self) -> int:
        """The same, above and below."""
        return self.tokens.unit * (4 if self.roomy else 2)

    def room(self, part: Part) -> int:
        """Pixels for a line of its text."""
        mark, tokens = self.tokens.unit * 2, self.tokens
        within = self.across - 2 * self.side - 3 * mark
        within -= tokens.card if part.icon else 0
        within -= tokens.lead if part.intent and part.intent != "tick" else 0
        return within - _code_side(part)

    def head_kind(self, part: Part) -> Head:
        room = self.room(part)
        if part.grand and len(lines(part.head, self.tokens.card, room)) <= 2:
            return "card"
        return "lead" if len(lines(part.head, self.tokens.lead, room)) <= 2 else "body"

    def line_height(self, slot: str, kind: Head) -> int:
        if slot == "head":
            return leading(getattr(self.tokens, kind))
        return leading(self.tokens.small if slot == "soft" else self.tokens.body)

    def pages(
        self, parts: Iterable[Part], height: int, first: int | None = None
    ) -> tuple[tuple[Block, ...], ...]:
        """``parts`` over pages of ``height``; the first page may have less. There is at least one page."""
        pages: list[list[Block]] = [[]]
        left = height if first is None else first
        for part in parts:
            for block in self._blocks(part, left, height):
                if block.height > left or len(pages[-1]) == MOST_BLOCKS:  # a first page may stay empty
                    pages.append([])
                    left = height
                pages[-1].append(block)
                left -= block.height + self.gap
        return tuple(map(tuple, pages))

    def _blocks(self, part: Part, left: int, height: int) -> Iterator[Block]:
        """The part in one block; in several where a page does not hold it. A long text begins where it stands."""
        kind = self.head_kind(part)
        rows = [(slot, line) for slot in _SLOTS for line in self._lines(part, slot, kind)]
        whole = self._block(part, rows, kind)
        if whole.height <= height:
            yield whole
            return
        room = left if left > height / 3 else height
        first = True
        while rows:
            taken = self._fitting(rows, kind, room)
            block = self._block(part, rows[:taken], kind)
            if not first:
                block = replace(block, icon="dots-horizontal" if part.icon else "", qr="", qr_side=0)
            if part.intent and not first:
                block = replace(block, intent="", value="")
            yield block
            rows, room, first = rows[taken:], height, False

    def _lines(self, part: Part, slot: str, kind: Head) -> tuple[str, ...]:
        size = {"head": getattr(self.tokens, kind), "soft": self.tokens.small}.get(slot, self.tokens.body)
        marked = slot in ("good", "late")
        return lines(getattr(part, slot), size, self.room(part) - (size + self.tokens.unit if marked else 0))

    def _fitting(self, rows: list[tuple[str, str]], kind: Head, room: int) -> int:
        """How many lines a block of ``room`` holds; at least one."""
        left, taken = room - 2 * self.pad, 0
        for slot, _line in rows:
            left -= self.line_height(slot, kind)
            if left < 0:
                break
            taken += 1
        return max(1, taken)

    def _block(self, part: Part, rows: list[tuple[str, str]], kind: Head) -> Block:
        said = {slot: "\n".join(line for of, line in rows if of == slot) for slot in _SLOTS}
        text = sum(self.line_height(slot, kind) for slot, _line in rows)
        least = self.tokens.target + (72 if self.roomy else 0) if part.intent else 0
        mark = self.tokens.card if part.icon else 0
        return Block(
            **said,
            head_kind=kind,
            icon=part.icon,
            qr=part.qr,
            qr_side=_code_side(part),
            look=part.look,
            intent=part.intent,
            value=part.value,
            ticked=part.ticked,
            height=max(least, max(text, mark, _code_side(part)) + 2 * self.pad),
        )


def _code_side(part: Part) -> int:
    return (QR_GRAND if part.grand else QR_SIDE) if part.qr else 0
