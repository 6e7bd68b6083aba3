"""Pixels to a texture: no file, no cache of Kivy's between, so that nothing stays when the texture is let go."""

from kivy.graphics.texture import Texture

from screens.events import Picture


def texture_of(picture: Picture) -> Texture:
    """``picture`` is one that could be read."""
    texture = Texture.create(size=(picture.width, picture.height), colorfmt="rgb", mipmap=False)
    texture.blit_buffer(picture.rgb, colorfmt="rgb", bufferfmt="ubyte")
    texture.flip_vertical()
    texture.min_filter = texture.mag_filter = "linear"
    return texture
