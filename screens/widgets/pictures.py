"""Drawn pictures that explain without words."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty
from kivy.uix.widget import Widget


class LayCardPicture(Widget):
    """An ID card coming down on the reader's plate."""

    reading = BooleanProperty(False)


Builder.load_file(str(Path(__file__).with_name("pictures.kv")))
