"""A picture that is drawn from memory and leaves none: bytes to texture, no file, no cache of Kivy's between."""

from io import BytesIO
from typing import Any

from kivy.clock import Clock
from kivy.graphics.texture import Texture
from kivy.properties import AliasProperty, ObjectProperty
from kivy.uix.widget import Widget

MOST_PIXELS = 8000  # a side; more is no certificate
MOST_DRAWN = 2048  # a side; every graphics chip takes it, and the glass shows less


class FacePicture(Widget):
    """Shows ``picture`` (PNG) as large as fits. Empty bytes free its texture; others that are no picture are told
    by the event ``on_unreadable``."""

    __events__ = ("on_unreadable",)
    picture = ObjectProperty(b"")
    texture: Any = ObjectProperty(None, allownone=True)

    def _fitting(self) -> tuple[float, float]:
        """Size of the picture, as large as the widget holds it."""
        if self.texture is None:
            return 0, 0
        wide, high = self.texture.size
        zoom = min(self.width / wide, self.height / high)
        return wide * zoom, high * zoom

    fitting = AliasProperty(_fitting, bind=("texture", "size"))

    def on_picture(self, _widget: object, picture: bytes) -> None:
        self.texture = None
        if not picture:
            return
        try:
            self.texture = texture_of(picture)
        except (OSError, SyntaxError, ValueError):  # as Pillow tells of a broken PNG
            Clock.schedule_once(self._tell, 0)  # not while the view that brought it is being set

    def _tell(self, _dt: float) -> None:
        self.dispatch("on_unreadable")

    def on_unreadable(self) -> None:
        """The screen listens."""


def texture_of(picture: bytes) -> Texture:
    """Raises OSError, SyntaxError or ValueError for what is no picture, or one that is too large."""
    from PIL import Image

    with Image.open(BytesIO(picture), formats=("PNG",)) as image:
        if max(image.size) > MOST_PIXELS:
            raise ValueError(f"picture of {image.width} × {image.height} pixels")
        pixels = image.convert("RGB")
    pixels.thumbnail((MOST_DRAWN, MOST_DRAWN))
    texture = Texture.create(size=pixels.size, colorfmt="rgb")
    texture.blit_buffer(pixels.tobytes(), colorfmt="rgb", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture
