"""Names for what a citizen typed: written, in letters, or mixed. One engine for terminals and the hall's pages."""

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from hall.catalogue.model import Section
from hall.catalogue.search.lettered import Lettered
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.search.questions import Asked, asked
from hall.catalogue.search.suggest import Suggestions
from hall.catalogue.search.written import Scores, Written, either, merged

_LETTERS = re.compile("[a-z]")
MATCHED = 0.4  # a score from which a name is said to match and is not only near
LONGEST = 48  # characters of a subject; people don't type more, and time grows with each


@dataclass(frozen=True, slots=True)
class Ranked:
    """What was found. ``ids`` are name ids, best first, each once; never empty unless the catalogue is."""

    ids: tuple[int, ...]
    near: bool  # nothing matched: these are the nearest names
    section: Section | None  # the part of a guide that was asked for
    suggestions: tuple[str, ...]
    total: int  # names that matched; 0 when ``near``


class Engine:
    """Searches one catalogue. For one thread at a time, as its connection. Any text is welcome."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._index = Index(connection)
        self._written = Written(self._index)
        self._lettered = Lettered(self._index, self._written)
        self._suggestions = Suggestions(self._index)
        self._anyway = self._for_hot_words()

    @property
    def hot(self) -> tuple[str, ...]:
        """The vocabulary's hot words without those that are denied."""
        return self._suggestions.hot

    def search(self, text: str, limit: int = 20) -> Ranked:
        """The best ``limit`` names for ``text``."""
        plain = normal(text, self._index.simplified)
        # what stands in a name is no question, though it may sound like one: 收费公路, 时限, 材料
        question = Asked(plain, None) if plain in self._index.names.chars else asked(plain)
        subject = question.subject[:LONGEST]
        found, words = self._found(subject)
        order = self._order(found)
        total = sum(score >= MATCHED for score in found.values())
        if not total:
            order = tuple(dict.fromkeys([*order, *self._anyway]))
            return Ranked(order[:limit], True, question.section, self.hot, 0)
        return Ranked(order[:limit], False, question.section, words, total)

    def _found(self, subject: str) -> tuple[Scores, tuple[str, ...]]:
        """Scores by name, and words to go on with."""
        if not subject:
            return {}, ()
        if _LETTERS.search(subject):
            found, words = self._lettered.names(subject)
            suggestions = self._suggestions.meant(subject, words)
        else:
            found, suggestions = {}, self._suggestions.written(subject)
        if not subject.isascii():
            found = either(found, merged(self._written.lists(subject)))
        if max(found.values(), default=0.0) < MATCHED:
            found = either(found, merged(self._lettered.nearly(subject)))
        return found, suggestions

    def _order(self, found: Scores) -> tuple[int, ...]:
        return tuple(sorted(found, key=lambda name: (-found[name], self._index.nearness[name], name)))

    def _for_hot_words(self) -> tuple[int, ...]:
        """Names to show when nothing matches: the best for each hot word, then those nearest home."""
        hot: list[int] = []
        for word in self.hot:
            subject = normal(word, self._index.simplified)
            hot += self._order(merged(self._written.lists(subject)))[:2]
        near = self._index.nearness
        rest: Iterable[int] = sorted(range(1, len(near)), key=lambda name: (near[name], name))
        return tuple(dict.fromkeys([*hot, *rest]))[:50]
