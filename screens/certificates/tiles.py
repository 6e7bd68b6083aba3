"""Certificates as cards on the glass: to be opened, or to be chosen from. They decide nothing."""

from typing import Any

from kivy.properties import ColorProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from screens.certificates.card import CertificateCard
from screens.widgets.deal import deal, grown
from screens.widgets.tappable import TapCard


class CertificateTile(TapCard):
    """One certificate."""

    card = ObjectProperty(CertificateCard(), rebind=True)
    ink = ColorProperty((0, 0, 0, 1))


class CertificateTiles(BoxLayout):
    """From the top down; tiles are made when first needed, and those without a card hold nothing of anybody."""

    cards = ObjectProperty(())

    def __init__(self, **properties: Any) -> None:
        self._tiles: list[CertificateTile] = []
        super().__init__(**properties)

    def on_cards(self, _box: object, cards: tuple[CertificateCard, ...]) -> None:
        tiles = grown(self._tiles, len(cards), CertificateTile)
        for at, tile in enumerate(self._tiles):
            tile.card = cards[at] if at < len(cards) else CertificateCard()
        deal(self, tiles)
