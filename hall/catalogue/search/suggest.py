"""Words to go on with while someone types: hot words, what people say, how the names go on."""

from collections import Counter
from collections.abc import Iterable, Sequence

from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.search.texts import places

MOST = 6
GOES_ON = 2  # characters; most words of item names have two
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
        chars, after = self._index.names.chars, len(subject)
        ways = Counter(
            chars[place : place + after + GOES_ON].partition("\n")[0]
            for place in places(chars, subject, LOOKED_AT)
        )
        del ways[subject]
        common = sorted((way for way in ways if ways[way] >= SEEN), key=lambda way: (-ways[way], way))
        return self._first(subject, [*hot, *common])

    def meant(self, typed: str, words: Sequence[str]) -> tuple[str, ...]:
        """For typed letters: the ``words`` that they may stand for, hot ones first."""
        hot = [word for word, plain in zip(self.hot, self._hot, strict=True) if plain in words]
        return self._first(typed, [*hot, *words])

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
