"""One look before the number is taken."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.widgets  # noqa: F401  kv names
from screens.confirm.presenter import ConfirmView, PriorityChoice
from screens.widgets.tappable import TapCard


class PriorityTile(TapCard):
    """A reason to be called earlier; chosen or not."""

    choice = ObjectProperty(PriorityChoice(), rebind=True)


class ConfirmScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(ConfirmView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: ConfirmView) -> None:
        """Tiles are created once and dealt out in order."""
        for at, tile in enumerate(reversed(self.ids.choices.children)):
            tile.choice = view.choices[at] if at < len(view.choices) else PriorityChoice()


Builder.load_file(str(Path(__file__).with_name("confirm.kv")))
