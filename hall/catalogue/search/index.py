"""Writes the search index into the catalogue's file, once, at build time. The same input gives the same bytes.

``search_part`` holds what the terminal keeps in memory; ``search_gram`` which texts hold a piece, read when asked.
"""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hall.catalogue.search import grams, questions
from hall.catalogue.search.normal import normal
from hall.catalogue.search.packed import pack, pack_words
from hall.catalogue.search.readings import common_characters, readings, simplifications, sounds_in
from hall.catalogue.search.sounds import FIRST
from hall.catalogue.search.texts import END
from hall.catalogue.vocabulary import Vocabulary

TABLES = """
CREATE TABLE search_part (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE search_gram (gram TEXT PRIMARY KEY, texts BLOB NOT NULL) WITHOUT ROWID;
"""
NAME, ALIAS, MAIN, BARE = range(4)  # what a text is to its name; BARE: the name without what is inserted
_LISTED = re.compile("[,，;；]")  # sources put several aliases into one
_INSERTED = re.compile(
    "[（(][^（()）]*[）)](?=.*[^（()）])"
)  # in brackets, with something after it: 食品（含保健食品）经营许可
# What people seldom come for first: asking for it by name still finds it, its pieces being in the query then.
_SELDOM = re.compile(
    "查询|公示|公证|指引|咨询|资讯|名录|目录|发布|下载|试算|计算|档案|统计|公开|宣传|监督"
    "|注销|撤销|终止|撤回|解除|封存|启用|发还|移交|复核|初审|遗失|更正"
)
OTHER_READINGS = 3  # further rows of initials for a text with characters that are read in several ways

Progress = Callable[[int, int], None]  # (done, of all)


@dataclass(frozen=True, slots=True)
class SearchName:
    """One distinct name; ``id`` counts from 1, without gaps, in code-point order of the names."""

    id: int
    name: str
    aliases: tuple[str, ...]
    main_name: str
    nearness: int  # 0 home, 1 city, 2 province, 3 nation, 4 other


@dataclass(frozen=True, slots=True)
class _Text:
    owner: int
    kind: int
    chars: str
    unmarked: bool = True  # without brackets, commas or spaces that ``chars`` lacks


def write_index(
    connection: sqlite3.Connection,
    names: Sequence[SearchName],
    vocabulary: Vocabulary,
    progress: Progress = lambda done, total: None,
) -> None:
    """Create and fill the tables ``search_*``. Commits nothing."""
    for statement in filter(str.strip, TABLES.split(";")):
        connection.execute(statement)
    simplified = simplifications()
    texts = list(_texts(names, simplified))
    keys = _keys(vocabulary, simplified)
    read = _read(text.chars for text in [*texts, *keys])
    syllables = sorted({sound for sounds in read.values() for sound in sounds})
    speech = _Speech(syllables, read)
    spoken = [speech.main(text.chars) for text in texts]
    postings = _postings(texts, spoken, speech, progress)
    nearness, seldom = bytearray(len(names) + 1), bytearray(len(names) + 1)
    for name in names:
        nearness[name.id] = name.nearness
        seldom[name.id] = _SELDOM.search(name.name) is not None
    parts: dict[str, bytes] = {
        "traditional": pack_words(["".join(map(chr, simplified)), "".join(map(chr, simplified.values()))]),
        "syllables": pack_words(syllables),
        "readings": pack_words(_by_reading(speech, read)),
        "nearness": bytes(nearness),
        "seldom": bytes(seldom),
        "kinds": bytes(text.kind for text in texts),
        "unmarked": bytes(text.unmarked for text in texts),
        **_laid_out("names", texts, spoken, speech),
        **_laid_out("keys", keys, [speech.main(key.chars) for key in keys], speech),
        "official": _json([[normal(w, simplified) for w in words] for words in vocabulary.synonyms.values()]),
        "hot": _json(vocabulary.hot),
        "deny": _json(vocabulary.deny),
    }
    connection.executemany("INSERT INTO search_part VALUES (?, ?)", sorted(parts.items()))
    connection.executemany(
        "INSERT INTO search_gram VALUES (?, ?)",
        ((gram, pack(postings[gram])) for gram in sorted(postings)),
    )


