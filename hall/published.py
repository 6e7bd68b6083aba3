"""What the hall publishes of guides: the shelf of versions, the one it shows, and what terminals say of theirs."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from hall.api.guides import Guides
from hall.catalogue.reports import CatalogueReports
from hall.catalogue.shelf import VersionShelf

SHELF, REPORTS = "catalogue", "catalogue-reports.sqlite"


class Published:
    """In the hall's data folder ``data``; ``now`` in the hall's time zone."""

    def __init__(self, data: Path, now: Callable[[], datetime]) -> None:
        self.shelf = VersionShelf(data / SHELF)
        self.reports = CatalogueReports(data / REPORTS, now)
        self.guides = Guides(self._current)

    def close(self) -> None:
        self.guides.close()
        self.reports.close()

    def _current(self) -> Path | None:
        version = self.shelf.current()
        return self.shelf.file(version) if version else None
