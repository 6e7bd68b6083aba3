"""A message of the catalogue with its facts, as a presenter hands it to a view. No Kivy."""

from dataclasses import dataclass

from screens.words.words import Words


@dataclass(frozen=True, slots=True)
class Phrase:
    """``Phrase("board.wait", (("minutes", "12"),))``; the empty phrase says nothing.

    A fact that comes in both languages is a pair, (Chinese, English).
    """

    key: str = ""
    facts: tuple[tuple[str, str | tuple[str, str]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.key)

    def said(self, words: Words) -> str:
        """In the language of ``words``. Raises KeyError for a key or a fact that does not exist."""
        if not self.key:
            return ""
        facts = {name: fact if isinstance(fact, str) else words.pick(*fact) for name, fact in self.facts}
        return words(self.key, **facts)


NOTHING = Phrase()
