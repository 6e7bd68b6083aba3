"""Words to go on with while someone types: hot words, what people say, how the names go on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.search.texts import END, places

MOST = 6
GOES_ON = 2  # characters; most words of item names have two
LONGEST = 12  # characters of how a name goes on
SHORTEST = 2  # characters of a word that letters may stand for
SEEN = 2  # how often a way to go on must be there
LOOKED_AT = 300


class Suggestions:
    """Never a word that holds a denied one, however either is written."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._denied = [word for word in (self._plain(denied) for denied in index.deny) if word]
        self.hot = tuple(word for word in index.hot if self.allowed(word))
        self._hot = [self._plain(word) for word in self.hot]

    def allowed(self, word: str) -> bool:
        plain = self._plain(word)
        return bool(plain) and not any(denied in plain for denied in self._denied)

    def written(self, subject: str) -> tuple[str, ...]:
        """For typed characters: hot words with them, then how names that hold them go on."""
        hot = [word for word, plain in zip(self.hot, self._hot, strict=True) if subject in plain != subject]
        return self._first(subject, [*hot, *self._going_on(subject)])

    def _going_on(self, subject: str) -> list[str]:
        """How names go on after ``subject``, as far as those that begin alike agree; frequent ways first."""
        chars, after = self._index.names.chars, len(subject)
        ways: dict[str, list[str]] = defaultdict(list)
        for place in places(chars, subject, LOOKED_AT):
            rest = chars[place + after : chars.index(END, place)]
            ways[rest[:GOES_ON]].append(rest[:LONGEST])
        agreed = {subject + _shared(rests): len(rests) for rests in ways.values() if len(rests) >= SEEN}
        return sorted(agreed, key=lambda way: (-agreed[way], way))

    def meant(self, typed: str, words: Sequence[str]) -> tuple[str, ...]:
        """For typed letters: the ``words`` that they may stand for, hot ones first."""
        begun = tuple(words)
        hot = [word for word, plain in zip(self.hot, self._hot, strict=True) if plain.startswith(begun)]
        names, keys = self._index.names.chars, self._index.keys.chars
        whole = (w for w in words if len(w) >= SHORTEST and (END + w in names or END + w + END in keys))
        return self._first(typed, [*hot, *whole])

    def _first(self, typed: str, words: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, str] = {}
        for word in words:
            plain = self._plain(word)
            if plain != typed and plain not in found and self.allowed(word):
                found[plain] = word
                if len(found) == MOST:
                    break
        return tuple(found.values())

    def _plain(self, word: str) -> str:
        return normal(word, self._index.simplified)


def _shared(texts: Sequence[str]) -> str:
    """The beginning that all ``texts`` have in common."""
    first, last = min(texts), max(texts)
    return first[: next((i for i, c in enumerate(first) if c != last[i]), len(first))]
