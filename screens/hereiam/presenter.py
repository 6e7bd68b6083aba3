"""What a terminal says when somebody far away asks which one it is. No Kivy.

Both languages at once: whoever looks for it walks through a hall and touches nothing.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from screens.words.words import words_of

Size = Literal["number", "hero", "title", "card"]

# The largest size of type in which so many Latin characters stand beside each other on 1080 pixels.
_ROOM: tuple[tuple[int, Size], ...] = ((5, "number"), (13, "hero"), (20, "title"))


@dataclass(frozen=True, slots=True)
class HereIAmView:
    """``size`` is a token of the id's type: it has up to 32 characters."""

    title: str = ""
    title_en: str = ""
    name: str = ""
    name_en: str = ""
    id: str = ""
    size: Size = "number"
    left: str = ""
    left_en: str = ""


def here_i_am(id_: str, name: str, name_en: str, seconds_left: float) -> HereIAmView:
    """The view with ``seconds_left`` to go."""
    zh, en = words_of("zh"), words_of("en")
    left = max(0, ceil(seconds_left))
    return HereIAmView(
        title=zh("hereiam.title"),
        title_en=en("hereiam.title"),
        name=name,
        name_en=name_en,
        id=id_,
        size=next((size for most, size in _ROOM if len(id_) <= most), "card"),
        left=zh("hereiam.left", seconds=left),
        left_en=en("hereiam.left", seconds=left),
    )
