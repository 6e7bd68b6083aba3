"""How much of a phrase a name holds, and how much of the name that is. Written pieces count more than sounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from hall.catalogue.search.grams import telling
from hall.catalogue.search.loaded import Index

PAIR, SINGLE = 2, 1.5  # what a pair counts against a single character
BY_SOUND = 0.65  # a pair that only sounds like it, against the pair itself
WORTH = 0.3  # of the best score; texts with less are not looked at further
EVERYWHERE = 10  # a character that one text in so many has is not looked up alone


@dataclass(frozen=True, slots=True)
class Heard:
    """One place of a phrase: ``char`` as written ("" where letters were typed), and what it may sound like."""

    char: str
    sounds: str


def covered(index: Index, phrase: Iterable[Heard]) -> dict[int, float]:
    """Text number → share of ``phrase`` that it holds (0..1), weighted by how telling each piece is."""
    heard = list(phrase)
    written = {i: a.char + b.char for i, (a, b) in enumerate(pairwise(heard)) if a.char and b.char}
    spoken = {i: [x + y for x in a.sounds for y in b.sounds] for i, (a, b) in enumerate(pairwise(heard))}
    singles = {place.char for place in heard if place.char}
    wanted = [*singles, *written.values(), *(gram for grams in spoken.values() for gram in grams)]
    held = index.holding(wanted)
    texts = len(index.kinds)
    score: dict[int, float] = {}
    most = 0.0
    for single in singles:
        holding = held.get(single, ())
        weight = SINGLE * telling(texts, len(holding))
        most += weight
        if len(holding) * EVERYWHERE <= texts:
            for text in holding:
                score[text] = score.get(text, 0.0) + weight
    done: set[str] = set()
    for i, grams in spoken.items():
        pair = written.get(i, "")
        if (key := pair or grams[0]) in done:
            continue
        done.add(key)
        same = held.get(pair, ())
        alike = {text for gram in grams if gram != pair for text in held.get(gram, ())}
        weight = PAIR * telling(texts, len(same) or len(alike) or texts // 50)
        most += weight
        by_sound = 0.0
        if alike:
            by_sound = weight * BY_SOUND
            for text in alike:
                score[text] = score.get(text, 0.0) + by_sound
        for text in same:
            score[text] = score.get(text, 0.0) + (weight - (by_sound if text in alike else 0.0))
    if not score:
        return {}
    least = max(score.values()) * WORTH
    return {text: found / most for text, found in score.items() if found >= least}
