"""A picture that leaves nothing behind: its texture is let go of with it."""

from typing import Any

from kivy.properties import AliasProperty, ObjectProperty
from kivy.uix.widget import Widget

from screens.events import Picture
from screens.widgets.pixels import texture_of


class FacePicture(Widget):
    """Shows ``picture`` as large as fits; None frees its texture."""

    picture = ObjectProperty(None, allownone=True)
    texture: Any = ObjectProperty(None, allownone=True)

    def _fitting(self) -> tuple[float, float]:
        """Size of the picture, as large as the widget holds it."""
        if self.texture is None:
            return 0, 0
        wide, high = self.texture.size
        zoom = min(self.width / wide, self.height / high)
        return wide * zoom, high * zoom

    fitting = AliasProperty(_fitting, bind=("texture", "size"))

    def on_picture(self, _widget: object, picture: Picture | None) -> None:
        self.texture = texture_of(picture) if picture is not None else None
