"""The tokens as Kivy sees them: one object named ``theme`` in every kv file, switchable while running."""

from dataclasses import fields

from kivy.event import EventDispatcher
from kivy.lang.parser import global_idmap
from kivy.properties import ColorProperty, NumericProperty, StringProperty

from screens.theme.tokens import NORMAL, Tokens


class Theme(EventDispatcher):
    """Every field of ``Tokens`` as a property: ``color: theme.ink``, ``font_size: theme.body``."""

    def __init__(self, tokens: Tokens = NORMAL) -> None:
        super().__init__()
        self.tokens = tokens
        for token in fields(Tokens):
            value = getattr(tokens, token.name)
            kind = (
                NumericProperty
                if isinstance(value, (int, float))
                else ColorProperty
                if value.startswith("#")
                else StringProperty
            )
            self.apply_property(**{token.name: kind(value)})

    def use(self, tokens: Tokens) -> None:
        """Switch the look; every kv expression that reads the theme follows at once."""
        if tokens is self.tokens:
            return
        self.tokens = tokens
        for token in fields(Tokens):
            setattr(self, token.name, getattr(tokens, token.name))


def install_theme(tokens: Tokens | None = None) -> Theme:
    """Make ``theme`` known to kv, before the first widget is built. There is one a process: again, it is switched."""
    theme = global_idmap.setdefault("theme", Theme())
    assert isinstance(theme, Theme)
    if tokens is not None:
        theme.use(tokens)
    return theme
