"""The app shell of the caller pad 叫号器: touches and hotkeys go out, whole views come in."""

from collections.abc import Callable
from typing import Any

from kivy.core.window import Window

from screens.caller.view import CallerPad
from screens.one_view import OneViewApp
from screens.theme.boards import pad_tokens
from screens.theme.theme import install_theme
from screens.theme.tokens import ThemeName

# Kivy's key numbers (those of SDL 1.2) and the names that presenters know.
_NAMES = {
    **{ord(digit): digit for digit in "0123456789"},
    **{256 + digit: str(digit) for digit in range(10)},  # the number pad
    **{281 + number: f"f{number}" for number in range(1, 13)},
    13: "enter",
    271: "enter",
    27: "esc",
}


class CallerApp(OneViewApp):
    """``show`` takes a ``CallerView``. ``on_touched`` gets every intent, ``on_key`` every key by its name."""

    def __init__(
        self,
        on_touched: Callable[[str, str], None],
        on_key: Callable[[str], None],
        *,
        theme: ThemeName = "normal",
        **options: Any,
    ) -> None:
        install_theme(pad_tokens(theme, Window.size))
        super().__init__("caller", CallerPad(), theme, **options)
        self._on_touched, self._on_key = on_touched, on_key
        self._held: set[int] = set()

    def build(self) -> Any:
        self.root_widget.bind(on_intent=self._intent)
        Window.bind(on_key_down=self._key_down, on_key_up=self._key_up, focus=self._let_go)
        return self.root_widget

    def on_stop(self) -> None:
        Window.unbind(on_key_down=self._key_down, on_key_up=self._key_up, focus=self._let_go)

    def _intent(self, _pad: object, intent: str, value: str) -> None:
        self._on_touched(intent, value)

    def _key_down(self, _window: object, key: int, *_: object) -> bool:
        """A key that is held repeats; it counts once."""
        name = _NAMES.get(key)
        if name is None or key in self._held:
            return name is not None
        self._held.add(key)
        self._on_key(name)
        return True

    def _key_up(self, _window: object, key: int, *_: object) -> None:
        self._held.discard(key)

    def _let_go(self, *_: object) -> None:
        """Whoever leaves the window with a key down lets it go elsewhere."""
        self._held.clear()
