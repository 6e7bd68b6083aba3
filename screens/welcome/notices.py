"""Which notice is on the first screen now, a long one in parts that fit. No Kivy."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from unicodedata import east_asian_width

from screens.visit import Terminal

SECONDS = 8  # a notice, or a part of one, is shown this long before the next
ROOM = (
    100  # half-width characters of a part: three lines of the banner's type, less what wrapping leaves free
)
_ENDS = (
    ("。", "！", "？", "；", ". ", "! ", "? ", "; "),
    ("，", "、", "：", ", ", ": "),
    (" ",),
)  # best parted here
_GAP = re.compile(
    r"(?<=[\u2e80-\u9fff]) | (?=[\u2e80-\u9fff])"
)  # beside a hanzi; a line would be broken there


def own(terminal: Terminal) -> str:
    """What this terminal's own notices say now; "" where there is none today."""
    day = terminal.now.date() if terminal.now else None
    return _in_turn(
        [
            part
            for notice in terminal.offer.notices
            if notice.holds(day)
            for part in parts(notice.text.said(terminal.words), ROOM)
        ],
        terminal,
    )


def of_the_hall(terminal: Terminal) -> str:
    """What the hall's notices say now."""
    words, hall = terminal.words, terminal.hall
    pairs = zip_longest(hall.notices, hall.notices_en, fillvalue="")
    return _in_turn([words.pick(zh or en, en) for zh, en in pairs], terminal)


def parts(text: str, room: int) -> tuple[str, ...]:
    """``text`` in parts of at most ``room`` half-width characters, parted where a sentence or a word ends."""
    return tuple(part for part in _parted(_GAP.sub("", text.strip()), room) if part)


def _parted(text: str, room: int) -> Iterator[str]:
    while (reach := _reach(text, room)) < len(text):
        end = next((end for marks in _ENDS if (end := _last(text[:reach], marks)) > reach // 3), reach)
        yield text[:end].strip()
        text = text[end:].lstrip()
    yield text


def _reach(text: str, room: int) -> int:
    """How many characters of ``text`` fit."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if east_asian_width(char) in "WFA" else 1
        if used > room:
            return at
    return len(text)


def _last(text: str, marks: tuple[str, ...]) -> int:
    """Behind the last of ``marks``; 0 where there is none."""
    return max(text.rfind(mark) for mark in marks) + 1


def _in_turn(texts: list[str], terminal: Terminal) -> str:
    return texts[int(terminal.monotonic) // SECONDS % len(texts)] if texts else ""
