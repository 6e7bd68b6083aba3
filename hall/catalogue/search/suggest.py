"""Words to go on with while someone types: hot words, what people say, what names begin with. Whole things only.

A chip that ends in the middle of a word (社保卡补, 代开发) helps nobody. Where words end is known from where names end.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest

from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.search.texts import END, places

MOST = 6
LONGEST = 12  # characters of a suggestion
SHORTEST = 2  # characters of a word that letters may stand for
ANYWHERE = 2  # characters from which words are looked for inside names, not only at their beginning
ENDS = 3  # how often a word's end must end names
SEEN = 2  # how often a way to go on must be there
SHORT_NAME = 9  # characters of a name that is suggested though no other begins so
LOOKED_AT = 200  # names, and keys
# What people say often breaks off after these, so that one key finds all that may follow: 身份证丢(了), 社保卡补(办).
_UNFINISHED = frozenset(
    "丢掉补换坏破死搬办领取交查提改断转退停开卖买弄到没不被要用打考迁拆建盖租贷缴申续装移发寄冇唔整搞"
)
_LIGHT = frozenset("的了要个办理")  # two suggestions that differ in nothing else are one


class Suggestions:
    """At most ``MOST``, best first, none twice in other words; never one with a denied word in it, however written."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._denied = [word for word in (self._plain(denied) for denied in index.deny) if word]
        self.hot = tuple(word for word in index.hot if self.allowed(word))
        self._hot = [self._plain(word) for word in self.hot]
        texts = index.names
        numbers = (number for number, unmarked in enumerate(index.unmarked) if unmarked)
        last = Counter(texts.chars[texts.starts[n + 1] - 2 : texts.starts[n + 1]] for n in numbers)
        self._ends = frozenset(pair for pair, seen in last.items() if seen >= ENDS)

    def allowed(self, word: str) -> bool:
        plain = self._plain(word)
        return bool(plain) and not any(denied in plain for denied in self._denied)

    def written(self, subject: str) -> tuple[str, ...]:
        """For typed characters: hot words with them, then in turns what people say and what names go on with."""
        return self._first(subject, self._going_on(subject))

    def meant(self, typed: str, words: Sequence[str]) -> tuple[str, ...]:
        """For typed letters: the ``words`` that they may stand for, hot ones first, then how the first goes on."""
        begun = tuple(words)
        hot = [word for word, plain in zip(self.hot, self._hot, strict=True) if plain.startswith(begun)]
        first = dict[str, str]()
        for word in islice(filter(self._is_whole, words), 2 * MOST):
            first.setdefault(self._meaning(word), word)
        whole = list(first.values())
        return self._first(typed, chain(hot, whole, *map(self._going_on, whole[:1])))

    def _going_on(self, subject: str) -> Iterator[str]:
        yield from (word for word, plain in zip(self.hot, self._hot, strict=True) if subject in plain)
        for pair in zip_longest(self._said(subject), self._named(subject)):
            yield from filter(None, pair)

    def _said(self, subject: str) -> Iterator[str]:
        """Finished keys that begin with ``subject`` and lead to names; one for each meaning.

        Meanings that many keys have come first; of their keys, one that ends as names do, or that others begin with.
        """
        keys, names = self._index.keys, self._index.names.chars
        found = {
            keys.text(number): keys.owners[number]
            for number in (keys.number_at(p + 1) for p in places(keys.chars, END + subject, LOOKED_AT))
        }
        order = sorted(found)
        meaning = {key: next(iter(self._index.official[found[key]]), "") for key in order}
        common = Counter(meaning.values())
        others = {key: bisect_left(order, key + "\uffff") - bisect_left(order, key) for key in order}
        best = {  # the last of a meaning stays, so the best is the last
            meaning[key]: key
            for key in sorted(order, key=lambda k: (k[-2:] in self._ends, others[k], -len(k), -found[k]))
            if self._is_finished(key)
        }
        for meant in sorted(best, key=lambda meant: (-common[meant], found[best[meant]])):
            if meant in names:
                yield best[meant]

    def _named(self, subject: str) -> list[str]:
        """What unmarked names go on with from ``subject``, to where words end and names part; frequent ones first."""
        texts, unmarked, ends = self._index.names, self._index.unmarked, self._ends
        seen, after, names = Counter[str](), defaultdict[str, set[str]](set), dict[str, float]()
        needle = subject if len(subject) >= ANYWHERE else END + subject
        for found in places(texts.chars, needle, LOOKED_AT):
            place = found + len(needle) - len(subject)
            number = texts.number_at(place)
            if number >= len(unmarked) or not unmarked[number]:
                continue
            rest = texts.chars[place : min(texts.starts[number + 1], place + LONGEST) + 1]
            for size in range(len(subject) + 1, len(rest)):
                if rest[size - 2 : size] in ends or rest[size] == END:
                    seen[rest[:size]] += 1
                    after[rest[:size]].add(rest[size])
            if place == texts.begin(number) and texts.size(number) <= SHORT_NAME:
                liking = self._index.liking(texts.owners[number])
                names[rest[:-1]] = max(liking, names.get(rest[:-1], liking))
        shared = {way for way, count in seen.items() if count >= SEEN and len(after[way]) > 1}
        return sorted(
            shared | names.keys(), key=lambda way: (-seen[way], -names.get(way, 0.0), len(way), way)
        )

    def _meaning(self, word: str) -> str:
        """What ``word`` is called officially, if it is a key; else itself."""
        keys = self._index.keys
        place = keys.chars.find(END + word + END)
        official = self._index.official[keys.owners[keys.number_at(place + 1)]] if place >= 0 else ()
        return next(iter(official), word)

    def _is_whole(self, word: str) -> bool:
        names, keys = self._index.names.chars, self._index.keys.chars
        if len(word) < SHORTEST:
            return False
        if END + word + END in keys:
            return self._is_finished(word)
        return END + word in names and (word[-2:] in self._ends or END + word + END in names)

    def _is_finished(self, key: str) -> bool:
        return key[-1] not in _UNFINISHED or key[-2:] in self._ends

    def _first(self, typed: str, words: Iterable[str]) -> tuple[str, ...]:
        found: dict[frozenset[str], str] = {}
        for word in words:
            plain = self._plain(word)
            sense = frozenset(plain) - _LIGHT
            if plain != typed and len(plain) <= LONGEST and sense not in found and self.allowed(word):
                found[sense] = word
                if len(found) == MOST:
                    break
        return tuple(found.values())

    def _plain(self, word: str) -> str:
        return normal(word, self._index.simplified)