def _postings(
    texts: Sequence[_Text], spoken: Sequence[list[str]], speech: "_Speech", progress: Progress
) -> dict[str, list[int]]:
    """Which texts hold each piece, in the order of their numbers."""
    postings: dict[str, list[int]] = defaultdict(list)
    for number, (text, in_context) in enumerate(zip(texts, spoken, strict=True)):
        every = [
            "".join(dict.fromkeys([sound, *speech.all(character)]))
            for sound, character in zip(in_context, text.chars, strict=True)
        ]
        # a bare name's pieces are the name's own, but for those across the gap, which make no sense
        if text.kind != BARE:
            for gram in dict.fromkeys([*grams.written(text.chars), *grams.spoken(every)]):
                postings[gram].append(number)
        progress(number + 1, len(texts))
    return postings


def _texts(names: Sequence[SearchName], simplified: dict[int, int]) -> Iterator[_Text]:
    """Every name once in each of its spellings; what a name's alias repeats is left out."""
    for name in names:
        seen = {""}
        aliases = [part for alias in name.aliases for part in (alias, *_LISTED.split(alias)) if len(part) > 1]
        spellings = [
            (NAME, name.name),
            *((ALIAS, alias) for alias in aliases),
            (MAIN, name.main_name),
            (BARE, _INSERTED.sub("", name.name)),
        ]
        for kind, spelling in spellings:
            chars = normal(spelling, simplified)
            if chars not in seen:
                seen.add(chars)
                yield _Text(name.id, kind, chars, spelling.isalnum())


def _keys(vocabulary: Vocabulary, simplified: dict[int, int]) -> list[_Text]:
    found = ((i, normal(key, simplified)) for i, key in enumerate(vocabulary.synonyms))
    return [_Text(i, NAME, chars) for i, chars in found if chars]


def _read(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The readings of every character that stands in a text or that people may type by mistake for one."""
    wanted = set(common_characters()) | set(questions.words())
    wanted.update(*texts)
    found = ((character, readings(character)) for character in sorted(wanted))
    return {character: sounds for character, sounds in found if sounds}


class _Speech:
    """Texts as sounds."""

    def __init__(self, syllables: Sequence[str], read: dict[str, tuple[str, ...]]) -> None:
        self._sound = {syllable: chr(FIRST + i) for i, syllable in enumerate(syllables)}
        self._name = {sound: syllable for syllable, sound in self._sound.items()}
        self._read = {c: "".join(self._sound[s] for s in sounds) for c, sounds in read.items()}

    def all(self, character: str) -> str:
        return self._read.get(character, character)

    def main(self, text: str) -> list[str]:
        """One sound for each character, as read in this text."""
        return [
            self._sound.get(sound) or self.all(character)[0]
            for sound, character in zip(sounds_in(text), text, strict=True)
        ]

    def initial(self, sound: str) -> str:
        return self._name.get(sound, sound)[0]

    def other_ways(self, text: str, main: list[str]) -> Iterator[list[str]]:
        """``main`` with a character read otherwise, where that changes the initials."""
        for character in dict.fromkeys(text):
            if len(self.all(character)) < 2:
                continue
            usual = main[text.index(character)]
            for sound in self.all(character):
                if self.initial(sound) != self.initial(usual):
                    yield [sound if c == character else m for c, m in zip(text, main, strict=True)]


def _laid_out(
    name: str, texts: Sequence[_Text], spoken: Sequence[list[str]], speech: _Speech
) -> dict[str, bytes]:
    """``Texts`` as parts: first each text as it is read, then those that may be read otherwise."""
    rows = [(text, sounds) for text, sounds in zip(texts, spoken, strict=True)]
    for text, sounds in list(rows):
        others = list(speech.other_ways(text.chars, sounds))[:OTHER_READINGS]
        rows += [(text, other) for other in others]
    return {
        f"{name}.chars": _joined(text.chars for text, _ in rows),
        f"{name}.sounds": _joined("".join(sounds) for _, sounds in rows),
        f"{name}.initials": _joined("".join(map(speech.initial, sounds)) for _, sounds in rows),
        f"{name}.owners": pack(text.owner for text, _ in rows),
    }


def _by_reading(speech: _Speech, read: dict[str, tuple[str, ...]]) -> list[str]:
    """Lines of: how many sounds, the sounds, all characters that are read so."""
    groups: dict[str, str] = defaultdict(str)
    for character in read:
        groups[speech.all(character)] += character
    return [f"{len(sounds)}{sounds}{characters}" for sounds, characters in sorted(groups.items())]


def _joined(texts: Iterable[str]) -> bytes:
    return (END + "".join(text + END for text in texts)).encode()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
