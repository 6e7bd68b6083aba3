"""All queues, a page at a time."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.widgets  # noqa: F401  kv names
from screens.choose.presenter import ChooseView, QueueCard
from screens.widgets.tappable import TapCard


class QueueTile(TapCard):
    """One queue."""

    card = ObjectProperty(QueueCard(), rebind=True)


class ChooseScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(ChooseView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: ChooseView) -> None:
        """Tiles are created once and dealt out in order."""
        for at, tile in enumerate(reversed(self.ids.tiles.children)):
            tile.card = view.cards[at] if at < len(view.cards) else QueueCard()


Builder.load_file(str(Path(__file__).with_name("choose.kv")))
