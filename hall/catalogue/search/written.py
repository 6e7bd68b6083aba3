"""Names for words: by how much of the words a name holds, and by what the vocabulary calls them officially."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeAlias

from hall.catalogue.search.coverage import Heard, covered
from hall.catalogue.search.keys import Keys
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.texts import places

Scores: TypeAlias = dict[int, float]  # name id → how well it fits

NAME_SHARE = 0.35  # how much of a score is what share of the name the words make up
EXACT, PREFIX, SUBSTRING = 0.5, 0.2, 0.15
BESIDE = 0.3  # what the rest of the query adds to a name found by an official word
OTHER_TEXT = 0.95  # an alias or main item's name, against the name itself
LOOKED_AT = 120  # texts scored in detail
HOLDING = 400  # texts holding the whole phrase that are scored
KEYS_FOLLOWED, WORDS_FOLLOWED = 4, 4


class Written:
    def __init__(self, index: Index) -> None:
        self._index, self._keys = index, Keys(index)

    def heard_in(self, text: str) -> list[Heard]:
        return [Heard(character, self._index.sounds.of(character)) for character in text]

    def lists(self, subject: str) -> list[Scores]:
        """Scores by name for ``subject`` itself and for each official word of what people say in it."""
        heard = self.heard_in(subject)
        return [self.heard(heard), *self.rewritten(heard)]

    def rewritten(self, heard: Sequence[Heard]) -> list[Scores]:
        pairs = {a.char + b.char for a, b in pairwise(heard)}
        known = {pair for pair in pairs if len(pair) == 2 and pair in self._index.names.chars}
        lists = []
        for said in self._keys.inside(heard, known)[:KEYS_FOLLOWED]:
            beside = covered(self._index, said.rest)
            weight = said.sure * (0.7 + 0.35 * said.size / len(heard))
            for word in said.words[:WORDS_FOLLOWED]:
                lists.append({n: score * weight for n, score in self.phrase(word, beside).items()})
        return lists

    def phrase(self, word: str, beside: dict[int, float] | None = None) -> Scores:
        """Names that hold ``word`` as it stands; if none does, those that hold most of it."""
        texts = self._index.names
        holding = dict.fromkeys((texts.number_at(p) for p in places(texts.chars, word, HOLDING)), 1.0)
        if not holding:
            return self.heard(self.heard_in(word), beside)
        return self._scored(word, holding, beside or {})

    def heard(self, heard: Sequence[Heard], beside: dict[int, float] | None = None) -> Scores:
        found = covered(self._index, heard)
        size = self._index.names.size
        count = len(heard)
        rough = sorted(found, key=lambda t: (-found[t] * (1 + count / max(size(t), count)), t))[:LOOKED_AT]
        word = "".join(place.char or " " for place in heard)
        return self._scored(word, {text: found[text] for text in rough}, beside or {})

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
            if score > scores.get(name, 0.0):
                scores[name] = score
        return scores


def merged(lists: Iterable[Scores], step: float = 0.05, most: int = 60) -> Scores:
    """One score for each name: its best, less ``step`` for each place down its list, so that lists take turns."""
    best = Scores()
    for scores in lists:
        order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:most]
        for place, (name, score) in enumerate(order):
            value = score - step * place
            if name not in best or value > best[name]:
                best[name] = value
    return best
