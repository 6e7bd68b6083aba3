"""Letters to type with while standing: one key a letter, in the order of the alphabet, and one that deletes.

Alphabetical, not QWERTY: nine keys a row instead of ten are 106 pixels wide instead of 92 (26 mm on the panel), and
who has never typed finds a letter by an order learnt at school. A keypad is for a handful of initials, not for speed.
"""

from pathlib import Path
from string import ascii_lowercase

from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from screens.widgets.tappable import Tappable
from screens.widgets.text import Type


class Key(Tappable, Type):
    """One letter, in one widget. Two quick touches are two letters: no guard."""


class DeleteKey(Tappable, BoxLayout):
    """Takes the last character back."""


class Keypad(GridLayout):
    """Keys with the intents ``key`` (its letter, small) and ``delete``. Built once; nothing in it ever changes."""

    delete = StringProperty("")  # what the deleting key says

    def __init__(self, **properties: object) -> None:
        super().__init__(**properties)
        for letter in ascii_lowercase:
            self.add_widget(Key(value=letter, text=letter.upper()))
        last = DeleteKey(text=self.delete)
        self.bind(delete=last.setter("text"))
        self.add_widget(last)


Builder.load_file(str(Path(__file__).with_name("keypad.kv")))
