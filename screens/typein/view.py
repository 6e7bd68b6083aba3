"""A keypad of our own, and the number as far as it is typed."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.screenmanager import Screen

import screens.widgets  # noqa: F401  kv names
from screens.typein.presenter import Place, TypeinView
from screens.widgets.deal import deal, grown
from screens.widgets.keypad import Key


class TypeinKey(Key):
    """One digit, or X."""


class TypeinPlace(BoxLayout):
    """One place of the number: its character over a line."""

    place = ObjectProperty(Place(), rebind=True)


class TypeinNumber(BoxLayout):
    """The places, made when first needed and dealt out. They hold nothing of a number that is gone."""

    places = ObjectProperty(())

    def __init__(self, **properties: Any) -> None:
        self._made: list[TypeinPlace] = []
        super().__init__(**properties)

    def on_places(self, *_: object) -> None:
        wanted = grown(self._made, len(self.places), TypeinPlace)
        for at, widget in enumerate(self._made):
            widget.place = self.places[at] if at < len(self.places) else Place()
        deal(self, wanted)


class TypeinPad(GridLayout):
    """Keys with the intents ``digit`` (its character) and ``delete``, as on a telephone. Built once."""

    delete = StringProperty("")
    takes_x = BooleanProperty(False)


class TypeinScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(TypeinView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""


Builder.load_file(str(Path(__file__).with_name("typein.kv")))
