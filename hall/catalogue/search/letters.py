"""What typed letters may stand for: whole syllables, their beginnings, initials. Pure."""

from collections.abc import Callable, Iterator

STARTS = ("zh", "ch", "sh")  # the initials of two letters
PARSES = 6  # ways to read one run of letters that are followed up


def parses(
    letters: str, is_syllable: Callable[[str], object], is_start: Callable[[str], object]
) -> list[list[str]]:
    """``letters`` cut into syllables and initials, the likeliest ways first; at most ``PARSES``.

    A piece that is no whole syllable is an initial (one letter, or zh, ch, sh), or, at the end, a syllable not
    yet typed to its end. Whole syllables are likelier than initials, long ones than short ones.
    """
    best: list[list[tuple[int, list[str]]]] = [[] for _ in range(len(letters) + 1)]
    best[0] = [(0, [])]
    for end in range(1, len(letters) + 1):
        ways = [
            (cost + price, [*before, piece])
            for piece, price in _pieces(letters, end, is_syllable, is_start)
            for cost, before in best[end - len(piece)]
        ]
        ways.sort(key=lambda way: way[0])
        best[end] = ways[:PARSES]
    return [pieces for _, pieces in best[-1]]


def _pieces(
    letters: str, end: int, is_syllable: Callable[[str], object], is_start: Callable[[str], object]
) -> Iterator[tuple[str, int]]:
    for size in range(1, min(end, 6) + 1):
        piece = letters[end - size : end]
        if is_syllable(piece):
            yield piece, 5 if size > 1 else 9  # a, e, o are syllables, but rarely meant as such
        elif size == 1:
            yield piece, 9
        elif piece in STARTS:
            yield piece, 10
        elif end == len(letters) and is_start(piece):
            yield piece, 7
