"""Blocks of a sheet on the glass: made when first needed, kept, dealt out in order."""

from pathlib import Path
from typing import Any

from kivy.factory import Factory
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

import screens.widgets  # noqa: F401  kv names
from screens.guide.sheet import Block
from screens.widgets.deal import deal, grown
from screens.widgets.tappable import Tappable


class BlockCard(Tappable, BoxLayout):
    """One block; it can be touched if it has an intent. What few blocks have is made for the first that has it."""

    block = ObjectProperty(Block(), rebind=True)
    roomy = BooleanProperty(False)
    said = ObjectProperty(None)  # the box of its texts

    def __init__(self, **properties: Any) -> None:
        self._good: Any = None
        self._late: Any = None
        self._code: Any = None
        super().__init__(**properties)

    def on_block(self, _card: object, block: Block) -> None:
        if block.good and self._good is None:
            self._good = Factory.GoodLine()
            self.said.add_widget(self._good, len(self.said.children) - 2)  # below head and text
        if block.late and self._late is None:
            self._late = Factory.LateLine()
            self.said.add_widget(self._late, 1)  # above the soft line
        if block.qr and self._code is None:
            self._code = Factory.BlockCode()
            self.add_widget(self._code, 1)
        if self._good is not None:
            self._good.text = block.good
        if self._late is not None:
            self._late.text = block.late
        if self._code is not None:
            self._code.text, self._code.size = block.qr, (block.qr_side, block.qr_side)

    def on_touch_down(self, touch: object) -> bool:
        return bool(self.block.intent and super().on_touch_down(touch))


class SheetBox(BoxLayout):
    """Blocks from the top down."""

    blocks = ObjectProperty(())
    roomy = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        self._kept: list[BlockCard] = []
        super().__init__(**properties)

    def on_blocks(self, _sheet: object, blocks: tuple[Block, ...]) -> None:
        """Those without a block are taken out: what is not seen is not laid out."""
        cards = grown(self._kept, len(blocks), lambda: BlockCard(roomy=self.roomy))
        for at, card in enumerate(self._kept):
            card.block = blocks[at] if at < len(blocks) else Block()
        deal(self, cards)


Builder.load_file(str(Path(__file__).with_name("blocks.kv")))
