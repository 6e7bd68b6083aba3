"""A code for the clerk's phone."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.find.parts
import screens.widgets
import screens.widgets.qr  # noqa: F401  kv names
from screens.handover.presenter import HandoverView


class HandoverScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(HandoverView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""


Builder.load_file(str(Path(__file__).with_name("handover.kv")))
