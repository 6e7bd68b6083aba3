"""Browsing: ways, shelves, and what stands on one."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.find.parts  # noqa: F401  kv names
from screens.browse.presenter import BrowseView, Tab
from screens.browse.shelf_card import ShelfCard
from screens.widgets.tappable import TapCard


class WayTab(TapCard):
    """One way, at the top."""

    tab = ObjectProperty(Tab(), rebind=True)


class ShelfTile(TapCard):
    """One shelf."""

    card = ObjectProperty(ShelfCard(), rebind=True)


class BrowseScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(BrowseView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: BrowseView) -> None:
        """Tabs and tiles are created once and dealt out in order."""
        for at, tab in enumerate(reversed(self.ids.tabs.children)):
            tab.tab = view.tabs[at] if at < len(view.tabs) else Tab()
        for at, tile in enumerate(reversed(self.ids.shelves.children)):
            tile.card = view.shelves[at] if at < len(view.shelves) else ShelfCard()


Builder.load_file(str(Path(__file__).with_name("browse.kv")))
