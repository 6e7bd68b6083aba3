"""The looks of boards and pads: legible from afar, true to size."""

import pytest

from screens.theme.boards import BOARD, PAD, STRIP, board_tokens, pad_tokens, strip_tokens
from screens.theme.tokens import contrast

OVERHEAD = [
    ("board_ink", "board_panel"),
    ("board_ink", "veil"),
    ("board_soft", "board_panel"),
    ("board_soft", "board_ground"),
    ("board_soft", "veil"),
    ("lamp", "board_panel"),
    ("lamp", "board_ground"),
    ("lamp", "veil"),
    ("board_ok", "board_panel"),
    ("call", "paper"),  # and a new call turns it round
    ("ink", "paper"),
    ("soft", "paper"),
]
AT_HAND = [
    ("brand", "paper"),
    ("brand_ink", "brand"),
    ("brand_ink", "brand_deep"),
    ("brand", "tint"),
    ("soft", "ground"),
    ("call", "call_ground"),
    ("soft", "call_ground"),
    ("amber", "amber_ground"),
    ("amber", "paper"),
    ("ok", "ok_ground"),
]


@pytest.mark.parametrize("theme", ["normal", "large", "contrast"])
@pytest.mark.parametrize(("text", "ground"), OVERHEAD)
def test_what_hangs_overhead_has_seven_to_one(theme, text, ground):
    tokens = board_tokens(theme)
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 7


@pytest.mark.parametrize("theme", ["normal", "large", "contrast"])
@pytest.mark.parametrize(("text", "ground"), AT_HAND)
def test_what_a_clerk_reads_has_seven_to_one(theme, text, ground):
    tokens = pad_tokens(theme)
    assert contrast(getattr(tokens, text), getattr(tokens, ground)) >= 7


@pytest.mark.parametrize(("make", "size"), [(board_tokens, BOARD), (strip_tokens, STRIP), (pad_tokens, PAD)])
def test_twice_the_glass_is_twice_the_type(make, size):
    once, twice = make("normal", size), make("normal", (size[0] * 2, size[1] * 2))
    assert (twice.number, twice.small, twice.unit) == (2 * once.number, 2 * once.small, 2 * once.unit)
    assert (twice.ink, twice.shadow) == (once.ink, once.shadow)
    assert make("contrast", size).card_edge > 0


def test_the_narrower_side_decides():
    assert board_tokens("normal", (1920, 2000)) == board_tokens("normal", BOARD)
