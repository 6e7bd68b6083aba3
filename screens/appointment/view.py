"""Appointments as cards, each with how it stands; and the ways on."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.widgets  # noqa: F401  kv names
from screens.appointment.cards import AppointmentCard
from screens.appointment.presenter import AppointmentView
from screens.widgets.deal import deal, grown
from screens.widgets.tappable import TapCard


class AppointmentTile(TapCard):
    """One appointment; a target where it can be checked in by itself."""

    card = ObjectProperty(AppointmentCard(), rebind=True)
    only = BooleanProperty(False)  # on this page

    def on_touch_down(self, touch: object) -> bool:
        return bool(self.card.value and super().on_touch_down(touch))


class AppointmentScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(AppointmentView(), rebind=True)

    def __init__(self, **properties: Any) -> None:
        self._tiles: list[AppointmentTile] = []
        super().__init__(**properties)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: AppointmentView) -> None:
        """Tiles are made when first needed, kept and dealt out in order; one that is not needed shows nobody."""
        tiles = grown(self._tiles, len(view.cards), AppointmentTile)
        for tile, card in zip(tiles, view.cards, strict=True):
            tile.only, tile.card = len(tiles) == 1, card
        for tile in self._tiles[len(tiles) :]:
            tile.card = AppointmentCard()
        deal(self.ids.cards, tiles)


Builder.load_file(str(Path(__file__).with_name("appointment.kv")))
