"""The console's words, Chinese and English, by key; and moments and spans of time as people say them."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from provisioning.centre.api.problems import CODES

LANGUAGES = ("zh", "en")
_ITEM = re.compile(r"(.+?)\.(\d+)(?:\.(.+))?")
_COUNTED = (
    (" or ", "word.or"),
    (" items after validation, not ", "word.items_not"),
    (" item after validation, not ", "word.items_not"),
    (" characters", "word.characters"),
    (" character", "word.characters"),
)
"""What stands in reasons behind their beginning."""


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
        """A fault in words, with the figures that may follow it: ours, the API's, else the code itself."""
        name, space, figures = code.partition(" ")
        _, zh, en = CODES.get(name, (0, name, name))
        return self._table.get(f"code.{name}", self.either(zh, en)) + space + figures

    def reason(self, found: str) -> str:
        """What is wrong with a setting: it is found in English, by how it begins it is said in ours."""
        known = (key for key in self._table if key.startswith("reason.") and found.startswith(key[7:]))
        if not (key := max(known, key=len, default="")):
            return found
        rest = found[len(key) - 7 :]
        for theirs, ours in _COUNTED:
            rest = rest.replace(theirs, self(ours))
        return self._table[key] + rest

    def place(self, path: str) -> str:
        """Of a setting, as people say it; of one column of a list's item with its row."""
        found = _ITEM.fullmatch(path)
        if found is None:
            return self.of("setting", path)
        table, row, column = found.groups()
        said = self("editor.row_of", what=self.of("setting", table), n=int(row) + 1)
        return f"{said} · {self.of('setting', f'{table}.{column}')}" if column else said

    def fact(self, name: str, value: object) -> str:
        """A fact of an event or an alert: our word for it, else its own name."""
        some = value if isinstance(value, list) else [value]
        said = self("word.comma").join(self.code(self._plain(one)) for one in some) or "–"
        return self._table.get(f"fact.{name}", f"{name}: {{v}}").format(v=said)

    def _plain(self, value: object) -> str:
        """A device, a verb, a role or a kind of alert by its word; anything else as it is."""
        groups = ("device", "verb", "role_of_account", "alert")
        known = (self._table.get(f"{group}.{value}") for group in groups)
        return next((word for word in known if word), str(value))

    def said(self, value: object) -> str:
        """A setting as people say it: a choice by its word, a notice by its text and days; else as it is written."""
        if isinstance(value, bool):
            return self("choice.true" if value else "choice.false")
        if isinstance(value, str):
            return self.of("choice", value) or self("word.empty")
        if isinstance(value, list):
            return self("word.comma").join(map(self.said, value)) or "–"
        if isinstance(value, dict) and value.get("zh"):
            days = "–".join(str(value.get(day) or "") for day in ("since", "until"))
            return self.either(value["zh"], value.get("en") or "") + (f" ({days})" if days != "–" else "")
        return json.dumps(value, ensure_ascii=False)

    def either(self, zh: str, en: str) -> str:
        """A name in the language of the page; the Chinese one where there is no other."""
        return zh if self.language == "zh" else en or zh

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    # -- time -----------------------------------------------------------------------------------------

    def moment(self, at: float | None) -> str:
        """Date and time on the centre's wall."""
        return f"{self._local(at):%Y-%m-%d %H:%M:%S}" if at is not None else self("time.never")

    def wall(self, at: float, now: float) -> str:
        """As short as it can be said: today's time, else the day and the time."""
        local = self._local(at)
        return f"{local:%H:%M:%S}" if local.date() == self._local(now).date() else f"{local:%m-%d %H:%M}"

    def stamp(self, at: float) -> str:
        """For machines: RFC 3339."""
        return self._local(at).isoformat(timespec="seconds")

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
