"""Words to start with, in rows: those that are too many are left out, those that are too long as well. No Kivy."""

from collections.abc import Iterable

from screens.find.result_card import width
from screens.theme.tokens import Tokens

WIDTH = 1080  # of the design
MOST = 6  # chips a row
Rows = tuple[tuple[str, ...], ...]


def rows_of(texts: Iterable[str], tokens: Tokens, rows: int) -> Rows:
    """As many of ``texts`` as fit ``rows`` lines of the screen, in order, each once."""
    room = WIDTH - 2 * tokens.margin
    filled: list[list[str]] = []
    left = 0.0
    for text in dict.fromkeys(filter(None, texts)):
        wide = _pixels(text, tokens)
        if wide > room:
            continue
        if not filled or wide > left or len(filled[-1]) == MOST:
            if len(filled) == rows:
                break
            filled.append([])
            left = float(room)
        filled[-1].append(text)
        left -= wide + tokens.unit * 2
    return tuple(map(tuple, filled))


def _pixels(text: str, tokens: Tokens) -> float:
    """Of a chip that says ``text``."""
    return max(tokens.target, width(text) * tokens.body / 2 + 2 * tokens.pad)
