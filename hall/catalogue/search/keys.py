"""What people say, found inside what was typed: as it stands, in another order, or by its sound."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, product

from hall.catalogue.search.coverage import Heard
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.texts import END, places

LOOSE_FROM = 3  # characters; shorter keys must stand in the query as they are
LOOSE_PAIRS = 0.3  # share of a key's pairs that must stand in the query when the key as a whole does not
BY_SOUND = 0.85
READINGS_TRIED = 64
BEGUN = 100  # keys looked at that begin with a text
SHORT = 2  # characters of a key that much else sounds like


@dataclass(frozen=True, slots=True)
class Said:
    """A key found in a query: how surely (0..1), how much of it that takes, and what is left beside it."""

    words: tuple[str, ...]
    sure: float
    size: int
    rest: tuple[Heard, ...]


class Keys:
    """The vocabulary's keys, arranged for finding them."""

    def __init__(self, index: Index) -> None:
        self._index = index
        texts = index.keys
        self._by_rarest: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._by_sounds: dict[str, list[int]] = defaultdict(list)
        written: dict[str, int] = {}
        for number in range(len(texts)):
            text, begin = texts.text(number), texts.begin(number)
            written.setdefault(text, texts.owners[number])
            self._by_sounds[texts.sounds[begin : begin + len(text)]].append(texts.owners[number])
        counts = Counter(c for text in written for c in set(text))
        for text, key in written.items():
            self._by_rarest[min(text, key=lambda c: (counts[c], c))].append((text, key))
        self._longest = max(map(len, written), default=0)

    def inside(self, heard: Sequence[Heard], known: set[str]) -> list[Said]:
        """Keys in the query, best first: sure and long. ``known``: pairs of characters that stand in some name."""
        found: dict[int, Said] = {}
        for key, said in (*self._written(heard), *self._sounding(heard, known)):
            if key not in found or found[key].sure < said.sure:
                found[key] = said
        return [said for _, said in sorted(found.items(), key=lambda f: (-f[1].sure * f[1].size, f[0]))]

    def begun(self, subject: str) -> list[tuple[str, ...]]:
        """What keys that begin with ``subject`` mean, what most of them mean first; [] where it is a key itself."""
        texts, meant = self._index.keys, Counter[tuple[str, ...]]()
        if END + subject + END in texts.chars:
            return []
        for place in places(texts.chars, END + subject, BEGUN):
            meant[tuple(self._index.official[texts.owners[texts.number_at(place + 1)]])] += 1
        return [words for words, _ in meant.most_common()]

    def _written(self, heard: Sequence[Heard]) -> Iterator[tuple[int, Said]]:
        query = "".join(place.char or " " for place in heard)
        there = set(query)
        for character in dict.fromkeys(query):
            for text, key in self._by_rarest.get(character, ()):
                if (begin := query.find(text)) >= 0:
                    yield key, self._said(key, 1.0, len(text), (*heard[:begin], *heard[begin + len(text) :]))
                elif len(text) >= LOOSE_FROM and there.issuperset(text):
                    pairs = [a + b in query for a, b in pairwise(text)]
                    share = sum(pairs) / len(pairs)
                    if share >= LOOSE_PAIRS:
                        rest = tuple(place for place in heard if place.char not in text)
                        yield key, self._said(key, 0.5 + 0.4 * share, len(text), rest)

    def _sounding(self, heard: Sequence[Heard], known: set[str]) -> Iterator[tuple[int, Said]]:
        """Keys of which other characters with the same sounds stand in the query, where those make no sense.

        Many texts sound like a key of two characters: such a one is not heard across the border of two words
        (社区食堂 is no 去世), nor in an unusual reading (大屏 is no 大病).
        """
        pairs = [a.char + b.char in known for a, b in pairwise(heard)]
        made_sense = [before or after for before, after in zip([False, *pairs], [*pairs, False], strict=True)]
        for begin in range(len(heard) - 1):
            for end in range(begin + 2, min(len(heard), begin + self._longest) + 1):
                window = heard[begin:end]
                if all(pairs[begin : end - 1]) or (len(window) == SHORT and all(made_sense[begin:end])):
                    continue
                usual = 1 if len(window) == SHORT else None
                for sounds in islice(product(*(place.sounds[:usual] for place in window)), READINGS_TRIED):
                    for key in self._by_sounds.get("".join(sounds), ()):
                        yield key, self._said(key, BY_SOUND, end - begin, (*heard[:begin], *heard[end:]))

    def _said(self, key: int, sure: float, size: int, rest: tuple[Heard, ...]) -> Said:
        return Said(tuple(self._index.official[key]), sure, size, rest)
