"""How the number of a ticket or a window is read aloud, in Chinese and English: words only, no tokens."""

import re
from collections.abc import Iterator

ZH_DIGITS = "零一二三四五六七八九"
YAO = "幺"  # 1 inside a string of digits, as over the telephone
EN_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
EN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
LARGEST_CARDINAL = 999  # longer digit strings are codes, and are spelled


def in_chinese(designation: str, *, yao: bool, cardinal: bool) -> list[str]:
    """The words for ``designation``: letters by name, digits one by one or, ``cardinal``, as a number; ``yao``:
    1 is 幺 in a string of two or more digits."""
    said: list[str] = []
    for run in _runs(designation):
        if not run.isdigit():
            said.append(run)
        elif cardinal and int(run) <= LARGEST_CARDINAL:
            said += _zh_cardinal(int(run))
        else:
            one = YAO if yao and len(run) > 1 else "一"
            said += [one if digit == "1" else ZH_DIGITS[int(digit)] for digit in run]
    return said


def in_english(designation: str, *, cardinal: bool) -> list[str]:
    """The words for ``designation``, as ``in_chinese``."""
    said: list[str] = []
    for run in _runs(designation):
        if not run.isdigit():
            said.append(run)
        elif cardinal and int(run) <= LARGEST_CARDINAL:
            said += _en_cardinal(int(run))
        else:
            said += [EN_SMALL[int(digit)] for digit in run]
    return said


def _runs(designation: str) -> Iterator[str]:
    """``A012`` -> ``A``, ``012``; hyphens are not read."""
    return (match[0] for match in re.finditer(r"[A-Z]|[0-9]+", designation))


def _zh_cardinal(value: int) -> list[str]:
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    said = [ZH_DIGITS[hundreds], "百"] if hundreds else []
    if tens:
        # 十二 alone, 一百一十二 after a hundred
        said += [*([ZH_DIGITS[tens]] if tens > 1 or hundreds else []), "十"]
    elif hundreds and ones:
        said.append("零")
    if ones or not value:
        said.append(ZH_DIGITS[ones])
    return said


def _en_cardinal(value: int) -> list[str]:
    hundreds, rest = divmod(value, 100)
    said = [EN_SMALL[hundreds], "hundred"] if hundreds else []
    if hundreds and rest:
        said.append("and")
    if rest >= 20:
        said.append(EN_TENS[rest // 10 - 2])
        rest %= 10
    if rest or not said:
        said.append(EN_SMALL[rest])
    return said
