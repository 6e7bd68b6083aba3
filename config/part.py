"""What all settings are made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class Part(BaseModel):
    """Base of every settings value: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
