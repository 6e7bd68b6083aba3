"""Turning pages: where one is, and the way on. Long lists are paged, never shrunk and never scrolled."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout


class Pager(BoxLayout):
    """Two buttons with the intent ``page`` and the page they lead to as value, and the words between."""

    words = StringProperty("")
    before = StringProperty("")
    after = StringProperty("")
    before_value = StringProperty("")
    after_value = StringProperty("")
    has_before = BooleanProperty(False)
    has_after = BooleanProperty(False)


Builder.load_file(str(Path(__file__).with_name("pager.kv")))
