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
from screens.guide.sections import GUIDE_TABS
from screens.widgets.surface import Surface
from screens.widgets.tappable import TapCard, Tappable

FACTS = 6


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
        self._tabs = [SectionTab() for _ in GUIDE_TABS]
        self._facts = [FactTile() for _ in range(FACTS)]
        super().__init__(**properties)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: GuideView) -> None:
        """Tabs and facts are created once, dealt out in order, and taken out where there are fewer."""
        for tab, shown in zip(self._tabs, (*view.tabs, *(Tab(),) * len(self._tabs)), strict=False):
            tab.tab = shown
        for fact, told in zip(self._facts, (*view.facts, *(Glance(),) * FACTS), strict=False):
            fact.fact = told
        _deal(self.ids.tabs, self._tabs[: len(view.tabs)])
        _deal(self.ids.facts, self._facts[: len(view.facts)])


def _deal(box: Any, widgets: list[Any]) -> None:
    if box.children != widgets[::-1]:
        box.clear_widgets()
        for widget in widgets:
            box.add_widget(widget)


Builder.load_file(str(Path(__file__).with_name("guide.kv")))
