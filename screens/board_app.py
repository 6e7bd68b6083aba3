"""The app shells of the two boards, 综合屏 and 窗口屏. Nothing on them can be touched."""

from typing import Any, Literal

from kivy.core.window import Window

from screens.one_view import OneViewApp
from screens.theme.boards import board_tokens, strip_tokens
from screens.theme.theme import install_theme
from screens.theme.tokens import ThemeName

BoardRole = Literal["hall", "window"]


class BoardApp(OneViewApp):
    """``show`` takes a ``HallBoardView`` or, for a window board, a ``WindowBoardView``."""

    def __init__(self, role: BoardRole = "hall", *, theme: ThemeName = "normal", **options: Any) -> None:
        tokens = board_tokens if role == "hall" else strip_tokens
        install_theme(tokens(theme, Window.size))
        super().__init__(f"{role}_board", _root(role), theme, **options)


def _root(role: BoardRole) -> Any:
    """Imported when needed: a process is one board."""
    if role == "hall":
        from screens.hall_board.view import HallBoard

        return HallBoard()
    from screens.window_board.view import WindowBoard

    return WindowBoard()
