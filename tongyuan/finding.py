"""What the doctor says of one thing it looked at."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Grade: TypeAlias = Literal["ok", "warn", "bad", "skip"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``todo``: what a person does about it; "" where there is nothing to do."""

    name: str
    grade: Grade
    text: str
    todo: str = ""
