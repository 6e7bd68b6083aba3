"""An app shell whose glass shows one view: boards and pads. It decides nothing.

In: ``show`` a whole view. Out, for a pad: every intent and key. ``make_window`` must have run.
"""

from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.widget import Widget

from screens import shown
from screens.finger import Finger
from screens.rest import settle
from screens.theme.tokens import ThemeName
from screens.words.words import Language

SETTLED_AFTER = 3.0  # seconds until everything that lasts has been shown once


class OneViewApp(App):
    """``name`` is what ``describe`` calls the screen; ``root`` draws its property ``view``."""

    def __init__(self, name: str, root: Widget, theme: ThemeName, **options: Any) -> None:
        super().__init__(**options)
        self._screen, self.root_widget, self._theme = name, root, theme

    def load_kv(self, filename: str | None = None) -> None:
        """The app has no kv file of its own: each view loads its own, once."""

    def build(self) -> Widget:
        return self.root_widget

    def on_start(self) -> None:
        Clock.schedule_once(lambda _dt: settle(), SETTLED_AFTER)

    def show(self, view: object) -> None:
        """Make the glass say this, whole."""
        if view != self.root_widget.view:
            self.root_widget.view = view

    def describe(self) -> dict[str, Any]:
        """What can be seen and touched; places in window pixels from the top left."""
        return {
            "screen": self._screen,
            "theme": self._theme,
            "language": self.language,
            "width": Window.width,
            "height": Window.height,
            "controls": shown.controls(self.root_widget, Window),
            "texts": shown.texts(self.root_widget),
        }

    @property
    def language(self) -> Language:
        """Boards speak both; Chinese comes first."""
        return getattr(self.root_widget.view, "language", "zh")

    def capture(self) -> Any:
        """The window as a Pillow image, in memory."""
        return shown.picture(Window)

    @property
    def design(self) -> tuple[int, int]:
        """The tokens are made for the window as it is."""
        return tuple(Window.size)

    @property
    def private(self) -> tuple[int, int, int, int]:
        """Where a citizen's own things may stand, in pixels of the picture: anywhere."""
        return 0, 0, Window.width, Window.height

    def touch(self, x: float, y: float) -> None:
        """Put a finger down and up at a place of the picture, origin top left."""
        finger = Finger(x, Window.height - y)
        finger.down()
        finger.up()
