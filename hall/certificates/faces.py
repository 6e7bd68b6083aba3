"""The face of a certificate as a picture: composed as the document is, and nobody's forgery.

No state emblem, no seal, no photograph: a silhouette, a ring where a seal would be, and a plain mark that says what
the picture is. Nothing is written to disk.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hall.certificates.composing import WIDTH, Box, Ink, compose
from hall.certificates.kinds import Colour, Design, Shape, design_of
from hall.certificates.lettering import font_of, shown, width, wrapped
from hall.certificates.png import as_png
from hall.certificates.port import Certificate
from hall.wire.messages import CertificateStatus

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

SAMPLE = "电子证照 · 示例样式"
FROM_DATA = "电子证照 · 据电子数据绘制"

STAMPS: dict[CertificateStatus, str] = {
    "expired": "已过期",
    "revoked": "已注销",
    "suspended": "已暂停",
    "not_yet": "未生效",
}
_STAMP_RED = (176, 38, 38)
_INK = (32, 34, 40)
_PHOTO = (260, 330)  # 358 × 441 of an ID card's photo, smaller


@dataclass(frozen=True, slots=True)
class _Sheet:
    """What a shape leaves free: where lines stand, where a photo and a seal's ring do."""

    height: int
    boxes: tuple[Box, ...]
    photo: Box
    ring: tuple[int, int]


def drawn(certificate: Certificate, font: Path, mark: str) -> bytes:
    """The face as PNG, WIDTH pixels wide. ``mark`` says what sort of picture it is."""
    from PIL import Image, ImageDraw

    design = design_of(certificate.kind)
    sheet = _sheet(design)
    placed, over = compose(certificate.lines, certificate.lines_en, sheet.boxes, font)
    height = sheet.height + over
    image = Image.new("RGB", (WIDTH, height), design.paper)
    draw = ImageDraw.Draw(image)
    _ground(draw, design, height)
    _ring(draw, sheet, design, over, font)
    if design.photo:
        _silhouette(draw, sheet.photo, design)
    _heading(draw, design, font)
    inks: dict[Ink, Colour] = {
        "text": _INK,
        "accent": design.accent,
        "faint": _mixed(design.accent, design.paper, 0.8),
    }
    for one in placed:
        draw.text((one.x, one.y), one.text, font=font_of(font, one.size), fill=inks[one.ink])
    _foot(draw, certificate, design, height, mark, font)
    if stamp := STAMPS.get(certificate.status):
        _stamp(image, stamp, font)
    return as_png(image)


