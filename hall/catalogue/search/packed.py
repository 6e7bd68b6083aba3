"""How the index's lists stand in the file. Pure.

Numbers go as little-endian 32-bit steps from one to the next: a text more in the catalogue then changes one step
of a list and not all that follows, which keeps a daily update small.
"""

import sys
from array import array
from collections.abc import Iterable
from itertools import accumulate


def pack(numbers: Iterable[int]) -> bytes:
    steps, before = array("i"), 0
    for number in numbers:
        steps.append(number - before)
        before = number
    if sys.byteorder == "big":
        steps.byteswap()
    return steps.tobytes()


def unpack(blob: bytes) -> "array[int]":
    steps = array("i")
    steps.frombytes(blob)
    if sys.byteorder == "big":
        steps.byteswap()
    return array("I", accumulate(steps))


def pack_words(words: Iterable[str]) -> bytes:
    return "\n".join(words).encode()


def unpack_words(blob: bytes) -> list[str]:
    return blob.decode().split("\n")
