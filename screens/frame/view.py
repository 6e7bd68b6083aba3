"""Header, bottom bar, and what may lie over a screen: the staff message and the leaving countdown."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.floatlayout import FloatLayout

import screens.widgets  # noqa: F401  kv names
from screens.frame.presenter import BarItem, FrameView
from screens.widgets.tappable import TapCard, Tappable

PLACES = 7  # home, back, large, contrast, aloud, language, staff


class BarButton(TapCard):
    """One place of the bottom bar."""

    item = ObjectProperty(BarItem(), rebind=True)


class Veil(Tappable):
    """Covers everything; a touch anywhere on it says: I am still here."""


class TerminalFrame(FloatLayout):
    """Stands around the screens; ``body`` is where they are."""

    __events__ = ("on_intent",)
    view = ObjectProperty(FrameView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _frame: object, view: FrameView) -> None:
        """The bar's places are created once and filled from the left."""
        buttons = self.ids.bar.children[::-1]
        for button, item in zip(buttons, _padded(view.bar), strict=True):
            button.item = item


def _padded(bar: tuple[BarItem, ...]) -> tuple[BarItem, ...]:
    return bar + (BarItem(),) * (PLACES - len(bar))


Builder.load_file(str(Path(__file__).with_name("frame.kv")))
