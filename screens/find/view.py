"""Search: the line, what was found, and the letters below."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.find.parts
import screens.widgets.keypad  # noqa: F401  kv names
from screens.find.presenter import FindView
from screens.find.ways import WayCard


class FindScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(FindView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: FindView) -> None:
        """Tiles are created once and dealt out in order."""
        for at, tile in enumerate(reversed(self.ids.ways.children)):
            tile.way = view.ways[at] if at < len(view.ways) else WayCard()


Builder.load_file(str(Path(__file__).with_name("find.kv")))
