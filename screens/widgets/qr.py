"""A QR code drawn from memory: text to modules to texture, no file between."""

from pathlib import Path
from typing import Any

from kivy.graphics.texture import Texture
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.widget import Widget

_QUIET_ZONE = 4  # modules, ISO/IEC 18004


class QR(Widget):
    """Shows ``text`` as a code, always dark on white; empty text draws nothing."""

    text = StringProperty("")
    texture: Any = ObjectProperty(None, allownone=True)

    def on_text(self, _widget: object, text: str) -> None:
        self.texture = qr_texture(text) if text else None


def qr_texture(text: str) -> Texture:
    """One texel a module, enlarged without smoothing, with the quiet zone; error correction M."""
    import segno

    code = segno.make_qr(text, error="m")
    rows = [bytes(row) for row in code.matrix_iter(border=_QUIET_ZONE)]
    pixels = b"".join(b"\x00\x00\x00" if dark else b"\xff\xff\xff" for row in rows for dark in row)
    texture = Texture.create(size=(len(rows[0]), len(rows)), colorfmt="rgb")
    texture.mag_filter = texture.min_filter = "nearest"
    texture.blit_buffer(pixels, colorfmt="rgb", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


Builder.load_file(str(Path(__file__).with_name("qr.kv")))
