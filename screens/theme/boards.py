"""The looks for glass that is no terminal: boards overhead, strips over windows, pads on a desk. No Kivy.

Lengths are those of a design size; ``board_tokens`` and the others scale them to the glass once, at the start,
so that type is drawn at its true size and never stretched.
"""

from dataclasses import fields, replace
from typing import Any

from screens.theme.tokens import THEMES, ThemeName, Tokens

BOARD = (1920, 1080)
STRIP = (1280, 480)
PAD = (1280, 800)

_COUNTS = frozenset({"choose_columns", "choose_rows"})  # not lengths


def scaled(tokens: Tokens, factor: float) -> Tokens:
    """``tokens`` with every length times ``factor``, in whole pixels but for the unit, of which much is made."""
    lengths: dict[str, Any] = {
        token.name: max(1, round(value * factor))
        for token in fields(Tokens)
        if isinstance(value := getattr(tokens, token.name), int) and value and token.name not in _COUNTS
    }
    return replace(tokens, **{**lengths, "unit": tokens.unit * factor})


def board_tokens(theme: ThemeName, size: tuple[int, int] = BOARD) -> Tokens:
    """A hall board seen from across a hall. Its type is large already, so ``large`` looks as ``normal``."""
    look = replace(_overhead(theme), number=260, hero=116, title=72, card=54, lead=40, body=32, small=26)
    return scaled(replace(look, margin=48, gap=24, pad=40, radius=28, radius_small=18), _factor(size, BOARD))


def strip_tokens(theme: ThemeName, size: tuple[int, int] = STRIP) -> Tokens:
    """A window board, read from where one waits for that window."""
    look = replace(_overhead(theme), number=224, hero=88, title=64, card=48, lead=38, body=30, small=24)
    return scaled(replace(look, margin=32, gap=24, pad=32, radius=24, radius_small=16), _factor(size, STRIP))


def pad_tokens(theme: ThemeName, size: tuple[int, int] = PAD) -> Tokens:
    """A caller pad at arm's length, on a panel of ten inches: 6 px are a millimetre."""
    look = replace(
        THEMES[theme], number=176, hero=80, title=52, card=38, lead=30, body=24, small=20, banner=24
    )
    if theme == "large":
        look = replace(look, lead=34, body=28, small=24, banner=28)
    look = replace(look, margin=24, gap=16, pad=24, radius=20, radius_small=14, target=88, header=76)
    return scaled(replace(look, card_edge=2 if look.card_edge else 0), _factor(size, PAD))


def _overhead(theme: ThemeName) -> Tokens:
    return THEMES["normal" if theme == "large" else theme]


def _factor(size: tuple[int, int], design: tuple[int, int]) -> float:
    return min(size[0] / design[0], size[1] / design[1])
