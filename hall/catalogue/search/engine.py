"""Names for what a citizen typed: written, in letters, or mixed. One engine for terminals and the hall's pages."""

import re
import sqlite3
from dataclasses import dataclass

from hall.catalogue.model import Section
from hall.catalogue.search.coverage import NAME_SHARE, Heard, covered
from hall.catalogue.search.index import ALIAS, MAIN  # noqa
from hall.catalogue.search.keys import Keys, Said
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.search.questions import asked
from hall.catalogue.search.texts import END, places

LOOKED_AT = 120
_LETTERS = re.compile("[a-z]")


@dataclass(frozen=True, slots=True)
class Ranked:
    ids: tuple[int, ...]
    near: bool
    section: Section | None
    suggestions: tuple[str, ...]
    total: int


class Engine:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._index = Index(connection)
        self._keys = Keys(self._index)

    def search(self, text: str, limit: int = 20) -> Ranked:
        plain = normal(text, self._index.simplified)
        question = asked(plain)
        lists = self._written(question.subject)
        merged: dict[int, float] = {}
        for scores in lists:
            ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:60]
            for place, (name, score) in enumerate(ranked):
                value = score - 0.05 * place
                if value > merged.get(name, -9):
                    merged[name] = value
        order = sorted(merged, key=lambda name: (-merged[name], self._index.nearness[name], name))
        return Ranked(tuple(order[:limit]), False, question.section, (), len(order))

    def _written(self, subject: str) -> list[dict[int, float]]:
        lists = [self._phrase(subject, "")]
        known = self._known(subject)
        for said in self._keys.inside(subject, known)[:4]:
            for word in self._index.official[said.key][:4]:
                share = 1 - len(said.rest) / len(subject)
                got = self._phrase(word, said.rest)
                lists.append({n: s * said.sure * (0.7 + 0.35 * share) for n, s in got.items()})
        return lists

    def _known(self, subject: str) -> set[str]:
        pairs = {subject[i : i + 2] for i in range(len(subject) - 1)}
        return {p for p in pairs if p in self._index.names.chars}

    def _phrase(self, phrase: str, context: str) -> dict[int, float]:
        index = self._index
        of = index.sounds.of
        texts = index.names
        found = covered(index, [Heard(c, of(c)) for c in phrase])
        beside = covered(index, [Heard(c, of(c)) for c in context]) if len(context) > 0 else {}
        rough = sorted(
            found,
            key=lambda t: (
                -found[t] * (1 - NAME_SHARE + NAME_SHARE * len(phrase) / max(texts.size(t), len(phrase)))
            ),
        )[:LOOKED_AT]
        scores: dict[int, float] = {}
        for text in rough:
            chars = texts.text(text)
            size = len(chars)
            share = min(len(phrase) * found[text] / size, 1)
            score = found[text] * (1 - NAME_SHARE + NAME_SHARE * share)
            if chars == phrase:
                score += 0.5
            elif chars.startswith(phrase):
                score += 0.2
            elif phrase in chars:
                score += 0.15
            score += 0.3 * beside.get(text, 0)
            if index.kinds[text]:
                score *= 0.95
            name = texts.owners[text]
            if score > scores.get(name, 0):
                scores[name] = score
        return scores
