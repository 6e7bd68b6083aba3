"""What the screens are made of: colours, type sizes, space. Three frozen sets, and no Kivy.

Type sizes come from one short ladder (``LADDER``) because every size in use costs about 2.5 MB of
resident memory for its open font; no size is ever computed or animated.
"""

from dataclasses import dataclass, replace
from typing import Literal

ThemeName = Literal["normal", "large", "contrast"]

LADDER = (28, 34, 44, 56, 76, 112, 250)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One look. Colours are ``#rrggbb``; lengths are pixels of a 1080-wide portrait screen."""

    name: ThemeName

    # -- colours ------------------------------------------------------------------------------------------
    ink: str = "#14283F"  # text
    soft: str = "#3D5064"  # second text
    ground: str = "#F1F4F7"  # the page
    paper: str = "#FFFFFF"  # cards, header, bottom bar
    line: str = "#D9E0E7"  # hairlines that carry no meaning
    edge: str = "#76879A"  # outlines and marks that do: 3:1 on paper and ground
    brand: str = "#0A4A93"  # main action, links, icons
    brand_deep: str = "#083B76"  # inset on brand
    brand_ink: str = "#FFFFFF"  # text on brand
    brand_soft: str = "#E9F2FC"  # second text on brand
    tint: str = "#E6F0FA"  # ground of an icon, of what is chosen
    call: str = "#9E1B0B"  # alarm, and a number being called
    call_ground: str = "#FDEDEA"
    ok: str = "#0B5733"
    ok_ground: str = "#E6F4EC"
    amber: str = "#6E3F00"
    amber_ground: str = "#FFF3DD"
    veil: str = "#0A1E35"  # behind a dialogue
    board_ground: str = "#0A2A4D"  # halls are bright and boards hang high: light on dark
    board_panel: str = "#10375F"
    board_ink: str = "#FFFFFF"
    board_soft: str = "#C3D4E8"
    board_line: str = "#6F93BC"
    lamp: str = "#FFE3A3"  # numbers and windows on a board
    board_ok: str = "#9BE8BC"
    board_call: str = "#FFB4A8"
    shadow: float = 0.16  # opacity of a card's soft shadow; 0: none
    veil_opacity: float = 0.72

    # -- type ---------------------------------------------------------------------------------------------
    number: int = 250
    hero: int = 112
    title: int = 76
    card: int = 56
    lead: int = 44
    banner: int = 44
    body: int = 34
    small: int = 28

    # -- space --------------------------------------------------------------------------------------------
    unit: int = 8
    margin: int = 40
    gap: int = 24
    pad: int = 36  # inside a card
    radius: int = 32
    radius_small: int = 20
    edge_width: int = 2  # of an outlined button; 2 or 4
    card_edge: int = 0  # of a card; high contrast has no shadows and draws it
    target: int = 104  # least height of anything to touch: 25 mm on a 21.5-inch panel
    header: int = 160
    bar: int = 160

    # -- how much a screen carries --------------------------------------------------------------------------
    choose_columns: int = 2
    choose_rows: int = 4
    found_slots: int = 3  # results above the keypad
    listed_slots: int = 5  # results without it
    shelf_columns: int = 2
    shelf_rows: int = 5


NORMAL = Tokens("normal")

LARGE = replace(
    NORMAL,
    name="large",
    title=76,
    card=76,
    lead=56,
    banner=44,
    body=44,
    small=34,
    pad=40,
    edge_width=4,
    target=136,
    header=176,
    bar=184,
    choose_columns=1,
    choose_rows=4,
    found_slots=2,
    listed_slots=4,
    shelf_columns=1,
    shelf_rows=5,
)

CONTRAST = replace(
    NORMAL,
    name="contrast",
    ink="#FFFFFF",
    soft="#FFFFFF",
    ground="#000000",
    paper="#000000",
    line="#FFFFFF",
    edge="#FFFFFF",
    brand="#FFE100",
    brand_deep="#FFE100",
    brand_ink="#000000",
    brand_soft="#000000",
    tint="#1C1C1C",
    call="#FFB4A8",
    call_ground="#000000",
    ok="#8DF5B5",
    ok_ground="#000000",
    amber="#FFE100",
    amber_ground="#000000",
    veil="#000000",
    board_ground="#000000",
    board_panel="#000000",
    board_soft="#FFFFFF",
    board_line="#FFFFFF",
    lamp="#FFE100",
    board_ok="#8DF5B5",
    shadow=0.0,
    veil_opacity=0.88,
    edge_width=4,
    card_edge=4,
)

THEMES: dict[ThemeName, Tokens] = {"normal": NORMAL, "large": LARGE, "contrast": CONTRAST}


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2, "relative luminance")."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
