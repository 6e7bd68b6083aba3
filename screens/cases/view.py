"""One question about the citizen's situation."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

import screens.guide.blocks
import screens.widgets  # noqa: F401  kv names
from screens.cases.presenter import CasesView, Dot
from screens.widgets.deal import deal, grown
from screens.widgets.surface import Surface


class DotMark(Surface, BoxLayout):
    """Behind, here, or to come."""

    dot = ObjectProperty(Dot(), rebind=True)


class CasesScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(CasesView(), rebind=True)

    def __init__(self, **properties: Any) -> None:
        self._dots: list[DotMark] = []
        super().__init__(**properties)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: CasesView) -> None:
        """Marks are made when first needed, kept and dealt out in order."""
        marks = grown(self._dots, len(view.dots), DotMark)
        for mark, dot in zip(marks, view.dots, strict=True):
            mark.dot = dot
        deal(self.ids.dots, marks)


Builder.load_file(str(Path(__file__).with_name("cases.kv")))
