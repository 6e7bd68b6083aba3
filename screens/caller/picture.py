"""A picture that is nobody's any more once it is not shown: drawn, and let go."""

from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.widget import Widget

from screens import events
from screens.widgets.pixels import texture_of


class Picture(Widget):
    """Draws ``picture``, as large as it fits; None frees its texture."""

    picture = ObjectProperty(None, allownone=True)
    texture: Any = ObjectProperty(None, allownone=True)
    unreadable = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        with self.canvas:
            self._colour = Color(1, 1, 1, 0)
            self._drawn = Rectangle(size=(0, 0))
        self.bind(pos=self._place, size=self._place)

    def on_picture(self, _widget: object, picture: events.Picture | None) -> None:
        self.texture = texture_of(picture) if picture is not None and picture.rgb else None
        self.unreadable = picture is not None and not picture.rgb
        self._place()

    def _place(self, *_: object) -> None:
        self._drawn.texture, self._colour.a = self.texture, 1 if self.texture else 0
        if self.texture is None:
            self._drawn.size = (0, 0)
            return
        width, height = self.texture.size
        factor = min(self.width / width, self.height / height)
        self._drawn.size = (int(width * factor), int(height * factor))
        self._drawn.pos = (
            int(self.center_x - self._drawn.size[0] / 2),
            int(self.center_y - self._drawn.size[1] / 2),
        )
