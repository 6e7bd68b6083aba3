"""The number that is called: as large as anything gets, flush with what stands above and below it."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import ColorProperty
from kivy.uix.label import Label


class CallNumber(Label):
    """Stands in a RelativeLayout, which it fills. ``tone`` is its colour where that is not the call's red."""

    tone = ColorProperty(None, allownone=True)


Builder.load_file(str(Path(__file__).with_name("call_number.kv")))
