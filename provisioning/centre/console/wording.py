"""The console's words, Chinese and English, by key; and moments and spans of time as people say them."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

LANGUAGES = ("zh", "en")


class Words:
    """``words("terminals.title")``; an unknown key is a mistake of ours and raises KeyError."""

    def __init__(self, language: str, table: Mapping[str, str], zone: ZoneInfo) -> None:
        self.language, self._table, self._zone = language, table, zone

    def __call__(self, key: str, /, **values: object) -> str:
        text = self._table[key]
        return text.format_map(values) if values else text

    def of(self, group: str, name: object) -> str:
        """The word for a value that came from elsewhere: one that we do not know stands for itself."""
        return self._table.get(f"{group}.{name}", str(name))

    def code(self, code: str) -> str:
        """A fault in words, with the figures that may follow it; the code itself where there are none."""
        name, space, figures = code.partition(" ")
        return self._table.get(f"code.{name}", name) + space + figures

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    # -- time -----------------------------------------------------------------------------------------

    def moment(self, at: float | None) -> str:
        """Date and time on the centre's wall."""
        return f"{self._local(at):%Y-%m-%d %H:%M:%S}" if at is not None else self("time.never")

    def clock(self, at: float | None) -> str:
        return f"{self._local(at):%H:%M:%S}" if at is not None else self("time.never")

    def ago(self, at: float | None, now: float) -> str:
        """How long ago, in one unit."""
        if at is None:
            return self("time.never")
        seconds = now - at
        return self("time.now") if seconds < 5 else self("time.ago", span=self.span(seconds))

    def span(self, seconds: float | None) -> str:
        """A length of time, in one unit."""
        if seconds is None:
            return self("time.unknown")
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
            if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
                return self(f"time.{unit}", n=int(seconds // size))
        return self("time.second", n=max(int(seconds), 0))

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone)


@cache
def table(language: str) -> dict[str, str]:
    """All words of ``language`` by dotted key."""
    text = files("provisioning.centre.console").joinpath("words", f"{language}.toml").read_text("utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _flat(before: str, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(f"{before}{name}.", inner)
        else:
            yield f"{before}{name}", inner
