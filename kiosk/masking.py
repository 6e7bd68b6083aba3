"""A picture of the screen that may leave the machine: while a citizen is there, what is theirs is grey.

Covered in memory before anybody is given it; only the frame around it is left, and words that say so.
"""

from typing import Any

from screens.theme.fonts import find_fonts
from screens.words.words import LANGUAGES, words_of

GREY, INK = (128, 136, 144), (20, 40, 63)


def masked(picture: Any, private: tuple[int, int, int, int]) -> Any:
    """``picture`` (Pillow) with ``private`` (left, top, right, bottom) covered; a new picture."""
    from PIL import ImageDraw, ImageFont

    left, top, right, bottom = private
    covered = picture.copy()
    pen = ImageDraw.Draw(covered)
    pen.rectangle((left, top, right - 1, bottom - 1), fill=GREY)
    size = max(12, min(right - left, bottom - top) // 20)
    font = ImageFont.truetype(str(find_fonts().bold), size)
    words = "\n".join(words_of(language)("hereiam.masked") for language in LANGUAGES)
    middle = ((left + right) // 2, (top + bottom) // 2)
    pen.multiline_text(middle, words, font=font, fill=INK, anchor="mm", align="center", spacing=size // 2)
    return covered
