"""The hall's watermark on a face: where, on which terminal, when and what for it was shown.

Pictures from outside are judged before anything of them is decoded.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hall.certificates.lettering import font_of, shown, wrapped
from hall.certificates.png import as_png
from hall.certificates.port import FaceMissing

if TYPE_CHECKING:
    from PIL import Image

MOST_BYTES = 8_000_000
MOST_SIDE = 6_000  # pixels
MOST_PIXELS = 16_000_000  # 48 MB while it is worked on; an A4 sheet at 300 dpi has 8.7 million
_LONGEST = 6  # times as long as wide, at most
_WIDE, _NARROW = 1_800, 1_000  # pixels: what leaves is in between, so that the strip can be read

ON_TERMINAL = "仅用于自助终端亮证"
AT_WINDOW = "仅用于窗口核验"
ON_PHONE = "仅用于现场出示"

_TILT = 24  # degrees
_SIZE = 30
_STRENGTH = 52  # of 255: read on an empty ground, and text is read through it
_COLOUR = (70, 78, 96)


class BadPicture(FaceMissing):
    """What a library sent is no picture that is shown; the message says why in facts."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """``at`` is aware, in the hall's own time zone. ``purpose`` says what the picture may be used for."""

    hall: str
    terminal: str
    at: datetime
    purpose: str = ON_TERMINAL

    @property
    def line(self) -> str:
        return f"{self.hall} · {self.terminal} · {self.at:%Y-%m-%d %H:%M:%S} · {self.purpose}"


def for_item(name: str) -> str:
    """The purpose of somebody who came from the guide ``name``."""
    return f"仅用于办理 {name}"


def watermarked(face: bytes, mark: Watermark, font: Path) -> bytes:
    """``face`` (PNG or JPEG) with ``mark`` across it and below it, as PNG without metadata. Raises BadPicture."""
    from PIL import Image

    image = _opened(face)
    text = shown(mark.line, font)
    _across(image, text, font)
    strip = _strip(text, image.width, font)
    sheet = Image.new("RGB", (image.width, image.height + strip.height), "white")
    sheet.paste(image, (0, 0))
    sheet.paste(strip, (0, image.height))
    return as_png(sheet)


def _opened(face: bytes) -> "Image.Image":
    from PIL import Image, ImageOps

    if len(face) > MOST_BYTES:
        raise BadPicture(f"bytes={len(face)} most={MOST_BYTES}")
    try:
        with Image.open(io.BytesIO(face), formats=("PNG", "JPEG")) as found:
            wide, tall = found.size
            too_large = max(wide, tall) > MOST_SIDE or wide * tall > MOST_PIXELS
            if too_large or max(wide, tall) > _LONGEST * min(wide, tall):
                raise BadPicture(f"pixels={wide}x{tall}")
            found.load()
            ImageOps.exif_transpose(found, in_place=True)
            image: Image.Image = found
            if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            image = image if image.mode == "RGB" else image.convert("RGB")
    except BadPicture:
        raise
    # Pillow answers broken pictures with whatever its parsers come upon, and bombs with a warning of its own.
    except (Exception, Image.DecompressionBombWarning) as error:  # noqa: BLE001  input from outside
        raise BadPicture(f"reason={type(error).__name__}") from None
    if not _NARROW <= image.width <= _WIDE:
        new = min(max(image.width, _NARROW), _WIDE)
        image = image.resize((new, max(1, image.height * new // image.width)), Image.Resampling.BILINEAR)
    return image


def _across(image: "Image.Image", text: str, font: Path) -> None:
    """The line again and again, slanting, each row shifted against the one above."""
    from PIL import Image, ImageDraw

    letters = font_of(font, _SIZE)
    long = min(round(letters.getlength(text)) + 8, 4 * _WIDE)
    line = Image.new("L", (long, _SIZE * 2), 0)
    ImageDraw.Draw(line).text((4, _SIZE // 2), text, font=letters, fill=_STRENGTH)
    tile = line.rotate(_TILT, Image.Resampling.BILINEAR, expand=True)
    step_x, step_y = tile.width + 40, 260
    for row, y in enumerate(range(-tile.height, image.height, step_y)):
        for x in range(-tile.width + row * 311 % step_x - step_x, image.width, step_x):
            image.paste(_COLOUR, (x, y), tile)


def _strip(text: str, wide: int, font: Path) -> "Image.Image":
    """The same in plain letters below the picture: the picture itself stays whole."""
    from PIL import Image, ImageDraw

    size = 28
    lines = wrapped(text, font, size, wide - 48)
    strip = Image.new("RGB", (wide, 24 + round(size * 1.35) * len(lines)), (38, 44, 56))
    draw = ImageDraw.Draw(strip)
    for place, line in enumerate(lines):
        draw.text((24, 11 + place * round(size * 1.35)), line, font=font_of(font, size), fill=(245, 246, 248))
    return strip
