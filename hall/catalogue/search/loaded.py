"""The index as the terminal has it: short tables in memory, the long list of pieces left in the file."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from hall.catalogue.search.packed import unpack, unpack_words
from hall.catalogue.search.sounds import Sounds
from hall.catalogue.search.texts import Texts

HOME_BONUS, FARTHEST = 0.02, 4  # for each step nearer; nearness counts 0 home .. 4 other
SELDOM = 0.05  # against names of what people seldom come for
KEPT = 64  # pieces kept; the commonest takes 100 kB
AT_ONCE = 400  # pieces asked for in one statement; SQLite allows 999 in old builds


class Index:
    """Read once, before the first search. One thread at a time, as its connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._kept: dict[str, frozenset[int]] = {}  # the last asked for is the last
        parts: dict[str, bytes] = dict(connection.execute("SELECT name, value FROM search_part"))
        traditional, simple = unpack_words(parts["traditional"])
        self.simplified = dict(zip(map(ord, traditional), map(ord, simple), strict=True))
        read: dict[str, str] = {}
        for line in unpack_words(parts["readings"]):
            end = int(line[0]) + 1
            read.update(dict.fromkeys(line[end:], line[1:end]))
        self.sounds = Sounds(unpack_words(parts["syllables"]), read)
        self.nearness = parts["nearness"]
        self._seldom = parts["seldom"]
        self.kinds = parts["kinds"]
        self.unmarked = parts["unmarked"]  # for each text, whether it stands here as it is written
        self.names = _texts(parts, "names")
        self.keys = _texts(parts, "keys")
        self.official: list[list[str]] = json.loads(parts["official"])
        self.hot: list[str] = json.loads(parts["hot"])
        self.deny: list[str] = json.loads(parts["deny"])

    def kind(self, text: int) -> int:
        """What a text is to its name; other readings of a name count as aliases."""
        return self.kinds[text] if text < len(self.kinds) else 1

    def liking(self, name: int) -> float:
        """What decides between names that fit about equally well: being done near home, being wanted often."""
        return HOME_BONUS * (FARTHEST - self.nearness[name]) - SELDOM * self._seldom[name]

    def holding(self, grams: Iterable[str]) -> dict[str, frozenset[int]]:
        """The numbers of the texts that hold each of ``grams``; pieces no text holds are left out.

        The last ones are kept: the next keystroke asks for nearly the same.
        """
        wanted = dict.fromkeys(grams)
        missing = [gram for gram in wanted if gram not in self._kept]
        found = {gram: self._kept[gram] for gram in wanted if gram in self._kept}
        found.update((gram, frozenset(unpack(blob))) for gram, blob in self._rows("gram, texts", missing))
        for gram in found:
            self._kept.pop(gram, None)
        self._kept.update(found)
        for gram in list(self._kept)[:-KEPT]:
            del self._kept[gram]
        return found

    def known(self, grams: Iterable[str]) -> set[str]:
        """Those of ``grams`` that some text holds."""
        return {gram for (gram,) in self._rows("gram", grams)}

    def _rows(self, columns: str, grams: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        wanted = list(dict.fromkeys(grams))
        for begin in range(0, len(wanted), AT_ONCE):
            part = wanted[begin : begin + AT_ONCE]
            marks = ",".join("?" * len(part))
            yield from self._connection.execute(
                f"SELECT {columns} FROM search_gram WHERE gram IN ({marks})", part
            )


def _texts(parts: dict[str, bytes], name: str) -> Texts:
    chars, sounds, initials = (parts[f"{name}.{part}"].decode() for part in ("chars", "sounds", "initials"))
    return Texts(chars, sounds, initials, unpack(parts[f"{name}.owners"]))
