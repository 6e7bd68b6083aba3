import io
import unicodedata
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from hall.certificates.composing import WIDTH, Box, compose
from hall.certificates.embedded import EmbeddedLibrary
from hall.certificates.faces import FROM_DATA, SAMPLE, STAMPS, drawn
from hall.certificates.lettering import shown, width, wrapped
from hall.certificates.people import companies, people
from tests.unit.hall.certificates.certificate_fixtures import TODAY, the_font

FONT = the_font()
LIBRARY = EmbeddedLibrary(FONT, today=lambda: TODAY)
CERTIFICATES = [one for holder in (*people(), *companies()) for one in LIBRARY.certificates(holder)]
any_text = st.text(st.characters(), max_size=60)
hanzi = st.text(st.sampled_from("测试乙样例省市县路，。（）㛃𠮷 A1-/."), max_size=120)


def opened(face):
    return Image.open(io.BytesIO(face), formats=("PNG",)).convert("RGB")


def bare(text):
    return "".join(text.split())


@given(any_text)
@settings(max_examples=200)
def test_any_character_is_drawn_or_stands_there_as_its_code(text):
    out = shown(text, FONT)
    at = 0
    for char in text:
        code = f"[U+{ord(char):04X}]"
        if out.startswith(code, at):
            at += len(code)
        else:
            assert out[at] == char or out[at] == " "
            assert out[at] != " " or unicodedata.category(char) in ("Zs", "Cc", "Zl", "Zp")
            at += 1
    assert at == len(out)


@pytest.mark.parametrize("char", ["𠮷", "㛃", "㙟", "·", "㎡", "€"])
def test_rare_characters_are_drawn(char):
    assert shown(char, FONT) == char


@pytest.mark.parametrize(
    "char",
    ["\u202e", "\u200b", "\x00", "\ue000", "\ud800", "\U0010ffff", "\u0627", "\u3164", "\xad", "\ufeff"],
)
def test_what_nobody_could_see_or_the_font_lacks_is_its_code(char):
    assert shown(f"张{char}三", FONT) == f"张[U+{ord(char):04X}]三"


@given(any_text | hanzi, st.integers(60, 700))
@settings(max_examples=150)
def test_wrapping_loses_nothing_and_keeps_to_the_width(text, most):
    lines = wrapped(text, FONT, 32, most)
    assert bare("".join(lines)) == bare(shown(text, FONT))
    assert all(width(line, FONT, 32) <= most or len(line) == 1 for line in lines)


def test_no_line_begins_with_what_closes_a_phrase():
    lines = wrapped("一二三四五六，七八九十。" * 4, FONT, 32, 32 * 6.5)
    assert not [line for line in lines if line[0] in "，。"]


@given(st.lists(st.tuples(hanzi, any_text | hanzi), min_size=1, max_size=14), st.booleans())
@settings(max_examples=40, deadline=None)
def test_everything_of_every_line_is_placed_inside_its_columns(lines, two):
    boxes = (Box(90, 190, 640, 700), Box(830, 190, 640, 500)) if two else (Box(90, 190, 1000, 700),)
    placed, over = compose(lines, ["Label"] * len(lines), boxes, FONT)
    values = bare("".join(one.text for one in placed if one.ink == "text"))
    labels = bare("".join(one.text for one in placed if one.ink == "accent"))
    assert values == bare(shown("".join(value for _, value in lines), FONT))
    assert labels == bare(shown("".join(label for label, _ in lines), FONT))
    for one in placed:
        box = boxes[-1] if one.x >= boxes[-1].left else boxes[0]
        assert one.x + width(one.text, FONT, one.size) <= box.right + one.size
        assert one.y + one.size <= box.bottom + over + one.size


def test_no_two_lines_of_a_face_stand_on_each_other():
    for one in CERTIFICATES:
        placed, _ = compose(one.lines, one.lines_en, (Box(90, 190, 1000, 744),), FONT)
        values = sorted((p.y, p.size) for p in placed if p.ink == "text")
        assert all(y + size <= below for (y, size), (below, _) in pairwise(values))


def test_a_number_is_made_smaller_rather_than_broken():
    placed, _ = compose([("公民身份号码", "379900194809079024")], [""], (Box(0, 0, 580, 400),), FONT)
    assert [one.text for one in placed if one.ink == "text"] == ["379900194809079024"]


@pytest.mark.parametrize("place", range(len(CERTIFICATES)))
def test_every_face_is_a_picture_of_its_kind(place):
    face = opened(LIBRARY.face(CERTIFICATES[place]))
    assert face.width == WIDTH
    assert 1000 <= face.height <= 1200
    assert len(face.getcolors(maxcolors=500_000)) > 100


@pytest.mark.parametrize("status", STAMPS)
def test_a_certificate_that_is_not_in_force_is_stamped_in_red(status):
    valid = replace(CERTIFICATES[0], status="valid")
    one, other = (opened(drawn(c, FONT, SAMPLE)) for c in (valid, replace(valid, status=status)))
    changed = ImageChops.difference(one, other).getbbox()
    assert changed is not None
    left, top, right, bottom = changed
    assert right - left > 400
    assert bottom - top > 150

    def red(image):
        return sum(count for count, (r, g, b) in image.getcolors(500_000) if r > g + 60 and r > b + 60)

    assert red(other) > red(one) + 5_000


def test_the_picture_says_what_sort_of_picture_it_is():
    one, other = (opened(drawn(CERTIFICATES[0], FONT, mark)) for mark in (SAMPLE, FROM_DATA))
    box = ImageChops.difference(one, other).getbbox()
    assert box is not None
    assert box[1] > one.height - 120


def test_a_face_with_more_than_fits_grows_and_leaves_nothing_out():
    lines = tuple((f"项目{place}", "经营范围" * 40) for place in range(20))
    face = opened(drawn(replace(CERTIFICATES[0], lines=lines, lines_en=()), FONT, SAMPLE))
    assert face.height > 2_000


def test_a_face_without_lines_is_a_picture_too():
    assert opened(drawn(replace(CERTIFICATES[0], lines=(), lines_en=()), FONT, SAMPLE)).height == 1010


@given(any_text, any_text)
@settings(max_examples=15, deadline=None)
def test_any_text_makes_a_face(label, value):
    certificate = replace(CERTIFICATES[0], lines=((label, value),), identifier=value)
    assert opened(drawn(certificate, FONT, SAMPLE)).width == WIDTH
