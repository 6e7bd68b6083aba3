"""Parts that several screens share: banners, icon tiles, facts, steps, the drawn ID card."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

from screens.widgets.surface import Surface
from screens.widgets.text import Drawing


class Banner(Surface, BoxLayout):
    """One message with an icon, across the screen; without text it takes no room."""

    icon = StringProperty("")
    text = StringProperty("")
    line = StringProperty("")
    code = StringProperty("")
    ink = ColorProperty((0, 0, 0, 1))
    kind = OptionProperty("info", options=("info", "ok", "amber", "call"))


class IconTile(Surface, Drawing):
    """An icon on a rounded ground of its own."""

    side = NumericProperty(96)


class Fact(BoxLayout):
    """A small word over what it says."""

    word = StringProperty("")
    text = StringProperty("")


class Place(BoxLayout):
    """Where to go, with its mark; without text it takes no room."""

    word = StringProperty("")
    text = StringProperty("")


class Step(BoxLayout):
    """One of several steps: behind, under way, or to come."""

    icon = StringProperty("")
    text = StringProperty("")
    passed = BooleanProperty(False)
    current = BooleanProperty(False)


class LayCard(Widget):
    """A picture: an ID card coming down on the reader's plate."""

    zoom = NumericProperty(1)


Builder.load_file(str(Path(__file__).with_name("parts.kv")))
