"""What is wrong with settings, in words: key, value, reason, and who said so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.migrations import NewerFormat

M = TypeVar("M", bound=BaseModel)
WHOLE = "(the whole file)"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``origin`` is the layer that says it; "" where none does, or there are no layers."""

    key: str
    value: object
    reason: str
    origin: str = ""

    def __str__(self) -> str:
        said = self.value is not None and not isinstance(self.value, dict | list | tuple)
        shown = f" = {repr(self.value)[:60]}" if said else ""
        return f"{self.key}{shown}: {self.reason}" + (f" (from {self.origin})" if self.origin else "")


class SettingsError(ValueError):
    """Settings that cannot be used. ``problems`` has each mistake."""

    code = "config.invalid"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def validated(
    model: type[M], values: Mapping[str, Any], origin_of: Callable[[str], str] = lambda key: ""
) -> M:
    """``values`` as checked settings. Raises SettingsError."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise SettingsError(problems_in(error, values, origin_of)) from error


def problems_in(
    error: ValidationError, values: Mapping[str, Any], origin_of: Callable[[str], str] = lambda key: ""
) -> tuple[Problem, ...]:
    """What pydantic found in ``values``, key by key."""
    return tuple(_problem(found, values, origin_of) for found in error.errors(include_url=False))


def _problem(found: ErrorDetails, values: Mapping[str, Any], origin_of: Callable[[str], str]) -> Problem:
    where = found["loc"]
    if found["type"] == "mistake":  # config.part.mistake: found in a table, but it is one key's
        where = (*where, found["ctx"]["key"])
    elif isinstance(found.get("ctx", {}).get("error"), NewerFormat):
        where = ("format",)
    key = ".".join(str(part) for part in where)
    missing = found["type"] == "missing"
    return Problem(
        key or WHOLE,
        None if missing else _at(values, where),
        "is needed, and nobody says it" if missing else found["msg"],
        "" if missing else origin_of(key),
    )


def _at(values: object, where: tuple[int | str, ...]) -> object:
    """What stands at ``where``; None where nothing does."""
    for part in where:
        if isinstance(values, Mapping):
            values = values.get(part)
        elif isinstance(values, list | tuple) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return None
    return values
