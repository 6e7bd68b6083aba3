"""Every word a citizen sees or hears, by key, in two languages. No Kivy."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")

_DAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Words:
    """The messages of one language: ``words("done.ahead", count=3)``."""

    def __init__(self, language: Language, messages: Mapping[str, str]) -> None:
        self.language: Language = language
        self._messages = messages

    def __call__(self, key: str, **facts: object) -> str:
        """The message with its ``{facts}`` filled in. Raises KeyError for a key that does not exist."""
        return self._messages[key].format_map(facts)

    def __contains__(self, key: str) -> bool:
        return key in self._messages

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def raw(self, key: str) -> str:
        """The message with its placeholders as they stand."""
        return self._messages[key]

    def pick(self, chinese: str, english: str) -> str:
        """Of a text that comes in both languages, the one to show; Chinese where English is missing."""
        return english if self.language == "en" and english else chinese

    def date(self, now: datetime) -> str:
        """11月22日 星期日, or Sunday 22 Nov."""
        day = _DAYS[self.language][now.weekday()]
        if self.language == "zh":
            return f"{now.month}月{now.day}日 {day}"
        return f"{day} {now.day} {_MONTHS[now.month - 1]}"


@cache
def words_of(language: Language) -> Words:
    """The catalogue of ``language``, read once: every file of its folder. A key in two files is refused."""
    messages: dict[str, str] = {}
    for file in sorted((Path(__file__).parent / language).glob("*.toml")):
        for key, message in _flatten(tomllib.loads(file.read_text("utf-8"))):
            if key in messages:
                raise ValueError(f"{file.name}: {key} is there twice")
            messages[key] = message
    return Words(language, messages)


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, value
        else:
            yield from _flatten(value, f"{prefix}{key}.")