def _sheet(design: Design) -> _Sheet:
    wide, tall = _PHOTO
    if design.shape == "card":
        top, height = 190, 1010
        free = height - top - 76
        photo = Box(WIDTH - 90 - wide, top + 20, wide, tall)
        if design.photo:
            return _Sheet(
                height, (Box(90, top, photo.left - 130, free),), photo, (photo.left + wide // 2, 720)
            )
        return _Sheet(height, (Box(90, top, 680, free), Box(830, top, 680, free)), photo, (1390, 800))
    height, middle = 1130, WIDTH // 2
    top, left, right = (210, 100, 60) if design.shape == "page" else (190, 80, 70)
    free = height - top - 96
    room = middle - left - right // 2 - 20
    photo = Box(middle + right, top, wide, tall)
    first = Box(left, top, room, free)
    second = Box(middle + right, top, room, free)
    if design.photo:
        second = Box(second.left, top + tall + 30, room, free - tall - 30)
    return _Sheet(height, (first, second), photo, (1380, 900))


def _ground(draw: "ImageDraw.ImageDraw", design: Design, height: int) -> None:
    """Fine waves, as security printing has, and the frame of the shape."""
    faint = _mixed(design.accent, design.paper, 0.10)
    for row in range(0, height + 60, 34):
        points = [
            (x, row + 16 * math.sin(x / 90 + row / 70) + 7 * math.sin(x / 31))
            for x in range(0, WIDTH + 20, 20)
        ]
        draw.line(points, fill=faint, width=2)
    line = _mixed(design.accent, design.paper, 0.55)
    if design.shape == "page":
        draw.rectangle((34, 34, WIDTH - 35, height - 35), outline=design.accent, width=6)
        draw.rectangle((48, 48, WIDTH - 49, height - 49), outline=line, width=2)
    elif design.shape == "spread":
        middle = WIDTH // 2
        for step in range(14):  # the fold: a soft shadow on both sides
            shade = _mixed((90, 84, 78), design.paper, 0.30 * (1 - step / 14))
            draw.line((middle - step, 0, middle - step, height), fill=shade)
            draw.line((middle + step, 0, middle + step, height), fill=shade)
        draw.rectangle((20, 20, WIDTH - 21, height - 21), outline=line, width=3)
    else:
        draw.rounded_rectangle((4, 4, WIDTH - 5, height - 5), 46, outline=line, width=5)
        draw.line((90, 160, WIDTH - 90, 160), fill=line, width=3)


def _heading(draw: "ImageDraw.ImageDraw", design: Design, font: Path) -> None:
    title, english = shown(design.title, font), shown(design.title_en, font)
    places: dict[Shape, tuple[int, int, str]] = {
        "card": (90, 34, "l"),
        "spread": (WIDTH // 4, 46, "m"),
        "page": (WIDTH // 2, 70, "m"),
    }
    x, y, anchor = places[design.shape]
    size = 66 if design.shape == "page" else 60
    while size > 30 and width(title, font, size) > WIDTH * (0.42 if design.shape == "spread" else 0.8):
        size -= 6
    draw.text(
        (x, y),
        title,
        font=font_of(font, size),
        fill=design.accent,
        anchor=f"{anchor}a",
        stroke_width=1,
        stroke_fill=design.accent,
    )
    faint = _mixed(design.accent, design.paper, 0.7)
    draw.text((x, y + size + 18), english, font=font_of(font, 26), fill=faint, anchor=f"{anchor}a")


def _silhouette(draw: "ImageDraw.ImageDraw", box: Box, design: Design) -> None:
    ground, shape = _mixed(design.accent, (255, 255, 255), 0.12), _mixed(design.accent, (255, 255, 255), 0.34)
    middle, third = box.left + box.width // 2, box.height // 3
    draw.rectangle((box.left, box.top, box.right, box.bottom), fill=ground)
    draw.ellipse((middle - 58, box.top + third - 62, middle + 58, box.top + third + 66), fill=shape)
    draw.pieslice((middle - 112, box.bottom - 150, middle + 112, box.bottom + 150), 180, 360, fill=shape)
    draw.rectangle((box.left, box.top, box.right, box.bottom), outline=shape, width=2)


def _ring(draw: "ImageDraw.ImageDraw", sheet: _Sheet, design: Design, over: int, font: Path) -> None:
    """Where the document has its seal."""
    x, y = sheet.ring[0], sheet.ring[1] + over
    colour = _mixed(design.accent, design.paper, 0.28)
    for start in range(0, 360, 12):
        draw.arc((x - 92, y - 92, x + 92, y + 92), start, start + 7, fill=colour, width=4)
    draw.text((x, y), "签章处", font=font_of(font, 30), fill=colour, anchor="mm")


def _foot(
    draw: "ImageDraw.ImageDraw", certificate: Certificate, design: Design, height: int, mark: str, font: Path
) -> None:
    y = height - (84 if design.shape == "page" else 62)
    colour = _mixed(design.accent, design.paper, 0.75)
    draw.text((90, y), mark, font=font_of(font, 26), fill=colour, anchor="lm")
    if certificate.identifier:
        text = wrapped(f"证照标识 {certificate.identifier}", font, 17, WIDTH - 620)[0]
        draw.text((WIDTH - 90, y), text, font=font_of(font, 17), fill=colour, anchor="rm")


def _stamp(image: "Image.Image", text: str, font: Path) -> None:
    """As of a rubber stamp, slanting, where most faces have little text."""
    from PIL import Image, ImageDraw

    mask = Image.new("L", (560, 220), 0)
    draw = ImageDraw.Draw(mask)
    draw.rounded_rectangle((8, 8, 551, 211), 26, outline=170, width=11)
    draw.rounded_rectangle((26, 26, 533, 193), 16, outline=170, width=4)
    draw.text((280, 108), text, font=font_of(font, 132), fill=170, anchor="mm", stroke_width=2)
    turned = mask.rotate(14, Image.Resampling.BICUBIC, expand=True)
    place = (round(image.width * 0.58) - turned.width // 2, round(image.height * 0.68) - turned.height // 2)
    image.paste(_STAMP_RED, place, turned)


def _mixed(ink: Colour, paper: Colour, share: float) -> Colour:
    """``share`` of ``ink`` on ``paper``."""
    red, green, blue = (round(a * share + b * (1 - share)) for a, b in zip(ink, paper, strict=True))
    return red, green, blue
