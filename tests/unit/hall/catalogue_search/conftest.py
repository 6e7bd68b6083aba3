"""Fixtures of the search's tests."""

from collections.abc import Iterator

import pytest

from tests.unit.hall.catalogue_search.small_search import Hall


@pytest.fixture(scope="session")
def hall() -> Iterator[Hall]:
    made = Hall()
    yield made
    made.close()
