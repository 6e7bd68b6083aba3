"""How much of a phrase a name holds. Rare pieces count more than common ones, what is written more than its sound."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from hall.catalogue.search.grams import telling
from hall.catalogue.search.loaded import Index

PAIR, SINGLE = 2, 1.5  # what a pair counts against a single character
BY_SOUND = 0.65  # a pair that only sounds like it, against the pair itself
UNKNOWN = 50  # a pair that no text holds counts as if one in so many did
CANDIDATES = 300  # texts to choose from; pieces that more texts hold bring no new ones then
NONE: frozenset[int] = frozenset()
WORTH = 0.3  # of the best score; texts with less are not looked at further
EVERYWHERE = 10  # a character that one text in so many has is not looked up alone


@dataclass(frozen=True, slots=True)
class Heard:
    """One place of a phrase: ``char`` as written ("" where letters were typed), and what it may sound like."""

    char: str
    sounds: str


def covered(index: Index, phrase: Sequence[Heard], among: Set[int] | None = None) -> dict[int, float]:
    """Text number → share of ``phrase`` that it holds (0..1), weighted by how telling each piece is.

    ``among``: only these texts are asked about.
    """
    pieces, most = _pieces(index, phrase)
    score: dict[int, float] = {}
    for holding, weight in sorted(pieces, key=lambda piece: len(piece[0])):
        # what many texts hold only decides between those that the rarer pieces have brought
        asked = among if among is not None else score.keys() if len(score) >= CANDIDATES else holding
        for text in holding if asked is holding else asked & holding:
            score[text] = score.get(text, 0.0) + weight
    if not score:
        return {}
    least = max(score.values()) * WORTH
    return {text: found / most for text, found in score.items() if found >= least}


def _pieces(index: Index, heard: Sequence[Heard]) -> tuple[list[tuple[Set[int], float]], float]:
    """Which texts hold each piece of a phrase, and what it counts; and what all pieces count together."""
    singles = dict.fromkeys(place.char for place in heard if place.char)
    pairs = [a.char + b.char if a.char and b.char else "" for a, b in pairwise(heard)]
    written = index.holding([*singles, *filter(None, pairs)])
    spoken = _spoken(heard, [pair in written for pair in pairs])
    sounding = index.holding(gram for grams in spoken for gram in grams)
    texts, most = len(index.kinds), 0.0
    pieces: list[tuple[Set[int], float]] = []
    for single in singles:
        same = written.get(single, NONE)
        weight = SINGLE * telling(texts, len(same))
        most += weight
        if len(same) * EVERYWHERE <= texts:
            pieces.append((same, weight))
    for pair, grams in zip(pairs, spoken, strict=True):
        same = written.get(pair, NONE)
        alike = {text for gram in grams for text in sounding.get(gram, NONE)} - same
        weight = PAIR * telling(texts, len(same) or len(alike) or texts // UNKNOWN)
        most += weight
        pieces += [(same, weight), (alike, weight * BY_SOUND)]
    return pieces, most


def _spoken(heard: Sequence[Heard], known: Sequence[bool]) -> list[list[str]]:
    """What each pair may sound like, if it or the one before or after it makes no sense as it is written."""
    doubtful = [not all(known[max(0, i - 1) : i + 2]) for i in range(len(known))]
    return [
        [x + y for x in a.sounds for y in b.sounds] if doubt else []
        for (a, b), doubt in zip(pairwise(heard), doubtful, strict=True)
    ]
