"""Fixtures of the hall's tests."""

import pytest

from tests.unit.hall.small_hall import Day


@pytest.fixture
def day() -> Day:
    """A small hall at half past nine, nobody there yet."""
    return Day()
