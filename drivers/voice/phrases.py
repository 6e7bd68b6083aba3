"""What is said: a call or a notice becomes a sequence of tokens. Knows no sound, no file, no clock.

A token is a gong, a word of one language, or a pause. Words are what a hall records one by one; the same
words, joined into sentences, are what a synthesiser is asked to say. So a clip and a sentence never differ.
"""

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from drivers.voice.numerals import EN_SMALL, EN_TENS, LETTERS, YAO, ZH_DIGITS, in_chinese, in_english

Language = Literal["zh", "en"]

DESIGNATION = re.compile(r"(?=.*[A-Z0-9])[A-Z0-9-]{1,12}", re.ASCII)  # a ticket's number, a window's number
NOTICE_LENGTH = 300  # characters; about a minute of speech, longer ones belong on a board


@dataclass(frozen=True, slots=True)
class Gong:
    """The two tones that ask for attention."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence inside an announcement; a sentence ends here."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Word:
    """Something said in one go: a digit, a letter's name, a phrase, or a whole notice."""

    language: Language
    text: str

    @property
    def key(self) -> str:
        """The word's name in a voice pack's manifest, e.g. ``zh:窗口``."""
        return f"{self.language}:{self.text}"


Token = Gong | Pause | Word

BREATH = Pause(0.12)  # inside a sentence: "请A零一二号 | 到三号窗口办理"
BETWEEN_LANGUAGES = Pause(0.5)
BETWEEN_REPEATS = Pause(0.9)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a hall wants numbers read.

    ``yao``: 1 is 幺 in a string of two or more digits (a lone 1 stays 一). ``window_as_number``: window 12
    is 十二 / twelve, otherwise 一二 / one two. ``times``: how often each call is said.
    """

    yao: bool = False
    window_as_number: bool = True
    gong: bool = True
    times: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.times <= 3:
            raise ValueError(f"times={self.times} is not 1..3")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One call: ``number`` is called to ``window``, through the loudspeakers of ``zone``.

    ``place`` is said with the window where a hall wants it (``Word("zh", "二楼")``, ``Word("en", "second
    floor")``); each language says its own words only. Raises ValueError for what cannot be read aloud.
    """

    number: str
    window: str
    zone: str
    languages: tuple[Language, ...] = ("zh", "en")
    place: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        for name in ("number", "window"):
            if not DESIGNATION.fullmatch(getattr(self, name)):
                raise ValueError(f"{name}={getattr(self, name)!r} is not 1..12 of A-Z, 0-9, -")
        if not self.languages:
            raise ValueError("an announcement in no language")

    @property
    def subject(self) -> tuple[str, ...]:
        """What it is about: a later one about the same takes the place of one still waiting."""
        return ("call", self.number)


@dataclass(frozen=True, slots=True)
class Notice:
    """Free text for a zone. The text stays out of logs: a clerk may have typed a name into it."""

    text: str = field(repr=False)
    zone: str
    language: Language = "zh"

    def __post_init__(self) -> None:
        if not 0 < len(self.text.strip()) <= NOTICE_LENGTH:
            raise ValueError(f"a notice of {len(self.text)} characters is not 1..{NOTICE_LENGTH}")

    @property
    def subject(self) -> tuple[str, ...]:
        return ("notice", self.language, self.text)


def tokens(item: Announcement | Notice, reading: Reading) -> tuple[Token, ...]:
    """``item`` as it is said, gong first."""
    start: tuple[Token, ...] = (Gong(),) if reading.gong else ()
    if isinstance(item, Notice):
        return (*start, Word(item.language, item.text.strip()))
    once: list[Token] = []
    for language in item.languages:
        once += [BETWEEN_LANGUAGES] if once else []
        once += _chinese(item, reading) if language == "zh" else _english(item, reading)
    again = [BETWEEN_REPEATS, *once] * (reading.times - 1)
    return (*start, *once, *again)


def sentences(said: tuple[Token, ...]) -> tuple[Word | Pause, ...]:
    """``said`` for a synthesiser: words between two pauses, of one language, become one text."""
    parts: list[Word | Pause] = []
    for language, group in groupby(said, key=lambda t: t.language if isinstance(t, Word) else None):
        if language is None:
            parts += [token for token in group if isinstance(token, Pause)]
        else:
            texts = [token.text for token in group if isinstance(token, Word)]
            parts.append(Word(language, _sentence(language, texts)))
    return tuple(parts)


def caption(said: tuple[Token, ...]) -> str:
    """``said`` for people to read: what would have been heard."""
    text, before = "", None
    for part in sentences(said):
        if isinstance(part, Word):
            breath = "，" if part.language == "zh" else ", "
            text += (breath if part.language == before else " " if text else "") + part.text
            before = part.language
        elif part != BREATH:
            before = None
    return text


def all_tokens() -> tuple[Word, ...]:
    """Every word a call may need, places and notices aside: what a voice pack should hold."""
    chinese = ["请", "号", "到", "号窗口", "办理", *ZH_DIGITS, YAO, "十", "百", *LETTERS]
    english = ["Number", "please go to counter", "hundred", "and", *EN_SMALL, *EN_TENS, *LETTERS]
    return (*(Word("zh", text) for text in chinese), *(Word("en", text) for text in english))


def _chinese(item: Announcement, reading: Reading) -> list[Token]:
    window = in_chinese(item.window, yao=reading.yao, cardinal=reading.window_as_number)
    return [
        *_words("zh", ["请", *in_chinese(item.number, yao=reading.yao, cardinal=False), "号"]),
        BREATH,
        Word("zh", "到"),
        *(word for word in item.place if word.language == "zh"),
        *_words("zh", [*window, "号窗口", "办理"]),
    ]


def _english(item: Announcement, reading: Reading) -> list[Token]:
    place: list[Token] = [word for word in item.place if word.language == "en"]
    window = in_english(item.window, cardinal=reading.window_as_number)
    return [
        *_words("en", ["Number", *in_english(item.number, cardinal=False)]),
        BREATH,
        *_words("en", ["please go to counter", *window]),
        *([BREATH, *place] if place else []),
    ]


def _words(language: Language, texts: list[str]) -> list[Word]:
    return [Word(language, text) for text in texts]


def _sentence(language: Language, texts: list[str]) -> str:
    if language == "zh":  # letters stand apart, or a synthesiser takes AB for a syllable
        return "".join(f" {text} " if text in LETTERS else text for text in texts).strip().replace("  ", " ")
    # a comma after each letter, or "A zero" is said with the article "a"
    return " ".join(f"{text}," if text in LETTERS else text for text in texts).rstrip(",")
