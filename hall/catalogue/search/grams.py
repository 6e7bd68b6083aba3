"""Pieces of one and two characters and of two sounds, and how much each tells. Pure."""

from collections.abc import Iterator
from itertools import pairwise


def written(text: str) -> Iterator[str]:
    """Single characters and pairs."""
    yield from text
    yield from (text[i : i + 2] for i in range(len(text) - 1))


def spoken(sounds: list[str]) -> Iterator[str]:
    """Pairs of sounds, in every reading; ``sounds[i]`` are the readings of the i-th character."""
    for left, right in pairwise(sounds):
        yield from (a + b for a in left for b in right)


def telling(texts: int, holding: int) -> int:
    """How much it tells that a text has a piece that ``holding`` of ``texts`` have: sixteenths of bits.

    Integers only, so that every machine ranks alike.
    """
    return max(1, ((texts + 1) ** 16).bit_length() - (max(1, holding) ** 16).bit_length())
