"""Which certificates go with the number."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

import screens.certificates.view
import screens.widgets  # noqa: F401  kv names
from screens.consent.presenter import ConsentView, Promise
from screens.widgets.deal import deal, grown


class PromiseLine(BoxLayout):
    """One line of what will happen."""

    promise = ObjectProperty(Promise(), rebind=True)


class ConsentScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(ConsentView(), rebind=True)

    def __init__(self, **properties: Any) -> None:
        self._lines: list[PromiseLine] = []
        super().__init__(**properties)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""

    def on_view(self, _screen: object, view: ConsentView) -> None:
        """Lines are made when first needed, kept and dealt out in order."""
        promised = grown(self._lines, len(view.promises), PromiseLine)
        for line, promise in zip(promised, view.promises, strict=True):
            line.promise = promise
        deal(self.ids.promises, promised)


Builder.load_file(str(Path(__file__).with_name("consent.kv")))
