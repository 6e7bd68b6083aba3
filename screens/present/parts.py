"""What showing who one is, is drawn with: pictures of how, and what else is taken. They decide nothing."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

import screens.widgets  # noqa: F401  kv names
from screens.present.ways import Way
from screens.widgets.deal import deal, grown
from screens.widgets.surface import Surface


class HoldCode(Widget):
    """A picture: a phone with a code on it, held over the scanner's glass."""

    zoom = NumericProperty(1)


class InsertCard(Widget):
    """A picture: a card with a chip, going into the slot."""

    zoom = NumericProperty(1)


class HowPicture(FloatLayout):
    """The picture of one ``kind`` of thing to show, in the middle; of none, nothing."""

    kind = StringProperty("")
    zoom = NumericProperty(1)


class PresentTile(Surface, BoxLayout):
    """One of the things that are taken here."""

    way = ObjectProperty(Way(), rebind=True)


class PresentWays(BoxLayout):
    """All of them, side by side, over the whole width. The tiles are made when first needed."""

    ways = ObjectProperty(())

    def __init__(self, **properties: Any) -> None:
        self._made: list[PresentTile] = []
        super().__init__(**properties)

    def on_ways(self, *_: object) -> None:
        tiles = grown(self._made, len(self.ways), PresentTile)
        for tile, way in zip(tiles, self.ways, strict=True):
            tile.way = way
        deal(self, tiles)


Builder.load_file(str(Path(__file__).with_name("parts.kv")))
