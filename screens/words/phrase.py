"""A message of the catalogue with its facts, as a presenter hands it to a view. No Kivy."""

from dataclasses import dataclass

from screens.words.words import Words


@dataclass(frozen=True, slots=True)
class Phrase:
    """``Phrase("board.wait", (("minutes", "12"),))``; the empty phrase says nothing."""

    key: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.key)

    def said(self, words: Words) -> str:
        """In the language of ``words``. Raises KeyError for a key or a fact that does not exist."""
        return words(self.key, **dict(self.facts)) if self.key else ""
