"""The window board on the glass."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ColorProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

import screens.widgets
import screens.widgets.call_number  # noqa: F401  kv name
from screens.widgets.bilingual import Bilingual
from screens.widgets.surface import Ground
from screens.window_board.presenter import WindowBoardView

_STANDING = {
    "free": "door-open",
    "paused": "pause-circle-outline",
    "closed": "door-closed",
    "starting": "lan-pending",
}


class NumberCard(Bilingual, Ground):
    """The number that is called or served."""

    view = ObjectProperty(WindowBoardView(), rebind=True)
    lit = BooleanProperty(False)
    ink = ColorProperty()
    soft = ColorProperty()


class StandingPanel(Bilingual, Ground):
    """What the window is doing when there is no number."""

    view = ObjectProperty(WindowBoardView(), rebind=True)

    def icon(self, mode: str) -> str:
        return _STANDING.get(mode, "")


class WindowBoard(Bilingual, BoxLayout):
    """Draws ``view``; decides nothing."""

    view = ObjectProperty(WindowBoardView(), rebind=True)


Builder.load_file(str(Path(__file__).with_name("window_board.kv")))
