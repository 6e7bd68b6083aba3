"""Names for words: by how much of the words a name holds, and by what the vocabulary calls them officially."""

from collections.abc import Iterable, Sequence
from heapq import nsmallest
from itertools import pairwise
from typing import TypeAlias

from hall.catalogue.search.coverage import Heard, covered
from hall.catalogue.search.keys import Keys
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.texts import places

Scores: TypeAlias = dict[int, float]  # name id → how well it fits

NAME_SHARE = 0.25  # how much of a score is what share of the name the words make up
EXACT, PREFIX, SUBSTRING = 0.4, 0.2, 0.15
BESIDE = 0.6  # what the rest of the query adds to a name found by an official word
OTHER_TEXT = 0.95  # an alias or main item's name, against the name itself
SAME_SOUND = 1.3  # the whole name, with other characters of the same sounds
NEARLY = 0.8  # sounds that are easily confused, against the same sounds
SOUNDED = 10  # texts compared by sound, place by place
LOOKED_AT = 120  # texts scored in detail
HOLDING = 400  # texts holding the whole phrase that are scored
KEYS_FOLLOWED, WORDS_FOLLOWED = 3, 4
KEY_ALONE, KEY_SHARE = 0.15, 0.55  # how much a key counts by itself, and by its share of the query
KEY_WHOLE = 1.0  # when it is the whole query
KEY_BEGUN, BEGUN_FROM = 0.7, 2  # when the query begins it; characters of such a query
WORD_STEP, STEP = 0.05, 0.05  # what a name loses for each one before it in its list, so that lists take turns


class Written:
    def __init__(self, index: Index) -> None:
        self._index, self._keys = index, Keys(index)

    def heard_in(self, text: str) -> list[Heard]:
        return [Heard(character, self._index.sounds.of(character)) for character in text]

    def lists(self, subject: str) -> list[Scores]:
        """Scores by name for ``subject`` itself and for each official word of what people say in it."""
        heard = self.heard_in(subject)
        begun = self._keys.begun(subject)[:KEYS_FOLLOWED] if len(subject) >= BEGUN_FROM else []
        unfinished = [less(self.official(words), KEY_BEGUN) for words in begun]
        return [self.heard(heard), *self.rewritten(heard), *unfinished]

    def rewritten(self, heard: Sequence[Heard]) -> list[Scores]:
        pairs = {a.char + b.char for a, b in pairwise(heard)}
        known = self._index.known(pair for pair in sorted(pairs) if len(pair) == 2)
        lists = []
        for said in self._keys.inside(heard, known)[:KEYS_FOLLOWED]:
            share = said.size / len(heard)
            weight = said.sure * (KEY_ALONE + KEY_SHARE * share**0.5 if said.rest else KEY_WHOLE)
            lists.append(less(self.official(said.words, said.rest), weight))
        return lists

    def nearly(self, heard: Sequence[Heard]) -> list[Scores]:
        """As ``lists``, for what is easily taken for the same sounds: 证 for 真, nan for lan."""
        near = [Heard(place.char, self._index.sounds.near(place.sounds)) for place in heard]
        return [less(scores, NEARLY) for scores in (self.heard(near), *self.rewritten(near))]

    def official(self, words: Sequence[str], rest: Sequence[Heard] = ()) -> Scores:
        """Names by any of ``words``, which mean the same; they take turns, the first one first.

        ``rest`` is what else was typed: it decides between names. Words that no name of this catalogue holds
        stand back for those that some name does; if there are none, names that hold most of the first count.
        """
        found = {word: self._holding(word) for word in words[:WORDS_FOLLOWED] if word}
        held = {word: texts for word, texts in found.items() if texts}
        if not held:
            held = {word: self._holding_most(self.heard_in(word)) for word in list(found)[:1]}
        beside = covered(self._index, rest, set().union(*held.values())) if rest else {}
        return merged([self._scored(word, texts, beside) for word, texts in held.items()], WORD_STEP)

    def heard(self, heard: Sequence[Heard]) -> Scores:
        """Names that hold most of what was written or heard."""
        found = self._holding_most(heard)
        scores = self._scored("".join(place.char or " " for place in heard), found, {})
        for text in list(found)[:SOUNDED]:
            if self._index.names.size(text) == len(heard) and self._sounds_as(text, heard):
                name = self._index.names.owners[text]
                scores[name] = max(scores.get(name, 0.0), SAME_SOUND)
        return scores

    def _holding(self, word: str) -> dict[int, float]:
        """Texts in which ``word`` stands as it is."""
        texts = self._index.names
        return dict.fromkeys((texts.number_at(place) for place in places(texts.chars, word, HOLDING)), 1.0)

    def _holding_most(self, heard: Sequence[Heard]) -> dict[int, float]:
        """Texts that hold much of ``heard``, and what share; the best first, short ones before long ones."""
        found, count, size = covered(self._index, heard), len(heard), self._index.names.size
        order = [(-share * (1 + count / max(size(text), count)), text) for text, share in found.items()]
        return {text: found[text] for _, text in nsmallest(LOOKED_AT, order)}

    def _sounds_as(self, text: int, heard: Sequence[Heard]) -> bool:
        of = self._index.sounds.of
        return all(
            place.char == character or not set(place.sounds).isdisjoint(of(character))
            for place, character in zip(heard, self._index.names.text(text), strict=True)
        )

    def _scored(self, word: str, found: dict[int, float], beside: dict[int, float]) -> Scores:
        texts, scores = self._index.names, Scores()
        for text, share in found.items():
            chars = texts.text(text)
            score = share * (1 - NAME_SHARE + NAME_SHARE * min(1.0, len(word) * share / len(chars)))
            if chars == word:
                score += EXACT
            elif chars.startswith(word):
                score += PREFIX
            elif word in chars:
                score += SUBSTRING
            score += BESIDE * beside.get(text, 0.0)
            if self._index.kind(text):
                score *= OTHER_TEXT
            name = texts.owners[text]
            score += self._index.liking(name)
            if score > scores.get(name, 0.0):
                scores[name] = score
        return scores


def less(scores: Scores, share: float) -> Scores:
    """All of ``scores`` as far as they count in another list."""
    return {name: score * share for name, score in scores.items()}


def either(one: Scores, other: Scores) -> Scores:
    """The better score of each name."""
    return one | {name: max(score, one.get(name, 0.0)) for name, score in other.items()}


def merged(lists: Iterable[Scores], step: float = STEP, most: int = 60) -> Scores:
    """One score for each name: its best, less ``step`` for each place down its list, so that lists take turns."""
    best = Scores()
    for scores in lists:
        order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:most]
        for place, (name, score) in enumerate(order):
            value = score - step * place
            if name not in best or value > best[name]:
                best[name] = value
    return best
