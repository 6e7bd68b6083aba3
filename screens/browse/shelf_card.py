"""One shelf of a way to browse, as a card. No Kivy."""

from dataclasses import dataclass

from hall.catalogue.answers import Shelf
from screens.find.result_card import Size, width, within
from screens.theme.tokens import ThemeName
from screens.visit import Terminal

# What a name of so many half-width columns is set in; offices have long names.
_ROOM: dict[ThemeName, tuple[tuple[int, Size], ...]] = {
    "normal": ((28, "lead"), (58, "body"), (9999, "small")),
    "large": ((22, "lead"), (58, "body"), (9999, "small")),
}
MOST = 96  # columns of a name; the list behind the card has it whole


@dataclass(frozen=True, slots=True)
class ShelfCard:
    key: str = ""
    icon: str = ""
    name: str = ""
    size: Size = "lead"
    count: str = ""


def shelf_card(shelf: Shelf, terminal: Terminal) -> ShelfCard:
    words = terminal.words
    name = within(words.pick(shelf.name, shelf.name_en), MOST)
    wide = width(name)
    room = _ROOM["large" if terminal.theme == "large" else "normal"]
    return ShelfCard(
        key=shelf.key,
        icon=shelf.icon or "folder-outline",
        name=name,
        size=next(size for most, size in room if wide <= most),
        count=words("browse.count_one") if shelf.count == 1 else words("browse.count", count=shelf.count),
    )
