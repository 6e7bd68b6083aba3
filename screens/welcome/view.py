"""The first screen."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

import screens.widgets  # noqa: F401  kv names
from screens.welcome.presenter import FeatureCard, WaitingLine, WelcomeView
from screens.widgets.tappable import TapCard


class WaitingRow(BoxLayout):
    """A queue of the live strip."""

    line = ObjectProperty(WaitingLine(), rebind=True)


class FeatureTile(TapCard):
    """A second thing that can be done here."""

    feature = ObjectProperty(FeatureCard(), rebind=True)


class WelcomeScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(WelcomeView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: WelcomeView) -> None:
        """Rows and tiles are created once; those without content take no room."""
        for at, row in enumerate(reversed(self.ids.waiting.children)):
            row.line = view.waiting[at] if at < len(view.waiting) else WaitingLine()
        for at, tile in enumerate(reversed(self.ids.features.children)):
            tile.feature = view.features[at] if at < len(view.features) else FeatureCard()


Builder.load_file(str(Path(__file__).with_name("welcome.kv")))
