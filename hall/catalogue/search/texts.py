"""Many short texts laid end to end, three times over: as written, as spoken, by initials. Pure.

All three have one place for each character, so that a place found in one is the same place in the others;
Python's substring search then does the work.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

END = "\n"
ANY_ONE = "."  # as in a regular expression: anything but END


class Texts:
    """Texts by number from 0; ``owners`` says to which name or key each belongs."""

    def __init__(self, chars: str, sounds: str, initials: str, owners: "array[int]") -> None:
        """Each string starts with ``END`` and has one after each text."""
        self.chars, self.sounds, self.initials, self.owners = chars, sounds, initials, owners
        self.starts = array("I", [0])  # where the END before each text stands
        place = chars.find(END, 1)
        while place >= 0:
            self.starts.append(place)
            place = chars.find(END, place + 1)

    def __len__(self) -> int:
        return len(self.owners)

    def number_at(self, place: int) -> int:
        return bisect_right(self.starts, place) - 1

    def begin(self, number: int) -> int:
        return self.starts[number] + 1

    def size(self, number: int) -> int:
        return self.starts[number + 1] - self.starts[number] - 1

    def text(self, number: int) -> str:
        return self.chars[self.starts[number] + 1 : self.starts[number + 1]]


def places(haystack: str, needle: str, most: int) -> Iterator[int]:
    """Where ``needle`` stands in ``haystack``, from the front; at most ``most`` places.

    ``ANY_ONE`` in the needle stands for any one place of a text; no text contains it.
    """
    if ANY_ONE in needle:
        yield from (found.start() for found in islice(re.finditer(needle, haystack), most))
        return
    place = haystack.find(needle)
    while place >= 0 and most > 0:
        yield place
        most -= 1
        place = haystack.find(needle, place + 1)
