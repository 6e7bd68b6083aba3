"""What search and browsing are drawn with: results, chips, ways, and the card of a state. They decide nothing."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

import screens.widgets  # noqa: F401  kv names
from screens.find.chips import MOST
from screens.find.result_card import Badge, ResultCard
from screens.find.state_card import StateCard
from screens.find.ways import WayCard
from screens.widgets.surface import Card, Surface
from screens.widgets.tappable import TapCard, Tappable

MOST_CARDS = 5  # on one page, in any theme


class BadgeMark(Surface, BoxLayout):
    """One badge; an empty one takes no room."""

    badge = ObjectProperty(Badge(), rebind=True)
    ink = ColorProperty((0, 0, 0, 1))


class ResultTile(TapCard):
    """One result."""

    card = ObjectProperty(ResultCard(), rebind=True)

    def on_card(self, _tile: object, card: ResultCard) -> None:
        for at, mark in enumerate(self.ids.badges.children[::-1]):
            mark.badge = card.badges[at] if at < len(card.badges) else Badge()


class ResultList(FloatLayout):
    """Result tiles, made once and dealt out; a page holds ``slots``, and a card takes as many as it says."""

    cards = ObjectProperty(())
    slots = NumericProperty(1)
    gap = NumericProperty(0)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._tiles = [ResultTile(size_hint=(None, None)) for _ in range(MOST_CARDS)]
        for tile in self._tiles:
            self.add_widget(tile)
        self._place = Clock.create_trigger(self._placed, -1)
        self.bind(pos=self._moved, size=self._moved, slots=self._moved, gap=self._moved)
        self._deal()

    def on_cards(self, *_: object) -> None:
        self._deal()

    def _deal(self) -> None:
        for at, tile in enumerate(self._tiles):
            tile.card = self.cards[at] if at < len(self.cards) else ResultCard()
        self._place()

    def _moved(self, *_: object) -> None:
        self._place()

    def _placed(self, _dt: float) -> None:
        slot = (self.height - self.gap * (self.slots - 1)) / self.slots
        top = self.top
        for tile, card in zip(self._tiles, self.cards, strict=False):
            height = slot * card.slots + self.gap * (card.slots - 1)
            tile.pos, tile.size = (self.x, int(top - height)), (self.width, int(height))
            top -= height + self.gap


class Chip(Tappable, BoxLayout):
    """A word to touch; an empty one takes no room."""


class ChipRow(BoxLayout):
    """Chips, made once and dealt out."""

    texts = ObjectProperty(())

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        for _ in range(MOST):
            self.add_widget(Chip())
        self.on_texts()

    def on_texts(self, *_: object) -> None:
        for at, chip in enumerate(reversed(self.children)):
            chip.text = self.texts[at] if at < len(self.texts) else ""


class WayTile(TapCard):
    """One way to browse."""

    way = ObjectProperty(WayCard(), rebind=True)


class StatePanel(Card):
    """What there is to say where there is no list, with the ways on."""

    card = ObjectProperty(StateCard(), rebind=True)


Builder.load_file(str(Path(__file__).with_name("parts.kv")))
