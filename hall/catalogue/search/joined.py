"""Letters that are the initials of two known words, one after the other: sfzhl = 身份证 + 换领, in either order.

A name holds both words, often not side by side: 有效期满换领居民身份证. Words are known from the vocabulary's keys and
from where names begin and end.
"""

from collections import Counter
from collections.abc import Iterator

from hall.catalogue.search.loaded import Index
from hall.catalogue.search.texts import END, places
from hall.catalogue.search.written import Scores

SHORTEST = 2  # letters of a word
LETTERS = 4, 12  # from, to: fewer are one word, more are typed as names are
FOLLOWED = 5  # words that one piece may be, the most usual first
NAMES = 4  # words that the other piece may be, for each of FOLLOWED
LOOKED_AT = 300  # beginnings and ends of names looked at for a piece
KEPT = 128  # pieces kept for the next keystroke
SCORE = 1.1  # below a name or a word that is spelled so as a whole, above a slip
LATER_WORD = 0.03
FILLING = 0.3  # for the share of the name that both words make up


class Joined:
    def __init__(self, index: Index) -> None:
        self._index = index
        self._kept: dict[str, tuple[list[str], list[str]]] = {}

    def words(self, letters: str) -> dict[str, Scores]:
        """Both words together → names that hold both."""
        if not LETTERS[0] <= len(letters) <= LETTERS[1]:
            return {}
        found: dict[str, Scores] = {}
        for cut in range(SHORTEST, len(letters) - SHORTEST + 1):
            for one, other in ((letters[:cut], letters[cut:]), (letters[cut:], letters[:cut])):
                for rank, word in enumerate(self._known(one)[0]):
                    self._add(found, word, self._known(other)[1], SCORE - LATER_WORD * rank)
        return found

    def _add(self, found: dict[str, Scores], word: str, others: list[str], base: float) -> None:
        """Names with ``word`` and one of ``others`` beside it."""
        texts = self._index.names
        for place in places(texts.chars, word, LOOKED_AT):
            number = texts.number_at(place)
            chars = texts.text(number)
            other = next((o for o in others if o in chars and o not in word), None)
            if other is None:
                continue
            name = texts.owners[number]
            share = (len(word) + len(other)) / len(chars)
            score = base + FILLING * min(1.0, share) + self._index.liking(name)
            scores = found.setdefault(word + other, {})
            if score > scores.get(name, 0.0):
                scores[name] = score

    def _known(self, letters: str) -> tuple[list[str], list[str]]:
        """What ``letters`` may be, most usual first: words as names hold them for keys too; words of names."""
        if letters not in self._kept:
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            own = [word for word, _ in Counter(self._at_ends(letters)).most_common(NAMES * 3)]
            official = list(dict.fromkeys(self._official(letters)))
            self._kept[letters] = (list(dict.fromkeys([*official, *own]))[:FOLLOWED], own)
        return self._kept[letters]

    def _official(self, letters: str) -> Iterator[str]:
        keys, said = self._index.keys, list[tuple[int, int]]()
        for place in places(keys.initials, END + letters + END, LOOKED_AT):
            number = keys.number_at(place + 1)
            said.append((-keys.chars.count(keys.text(number)), keys.owners[number]))
        for _, key in sorted(said):
            yield from self._index.official[key][:2]

    def _at_ends(self, letters: str) -> Iterator[str]:
        """Words so spelled with which a text begins or ends."""
        texts, size = self._index.names, len(letters)
        for needle, skip in ((END + letters, 1), (letters + END, 0)):
            for place in places(texts.initials, needle, LOOKED_AT):
                yield texts.chars[place + skip : place + skip + size]
