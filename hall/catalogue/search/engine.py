"""Names for what a citizen typed: written, in letters, or mixed. One engine for terminals and the hall's pages."""

import re
import sqlite3
from dataclasses import dataclass

from hall.catalogue.model import Section
from hall.catalogue.search.lettered import Lettered
from hall.catalogue.search.loaded import Index
from hall.catalogue.search.normal import normal
from hall.catalogue.search.questions import asked
from hall.catalogue.search.written import Scores, Written, merged

_LETTERS = re.compile("[a-z]")
HOME_BONUS = 0.01  # for each step nearer home: decides between names that fit about equally well


@dataclass(frozen=True, slots=True)
class Ranked:
    """What was found. ``ids`` are name ids, best first; never empty unless the catalogue is."""

    ids: tuple[int, ...]
    near: bool  # nothing matched: these are the nearest names
    section: Section | None
    suggestions: tuple[str, ...]
    total: int


class Engine:
    """Searches one catalogue. For one thread at a time, as its connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._index = Index(connection)
        self._written = Written(self._index)
        self._lettered = Lettered(self._index, self._written)

    def search(self, text: str, limit: int = 20) -> Ranked:
        plain = normal(text, self._index.simplified)
        question = asked(plain)
        found = merged(self._lists(question.subject))
        return Ranked(self._order(found)[:limit], False, question.section, (), len(found))

    def _lists(self, subject: str) -> list[Scores]:
        if not subject:
            return []
        if not _LETTERS.search(subject):
            return self._written.lists(subject)
        lists = self._lettered.lists(subject)
        return lists if subject.isascii() else [*lists, *self._written.lists(subject)]

    def _order(self, found: Scores) -> tuple[int, ...]:
        near = self._index.nearness
        return tuple(sorted(found, key=lambda name: (HOME_BONUS * near[name] - found[name], name)))
