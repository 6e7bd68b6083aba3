from pathlib import Path

import pytest

from provisioning.centre.store.database import Database
from tests.unit.provisioning.centre.api.centre_world import Centre


@pytest.fixture
def centre(database: Database, tmp_path: Path) -> Centre:
    """A centre with two halls and nobody in it, once on SQLite and once on PostgreSQL."""
    return Centre(database, tmp_path)
