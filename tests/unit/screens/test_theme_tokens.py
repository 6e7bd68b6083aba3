"""The look, measured: contrast, sizes, targets."""

import subprocess
import sys

import pytest

from screens.theme.tokens import LADDER, THEMES, Tokens, contrast

TEXT = [
    ("ink", "ground"), ("ink", "paper"), ("ink", "tint"), ("soft", "ground"), ("soft", "paper"),
    ("brand", "paper"), ("brand", "ground"), ("brand", "tint"),
    ("brand_ink", "brand"), ("brand_soft", "brand"), ("brand_ink", "brand_deep"),
    ("call", "paper"), ("call", "call_ground"), ("ok", "paper"), ("ok", "ok_ground"),
    ("amber", "paper"), ("amber", "amber_ground"), ("ink", "amber_ground"), ("ink", "call_ground"),
    ("ink", "ok_ground"),
    ("board_ink", "board_ground"), ("board_ink", "board_panel"), ("board_soft", "board_ground"),
    ("board_soft", "board_panel"), ("lamp", "board_ground"), ("lamp", "board_panel"),
    ("board_ok", "board_panel"), ("board_call", "board_panel"),
]  # fmt: skip
EDGES = [
    ("edge", "paper"), ("edge", "ground"), ("brand", "paper"), ("brand", "ground"),
    ("board_line", "board_ground"), ("board_line", "board_panel"),
]  # fmt: skip


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda t: t.name)
@pytest.mark.parametrize(("text", "on"), TEXT)
def test_text_can_be_read(tokens: Tokens, text: str, on: str):
    assert contrast(getattr(tokens, text), getattr(tokens, on)) >= 7


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda t: t.name)
@pytest.mark.parametrize(("edge", "on"), EDGES)
def test_edges_can_be_seen(tokens: Tokens, edge: str, on: str):
    assert contrast(getattr(tokens, edge), getattr(tokens, on)) >= 3


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda t: t.name)
def test_every_type_size_is_on_the_ladder(tokens: Tokens):
    sizes = [tokens.number, tokens.hero, tokens.title, tokens.card, tokens.lead, tokens.body, tokens.small]
    assert set(sizes) <= set(LADDER)
    assert sizes == sorted(sizes, reverse=True)
    assert tokens.small >= 28


@pytest.mark.parametrize("tokens", THEMES.values(), ids=lambda t: t.name)
def test_every_target_is_twenty_millimetres_on_a_small_panel(tokens: Tokens):
    pixel_mm = 268 / 1080  # 21.5-inch panel upright
    assert tokens.target * pixel_mm >= 20


def test_large_type_is_larger_and_carries_less():
    normal, large = THEMES["normal"], THEMES["large"]
    assert large.body > normal.body
    assert large.small > normal.small
    assert large.choose_columns * large.choose_rows < normal.choose_columns * normal.choose_rows


def test_tokens_words_and_presenters_need_no_kivy():
    modules = (
        "screens.theme.tokens, screens.theme.fonts, screens.words.words, screens.events, screens.effects, "
        "screens.welcome.presenter, screens.choose.presenter, screens.identify.presenter, "
        "screens.confirm.presenter, screens.printing.presenter, screens.done.presenter, "
        "screens.fault.presenter, screens.frame.presenter, kiosk.journey, kiosk.idle"
    )
    check = f"import sys, {modules}; sys.exit('kivy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
