"""Breaks text into lines for a width, and says how wide text is. No Kivy.

A guide's texts are paged to the letter, so where a line ends must be known before anything is drawn. Chinese breaks
between any two characters but for the marks that must not begin or end a line; Latin words and numbers stay whole.
"""

# Advance widths of Noto Sans CJK SC in thousandths of its size, U+0020 to U+007E, the wider of both weights.
_ASCII = (
    227, 370, 574, 590, 590, 963, 740, 325, 378, 378, 507, 590, 325, 370, 325, 392, 590, 590, 590, 590, 590, 590, 590,
    590, 590, 590, 325, 325, 590, 590, 590, 514, 1007, 641, 681, 656, 714, 615, 585, 717, 757, 330, 568, 686, 578, 853,
    749, 770, 667, 770, 682, 624, 625, 748, 619, 915, 627, 580, 613, 378, 392, 378, 590, 567, 626, 591, 644, 527, 644,
    581, 372, 597, 640, 304, 306, 604, 315, 964, 641, 626, 644, 644, 436, 495, 421, 637, 576, 863, 562, 574, 511, 378,
    296, 378, 590,
)  # fmt: skip
_WIDEST = 1100  # № in bold; every other character is at most as wide as a Han one

_NOT_FIRST = frozenset("。，、；：？！）》」』】〉〕”’…—·～％℃,.;:?!)]}%>")
_NOT_LAST = frozenset("（《「『【〈〔“‘([{<￥$")
# What would end a line of type early or turn it round is drawn as a space.
_UNSEEN = dict.fromkeys(
    (
        *(*range(10), *range(14, 28), 31, *range(127, 133), *range(134, 160)),  # controls that end no line
        *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # of direction
    ),
    " ",
)
_HANG = 6  # characters at most that a mark may pull to its line


def width(text: str, size: int) -> float:
    """Pixels that ``text`` takes in one line."""
    return sum(
        _ASCII[o - 32] if 32 <= (o := ord(c)) < 127 else 1000 if o > 255 else _WIDEST for c in text
    ) * (size / 1000)


def lines(text: str, size: int, within: float) -> tuple[str, ...]:
    """``text`` in lines no wider than ``within``; joined again they are the text, less its own line ends."""
    if not text:
        return ()
    return tuple(
        line for part in text.translate(_UNSEEN).splitlines() for line in _broken(part, size, within)
    )


def _broken(text: str, size: int, within: float) -> list[str]:
    """One paragraph; at least one line, at least one character a line."""
    out: list[str] = []
    while text:
        end, room = 0, within
        while end < len(text) and (room := room - width(text[end], size)) >= 0:
            end += 1
        end = max(1, end)
        if end < len(text):
            end = _break_at(text, end)
        out.append(text[:end])
        text = text[end:]
    return out or [""]


def _break_at(text: str, end: int) -> int:
    """The best place at or before ``end``, where ``text`` is too long."""
    for at in range(end, max(0, end - _HANG), -1):
        if _may_break(text[at - 1], text[at]):
            return at
    for at in range(end, end // 2, -1):  # a long Latin word goes to the next line
        if _may_break(text[at - 1], text[at]):
            return at
    return end


def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or after == " ":
        return False
    return not (_is_latin(before) and _is_latin(after))


def _is_latin(char: str) -> bool:
    return "!" <= char <= "~"
