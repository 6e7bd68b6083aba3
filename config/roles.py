"""Which settings a process of each role reads. It is given no others, so a change of others passes it by."""

from collections.abc import Mapping
from typing import Any

from config.settings import Settings

ALWAYS = frozenset({"format", "role", "name", "source"})
"""What no settings are without."""

_SCREEN = frozenset({"name_en", "time_zone", "window", "screen"})

READS: Mapping[str, frozenset[str]] = {
    "terminal": _SCREEN | {"devices", "services", "voice", "texts", "notices", "hours", "idle", "paper"},
    "hall-board": _SCREEN | {"zones"},
    "window-board": _SCREEN | {"zones"},
    "caller": _SCREEN,
    "voice": frozenset({"window", "zones", "voice"}),
    "hall": frozenset({"policy"}),
    "enrol": frozenset({"name_en", "time_zone", "screen"}),
}
"""Beside ``ALWAYS``. A test compares this with the programs. ``secrets`` and ``maintenance`` are for the agent."""


def read_by_role(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``settings`` that their role reads. What is not known is kept, for the schema to refuse."""
    read = READS.get(str(settings.get("role")))
    unread = frozenset() if read is None else Settings.model_fields.keys() - ALWAYS - read
    return {key: value for key, value in settings.items() if key not in unread}
