"""What all settings are made of."""

import functools
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=60)]


_zones = functools.cache(available_timezones)  # reads all files of the database: 5 ms


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError(f"time zone {name!r} is not in the tz database; try Asia/Shanghai")
    return name


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Part(BaseModel):
    """Base of every settings value: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def mistake(key: str, reason: str) -> PydanticCustomError:
    """For a validator of several keys to raise: ``key``, seen from its own table, is the one to mend."""
    return PydanticCustomError("mistake", "{reason}", {"key": key, "reason": reason})
