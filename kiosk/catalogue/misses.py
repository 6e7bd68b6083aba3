"""Searches that found nothing, counted in memory until the hall has taken the counts. Never on this disk.

A text is counted only if it has at most 20 characters, Han characters and letters alone: one with a digit in it may
hold somebody's number, one that is longer may be a sentence about somebody, so both are dropped whole.
"""

import re
import threading
import unicodedata
from collections import Counter
from typing import Final

from hall.wire.messages import MISS_TEXT

MOST: Final = 2000  # different texts; a terminal without its hall for weeks must not grow
BATCH: Final = 150  # texts of one report: below 16 KB however many bytes their characters have
_counted = re.compile(MISS_TEXT)


def cleaned(text: str) -> str:
    """``text`` as it is counted, without spaces, punctuation and control characters; "": it is not."""
    plain = unicodedata.normalize("NFKC", text).lower()
    bare = "".join(sign for sign in plain if unicodedata.category(sign)[0] not in "ZPC")
    return bare if _counted.fullmatch(bare) else ""


class Misses:
    """Safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, text: str) -> None:
        """``text`` was searched for in vain; once for each search that somebody gave up, not for each letter."""
        if not (text := cleaned(text)):
            return
        with self._lock:
            if text in self._counts or len(self._counts) < MOST:
                self._counts[text] += 1

    def take(self) -> dict[str, int]:
        """The most frequent texts, at most 150; they are whoever's took them now. In the order of the letters."""
        with self._lock:
            batch = dict(self._counts.most_common(BATCH))
            for text in batch:
                del self._counts[text]
        return dict(sorted(batch.items()))
