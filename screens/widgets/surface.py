"""What things stand on: a filled, rounded, softly shadowed ground; and a card.

Software rendering pays for every pixel drawn, seen or not. So nothing invisible is drawn: no shadow under a
card's middle, no empty edge, no clear fill, nothing of what is not shown.
"""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.graphics import BorderImage, Color, InstructionGroup, Mesh, Rectangle
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from screens.widgets import patches

_SHADOW = (0.04, 0.12, 0.21)
_DROP = 6  # pixels a shadow lies lower than its card


class Surface(Widget):
    """Mix-in: a ground behind the widget's content, drawn by stretched textures."""

    fill = ColorProperty((0, 0, 0, 0))
    edge = ColorProperty((0, 0, 0, 0))
    edge_width = NumericProperty(0)
    radius = NumericProperty(0)
    raised = BooleanProperty(False)
    shade = NumericProperty(0)  # the theme's shadow
    over = ColorProperty((0, 0, 0, 0))  # laid over everything while a finger is down

    def __init__(self, **properties: Any) -> None:
        self._below, self._above = InstructionGroup(), InstructionGroup()
        self._redraw = Clock.create_trigger(self._draw, -1)
        super().__init__(**properties)
        self.canvas.before.add(self._below)
        self.canvas.after.add(self._above)
        for name in (
            "pos",
            "size",
            "fill",
            "edge",
            "edge_width",
            "radius",
            "raised",
            "shade",
            "over",
            "opacity",
        ):
            self.fbind(name, self._redraw)
        self._redraw()

    def _draw(self, _dt: float) -> None:
        below, above = self._below, self._above
        below.clear()
        above.clear()
        if self.opacity <= 0 or self.width <= 0 or self.height <= 0:
            return
        corner = max(0, min(int(self.radius), int(self.width) // 2, int(self.height) // 2))
        if self.raised and self.shade > 0:
            below.add(Color(*_SHADOW, self.shade))
            below.add(self._ring(patches.shadow(corner), corner + patches.SPREAD, patches.SPREAD, -_DROP))
        if self.fill[3] > 0:
            below.add(Color(*self.fill))
            below.add(self._filled(corner))
        if self.edge_width > 0 and self.edge[3] > 0:
            width = int(self.edge_width)
            below.add(Color(*self.edge))
            below.add(self._ring(patches.outline(corner, width), max(corner, width)))
        if self.over[3] > 0:
            above.add(Color(*self.over))
            above.add(self._filled(corner))

    def _filled(self, corner: int) -> Any:
        if corner == 0:
            return Rectangle(pos=self.pos, size=self.size)
        return BorderImage(
            texture=patches.body(corner),
            pos=self.pos,
            size=self.size,
            border=(corner, corner, corner, corner),
        )

    def _ring(self, texture: Any, border: int, spread: int = 0, drop: int = 0) -> Mesh:
        """A nine-patch without its middle, ``spread`` beyond the widget."""
        left, bottom = self.x - spread, self.y - spread + drop
        width, height = self.width + 2 * spread, self.height + 2 * spread
        share = border / texture.width
        across = (
            (left, 0.0),
            (left + border, share),
            (left + width - border, 1 - share),
            (left + width, 1.0),
        )
        up = (
            (bottom, 0.0),
            (bottom + border, share),
            (bottom + height - border, 1 - share),
            (bottom + height, 1.0),
        )
        vertices = [value for y, v in up for x, u in across for value in (x, y, u, v)]
        return Mesh(vertices=vertices, indices=_RING, mode="triangles", texture=texture)


# Corners of a 4 × 4 grid as triangles: all cells but the middle one.
_RING = [
    index
    for row in range(3)
    for column in range(3)
    if (row, column) != (1, 1)
    for first in (4 * row + column,)
    for index in (first, first + 1, first + 5, first, first + 5, first + 4)
]


class Ground(Surface, BoxLayout):
    """A box with a ground of its own."""


class Card(Surface, BoxLayout):
    """Content that belongs together, on paper."""


Builder.load_file(str(Path(__file__).with_name("surface.kv")))
