"""One spelling for what is the same text to a reader: full-width, traditional, case, punctuation. Pure."""

import unicodedata
from collections.abc import Mapping

LONGEST = 200  # characters that are looked at; the longest item name known has 110


def normal(text: str, simplified: Mapping[int, int]) -> str:
    """``text`` as it is compared: letters, digits and characters only, at most ``LONGEST`` of them.

    ``simplified`` maps traditional characters to simplified ones, as ``str.translate`` takes it.
    Any string is welcome: controls, emoji, lone surrogates and private-use characters fall out.
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().replace("ü", "v")
    return "".join(filter(str.isalnum, plain))[:LONGEST].translate(simplified)
