"""Which files a measurement is to be made with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Files:
    """Unset: what the measurement makes itself from the project's own sample."""

    catalogue: Path | None = None  # a built catalogue
    queries: Path | None = None  # JSON, see bench.search
    names: Path | None = None  # JSON, see bench.rows
