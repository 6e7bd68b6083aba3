"""Names for letters typed on the keypad: pinyin, initials, unfinished syllables, letters mixed with characters.

Letters mean many words at once. Each word they may stand for (公司, 工伤, 个税 for "gs") gives a list of its own, so
that the first few results show several of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from hall.catalogue.search.coverage import Heard
from hall.catalogue.search.joined import Joined
from hall.catalogue.search.letters import PARSES, parses
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.search.spelled import ANY, Typed, spelled
from hall.catalogue.search.written import Scores, Written, either, less, merged

_RUNS = re.compile("[a-z]+|[^a-z]")
WHOLE, BEGINNING, INSIDE = 1.6, 1.0, 0.9  # the letters are a name, begin it, stand in it
ALIAS = 0.1  # less for an alias: short ones are often words of many other names
FILLING = 0.3  # for the share of the name that they are
COMMON = 0.07  # for each doubling of the names that hold a word: what many names hold is more likely meant
LATER_WAY = 0.02  # less for each likelier way to read the letters
KEY, KEY_BEGUN = 1.6, 1.1  # the letters are, or begin, what people say for it
LATER_KEY = 0.02
HOT = 0.25  # more for a key that is a hot word: most who type these letters mean it
HELD = 0.9  # what a name scores at least that holds an official word as it stands
SLIP = 0.7  # after a slip of the finger: letters exchanged, one left out, one too many
SLIPS_UP_TO = 16  # letters; each may be the wrong one, and each is a search
PAPER, UNSAID = (
    "z",
    0.95,
)  # 经营许可证 for 经营许可: people name the paper, items what is done; what that counts
LONG = 5  # places; in fewer, a letter left out leaves too little
KEYS_FOLLOWED = 8
TURN = 0.3  # what a name loses for each one before it in its word's list, by letters: few letters mean many words
ENOUGH = 5  # names from the surer ways; with fewer, weaker ways are tried
SHORT = 3  # places; fewer mean the beginning of a name

Words: TypeAlias = dict[str, Scores]  # a word that may be meant → names by it


class Lettered:
    def __init__(self, index: Index, written: Written) -> None:
        self._index, self._written, self._joined = index, written, Joined(index)
        self._hot = {normal(word, index.simplified) for word in index.hot}
        self._starts = {s[:n] for s in index.sounds.syllables.values() for n in range(1, len(s) + 1)}

    def names(self, plain: str) -> tuple[Scores, list[str]]:
        """Scores by name, and the words that ``plain`` may stand for, likeliest first."""
        ways, beside = self._ways(plain), Words()
        said = self._said(ways, begun=False)
        words = self._named(ways, start=len(ways[0]) < SHORT)
        if _names(words) < ENOUGH and len(ways[0]) < SHORT:
            words |= self._named(ways, start=False)
        if _names(said, words) < ENOUGH:
            said |= self._said(ways, begun=True)
            beside = self._beside(plain)
        if _names(said, words) < (ENOUGH if len(plain) <= LONG else 1) and len(plain) <= SLIPS_UP_TO:
            slips = list(_slips([Typed(letters=c) for c in plain] if plain.isascii() else ways[0]))
            said = _lessened(self._said(slips, begun=False)) | said
            words = _lessened(self._named(slips, start=len(ways[0]) <= SHORT)) | words
        words = beside | words
        common = sorted(words, key=lambda word: (-len(words[word]), word))
        lists = [either(said.get(word, {}), words.get(word, {})) for word in said | words]
        return merged([*lists, *self._by_sound(ways[0])], TURN / len(ways[0])), [*said, *common]

    def _beside(self, plain: str) -> Words:
        """Names with two words that ``plain`` is put together from, and names without the 证 that people add."""
        if not (plain.isascii() and plain.isalpha()):
            return {}
        words = self._joined.words(plain)
        if plain[-1] == PAPER and len(plain) > LONG:
            shorter = self._named([[Typed(letters=c) for c in plain[:-1]]], start=False)
            words |= _lessened(shorter, UNSAID)
        return words

    def nearly(self, plain: str) -> list[Scores]:
        """Names that nearly sound like the whole syllables of ``plain``."""
        return self._written.nearly(self._heard(self._ways(plain)[0]))

    def _ways(self, plain: str) -> list[list[Typed]]:
        """What ``plain`` may be, place by place, likeliest first; at least one way."""
        ways: list[list[Typed]] = [[]]
        for run in _RUNS.findall(plain):
            if run.isascii() and run.isalpha():
                cut = parses(run, self._index.sounds.named, self._starts.__contains__)
                readings = [[Typed(letters=piece) for piece in way] for way in cut]
            else:
                readings = [[Typed(char=run)]]
            ways = [way + more for way in ways for more in readings][:PARSES]
        return ways

    def _named(self, ways: Sequence[list[Typed]], *, start: bool) -> Words:
        """Words of names that are spelled so."""
        texts, words = self._index.names, defaultdict[str, Scores](dict)
        for rank, typed in enumerate(ways):
            size = len(typed)
            for place in spelled(texts, self._index.sounds, typed, start=start):
                text = texts.number_at(place)
                length = texts.size(text)
                tier, own = INSIDE, not self._index.kind(text)
                if own and place == texts.begin(text):
                    tier = WHOLE if length == size else BEGINNING
                score = tier + FILLING * size / length - LATER_WAY * min(rank, PARSES)
                if not own:
                    score -= ALIAS
                scores = words[texts.chars[place : place + size]]
                name = texts.owners[text]
                score += self._index.liking(name)
                if score > scores.get(name, 0.0):
                    scores[name] = score
        for scores in words.values():
            bonus = COMMON * len(scores).bit_length()
            for name in scores:
                scores[name] += bonus
        return dict(words)

    def _said(self, ways: Sequence[list[Typed]], *, begun: bool) -> Words:
        """Keys of the vocabulary that are spelled so; those that stand in many keys and names first."""
        keys, found = self._index.keys, dict[str, int]()
        for typed in ways:
            for place in spelled(keys, self._index.sounds, typed, start=True):
                number = keys.number_at(place)
                if begun or keys.size(number) == len(typed):
                    found[keys.text(number)] = keys.owners[number]
        words = Words()
        heard = {key: keys.chars.count(key) + self._index.names.chars.count(key) for key in found}
        order = sorted(found, key=lambda key: (-heard[key], found[key]))
        for rank, key in enumerate(order[:KEYS_FOLLOWED]):
            weight = (KEY_BEGUN if begun else KEY) - LATER_KEY * rank + HOT * (key in self._hot)
            names = self._written.official(self._index.official[found[key]])
            words[key] = less(names, weight / max([HELD, *names.values()]))
        return words

    def _by_sound(self, typed: Sequence[Typed]) -> list[Scores]:
        """Names that hold much of what whole syllables sound like, and what people say that is in them."""
        heard = self._heard(typed)
        if len(heard) < 2:
            return []
        return [self._written.heard(heard), *self._written.rewritten(heard)]

    def _heard(self, typed: Sequence[Typed]) -> list[Heard]:
        sounds = self._index.sounds
        return [
            Heard(place.char, sounds.of(place.char) if place.char else sounds.named(place.letters))
            for place in typed
            if place.char or sounds.named(place.letters)
        ]


def _slips(typed: Sequence[Typed]) -> Iterator[list[Typed]]:
    """``typed`` with two neighbours exchanged; if it is long, also with one place more or less."""
    for i in range(len(typed) - 1):
        yield [*typed[:i], typed[i + 1], typed[i], *typed[i + 2 :]]
    if len(typed) >= LONG:
        for i in range(1, len(typed)):
            yield [*typed[:i], ANY, *typed[i:]]
            yield [*typed[:i], *typed[i + 1 :]]


def _lessened(words: Words, share: float = SLIP) -> Words:
    return {word: less(scores, share) for word, scores in words.items()}


def _names(*found: Words) -> int:
    return sum(len(scores) for words in found for scores in words.values())
