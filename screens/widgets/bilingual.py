"""Words for views that draw phrases: on boards both languages at once, on a pad the chosen one."""

from screens.words.phrase import Phrase
from screens.words.words import Language, words_of


class Bilingual:
    """Mix-in for kv: ``root.zh('board.title')``, ``root.en(root.view.sign)``."""

    def zh(self, said: Phrase | str, **facts: str) -> str:
        return spoken(said, "zh", facts)

    def en(self, said: Phrase | str, **facts: str) -> str:
        return spoken(said, "en", facts)

    def tr(self, said: Phrase | str, language: Language, **facts: str) -> str:
        return spoken(said, language, facts)


def spoken(said: Phrase | str, language: Language, facts: dict[str, str]) -> str:
    """A phrase, or a key of the catalogue with its facts."""
    phrase = Phrase(said, tuple(facts.items())) if isinstance(said, str) else said
    return phrase.said(words_of(language))
