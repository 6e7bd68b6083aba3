"""Text in its fixed kinds, and icons. There is no rule for plain labels: a kind is always chosen."""

from pathlib import Path
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.lang import Builder
from kivy.properties import AliasProperty, BooleanProperty, ColorProperty, NumericProperty, StringProperty
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


class Words(Label):
    """Text that wraps within its width and is as high as it needs; the base of every kind.

    ``tone`` is its colour where that is not the kind's own. Setting ``color`` itself in place would leave two kv
    bindings on one property, and a change of theme would let the wrong one win; the same goes for ``Icon.glyph``.
    ``single: True`` keeps it on one line, as wide as it is.
    """

    tone = ColorProperty(None, allownone=True)
    single = BooleanProperty(False)

    def _create_label(self) -> None:
        """Kivy's own hook for the text engine of a label."""
        given = {name: getattr(self, name) for name in self._font_properties}
        self._label = SnugText(usersize=self.text_size, **given)


class Icon(Label):
    """One drawing of the icon font: ``name: 'ticket-confirmation-outline'``; empty: nothing."""

    name = StringProperty("")
    tone = ColorProperty(None, allownone=True)
    glyph = NumericProperty(0)

    def _get_char(self) -> str:
        return icon_char(self.name) if self.name else ""

    char: Any = AliasProperty(_get_char, bind=("name",), cache=True)


Builder.load_file(str(Path(__file__).with_name("text.kv")))
