"""The enrolment screen: a code to type, a code to scan, what to do; or how it stands."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

import screens.widgets  # noqa: F401  kv names
from screens.enrol.presenter import EnrolView


class EnrolStep(BoxLayout):
    """One thing to do, numbered; without text it takes no room."""

    at = NumericProperty(1)
    text = StringProperty("")


class EnrolScreen(Screen):
    """Draws ``view``; decides nothing. Upright or lying glass."""

    __events__ = ("on_intent",)
    view = ObjectProperty(EnrolView(), rebind=True)

    def on_intent(self, intent: str, value: str) -> None:
        """The app listens."""


Builder.load_file(str(Path(__file__).with_name("enrol.kv")))
