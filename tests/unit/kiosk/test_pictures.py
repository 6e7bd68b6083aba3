"""Pictures on their way to the glass: the right size, and nothing that is not one gets through or breaks anything."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kiosk.pictures import MOST_PIXELS, ROOM, NoPicture, decoded
from screens.events import Picture


def png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claiming(wide: int, high: int) -> bytes:
    """A picture that says it is so large, of some bytes only."""
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1 << 16))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


SMALL = png(Image.effect_noise((37, 23), 60).convert("RGB"))


def test_a_small_picture_comes_as_it_is_rows_from_the_top() -> None:
    image = Image.new("RGB", (2, 2), (9, 9, 9))
    image.putpixel((1, 0), (1, 2, 3))
    assert decoded(png(image)) == Picture(2, 2, bytes((9, 9, 9, 1, 2, 3, 9, 9, 9, 9, 9, 9)))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_png_becomes_rgb(mode: str) -> None:
    picture = decoded(png(Image.new(mode, (5, 3))))
    assert (picture.width, picture.height, len(picture.rgb)) == (5, 3, 45)


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((1600, 1072), (984, 659)),
        ((1200, 1600), (900, 1200)),
        ((4000, 5000), (960, 1200)),
        ((984, 9), (984, 9)),
    ],
)
def test_a_large_one_comes_as_large_as_the_glass_shows_it(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    picture = decoded(png(Image.new("RGB", size, (200, 30, 4))))
    assert (picture.width, picture.height) == shown
    assert picture.rgb == bytes((200, 30, 4)) * (shown[0] * shown[1])


def test_it_is_made_smaller_without_losing_fine_lines() -> None:
    fine = Image.new("L", (1968, 10), 255)
    for x in range(0, 1968, 2):
        fine.paste(0, (x, 0, x + 1, 10))
    values = decoded(png(fine)).rgb[30:-30]
    assert 100 < min(values) <= max(values) < 155, "grey: every second line is in it"


def test_what_says_it_is_too_large_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.Image.open", lambda *_, **__: pytest.fail("it was opened"))
    for wide, high in ((MOST_PIXELS, 2), (4473, 4473), (2**31, 2**31), (0, 5)):
        with pytest.raises(NoPicture, match="pixels"):
            decoded(claiming(wide, high))


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(40), b"\x89PNG\r\n\x1a\n", bytes(100)])
def test_what_is_no_png_is_refused(content: bytes) -> None:
    with pytest.raises(NoPicture, match=r"^no PNG$"):
        decoded(content)


@given(cut=st.integers(0, len(SMALL)), at=st.integers(0, len(SMALL) - 1), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_damaged_picture_is_one_or_none_and_nothing_else(cut: int, at: int, byte: int) -> None:
    damaged = (SMALL[:at] + bytes((byte,)) + SMALL[at + 1 :])[:cut]
    try:
        picture = decoded(damaged)
    except NoPicture:
        return
    assert len(picture.rgb) == picture.width * picture.height * 3
    assert picture.width <= ROOM[0]
    assert picture.height <= ROOM[1]


def test_a_picture_shows_none_of_its_pixels_in_its_repr() -> None:
    assert repr(Picture(1, 1, b"rgb")) == "Picture(width=1, height=1)"
