"""A QR code drawn from memory: text to modules to texture, no file between."""

from pathlib import Path
from typing import Any

from kivy.graphics.texture import Texture
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.widget import Widget

_QUIET_ZONE = 4  # modules, ISO/IEC 18004
_MODULE = 8  # pixels


class QR(Widget):
    """Shows ``text`` as a code, always dark on white; empty text draws nothing."""

    text = StringProperty("")
    texture: Any = ObjectProperty(None, allownone=True)

    def on_text(self, _widget: object, text: str) -> None:
        self.texture = qr_texture(text) if text else None


def qr_texture(text: str) -> Texture:
    """With its quiet zone, at error correction M."""
    import segno

    code = segno.make_qr(text, error="m")
    lines = [
        b"".join((b"\x00\x00\x00\xff" if dark else b"\xff\xff\xff\xff") * _MODULE for dark in row) * _MODULE
        for row in code.matrix_iter(border=_QUIET_ZONE)
    ]
    side = len(lines) * _MODULE
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.blit_buffer(b"".join(lines), colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


Builder.load_file(str(Path(__file__).with_name("qr.kv")))
