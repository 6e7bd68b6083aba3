"""Text in its fixed kinds, and icons. There is no rule for plain labels: a kind is always chosen."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import AliasProperty, BooleanProperty, ColorProperty, NumericProperty, StringProperty
from kivy.uix.label import Label

from screens.theme.fonts import icon_char


class Words(Label):
    """Text that wraps within its width and is as high as it needs; the base of every kind.

    ``tone`` is its colour where that is not the kind's own. Setting ``color`` itself in place would leave two kv
    bindings on one property, and a change of theme would let the wrong one win; the same goes for ``Icon.glyph``.
    ``single: True`` keeps it on one line, as wide as it is.
    """

    tone = ColorProperty(None, allownone=True)
    single = BooleanProperty(False)


class Icon(Label):
    """One drawing of the icon font: ``name: 'ticket-confirmation-outline'``; empty: nothing."""

    name = StringProperty("")
    tone = ColorProperty(None, allownone=True)
    glyph = NumericProperty(0)

    def _get_char(self) -> str:
        return icon_char(self.name) if self.name else ""

    char: Any = AliasProperty(_get_char, bind=("name",), cache=True)


Builder.load_file(str(Path(__file__).with_name("text.kv")))
