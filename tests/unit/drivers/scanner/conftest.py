import json
from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[4].parent / "shared" / "data" / "device_vectors.json"


class FakeClock:
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture(scope="session")
def new_clock():
    """For property tests, which need a new clock for each example."""
    return FakeClock


@pytest.fixture(scope="session")
def vectors():
    """The public vectors kept beside the repository."""
    if not VECTORS.exists():
        pytest.skip(f"no shared data at ../shared/data/{VECTORS.name}")
    return json.loads(VECTORS.read_text(encoding="utf-8"))["scanners"]
