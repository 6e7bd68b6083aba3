"""A picture that is nobody's any more once it is not shown: decoded from memory, drawn, and let go."""

import logging
from io import BytesIO
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, ObjectProperty
from kivy.uix.widget import Widget

log = logging.getLogger(__name__)


class Picture(Widget):
    """Draws ``picture`` (PNG), as large as it fits. Nothing of it is cached: empty, neither bytes nor texture stay."""

    picture = ObjectProperty(b"")
    texture: Any = ObjectProperty(None, allownone=True)
    unreadable = BooleanProperty(False)

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        with self.canvas:
            self._colour = Color(1, 1, 1, 0)
            self._drawn = Rectangle(size=(0, 0))
        self.bind(pos=self._place, size=self._place)

    def on_picture(self, _widget: object, picture: bytes) -> None:
        self.texture = _texture(picture) if picture else None
        self.unreadable = bool(picture) and self.texture is None
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


def _texture(picture: bytes) -> Texture | None:
    """None: it is no picture."""
    from PIL import Image

    try:
        with Image.open(BytesIO(picture), formats=("PNG",)) as image:
            pixels, size = image.convert("RGBA").tobytes(), image.size
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        log.warning("picture=unreadable error=%s", type(error).__name__)
        return None
    texture = Texture.create(size=size, colorfmt="rgba", mipmap=False)
    texture.blit_buffer(pixels, colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    texture.min_filter = texture.mag_filter = "linear"
    return texture
