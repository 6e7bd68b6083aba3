"""Texts that are spelled as was typed: in pinyin, in initials, unfinished, mixed with characters."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from hall.catalogue.search.sounds import Sounds
from hall.catalogue.search.texts import ANY_ONE, END, Texts, places

MOST = 3000  # places looked at for one way to read the letters


@dataclass(frozen=True, slots=True)
class Typed:
    """One place of a query: a character, or letters for one (a syllable, its beginning, an initial)."""

    char: str = ""
    letters: str = ""


ANY = Typed(letters=ANY_ONE)  # whatever stands there


def spelled(texts: Texts, sounds: Sounds, typed: list[Typed], *, start: bool = False) -> Iterator[int]:
    """The places of ``texts`` where ``typed`` stands; ``start``: only at the beginning of a text."""
    checked = [(i, t) for i, t in enumerate(typed) if len(t.letters) != 1]
    for initials in islice(product(*(_initials(t, sounds) for t in typed)), 8):
        needle = "".join(initials)
        for found in places(texts.initials, END + needle if start else needle, MOST):
            place = found + 1 if start else found
            if all(_fits(t, texts, sounds, place + i) for i, t in checked):
                yield place


def _initials(typed: Typed, sounds: Sounds) -> str:
    if typed.letters:
        return typed.letters[0]
    return "".join(dict.fromkeys(sounds.syllables.get(s, s)[0] for s in sounds.of(typed.char)))


def _fits(typed: Typed, texts: Texts, sounds: Sounds, place: int) -> bool:
    if typed.char:
        return texts.chars[place] == typed.char
    read = texts.sounds[place]
    if sounds.syllables.get(read, read).startswith(typed.letters):
        return True
    return any(sounds.syllables.get(s, s).startswith(typed.letters) for s in sounds.of(texts.chars[place]))
