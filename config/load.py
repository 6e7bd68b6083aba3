"""Reads a settings file and says exactly what is wrong with it: file, key, value and reason."""

import json
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from config.problems import SettingsError, validated

M = TypeVar("M", bound=BaseModel)


class ConfigError(Exception):
    """A settings file that cannot be used. ``problems`` has a line for each mistake."""

    code = "config.invalid"

    def __init__(self, source: Path, problems: list[str]) -> None:
        super().__init__("\n".join([f"{source}: {len(problems)} problem(s)", *(f"  {p}" for p in problems)]))
        self.source, self.problems = source, problems


def load(path: Path, model: type[M]) -> M:
    """The checked settings in the file ``path``: TOML, or JSON where its name ends so. Raises ConfigError."""
    try:
        return validated(model, read(path))
    except SettingsError as error:
        raise ConfigError(path, [str(problem) for problem in error.problems]) from error


def read(path: Path) -> dict[str, Any]:
    """What stands in a settings file, unchecked. Raises ConfigError."""
    kind, parse = ("JSON", json.loads) if path.suffix == ".json" else ("TOML", tomllib.loads)
    try:
        values = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from error
    except ValueError as error:  # of either parser, or of UTF-8
        raise ConfigError(path, [f"is not {kind} in UTF-8: {error}"]) from error
    if not isinstance(values, dict):
        raise ConfigError(path, [f"is not a table of settings but {str(values)[:60]!r}"])
    return values
