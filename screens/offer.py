"""What a terminal's own settings offer and say to citizens, beside what the hall says. No Kivy."""

from dataclasses import dataclass
from datetime import date

from screens.theme.tokens import THEMES, ThemeName
from screens.words.words import LANGUAGES, Language, Words


@dataclass(frozen=True, slots=True)
class Wording:
    """One text in both languages; empty: the usual one stands."""

    zh: str = ""
    en: str = ""

    def said(self, words: Words, usual: str = "") -> str:
        """In the language of ``words``; the other one where that alone is given, ``usual`` where none is."""
        return words.pick(self.zh or self.en, self.en) or usual


@dataclass(frozen=True, slots=True)
class OwnNotice:
    """A notice for some days, both included."""

    text: Wording
    since: date | None = None
    until: date | None = None

    def holds(self, day: date | None) -> bool:
        """Whether it is shown on ``day``; a day that is not known yet shows only what needs none."""
        if day is None:
            return self.since is None and self.until is None
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Offer:
    """Looks and languages to choose from, numbers or none, and words of this terminal's own."""

    themes: tuple[ThemeName, ...] = tuple(THEMES)
    languages: tuple[Language, ...] = LANGUAGES
    numbers: bool = True
    title: Wording = Wording()
    line: Wording = Wording()
    hours: Wording = Wording()
    notices: tuple[OwnNotice, ...] = ()

    def other(self, theme: ThemeName, look: ThemeName) -> ThemeName | None:
        """Where the button ``look`` leads from ``theme``; None: it leads nowhere, and is not shown."""
        there: ThemeName = "normal" if theme == look else look
        return there if there in self.themes else None

    def next_language(self, language: Language) -> Language | None:
        """Where the button for languages leads; None: there is but one."""
        return next((other for other in self.languages if other != language), None)
