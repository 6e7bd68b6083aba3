"""One name of the catalogue as a card, and cards dealt into pages: a long name takes more room, never less. No Kivy."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hall.catalogue.answers import Entry
from screens.theme.tokens import ThemeName
from screens.visit import Terminal
from screens.words.words import Words

Size = Literal["lead", "body", "small"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A word about an entry, with its icon; never a colour alone."""

    icon: str = ""
    word: str = ""
    kind: Literal["info", "ok", "amber"] = "info"


@dataclass(frozen=True, slots=True)
class ResultCard:
    """``slots``: how much of a page it takes; ``size``: the type its name is set in."""

    id: str = ""
    icon: str = ""
    name: str = ""
    size: Size = "lead"
    slots: int = 1
    short: bool = True  # the name is one line: what stands below it may be larger
    line: str = ""  # what people call it
    where: str = ""  # office, and region where that is not home
    badges: tuple[Badge, ...] = ()


# What a name of so many half-width columns is set in, and how many of a page's slots its card takes. Measured on
# the glass with the widest characters (tests/screens/test_find_glass.py); names are at most 200 characters long.
_ROOM: dict[ThemeName, tuple[tuple[int, Size, int], ...]] = {
    "normal": ((66, "lead", 1), (130, "body", 1), (196, "lead", 2), (330, "body", 2), (9999, "small", 2)),
    "large": ((28, "lead", 1), (72, "body", 1), (230, "body", 2), (9999, "small", 2)),
}
_SHORT: dict[ThemeName, int] = {"normal": 33, "large": 28}  # columns of a name of one line
_LINE: dict[ThemeName, int] = {"normal": 46, "large": 38}  # columns of body type across a card
_SMALL_LINE: dict[ThemeName, int] = {"normal": 56, "large": 50}  # and of small type
_BADGE_COLUMNS = 6  # what a badge takes beside its word


def card_of(entry: Entry, terminal: Terminal) -> ResultCard:
    """``entry`` as this terminal's language and type show it."""
    words, theme = terminal.words, _layout(terminal.theme)
    name = words.pick(entry.name, entry.name_en)
    wide = width(name)
    size, slots = next((size, slots) for most, size, slots in _ROOM[theme] if wide <= most)
    short = wide <= _SHORT[theme]
    badges = _badges(entry, words)
    taken = sum(_BADGE_COLUMNS + width(badge.word) for badge in badges)
    away = entry.region_name if entry.nearness != "home" else ""
    where = " · ".join(filter(None, (away, entry.office)))
    return ResultCard(
        id=entry.id,
        icon="package-variant-closed" if entry.kind == "bundle" else "file-document-outline",
        name=name,
        size=size,
        slots=slots,
        short=short,
        line=within(entry.line, (_LINE if short else _SMALL_LINE)[theme]),
        where=within(where, _SMALL_LINE[theme] - int(taken)),
        badges=badges,
    )


def dealt(cards: Iterable[ResultCard], slots: int) -> tuple[tuple[ResultCard, ...], ...]:
    """The cards in pages of ``slots``, in order. There is at least one page."""
    pages: list[list[ResultCard]] = [[]]
    for card in cards:
        if pages[-1] and sum(each.slots for each in pages[-1]) + card.slots > slots:
            pages.append([])
        pages[-1].append(card)
    return tuple(map(tuple, pages))


def width(text: str) -> float:
    """Half-width columns of ``text`` as it is drawn: Latin letters are not all of one width, nor half a Han one's."""
    return sum(2 if ord(char) > 0x2E7F or char in "MW" else 1.4 if char.isupper() else 1.15 for char in text)


def within(text: str, most: int) -> str:
    """``text`` in one line of ``most`` half-width columns; what is left out is said by three dots.

    Only for what is said in full on the page behind it.
    """
    text = " ".join(text.split())
    if width(text) <= most:
        return text
    while text and width(text) > most - 2:
        text = text[:-1]
    return text.rstrip() + "…" if text else ""


def ending(text: str, most: int) -> str:
    """The last of ``text`` that ``most`` half-width columns hold: where one is typing."""
    if width(text) <= most:
        return text
    while text and width(text) > most - 2:
        text = text[1:]
    return "…" + text


def spoken_names(entries: Sequence[Entry]) -> tuple[str, str]:
    """The first three names for reading aloud: Chinese, English."""
    first = entries[:3]
    return "，".join(e.name for e in first), ", ".join(e.name_en or e.name for e in first)


def _badges(entry: Entry, words: Words) -> tuple[Badge, ...]:
    shown = (
        (entry.withdrawn, Badge("cancel", words("find.badge.withdrawn"), "amber")),
        (entry.kind == "bundle", Badge("package-variant-closed", words("find.badge.bundle"))),
        (entry.kiosk, Badge("monitor-dashboard", words("find.badge.kiosk"), "ok")),
        (entry.nearness == "other", Badge("map-marker-outline", words("find.badge.elsewhere"), "amber")),
    )
    return tuple(badge for is_so, badge in shown if is_so)


def _layout(theme: ThemeName) -> ThemeName:
    """High contrast is laid out as the normal look is."""
    return "large" if theme == "large" else "normal"
