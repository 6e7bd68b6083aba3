"""Names for letters typed on the keypad: pinyin, initials, unfinished syllables, letters mixed with characters.

Letters mean many words at once. Each word they may stand for (公司, 工伤, 个税 for "gs") gives a list of its own, so
that the first few results show several of them.
"""

import re
from collections import defaultdict
from itertools import pairwise

from hall.catalogue.search.coverage import Heard
from hall.catalogue.search.letters import parses
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.spelled import Typed, spelled
from hall.catalogue.search.texts import Texts
from hall.catalogue.search.written import Scores, Written

_RUNS = re.compile("[a-z]+|[^a-z]")
WHOLE, BEGINNING, INSIDE = 1.6, 1.0, 0.8  # the letters are the name, begin it, stand in it
KEY = 1.3  # the letters are what people say for it
KEYS_FOLLOWED = 8
ENOUGH = 5  # results from the surer ways; with fewer, weaker ways are tried
SHORT = 3  # letters; fewer mean the beginning of a name


class Lettered:
    def __init__(self, index: Index, written: Written) -> None:
        self._index, self._written = index, written
        self._starts = {s[:n] for s in index.sounds.syllables.values() for n in range(1, len(s) + 1)}

    def lists(self, plain: str) -> list[Scores]:
        """Scores by name, one list for each word that ``plain`` may stand for."""
        ways = self._ways(plain)
        found = self._from_keys(ways, exact=True)
        names = self._from_names(ways, start=len(plain) < SHORT)
        if len(names) < ENOUGH and len(plain) < SHORT:
            names = self._from_names(ways, start=False)
        found += names
        if sum(map(len, found)) < ENOUGH:
            found += self._from_keys(ways, exact=False)
        if sum(map(len, found)) < ENOUGH:
            found += self._with_slips(ways[0] if ways else [])
        if sum(map(len, found)) < ENOUGH or any(len(t.letters) > 1 for t in ways[0]):
            found += self._by_sound(ways[0], bool(found))
        return found

    def _ways(self, plain: str) -> list[list[Typed]]:
        sounds = self._index.sounds
        ways: list[list[Typed]] = [[]]
        for run in _RUNS.findall(plain):
            if run[0].isascii() and run[0].isalpha():
                cut = parses(run, lambda piece: bool(sounds.named(piece)), self._starts.__contains__)
                readings = [[Typed(letters=piece) for piece in way] for way in cut]
            else:
                readings = [[Typed(char=run)]]
            ways = [way + more for way in ways for more in readings][:6]
        return ways

    def _from_names(self, ways: list[list[Typed]], *, start: bool) -> list[Scores]:
        texts = self._index.names
        words: dict[str, Scores] = defaultdict(dict)
        for rank, typed in enumerate(ways):
            size = len(typed)
            for hit in spelled(texts, self._index.sounds, typed, start=start):
                length = texts.size(hit.text)
                if hit.place != texts.begin(hit.text):
                    tier = INSIDE
                else:
                    tier = WHOLE if length == size else BEGINNING
                score = tier + 0.3 * size / length - 0.02 * rank - (0.05 if self._index.kind(hit.text) else 0)
                scores = words[texts.chars[hit.place : hit.place + size]]
                name = texts.owners[hit.text]
                if score > scores.get(name, 0.0):
                    scores[name] = score
        for scores in words.values():
            bonus = 0.04 * len(scores).bit_length()
            for name in scores:
                scores[name] += bonus
        return list(words.values())

    def _from_keys(self, ways: list[list[Typed]], *, exact: bool) -> list[Scores]:
        keys = self._index.keys
        found: dict[int, None] = {}
        for typed in ways:
            for hit in spelled(keys, self._index.sounds, typed, start=True):
                if not exact or keys.size(hit.text) == len(typed):
                    found[keys.owners[hit.text]] = None
        lists = []
        for order, key in enumerate(sorted(found)[:KEYS_FOLLOWED]):
            for n, word in enumerate(self._index.official[key]):
                weight = (KEY if exact else 0.9) - 0.01 * order - 0.03 * n
                lists.append({name: score * weight for name, score in self._written.phrase(word).items()})
        return lists

    def _with_slips(self, typed: list[Typed]) -> list[Scores]:
        """Two neighbours exchanged, one letter too many or too few: only for initials."""
        found: list[Scores] = []
        for i in range(len(typed) - 1):
            swapped = [*typed[:i], typed[i + 1], typed[i], *typed[i + 2 :]]
            found += self._from_keys([swapped], exact=True)
            if len(typed) > SHORT:
                found += self._from_names([swapped], start=False)
        return found

    def _by_sound(self, typed: list[Typed], found: bool) -> list[Scores]:
        sounds = self._index.sounds
        heard = []
        for t in typed:
            if t.char:
                heard.append(Heard(t.char, sounds.of(t.char)))
            elif sound := sounds.named(t.letters):
                heard.append(Heard("", sound))
        lists = self._written.rewritten(heard)
        lists.append(self._written.heard(heard))
        if not any(lists):
            lists.append(self._written.heard([Heard(h.char, sounds.near(h.sounds)) for h in heard]))
        return lists
