"""From a certificate's face (PNG) to pixels of the size that a glass shows: work for a worker, never for the screen.

Nothing is trusted: how large a picture says it is, is read before anything of it is decoded.
"""

import struct
import zlib
from io import BytesIO
from typing import Final

from PIL import Image

from screens.events import Picture

MOST_PIXELS: Final = 20_000_000  # decoded, 60 MB; a page of A4 at 300 dpi has nine million
ROOM: Final = (984, 1200)  # pixels, wide and high, that a portrait glass of 1080 has for it; the pad has less
HEAD: Final = struct.Struct(
    ">8s4x4sII"
)  # signature, then IHDR with width and height: PNG (ISO/IEC 15948) 5.2, 11.2.2
BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    IndexError,
    EOFError,
    struct.error,
    zlib.error,
)  # so says Pillow


class NoPicture(Exception):
    """Bytes that are no picture, or none that can be shown. It quotes nothing of them."""

    code = "certificates.no_face"


def decoded(png: bytes, room: tuple[int, int] = ROOM) -> Picture:
    """``png`` as large as fits ``room``, and no larger than it is. Raises NoPicture."""
    _check(png)
    try:
        with Image.open(BytesIO(png), formats=("PNG",)) as image:
            pixels = image.convert("RGB")
        pixels.thumbnail(room, Image.Resampling.LANCZOS)
        return Picture(pixels.width, pixels.height, pixels.tobytes())
    except BROKEN as error:
        raise NoPicture(f"broken, {type(error).__name__}") from None


def _check(png: bytes) -> None:
    if len(png) < HEAD.size:
        raise NoPicture("no PNG")
    signature, chunk, wide, high = HEAD.unpack_from(png)
    if signature != b"\x89PNG\r\n\x1a\n" or chunk != b"IHDR":
        raise NoPicture("no PNG")
    if not 0 < wide * high <= MOST_PIXELS:
        raise NoPicture(f"{wide} x {high} pixels")
