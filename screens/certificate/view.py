"""One certificate large. What it showed is freed as soon as its view no longer has it."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ObjectProperty
from kivy.uix.screenmanager import Screen

import screens.certificate.face
import screens.find.parts
import screens.widgets
import screens.widgets.countdown  # noqa: F401  kv names
from screens.certificate.presenter import CertificateView


class CertificateScreen(Screen):
    """Draws ``view``; decides nothing."""

    __events__ = ("on_intent",)
    view = ObjectProperty(CertificateView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""


Builder.load_file(str(Path(__file__).with_name("certificate.kv")))
