"""Settings of an earlier format, as data, in today's. Pure; works on parts of settings too, as a layer holds them."""

from collections.abc import Callable, Mapping
from typing import Any

FORMAT = 2
"""Of what this program reads and writes. Settings that do not say theirs are of format 1, which had no such key."""

Values = dict[str, Any]


class NewerFormat(ValueError):
    """Settings of a program newer than this one. What their keys mean is not ours to guess."""

    code = "config.newer_format"


def migrate(values: Mapping[str, Any]) -> Values:
    """``values`` in format ``FORMAT``; ``values`` itself stays as it is.

    What is not understood is handed on unchanged, for the schema to refuse. Raises NewerFormat.
    """
    said = values.get("format", 1)
    if isinstance(said, bool) or not isinstance(said, int) or said < 1:
        return dict(values)
    if said > FORMAT:
        raise NewerFormat(f"format {said} is newer than {FORMAT}, the newest that this program knows")
    out = dict(values)
    for step in STEPS[said - 1 :]:
        out = step(out)
    return {**out, "format": FORMAT} if "format" in values else out


def _languages_of_the_voice(values: Values) -> Values:
    """1 → 2: ``voice.english`` (true, false) became ``voice.languages``, as the screen has them."""
    voice = values.get("voice")
    if not isinstance(voice, Mapping) or not isinstance(english := voice.get("english"), bool):
        return values
    kept = {key: value for key, value in voice.items() if key != "english"}
    return {**values, "voice": {"languages": ["zh", "en"] if english else ["zh"], **kept}}


STEPS: tuple[Callable[[Values], Values], ...] = (_languages_of_the_voice,)
"""``STEPS[n - 1]`` leads from format n to n + 1."""

assert len(STEPS) == FORMAT - 1
