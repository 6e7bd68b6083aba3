"""Pictures written as PNG: every reader gets back what was drawn, and nothing else is in it."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hall.certificates.png import as_png


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 24), st.integers(1, 24), st.randoms(use_true_random=False))
def test_a_picture_is_read_back_pixel_by_pixel(wide: int, tall: int, chance: object) -> None:
    drawn = Image.frombytes("RGB", (wide, tall), chance.randbytes(3 * wide * tall))  # type: ignore[attr-defined]
    with Image.open(BytesIO(as_png(drawn)), formats=("PNG",)) as read:
        assert (read.mode, read.size, read.info) == ("RGB", drawn.size, {})
        assert read.tobytes() == drawn.tobytes()


def test_checksums_hold_for_a_strict_reader() -> None:
    with Image.open(BytesIO(as_png(Image.new("RGB", (7, 5), "red")))) as read:
        read.verify()


def test_a_flat_drawing_is_small() -> None:
    assert len(as_png(Image.new("RGB", (1600, 1000), "white"))) < 50_000


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "1"])
def test_another_mode_is_refused_rather_than_written_wrongly(mode: str) -> None:
    with pytest.raises(ValueError, match=mode):
        as_png(Image.new(mode, (4, 4)))
