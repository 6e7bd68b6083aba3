import io
import struct
import zlib
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, PngImagePlugin

from hall.certificates.port import FaceMissing
from hall.certificates.watermark import (
    MOST_BYTES,
    ON_TERMINAL,
    BadPicture,
    Watermark,
    for_item,
    watermarked,
)
from tests.unit.hall.certificates.certificate_fixtures import the_font

FONT = the_font()
AT = datetime(2026, 11, 22, 10, 5, 7, tzinfo=timezone(timedelta(hours=8)))
MARK = Watermark("清源市政务服务中心", "1号自助终端", AT)


def picture(size=(1600, 1010), kind="PNG", mode="RGB", colour="white", **how):
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **how)
    return out.getvalue()


def opened(face):
    return Image.open(io.BytesIO(face), formats=("PNG",))


def png(width, height):
    """A PNG that claims a size and holds nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def test_the_line_names_hall_terminal_second_and_purpose():
    assert MARK.line == "清源市政务服务中心 · 1号自助终端 · 2026-11-22 10:05:07 · 仅用于自助终端亮证"
    assert for_item("居住证办理") == "仅用于办理 居住证办理"


def test_the_mark_runs_across_every_part_and_a_strip_is_added_below():
    marked = opened(watermarked(picture(), MARK, FONT))
    assert marked.width == 1600
    assert marked.height > 1010
    dark = marked.crop((0, 1010, 1600, marked.height)).convert("L")
    assert dark.getextrema()[0] < 60  # a dark strip …
    assert dark.getextrema()[1] > 200  # … with light letters
    face = marked.crop((0, 0, 1600, 1010)).convert("L")
    for x in range(0, 1600, 400):
        for y in range(0, 1000, 250):
            assert face.crop((x, y, x + 400, y + 250)).getextrema()[0] < 250, (x, y)


def test_text_under_the_mark_can_still_be_read():
    source = Image.new("RGB", (1600, 1010), "white")
    ImageDraw.Draw(source).rectangle((0, 0, 1600, 1010), fill=(235, 240, 245))
    out = io.BytesIO()
    source.save(out, "PNG")
    face = opened(watermarked(out.getvalue(), MARK, FONT)).crop((0, 0, 1600, 1010)).convert("L")
    assert face.getextrema()[0] > 150  # nowhere near the black of letters


@pytest.mark.parametrize(
    "other",
    [
        Watermark("别的大厅", MARK.terminal, AT),
        Watermark(MARK.hall, "2号自助终端", AT),
        Watermark(MARK.hall, MARK.terminal, AT + timedelta(seconds=1)),
        Watermark(MARK.hall, MARK.terminal, AT, for_item("居住证办理")),
    ],
)
def test_each_part_of_the_mark_changes_the_picture_and_the_strip(other):
    assert MARK.purpose == ON_TERMINAL
    one, two = (opened(watermarked(picture(), mark, FONT)) for mark in (MARK, other))
    changed = ImageChops.difference(one, two).getbbox()
    assert changed is not None
    _, top, _, bottom = changed
    assert top < 300
    assert bottom > 1010


def test_what_a_picture_carries_besides_its_pixels_is_left_behind():
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "SECRET-NOTE")
    exif = Image.Exif()
    exif[0x010E] = "SECRET-EXIF"
    for source in (picture(pnginfo=note, exif=exif), picture(kind="JPEG", exif=exif, comment=b"SECRET-JPEG")):
        assert b"SECRET" in source
        marked = watermarked(source, MARK, FONT)
        assert b"SECRET" not in marked
        assert {marked[at - 4 : at] for at in _chunks(marked)} <= {b"IHDR", b"IDAT", b"IEND"}


def _chunks(data):
    at = 8
    while at < len(data):
        yield at + 8
        at += 12 + int.from_bytes(data[at : at + 4], "big")


@pytest.mark.parametrize(
    ("mode", "colour"),
    [("L", 255), ("P", 0), ("RGBA", (0, 0, 0, 0)), ("LA", (0, 0)), ("1", 1), ("I;16", 65535)],
)
def test_every_mode_of_a_png_is_taken(mode, colour):
    assert opened(watermarked(picture(mode=mode, colour=colour), MARK, FONT)).mode == "RGB"


def test_what_is_transparent_stands_on_white():
    marked = opened(watermarked(picture(mode="RGBA", colour=(0, 0, 0, 0)), MARK, FONT))
    assert marked.crop((0, 0, 1600, 1000)).convert("L").getextrema()[1] == 255


@pytest.mark.parametrize(("size", "wide"), [((300, 200), 1000), ((1200, 800), 1200), ((3000, 2000), 1800)])
def test_small_pictures_are_enlarged_and_large_ones_made_smaller(size, wide):
    assert opened(watermarked(picture(size), MARK, FONT)).width == wide


@pytest.mark.parametrize(
    "face",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"%PDF-1.7 ...", id="pdf"),
        pytest.param(b"<svg onload='x'/>", id="svg"),
        pytest.param(picture(kind="GIF", mode="P", colour=0), id="gif"),
        pytest.param(picture(kind="TIFF"), id="tiff"),
        pytest.param(picture()[:-40], id="truncated"),
        pytest.param(png(5000, 5000), id="many pixels"),
        pytest.param(png(7000, 10), id="long side"),
        pytest.param(png(60_000, 60_000), id="bomb"),
        pytest.param(png(12_000, 12_000), id="large enough for a warning"),
        pytest.param(png(2000, 100), id="a ribbon"),
        pytest.param(png(0, 0), id="no size"),
        pytest.param(png(1600, 1010), id="no pixels"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES, id="many bytes"),
    ],
)
def test_what_is_no_fit_picture_is_refused_without_its_content(face):
    with pytest.raises(BadPicture) as refused:
        watermarked(face, MARK, FONT)
    assert isinstance(refused.value, FaceMissing)
    assert refused.value.code == "certificates.no_face"
    assert len(str(refused.value)) < 80


@pytest.mark.parametrize(
    ("face", "reason"),
    [
        pytest.param(picture((5000, 5000), mode="1", colour=1), "pixels=5000x5000", id="whole, many pixels"),
        pytest.param(picture((3000, 400), mode="1", colour=1), "pixels=3000x400", id="whole, a ribbon"),
        pytest.param(picture() + b"\0" * MOST_BYTES, "bytes=", id="whole, many bytes"),
    ],
)
def test_a_whole_picture_is_refused_for_its_size_before_it_is_decoded(face, reason):
    with pytest.raises(BadPicture, match=reason):
        watermarked(face, MARK, FONT)


@given(st.binary(max_size=300), st.integers(0, 400), st.binary(max_size=20))
@settings(max_examples=60, deadline=None)
def test_no_damage_gets_through_as_anything_but_a_picture_or_a_refusal(data, at, damage):
    small = picture((60, 40))
    for face in (data, small[:at] + damage + small[at + len(damage) :], b"\xff\xd8\xff\xe0" + data):
        with suppress(BadPicture):
            assert opened(watermarked(face, MARK, FONT)).format == "PNG"


def test_a_long_purpose_wraps_in_the_strip():
    short = opened(watermarked(picture(), MARK, FONT)).height
    long = Watermark(MARK.hall, MARK.terminal, AT, for_item("很长的事项名称" * 12))
    assert opened(watermarked(picture(), long, FONT)).height > short
