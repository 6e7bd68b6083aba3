"""Text in its fixed kinds, and icons. There is no rule for plain labels: a kind is always chosen."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, Rectangle
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.label import Label

from screens.theme.fonts import icon_char


class SnugText(CoreLabel):
    """Wraps within its width as ever, but makes a picture no wider than its widest line.

    A line of text seldom fills its box; the empty rest would be stored and drawn all the same.
    """

    def render(self, real: bool = False) -> Any:
        size = super().render(real)
        if real or not size[0]:
            return size
        return max(2, *(int(line.w) for line in self._cached_lines)), size[1]


class Type(Label):
    """What words and icons share: a label that listens to what changes here, and draws nothing else.

    Kivy's own listens to forty properties and is drawn by rules of kv: 20 kB more a label, and a terminal has a
    thousand. An empty one keeps no picture.
    """

    _CHANGING = ("text", "font_size", "bold", "color", "halign", "text_size", "line_height")
    _FIXED = ("font_name", "valign", "shorten", "shorten_from", "split_str", "max_lines")  # set in kv, once

    _engine: type[CoreLabel] = CoreLabel
    tone = ColorProperty(None, allownone=True)

    def __init__(self, **properties: Any) -> None:
        self._trigger_texture = Clock.create_trigger(self.texture_update, -1)
        self._label: CoreLabel | None = None
        super(Label, self).__init__(**properties)
        for name in self._CHANGING:
            self.fbind(name, self._trigger_texture)
        with self.canvas:
            Color(1, 1, 1, 1)
            self._picture = Rectangle(size=(0, 0))
        for name in ("pos", "size"):
            self.fbind(name, self._place)
        if self.text:
            self._trigger_texture()

    def texture_update(self, *_: object) -> None:
        """Draw the text anew: its picture, and the size of that."""
        self.texture = None
        if self.text:
            label = self._label = self._label or self._engine()
            label.text, label.usersize = self.text, self.text_size
            label.options |= {name: getattr(self, name) for name in (*self._CHANGING, *self._FIXED)}
            label.refresh()
            self.texture = label.texture
            self.texture_size = list(label.texture.size)
        else:
            self._label = None
            self.texture_size = [0, 0]
        self._place()

    def _place(self, *_: object) -> None:
        """The picture where it belongs in the widget, on whole pixels.

        From x and y alone: while a widget's centre is being set, its centre as told is still the old one.
        """
        width, height = self.texture_size
        beside = {"left": 0, "right": 1}.get(self.halign, 0.5)
        self._picture.texture = self.texture
        self._picture.size = (width, height)
        self._picture.pos = (
            int(self.x + (self.width - width) * beside),
            int(self.y + (self.height - height) / 2),
        )


class Words(Type):
    """Text that wraps within its width and is as high as it needs; the base of every kind.

    ``tone`` is its colour where that is not the kind's own. Setting ``color`` itself in place would leave two kv
    bindings on one property, and a change of theme would let the wrong one win; the same goes for ``Icon.glyph``.
    ``single: True`` keeps it on one line, as wide as it is.
    """

    _engine = SnugText
    single = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self.on_width()

    def on_single(self, *_: object) -> None:
        self.size_hint_x = None if self.single else 1
        self.on_width()
        self.on_texture_size()

    def on_width(self, *_: object) -> None:
        self.text_size = (None, None) if self.single else (self.width, None)

    def on_texture_size(self, *_: object) -> None:
        self.height = self.texture_size[1]
        if self.single:
            self.width = self.texture_size[0]


class Drawing(Type):
    """One drawing of the icon font: ``name: 'ticket-confirmation-outline'``; empty: nothing."""

    name = StringProperty("")
    glyph = NumericProperty(0)

    def on_name(self, *_: object) -> None:
        self.text = icon_char(self.name) if self.name else ""

    def on_font_size(self, *_: object) -> None:
        self.text_size = (self.font_size, self.font_size)


class Icon(Drawing):
    """A drawing as large as its type."""

    def on_font_size(self, *_: object) -> None:
        super().on_font_size()
        self.size = (self.font_size, self.font_size)


Builder.load_file(str(Path(__file__).with_name("text.kv")))
