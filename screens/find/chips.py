"""Words to start with, in rows: those that are too many are left out, those that are too long as well. No Kivy."""

from collections.abc import Iterable

from screens.theme.tokens import Tokens
from screens.words.notices import columns

WIDTH = 1080  # of the design
MOST = 6  # chips a row
Rows = tuple[tuple[str, ...], ...]


def rows_of(texts: Iterable[str], tokens: Tokens, rows: int) -> Rows:
    """As many of ``texts`` as fit ``rows`` lines of the screen, in order, each once."""
    room = WIDTH - 2 * tokens.margin
    filled: list[list[str]] = []
    left = 0.0
    for text in dict.fromkeys(filter(None, texts)):
        wide = width(text, tokens)
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


def width(text: str, tokens: Tokens) -> float:
    """Pixels of a chip that says ``text``, at most: Latin letters are narrower than they are taken to be here."""
    letters = columns(text) * (1.2 if text.isascii() else 1)
    return max(tokens.target, letters * tokens.body / 2 + 2 * tokens.pad)
