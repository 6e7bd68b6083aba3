"""What things stand on: a filled, rounded, softly shadowed ground; and a card."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import AliasProperty, BooleanProperty, ColorProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from screens.widgets import patches


class Surface(Widget):
    """Mix-in: a ground behind the widget's content, drawn by stretched textures."""

    fill = ColorProperty((0, 0, 0, 0))
    edge = ColorProperty((0, 0, 0, 0))
    edge_width = NumericProperty(0)
    radius = NumericProperty(0)
    raised = BooleanProperty(False)

    def _corner(self) -> int:
        return max(0, min(int(self.radius), int(self.width) // 2, int(self.height) // 2))

    def _get_corner(self) -> int:
        return self._corner()

    def _get_body(self) -> Any:
        return patches.body(self._corner())

    def _get_outline(self) -> Any:
        return patches.outline(self._corner(), int(self.edge_width)) if self.edge_width else None

    def _get_shadow(self) -> Any:
        return patches.shadow(self._corner()) if self.raised else None

    corner = AliasProperty(_get_corner, bind=("radius", "size"), cache=True)
    body_texture = AliasProperty(_get_body, bind=("corner",), cache=True)
    outline_texture = AliasProperty(_get_outline, bind=("corner", "edge_width"), cache=True)
    shadow_texture = AliasProperty(_get_shadow, bind=("corner", "raised"), cache=True)
    spread = NumericProperty(patches.SPREAD)


class Ground(Surface, BoxLayout):
    """A box with a ground of its own."""


class Card(Surface, BoxLayout):
    """Content that belongs together, on paper."""


Builder.load_file(str(Path(__file__).with_name("surface.kv")))
