"""What can be touched. A touch becomes an intent and a value, and goes up to the screen that listens."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, OptionProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from screens.widgets.surface import Surface


class Tappable(ButtonBehavior, Surface):
    """Dispatches ``on_intent(intent, value)`` at the nearest ancestor that has that event.

    Two releases anywhere on the glass within ``guard`` seconds count once: a double tap must not also
    press what the next screen puts under the finger. ``guard: 0`` (a keypad) opts out.
    """

    intent = StringProperty("")
    value = StringProperty("")
    text = StringProperty("")
    guard = NumericProperty(0.3)
    shown = BooleanProperty(True)  # not shown: takes no touch and is not drawn

    clock: ClassVar[Callable[[], float]] = staticmethod(time.monotonic)
    _last: ClassVar[float] = float("-inf")

    def on_touch_down(self, touch: object) -> bool:
        return bool(self.shown and super().on_touch_down(touch))

    def on_release(self) -> None:
        now = Tappable.clock()
        if now - Tappable._last < self.guard:
            return
        Tappable._last = now
        listener = self.parent
        while listener is not None and listener is not listener.parent:
            if listener.is_event_type("on_intent"):
                listener.dispatch("on_intent", self.intent, self.value)
                return
            listener = listener.parent


class TapCard(Tappable, BoxLayout):
    """A card that is one big target: on paper, the main one (brand), chosen, shut, or flat on what is below."""

    look = OptionProperty("paper", options=("paper", "brand", "chosen", "shut", "flat"))


class PrimaryButton(Tappable, BoxLayout):
    """The main action; one a screen."""

    icon = StringProperty("")
    tall = BooleanProperty(True)  # not: it takes no room
    grand = BooleanProperty(False)


class SecondaryButton(Tappable, BoxLayout):
    """Another way on: an outlined button."""

    icon = StringProperty("")
    icon_after = StringProperty("")
    tall = BooleanProperty(True)


class QuietButton(Tappable, BoxLayout):
    """A way out that should not compete: no outline."""

    icon = StringProperty("")
    tall = BooleanProperty(True)
    snug = BooleanProperty(False)  # no room beside its face


Builder.load_file(str(Path(__file__).with_name("tappable.kv")))
