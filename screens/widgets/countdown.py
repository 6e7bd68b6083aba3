"""Seconds that run out: a ring that empties with the number inside. It is told the time, it keeps none."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import NumericProperty
from kivy.uix.label import Label


class Countdown(Label):
    """``seconds`` left of ``whole``."""

    seconds = NumericProperty(0)
    whole = NumericProperty(1)


Builder.load_file(str(Path(__file__).with_name("countdown.kv")))
