"""A notice in pages of one line each, so that a board can turn them calmly. No Kivy."""

import re

WIDTH = 88  # half-width columns that a board's Chinese line holds
WIDTH_EN = 116  # and its English line, in smaller type

# After a sentence's end, else after a lesser pause, else between words, else anywhere. A Latin point or colon
# counts only before a space: 12:00 and 3.5 stay whole.
_BREAKS = (
    re.compile(r"(?<=[。！？；])|(?<=[.!?;])\s"),
    re.compile(r"(?<=[，、：])|(?<=[,:])\s"),
    re.compile(r"\s"),
)


def notice_pages(zh: str, en: str, width: int = WIDTH, width_en: int = WIDTH_EN) -> list[tuple[str, str]]:
    """Both languages, page beside page; the language that ends first shows its last page on."""
    chinese, english = _pages(zh, width), _pages(en, width_en)
    return [
        (chinese[min(at, len(chinese) - 1)], english[min(at, len(english) - 1)])
        for at in range(max(len(chinese), len(english)))
    ]


def columns(text: str) -> int:
    """Half-width columns: two for a Chinese character, one for a Latin one."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def _pages(text: str, width: int) -> list[str]:
    text = " ".join(text.split())
    pages: list[str] = []
    while columns(text) > width:
        cut = _cut(text, width)
        pages.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pages, text] if text or not pages else pages


def _cut(text: str, width: int) -> int:
    """Where the first page of ``text`` ends: never nowhere, at the best break in its second half."""
    fits = max((at for at in range(1, len(text)) if columns(text[:at]) <= width), default=1)
    for breaks in _BREAKS:
        places = [found.start() for found in breaks.finditer(text) if fits / 2 < found.start() <= fits]
        if places:
            return places[-1]
    return fits
