"""Content that is there only when it is wanted: neither laid out, nor drawn, nor touched otherwise."""

from typing import Any

from kivy.properties import BooleanProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget


class When(FloatLayout):
    """Its children are made once and are part of the screen while ``shown``."""

    shown = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        self._kept: list[Widget] = []
        super().__init__(**properties)

    def add_widget(self, widget: Widget, *args: Any, **options: Any) -> None:
        self._kept.append(widget)
        if self.shown:
            super().add_widget(widget)

    def on_shown(self, _when: object, shown: bool) -> None:
        for widget in self._kept:
            if shown:
                super().add_widget(widget)
            else:
                self.remove_widget(widget)
