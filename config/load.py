"""Reads a settings file and says exactly what is wrong with it: file, key, value and reason."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class ConfigError(Exception):
    """A settings file that cannot be used. ``problems`` has a line for each mistake."""

    code = "config.invalid"

    def __init__(self, source: Path, problems: list[str]) -> None:
        super().__init__("\n".join([f"{source}: {len(problems)} problem(s)", *(f"  {p}" for p in problems)]))
        self.source, self.problems = source, problems


def load(path: Path, model: type[M]) -> M:
    """The checked settings in the TOML file ``path``. Raises ConfigError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(path, [f"cannot be read: {error.strerror}"]) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(path, [f"is not TOML in UTF-8: {error}"]) from error
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(path, [_say(e["loc"], e.get("input"), e["msg"]) for e in error.errors()]) from error


def _say(where: tuple[int | str, ...], value: object, reason: str) -> str:
    key = ".".join(str(part) for part in where) or "(the whole file)"
    shown = "" if isinstance(value, dict | list) or value is None else f" = {str(value)[:60]!r}"
    return f"{key}{shown}: {reason}"
