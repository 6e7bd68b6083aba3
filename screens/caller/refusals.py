"""The clerk's words for what the hall refuses. No Kivy."""

from screens.words.phrase import Phrase
from screens.words.words import LANGUAGES, words_of


def refusal(code: str, facts: tuple[tuple[str, str], ...] = ()) -> Phrase:
    """The clerk's words for ``code``; a newer hall may have codes, or leave out facts, that are not known here."""
    phrase = Phrase(f"caller.refused.{code}", facts)
    try:
        for language in LANGUAGES:
            phrase.said(words_of(language))
    except KeyError:
        return Phrase("caller.refused.other")
    return phrase
