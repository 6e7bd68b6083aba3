"""What search and browsing are drawn with: results, chips, ways, and the card of a state. They decide nothing."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.floatlayout import FloatLayout

import screens.widgets  # noqa: F401  kv names
from screens.find.result_card import Badge, ResultCard
from screens.find.state_card import StateCard
from screens.find.ways import WayCard
from screens.widgets.deal import deal, grown
from screens.widgets.surface import Card, Surface
from screens.widgets.tappable import TapCard, Tappable


class BadgeMark(Surface, BoxLayout):
    """One badge."""

    badge = ObjectProperty(Badge(), rebind=True)
    ink = ColorProperty((0, 0, 0, 1))


class ResultTile(TapCard):
    """One result. Few have more than one badge."""

    card = ObjectProperty(ResultCard(), rebind=True)

    def __init__(self, **properties: Any) -> None:
        self._marks: list[BadgeMark] = []
        super().__init__(**properties)

    def on_card(self, _tile: object, card: ResultCard) -> None:
        marks = grown(self._marks, len(card.badges), BadgeMark)
        for mark, badge in zip(marks, card.badges, strict=True):
            mark.badge = badge
        deal(self.ids.badges, marks)


class ResultList(FloatLayout):
    """Result tiles, made when first needed; a page holds ``slots``, and a card takes as many as it says."""

    cards = ObjectProperty(())
    slots = NumericProperty(1)
    gap = NumericProperty(0)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        self._tiles: list[ResultTile] = []
        self._place = Clock.create_trigger(self._placed, -1)
        self.bind(pos=self._moved, size=self._moved, slots=self._moved, gap=self._moved)
        self._deal()

    def on_cards(self, *_: object) -> None:
        self._deal()

    def _deal(self) -> None:
        deal(self, grown(self._tiles, len(self.cards), lambda: ResultTile(size_hint=(None, None))))
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


class Chip(Tappable, AnchorLayout):
    """A word to touch."""


class ChipRow(BoxLayout):
    """Chips, made when first needed, kept and dealt out."""

    texts = ObjectProperty(())

    def __init__(self, **properties: Any) -> None:
        self._chips: list[Chip] = []
        super().__init__(**properties)

    def on_texts(self, *_: object) -> None:
        chips = grown(self._chips, len(self.texts), Chip)
        for chip, text in zip(chips, self.texts, strict=True):
            chip.text = text
        deal(self, chips)


class WayTile(TapCard):
    """One way to browse."""

    way = ObjectProperty(WayCard(), rebind=True)


class StatePanel(Card):
    """What there is to say where there is no list, with the ways on."""

    card = ObjectProperty(StateCard(), rebind=True)


class StateSpace(FloatLayout):
    """Room for the panel of a state, which is there only while it is shown: most terminals never need it."""

    card = ObjectProperty(StateCard())
    shown = BooleanProperty(False)

    def on_shown(self, *_: object) -> None:
        self.clear_widgets()
        if self.shown:
            self.add_widget(StatePanel(card=self.card, pos_hint={"x": 0, "y": 0}))

    def on_card(self, *_: object) -> None:
        for panel in self.children:
            panel.card = self.card


Builder.load_file(str(Path(__file__).with_name("parts.kv")))
