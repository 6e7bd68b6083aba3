"""What people say, found inside what was typed: as it stands, in another order, or by its sound."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise, product

from hall.catalogue.search.loaded import Index

LOOSE_FROM = 3  # characters; shorter keys must stand in the query as they are
READINGS_TRIED = 32


@dataclass(frozen=True, slots=True)
class Said:
    """A key found in a query, how surely (0..1), and what of the query is left beside it."""

    key: int  # number of the key in the vocabulary
    sure: float
    rest: str


class Keys:
    def __init__(self, index: Index) -> None:
        self._index = index
        texts = index.keys
        self._texts = [texts.text(n) for n in range(len(texts))]
        counts = Counter(c for text in self._texts for c in set(text))
        self._by_rarest: dict[str, list[int]] = defaultdict(list)
        self._by_sounds: dict[str, list[int]] = defaultdict(list)
        self._whole = dict[str, int]()
        for number, text in enumerate(self._texts):
            begin = texts.begin(number)
            self._by_sounds[texts.sounds[begin : begin + len(text)]].append(number)
            if text not in self._whole:
                self._whole[text] = number
                self._by_rarest[min(text, key=lambda c: counts[c])].append(number)
        self._longest = max(map(len, self._texts), default=0)

    def inside(self, subject: str, known: set[str]) -> list[Said]:
        """Keys in ``subject``, best first: surest and longest. ``known``: pairs that stand in some name."""
        found: dict[int, Said] = {}
        for character in dict.fromkeys(subject):
            for number in self._by_rarest.get(character, ()):
                if (said := self._written(number, subject)) is not None:
                    found[number] = said
        for number, said in self._heard(subject, known):
            found.setdefault(number, said)
        size = {number: len(self._texts[number]) for number in found}
        order = sorted(found, key=lambda n: (-found[n].sure * size[n], n))
        return [found[number] for number in order]

    def _written(self, number: int, subject: str) -> Said | None:
        key = self._texts[number]
        owner = self._index.keys.owners[number]
        if key in subject:
            return Said(owner, 1.0, subject.replace(key, "", 1))
        if len(key) < LOOSE_FROM or not set(key) <= set(subject):
            return None
        pairs = [a + b for a, b in pairwise(key)]
        share = sum(pair in subject for pair in pairs) / len(pairs)
        if share < 0.3:
            return None
        return Said(owner, 0.5 + 0.4 * share, "".join(c for c in subject if c not in key))

    def _heard(self, subject: str, known: set[str]) -> list[tuple[int, Said]]:
        """Keys that stand in ``subject`` with other characters of the same sound, where those make no sense."""
        found: list[tuple[int, Said]] = []
        for begin in range(len(subject) - 1):
            for end in range(begin + 2, min(len(subject), begin + self._longest) + 1):
                window = subject[begin:end]
                if all(a + b in known for a, b in pairwise(window)):
                    continue
                readings = [self._index.sounds.of(c) for c in window]
                for n, sounds in enumerate(product(*readings)):
                    if n == READINGS_TRIED:
                        break
                    for number in self._by_sounds.get("".join(sounds), ()):
                        owner = self._index.keys.owners[number]
                        found.append((number, Said(owner, 0.85, subject[:begin] + subject[end:])))
        return found
