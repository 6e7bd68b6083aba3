"""Toneless syllables as single characters, so that sounds are searched as text is. Pure.

A syllable's character is in the private-use area, which no normalised text contains; letters and digits stand
for themselves.
"""

from collections.abc import Iterable, Mapping, Sequence

FIRST = 0xE000  # start of Unicode's private-use area: 6,400 places for some 410 syllables

# Sounds that many speakers don't tell apart; a weaker match.
_ALIKE_STARTS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_ALIKE_ENDS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


def alike(syllable: str) -> str:
    """The same text for all syllables that sound alike to careless ears: zheng and zen, nan and lang."""
    for end, short in _ALIKE_ENDS:
        if syllable.endswith(end):
            syllable = syllable.removesuffix(end) + short
            break
    for start, short in _ALIKE_STARTS:
        if syllable.startswith(start):
            return (short + syllable.removeprefix(start)).replace("v", "u")
    return syllable.replace("v", "u")


class Sounds:
    """The syllables in use and the characters that have them."""

    def __init__(self, syllables: Sequence[str], read: Mapping[str, str]) -> None:
        """``read`` gives each character's sounds as a string of syllable characters, most usual first."""
        self.syllables = {chr(FIRST + i): syllable for i, syllable in enumerate(syllables)}
        self._by_name = {syllable: sound for sound, syllable in self.syllables.items()}
        self._read = read
        self._alike: dict[str, str] = {}
        for sound, syllable in self.syllables.items():
            key = alike(syllable)
            self._alike[key] = self._alike.get(key, "") + sound

    def of(self, character: str) -> str:
        """The sounds of ``character``; itself where none is known."""
        return self._read.get(character, character)

    def named(self, syllable: str) -> str:
        """The sound written ``syllable``, or ""."""
        return self._by_name.get(syllable, "")

    def starting(self, piece: str) -> str:
        """All sounds whose spelling starts with ``piece``."""
        return "".join(sound for sound, syllable in self.syllables.items() if syllable.startswith(piece))

    def near(self, sounds: Iterable[str]) -> str:
        """``sounds`` and all that are easily taken for them."""
        found = dict.fromkeys(sounds)
        for sound in list(found):
            if sound in self.syllables:
                found.update(dict.fromkeys(self._alike[alike(self.syllables[sound])]))
        return "".join(found)
