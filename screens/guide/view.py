"""A guide, with its sections and what can be done with it."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ColorProperty, ObjectProperty, OptionProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

import screens.guide.blocks
import screens.widgets  # noqa: F401  kv names
from screens.guide.glance import Glance
from screens.guide.presenter import GuideView, Tab
from screens.widgets.deal import deal, grown
from screens.widgets.surface import Surface
from screens.widgets.tappable import TapCard, Tappable


class SectionTab(TapCard):
    """One section, reached in one touch."""

    tab = ObjectProperty(Tab(), rebind=True)


class FactTile(TapCard):
    """One key fact; a touch opens the section that has it in full."""

    fact = ObjectProperty(Glance(), rebind=True)


class NoticeButton(Tappable, BoxLayout):
    """Prints the notice, and tells how that goes."""

    icon = StringProperty("")
    line = StringProperty("")
    ink = ColorProperty((0, 0, 0, 1))
    kind = OptionProperty("", options=("", "info", "ok", "amber"))

    def on_touch_down(self, touch: object) -> bool:
        return bool(self.intent and super().on_touch_down(touch))


class WhyNot(Surface, BoxLayout):
    """Stands where the main action would: why there is none, and when there will be."""

    icon = StringProperty("")
    text = StringProperty("")
    line = StringProperty("")


class GuideScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(GuideView(), rebind=True)

    def __init__(self, **properties: Any) -> None:
        self._tabs: list[SectionTab] = []
        self._facts: list[FactTile] = []
        super().__init__(**properties)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: GuideView) -> None:
        """Tabs and facts are made when first needed, kept, and dealt out in order."""
        tabs = grown(self._tabs, len(view.tabs), SectionTab)
        facts = grown(self._facts, len(view.facts), FactTile)
        for at, tab in enumerate(self._tabs):
            tab.tab = view.tabs[at] if at < len(view.tabs) else Tab()
        for at, fact in enumerate(self._facts):
            fact.fact = view.facts[at] if at < len(view.facts) else Glance()
        deal(self.ids.tabs, tabs)
        deal(self.ids.facts, facts)


Builder.load_file(str(Path(__file__).with_name("guide.kv")))
