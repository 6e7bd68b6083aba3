"""Pictures for the printer: text in the screen's font, QR codes, ``GS v 0`` in bands.

Pillow and segno are imported when first needed, so that reading a layout costs no start-up time.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image, ImageFont

BAND = 48  # rows in one command: a small printer's buffer holds it, and a stop tears little
BASELINE = 0.84  # of a cell's height: hanzi stay off its edges, descenders nearly so
DOTS_PER_MM = 8  # 203 dpi
RULER = 56  # dots of a scale's height
QUIET = 4  # modules of white around a QR code (ISO/IEC 18004)
REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")  # DLE EOT, DLE ENQ, DLE DC4


@lru_cache(maxsize=8)
def load_font(font_path: Path, pixels: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path), pixels)


@lru_cache(maxsize=1024)
def glyph(font_path: Path, char: str, width: int, height: int) -> "Image.Image":
    """``char`` black on white ("L") in a cell of a fixed-width font; squeezed when it is too wide for it."""
    from PIL import Image, ImageDraw

    font = load_font(font_path, round(height * 0.92))
    advance = max(1, round(font.getlength(char)))
    canvas = Image.new("L", (max(advance, width), height), 255)
    place = (max(0, (width - advance) // 2), round(height * BASELINE))
    ImageDraw.Draw(canvas).text(place, char, font=font, fill=0, anchor="ls")
    return canvas if canvas.width == width else canvas.resize((width, height))


def text_image(text: str, times: int, *, bold: bool, font_path: Path) -> "Image.Image":
    """A line of text in cells of 12×24 and 24×24 dots, ``times`` enlarged."""
    from PIL import Image, ImageChops

    height = 24 * times
    glyphs = [glyph(font_path, char, (12 if char < "\x80" else 24) * times, height) for char in text]
    image = Image.new("L", (max(1, sum(one.width for one in glyphs)), height), 255)
    x = 0
    for one in glyphs:
        image.paste(one, (x, 0))
        x += one.width
    return ImageChops.darker(image, ImageChops.offset(image, times, 0)) if bold else image


def banner_image(text: str, *, height: int, width: int, font_path: Path) -> "Image.Image":
    """``text`` in one heavy line as high as ``height`` dots, or as high as ``width`` allows, cropped to its ink."""
    from PIL import Image, ImageDraw

    font = load_font(font_path, height)
    stroke = max(1, height // 40)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(text, stroke_width=stroke))
    image = Image.new("L", (max(1, right - left), max(1, bottom - top)), 255)
    ImageDraw.Draw(image).text((-left, -top), text, font=font, fill=0, stroke_width=stroke, stroke_fill=0)
    if image.width > width:
        image = image.resize((width, max(1, image.height * width // image.width)))
    return image


def ruler_image(width: int, font_path: Path) -> "Image.Image":
    """A scale of ``width`` dots: a mark each millimetre, a number each ten, and the first and the last dot."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (width, RULER), 255)
    pen = ImageDraw.Draw(image)
    for mm in range(width // DOTS_PER_MM + 1):
        x = mm * DOTS_PER_MM
        long = RULER - 26 if mm % 10 == 0 else 18 if mm % 5 == 0 else 10
        pen.line((x, 0, x, long), fill=0, width=2)
        if mm and mm % 10 == 0:
            pen.text((x, RULER), str(mm), font=load_font(font_path, 22), fill=0, anchor="mb")
    for edge in (0, width - 2):
        pen.rectangle((edge, 0, edge + 1, RULER - 1), fill=0)
    return image


def qr_image(data: str, *, width: int) -> "Image.Image":
    """A QR code (error correction M) with its quiet zone, modules as large as ``width`` dots allow."""
    import segno
    from PIL import Image

    code = segno.make(data, error="m", micro=False, boost_error=False)
    modules = [bytes(row) for row in code.matrix]
    side = len(modules) + 2 * QUIET
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(modules):
        image.paste(
            Image.frombytes("L", (len(row), 1), bytes(0 if dark else 255 for dark in row)), (QUIET, y + QUIET)
        )
    scale = max(1, width // side)
    return image.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def raster(image: "Image.Image", *, left: int = 0) -> bytes:
    """``image`` as GS v 0 commands, ``left`` dots from the edge (ESC a does not move pictures on every model)."""
    from PIL import Image, ImageOps

    width = (left + image.width + 7) // 8 * 8
    dots = Image.new("1", (width, image.height), 0)
    dots.paste(ImageOps.invert(image).point(lambda value: 255 if value > 110 else 0), (left, 0))
    data, row = dots.tobytes(), width // 8
    out = bytearray()
    for top in range(0, image.height, BAND):
        rows = min(BAND, image.height - top)
        out += b"\x1dv0\x00" + row.to_bytes(2, "little") + rows.to_bytes(2, "little")
        out += disarmed(data[top * row : (top + rows) * row])
    return bytes(out)


def disarmed(dots: bytes) -> bytes:
    """``dots`` without a real-time command in them: some firmware obeys those inside pictures too.

    One more dot, black beside black, is not seen.
    """
    return REAL_TIME.sub(b"\x30", dots)
