"""What stands around every screen: where one is, what time it is, and the help that is always there. No Kivy."""

from dataclasses import dataclass

from screens.frame.staff_call import Staff
from screens.theme.tokens import ThemeName
from screens.visit import Terminal
from screens.words.words import Language


@dataclass(frozen=True, slots=True)
class BarItem:
    """One place of the bottom bar; ``on`` is told by the word as well."""

    intent: str = ""
    icon: str = ""
    word: str = ""
    on: bool = False


@dataclass(frozen=True, slots=True)
class FrameView:
    theme: ThemeName = "normal"
    language: Language = "zh"
    hall: str = ""
    terminal: str = ""
    time: str = ""
    date: str = ""
    bar: tuple[BarItem, ...] = ()
    staff: Staff = ""
    staff_word: str = ""  # a message over the bar, while a person is being called
    leaving: int = 0  # seconds; 0: no warning
    leaving_whole: int = 1
    leaving_title: str = ""
    leaving_line: str = ""
    leaving_stay: str = ""
    leaving_go: str = ""


def frame_view(
    terminal: Terminal, *, ways: tuple[str, ...], staff: Staff, warn: bool, warning: float
) -> FrameView:
    """``ways`` are the ways out of the screen shown: "home", "back"; ``warn`` before a deserted one ends."""
    leaving = terminal.leaving if warn else None
    words, hall, now = terminal.words, terminal.hall, terminal.now
    way_items = tuple(
        BarItem(way, _ICONS[way], words(f"frame.{way}")) for way in ("home", "back") if way in ways
    )
    bar = (
        *way_items,
        *_looks(terminal),
        BarItem(
            "aloud",
            _ICONS["aloud"],
            words("frame.quiet" if terminal.aloud else "frame.aloud"),
            terminal.aloud,
        ),
        *_languages(terminal),
        BarItem("staff", _ICONS["staff"], words("frame.staff"), bool(staff)),
    )
    return FrameView(
        theme=terminal.theme,
        language=terminal.language,
        hall=words.pick(hall.name, hall.name_en),
        terminal=words.pick(hall.terminal, hall.terminal_en),
        time=f"{now:%H:%M}" if now else "",
        date=words.date(now) if now else "",
        bar=bar,
        staff=staff,
        staff_word=words(f"frame.staff_{staff}") if staff else "",
        leaving=leaving or 0,
        leaving_whole=max(1, round(warning)),
        leaving_title=words("frame.leaving") if leaving else "",
        leaving_line=words("frame.leaving_line") if leaving else "",
        leaving_stay=words("frame.stay") if leaving else "",
        leaving_go=words("frame.go") if leaving else "",
    )


def _looks(terminal: Terminal) -> tuple[BarItem, ...]:
    """The looks that can be changed to from here."""
    theme, words = terminal.theme, terminal.words
    large, contrast = theme == "large", theme == "contrast"
    items = {
        "large": BarItem("large", _ICONS["large"], words("frame.normal" if large else "frame.large"), large),
        "contrast": BarItem(
            "contrast", _ICONS["contrast"], words("frame.colours" if contrast else "frame.contrast"), contrast
        ),
    }
    looks: tuple[ThemeName, ...] = ("large", "contrast")
    return tuple(items[look] for look in looks if terminal.offer.other(theme, look) is not None)


def _languages(terminal: Terminal) -> tuple[BarItem, ...]:
    if terminal.offer.next_language(terminal.language) is None:
        return ()
    return (BarItem("language", _ICONS["language"], terminal.words("frame.language")),)


_ICONS = {
    "home": "home-outline",
    "back": "arrow-left",
    "large": "format-size",
    "contrast": "contrast-circle",
    "aloud": "volume-high",
    "language": "translate",
    "staff": "face-agent",
}
