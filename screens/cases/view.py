"""One question about the citizen's situation."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

import screens.guide.blocks
import screens.widgets  # noqa: F401  kv names
from screens.cases.presenter import MOST_DOTS, CasesView, Dot
from screens.widgets.surface import Surface


class DotMark(Surface, BoxLayout):
    """Behind, here, or to come."""

    dot = ObjectProperty(Dot(), rebind=True)


class CasesScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(CasesView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_kv_post(self, base_widget: object) -> None:
        for _ in range(MOST_DOTS):
            self.ids.dots.add_widget(DotMark())

    def on_view(self, _screen: object, view: CasesView) -> None:
        """Marks are created once and dealt out in order."""
        for at, mark in enumerate(reversed(self.ids.dots.children)):
            mark.dot = view.dots[at] if at < len(view.dots) else Dot()


Builder.load_file(str(Path(__file__).with_name("cases.kv")))
