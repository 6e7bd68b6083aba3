"""The guide desk: answers searches and opens guides from the terminal's own copy of the catalogue.

Everything here belongs to one worker thread. Its jobs are done in order, and the version changes only in
``between_citizens``, which is asked for while nobody's journey is under way: so whatever a visit asks, is answered
by one version.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from hall.catalogue.answers import SearchResult
from hall.catalogue.file import Catalogue, CatalogueDamaged
from hall.catalogue.model import Section
from hall.catalogue.opening import BROKEN
from screens.effects import Browse, OpenGuide, Search
from screens.events import (
    CatalogueChanged,
    Event,
    Found,
    GuideMissing,
    GuideOpened,
    ListingFound,
    ShelvesFound,
)

log = logging.getLogger(__name__)

RESULTS = 40  # names a search shows, over all pages


class Copies(Protocol):
    """The terminal's copies of the catalogue; see kiosk.catalogue.store."""

    def open_best(self, opener: Callable[[Path], Catalogue]) -> Catalogue | None:
        """The newest one that opens; None: there is none."""

    def staged(self) -> Path | None:
        """A newer one, verified, waiting to be adopted."""

    def adopt(self) -> Path | None:
        """The staged one is now the best."""

    def set_aside(self, path: Path, code: str) -> None:
        """``path`` could not be read: never offer it again."""


class GuideDesk:
    def __init__(
        self, copies: Copies, post: Callable[[Event], None], missed: Callable[[str], None] = lambda text: None
    ) -> None:
        """``missed`` is told texts that found nothing, as they were when their citizen gave up on them."""
        self._copies, self._post, self._missed = copies, post, missed
        self._catalogue: Catalogue | None = None
        self._path = Path()  # of what is open
        self._last: SearchResult | None = None

    @property
    def version(self) -> str:
        """What is open; "" for nothing."""
        return self._catalogue.about.version if self._catalogue else ""

    def open(self) -> None:
        """Open the best copy there is, or say why guides cannot be read."""
        self.close()
        self._catalogue = self._copies.open_best(self._opened)
        log.info("catalogue=%s", self.version or "none")
        if self._catalogue is None:
            self._post(CatalogueChanged("", "catalogue.none"))
        else:
            self._post(CatalogueChanged(self.version, None, self._catalogue.hot()))

    def _opened(self, path: Path) -> Catalogue:
        catalogue, self._path = Catalogue.open(path), path
        try:
            catalogue.search("a", 1)  # the first search reads the index's heads: not while somebody types
        except BaseException:
            catalogue.close()
            raise
        return catalogue

    def between_citizens(self) -> None:
        """Nobody is reading: forget the last search, and take up a newer version if one waits."""
        self._give_up()
        if self._copies.staged() is not None:
            self._copies.adopt()
            self.open()

    def carry_out(self, effect: Search | Browse | OpenGuide) -> None:
        """Answer with an event, whatever happens; a file that turns out damaged is set aside, and that is said."""
        catalogue, visit = self._catalogue, effect.visit
        if catalogue is None:
            self._post(GuideMissing("", "", "catalogue.none", visit))
            return
        try:
            match effect:
                case Search(text):
                    self._search(catalogue, text, visit)
                case Browse(by, ""):
                    self._post(ShelvesFound(self.version, by, catalogue.shelves(by), visit))
                case Browse(by, key):
                    self._post(ListingFound(self.version, by, key, catalogue.listing(by, key), visit))
                case OpenGuide(id, section):
                    self._open_guide(catalogue, id, section, visit)
        except (CatalogueDamaged, *BROKEN) as error:
            code = error.code if isinstance(error, CatalogueDamaged) else CatalogueDamaged.code
            log.error("catalogue=%s version=%s", code, self.version)
            self._copies.set_aside(self._path, code)
            self._post(GuideMissing(self.version, "", code, visit))
            self.open()
        except Exception:  # a bug: who asked must not wait, and the next one may ask something else
            self._post(GuideMissing(self.version, "", "fault.internal", visit))
            raise

    def close(self) -> None:
        catalogue, self._catalogue = self._catalogue, None
        if catalogue is not None:
            catalogue.close()

    def _search(self, catalogue: Catalogue, text: str, visit: int) -> None:
        last = self._last
        if last and not (text and (text.startswith(last.text) or last.text.startswith(text))):
            self._give_up()  # something else is asked now
        self._last = catalogue.search(text, RESULTS)
        self._post(Found(self.version, self._last, visit))

    def _give_up(self) -> None:
        last, self._last = self._last, None
        if last is not None and last.near and last.text:
            self._missed(last.text)

    def _open_guide(self, catalogue: Catalogue, id: str, section: Section | None, visit: int) -> None:
        page = catalogue.page(id)
        if page is None:
            self._post(GuideMissing(self.version, id, "catalogue.unknown_guide", visit))
            return
        members, instead = catalogue.members(page), catalogue.instead(page)
        self._post(GuideOpened(self.version, page, members, catalogue.elsewhere(id), instead, section, visit))
