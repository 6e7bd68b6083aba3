"""The terminal's app shell: a frame, each screen made once, and one door in each direction.

In: ``show`` a screen's view and the frame's. Out: ``on_touched(intent, value)``. It decides nothing.
"""

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.screenmanager import NoTransition, Screen, ScreenManager

from screens import shown
from screens.designed import REHEARSED, state
from screens.finger import Finger
from screens.frame.presenter import FrameView
from screens.rest import building, rest, settle
from screens.theme.theme import install_theme
from screens.theme.tokens import THEMES
from screens.visit import Terminal
from screens.widgets.qr import qr_texture
from screens.widgets.stage import Stage

DESIGN = (1080, 1920)
REST_AFTER = 3.0  # seconds on the welcome screen until memory is tidied


class TerminalApp(App):
    """``make_window`` must have run. ``on_touched`` gets every intent, and ("stir", "") for any other touch.

    ``features`` are the further things this terminal does; the screens of others are not prepared (guides: 20 MB).
    ``design`` is the size the screens are laid out for. With ``only``, that is the one screen there is.
    """

    def __init__(
        self,
        on_touched: Callable[[str, str], None],
        *,
        features: Iterable[str] = tuple(REHEARSED),
        design: tuple[int, int] = DESIGN,
        only: str = "",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._on_touched = on_touched
        self._theme = install_theme()
        self.design, self._first = design, only or "welcome"
        groups = () if only else ("", *sorted(features))
        wanted = [name for feature in groups for name in REHEARSED.get(feature, ())]
        self._to_do = _preparations(self, tuple(dict.fromkeys(wanted)))
        self._preparing: Any = None
        self._resting: Any = None
        self._frame: Any = None
        self._manager = ScreenManager(transition=NoTransition())

    def load_kv(self, filename: str | None = None) -> None:
        """The app has no kv file of its own: each view loads its own, once."""

    def build(self) -> Stage:
        """The first screen now, all else bit by bit between frames: the glass can be touched at once."""
        from screens.frame.view import TerminalFrame

        self._frame = TerminalFrame()
        self._frame.bind(on_intent=self._intent)
        self._frame.ids.body.add_widget(self._manager)
        self.screen(self._first)
        stage = Stage(self.design)
        stage.add_widget(self._frame)
        Window.bind(on_touch_down=self._stirred)
        building()
        self._preparing = Clock.schedule_interval(self._prepare, 0)
        self._resting = Clock.create_trigger(self._rest, REST_AFTER)
        return stage

    def screen(self, name: str) -> Screen:
        """The screen ``name``, made the first time it is asked for."""
        if not self._manager.has_screen(name):
            made = _screen_class(name)(name=name)
            made.bind(on_intent=self._intent)
            self._manager.add_widget(made)
        return self._manager.get_screen(name)

    def rehearse(self, name: str, view: object | None = None) -> None:
        """Give a screen that nobody sees something to draw; without a view, make it empty again."""
        if name != self._manager.current:
            screen = self.screen(name)
            screen.view = view or type(screen.view)()

    def show(self, screen: str, view: object, frame: FrameView) -> None:
        """Make the glass say this, whole. A screen that is left is emptied of whatever it showed."""
        if frame != self._frame.view:
            self._theme.use(THEMES[frame.theme])
            Window.clearcolor = self._theme.ground
            self._frame.view = frame
        target = self.screen(screen)
        if view != target.view:
            target.view = view
        if self._manager.current != screen:
            left = self._manager.current_screen
            self._manager.current = screen
            left.view = type(left.view)()
            self._resting.cancel()
            if screen == self._first:
                self._resting()

    def describe(self) -> dict[str, Any]:
        """What can be seen and touched; places in window pixels from the top left."""
        leaving = self._frame.ids.leaving if self._frame.view.leaving else None
        return {
            "screen": self._manager.current,
            "theme": self._frame.view.theme,
            "language": self._frame.view.language,
            "width": Window.width,
            "height": Window.height,
            "controls": shown.controls(self._frame, Window, leaving),
            "texts": [text for top in reversed(Window.children) for text in shown.texts(top)],
        }

    def capture(self) -> Any:
        """The window as a Pillow image, in memory."""
        return shown.picture(Window)

    @property
    def private(self) -> tuple[int, int, int, int]:
        """Where a citizen's own things may stand, in pixels of the picture: left, top, right, bottom."""
        body = self._frame.ids.body
        left, bottom = body.to_window(*body.pos, relative=False)
        right, top = body.to_window(body.right, body.top, relative=False)
        return round(left), round(Window.height - top), round(right), round(Window.height - bottom)

    def touch(self, x: float, y: float) -> None:
        """Put a finger down and up at a place of the picture, origin top left."""
        finger = Finger(x, Window.height - y)
        finger.down()
        finger.up()

    def on_stop(self) -> None:
        Window.unbind(on_touch_down=self._stirred)
        for event in (self._preparing, self._resting):
            if event is not None:
                event.cancel()

    def _prepare(self, _dt: float) -> bool:
        if self._to_do:
            self._to_do.popleft()()
            return True
        settle()
        return False

    def _rest(self, _dt: float) -> None:
        rest()

    def _intent(self, _screen: object, intent: str, value: str) -> None:
        self._on_touched(intent, value)

    def _stirred(self, _window: object, _touch: object) -> None:
        self._on_touched("stir", "")


def _preparations(app: TerminalApp, names: tuple[str, ...]) -> deque[Callable[[], object]]:
    """Everything that would make a first journey stutter: the other screens, each rehearsed out of sight once.

    A rehearsal draws the type a screen needs, so that its fonts are open and its glyphs are at hand.
    """
    tasks: list[Callable[[], object]] = []
    for name in names:
        screen, view, _frame = state(name, Terminal())
        tasks += [
            partial(app.screen, screen),
            partial(app.rehearse, screen, view),
            partial(app.rehearse, screen),
        ]
    return deque([*tasks, partial(qr_texture, "0")])


def _screen_class(name: str) -> type[Screen]:
    """Imported when it is first needed: the first frame waits for none of the others."""
    from importlib import import_module

    module = import_module(f"screens.{name}.view")
    made: type[Screen] = getattr(module, f"{name.capitalize()}Screen")
    return made
