"""Small textures, made once, that are stretched behind cards: bodies, outlines, soft shadows.

A nine-patch keeps its corners and stretches the rest, so a smooth rounded corner costs one quad set and no
multisampling.
"""

from collections.abc import Callable
from functools import cache
from math import hypot

from kivy.graphics.texture import Texture

SPREAD = 28  # pixels a shadow reaches beyond its card


@cache
def body(radius: int) -> Texture:
    """A filled rounded rectangle; border ``radius``."""
    return _nine_patch(radius, lambda distance: _covered(radius - distance) if radius else 1.0)


@cache
def outline(radius: int, width: int) -> Texture:
    """The edge of one, ``width`` inside it; border ``max(radius, width)``."""
    corner = max(radius, width)
    return _nine_patch(
        corner,
        lambda distance: _covered(corner - distance) * (1 - _covered(corner - width - distance)),
    )


@cache
def shadow(radius: int) -> Texture:
    """A soft shadow of a card of ``radius``; border ``radius + SPREAD``."""
    reach = radius + SPREAD

    def fade(distance: float) -> float:
        inside = max(0.0, min(1.0, (reach - distance) / (2 * SPREAD)))
        return inside * inside * (3 - 2 * inside)

    return _nine_patch(reach, fade)


def _covered(depth: float) -> float:
    """How much of a pixel whose centre is ``depth`` inside an edge is covered."""
    return max(0.0, min(1.0, depth + 0.5))


def _nine_patch(corner: int, alpha: Callable[[float], float]) -> Texture:
    """White pixels whose opacity is ``alpha`` of the distance to the corner's centre; a 4 px middle."""
    middle = 4
    size = 2 * corner + middle
    pixels = bytearray(b"\xff\xff\xff\x00" * (size * size))

    def from_centre(at: int) -> float:
        if at < corner:
            return corner - at - 0.5
        if at >= corner + middle:
            return at - corner - middle + 0.5
        return 0.0

    offsets = [from_centre(at) for at in range(size)]
    half = size // 2
    for y in range(half):
        for x in range(y, half):
            value = round(255 * alpha(hypot(offsets[x], offsets[y])))
            if value:
                for row, column in ((y, x), (x, y)):
                    for r in (row, size - 1 - row):
                        for c in (column, size - 1 - column):
                            pixels[4 * (r * size + c) + 3] = value
    texture = Texture.create(size=(size, size), colorfmt="rgba")
    texture.blit_buffer(bytes(pixels), colorfmt="rgba", bufferfmt="ubyte")
    texture.wrap = "clamp_to_edge"
    return texture
