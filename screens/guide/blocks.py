"""Blocks of a sheet on the glass: made once, dealt out in order."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

import screens.widgets  # noqa: F401  kv names
from screens.guide.sheet import MOST_BLOCKS, Block
from screens.widgets.tappable import Tappable


class BlockCard(Tappable, BoxLayout):
    """One block; it can be touched if it has an intent."""

    block = ObjectProperty(Block(), rebind=True)
    roomy = BooleanProperty(False)
    said = ObjectProperty(None)  # the box of its texts

    def on_touch_down(self, touch: object) -> bool:
        return bool(self.block.intent and super().on_touch_down(touch))


class SheetBox(BoxLayout):
    """Blocks from the top down."""

    blocks = ObjectProperty(())
    roomy = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        self._kept = [BlockCard() for _ in range(MOST_BLOCKS)]
        super().__init__(**properties)

    def on_blocks(self, _sheet: object, blocks: tuple[Block, ...]) -> None:
        """Those without a block are taken out: what is not seen is not laid out."""
        self.clear_widgets()
        for card, block in zip(self._kept, (*blocks, *(Block(),) * MOST_BLOCKS), strict=False):
            card.roomy, card.block = self.roomy, block
            if block.height:
                self.add_widget(card)


Builder.load_file(str(Path(__file__).with_name("blocks.kv")))
