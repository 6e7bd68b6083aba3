"""What the caller pad wants done; the wiring carries it out and answers with ``CommandDone`` or ``CommandRefused``."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SendCommand:
    """``POST /v1/windows/{id}/<verb>`` with ``body``. The same ``key`` again is the same command."""

    key: str
    verb: str
    body: Mapping[str, str | bool]
