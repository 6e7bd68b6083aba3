"""The list of certificates."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.certificates.tiles
import screens.find.parts
import screens.widgets  # noqa: F401  kv names
from screens.certificates.presenter import CertificatesView


class CertificatesScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(CertificatesView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""


Builder.load_file(str(Path(__file__).with_name("certificates.kv")))
