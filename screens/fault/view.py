"""What went wrong, and the ways on."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.widgets  # noqa: F401  kv names
from screens.fault.presenter import FaultView


class FaultScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(FaultView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""


Builder.load_file(str(Path(__file__).with_name("fault.kv")))
