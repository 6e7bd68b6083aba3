"""The catalogue over HTTP, read-only and for everybody: to the letter, with the version in every answer.

What is searched is never logged: the access log knows routes only.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Response
from pydantic import Field

from hall.api.gate import Rejected
from hall.api.routes import get
from hall.catalogue.answers import About, By, Elsewhere, Entry, SearchResult, Shelf
from hall.catalogue.file import Catalogue, CatalogueDamaged
from hall.catalogue.model import Bundle, Guide
from hall.wire.messages import Answer

MOST_PAGES = 200  # guides in one answer of the feed
VERSION_HEADER = "X-Catalogue-Version"


class Guides:
    """The catalogue that the hall shows now; a newly published one is taken up with the next question."""

    def __init__(self, current: Callable[[], Path | None]) -> None:
        """``current`` names the file to show; None: there is none yet."""
        self._current = current
        self._path: Path | None = None
        self._catalogue: Catalogue | None = None

    def catalogue(self) -> Catalogue:
        """Raises Rejected with catalogue.none while nothing is published; CatalogueDamaged, OSError for a bad file."""
        path = self._current()
        if path != self._path:
            self.close()
            self._catalogue = Catalogue.open(path) if path is not None else None
            self._path = path
        if self._catalogue is None:
            raise Rejected("catalogue.none")
        return self._catalogue

    def name_of(self, item: str | None) -> str | None:
        """The name of a guide or bundle, where it is known."""
        try:
            entry = self.catalogue().entry(item) if item else None
        except (Rejected, CatalogueDamaged, OSError):  # a number is given all the same
            return None
        return entry.name if entry else None

    def close(self) -> None:
        catalogue, self._catalogue, self._path = self._catalogue, None, None
        if catalogue is not None:
            catalogue.close()


class Versioned(Answer):
    version: str = Field(description="Catalogue version that this is from")


class AboutAnswer(Versioned):
    about: About


class SearchAnswer(Versioned):
    result: SearchResult


class ShelvesAnswer(Versioned):
    by: By
    shelves: tuple[Shelf, ...]


class ListingAnswer(Versioned):
    by: By
    key: str
    entries: tuple[Entry, ...]


class GuideAnswer(Versioned):
    guide: Guide | None = Field(
        default=None, description="Elements that the source does not have are left out"
    )
    bundle: Bundle | None = None
    elsewhere: tuple[Elsewhere, ...] = ()


class PagesAnswer(Versioned):
    """Whole guides and bundles in the order of their ids, for comparing channels."""

    pages: tuple[GuideAnswer, ...]
    after: str = Field(default="", description="To ask for the next ones; '': these were the last")


def add_guides(app: FastAPI, guides: Guides) -> None:
    """The public, read-only JSON API."""

    async def about() -> Response:
        """Which catalogue this hall shows."""
        catalogue = guides.catalogue()
        return _send(AboutAnswer(version=catalogue.about.version, about=catalogue.about))

    async def search(
        q: Annotated[str, Query(max_length=200)] = "", limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> Response:
        """What citizens find for these words; the terminals use the same engine."""
        catalogue = guides.catalogue()
        return _send(SearchAnswer(version=catalogue.about.version, result=catalogue.search(q, limit)))

    async def shelves(by: By) -> Response:
        """Ways to browse."""
        catalogue = guides.catalogue()
        return _send(ShelvesAnswer(version=catalogue.about.version, by=by, shelves=catalogue.shelves(by)))

    async def listing(by: By, key: Annotated[str, Query(max_length=200)]) -> Response:
        """What stands on one shelf."""
        catalogue = guides.catalogue()
        entries = catalogue.listing(by, key)
        return _send(ListingAnswer(version=catalogue.about.version, by=by, key=key, entries=entries))

    async def guide(id: str) -> Response:
        """One guide or bundle, whole."""
        catalogue = guides.catalogue()
        answer = _whole(catalogue, id)
        if answer is None:
            raise Rejected("catalogue.unknown_guide", {"id": id[:64]})
        return _send(answer)

    async def pages(
        after: Annotated[str, Query(max_length=64)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 100,
    ) -> Response:
        """Whole guides and bundles in the order of their ids."""
        catalogue = guides.catalogue()
        ids = catalogue.page_ids(after, limit)
        found = tuple(answer for id in ids if (answer := _whole(catalogue, id)) is not None)
        last = ids[-1] if len(ids) == limit else ""
        return _send(PagesAnswer(version=catalogue.about.version, pages=found, after=last))

    get(app, "/v1/catalogue/about", about, AboutAnswer)
    get(app, "/v1/catalogue/search", search, SearchAnswer)
    get(app, "/v1/catalogue/shelves/{by}", shelves, ShelvesAnswer)
    get(app, "/v1/catalogue/shelves/{by}/entries", listing, ListingAnswer)
    get(app, "/v1/catalogue/guides", pages, PagesAnswer)
    get(app, "/v1/catalogue/guides/{id}", guide, GuideAnswer)


def _whole(catalogue: Catalogue, id: str) -> GuideAnswer | None:
    page, version = catalogue.page(id), catalogue.about.version
    match page:
        case None:
            return None
        case Guide():
            return GuideAnswer(version=version, guide=page, elsewhere=catalogue.elsewhere(id))
        case Bundle():
            return GuideAnswer(version=version, bundle=page)


def _send(answer: Versioned) -> Response:
    headers = {VERSION_HEADER: answer.version, "Cache-Control": "no-cache"}
    body = answer.model_dump_json(exclude_defaults=True)
    return Response(body, 200, headers, "application/json")
