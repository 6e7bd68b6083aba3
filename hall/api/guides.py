"""The catalogue over HTTP, read-only and for everybody: to the letter, with the version in every answer.

What is searched is never logged: the access log knows routes only.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, TypeVar

from fastapi import FastAPI, Query, Response
from pydantic import Field

from hall.api.gate import Rejected
from hall.api.routes import get
from hall.catalogue.answers import About, By, Elsewhere, Entry, SearchResult, Shelf
from hall.catalogue.file import Catalogue, CatalogueDamaged
from hall.catalogue.model import Bundle, Guide
from hall.wire.messages import Answer

MOST_PAGES = 200  # guides in one answer of the feed
MOST_WAITING = 32  # questions; a search takes some milliseconds: the last waits a fifth of a second
VERSION_HEADER = "X-Catalogue-Version"

T = TypeVar("T")


class Guides:
    """The catalogue that the hall shows now; a newly published one is taken up with the next question.

    Questions are answered by one thread of their own: however many phones ask, taking a number waits for none.
    """

    def __init__(self, current: Callable[[], Path | None]) -> None:
        """``current`` names the file to show; None: there is none yet."""
        self._asked, self._named = _Shown(current), _Shown(current)
        self._thread = ThreadPoolExecutor(1, "guides")
        self._waiting = 0

    async def ask(self, question: Callable[[Catalogue], T]) -> T:
        """What ``question`` makes of the catalogue.

        Raises Rejected with catalogue.none while nothing is published and with hall.busy when too many ask;
        CatalogueDamaged, OSError for a bad file.
        """
        if self._waiting >= MOST_WAITING:
            raise Rejected("hall.busy")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, lambda: question(self._asked.catalogue()))
        finally:
            self._waiting -= 1

    def name_of(self, item: str | None) -> str | None:
        """The name of a guide or bundle, where it is known; at once, on the thread that serves."""
        try:
            entry = self._named.catalogue().entry(item) if item else None
        except (Rejected, CatalogueDamaged, OSError):  # a number is given all the same
            return None
        return entry.name if entry else None

    def close(self) -> None:
        self._thread.submit(self._asked.close)
        self._thread.shutdown()
        self._named.close()


class _Shown:
    """One thread's open file, which is the current one."""

    def __init__(self, current: Callable[[], Path | None]) -> None:
        self._current = current
        self._path: Path | None = None
        self._catalogue: Catalogue | None = None

    def catalogue(self) -> Catalogue:
        path = self._current()
        if path != self._path:
            self.close()
            self._catalogue = Catalogue.open(path) if path is not None else None
            self._path = path
        if self._catalogue is None:
            raise Rejected("catalogue.none")
        return self._catalogue

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
        return await answered(lambda c: AboutAnswer(version=c.about.version, about=c.about))

    async def search(
        q: Annotated[str, Query(max_length=200)] = "", limit: Annotated[int, Query(ge=1, le=100)] = 20
    ) -> Response:
        """What citizens find for these words; the terminals use the same engine."""
        return await answered(lambda c: SearchAnswer(version=c.about.version, result=c.search(q, limit)))

    async def shelves(by: By) -> Response:
        """Ways to browse."""
        return await answered(lambda c: ShelvesAnswer(version=c.about.version, by=by, shelves=c.shelves(by)))

    async def listing(by: By, key: Annotated[str, Query(max_length=200)]) -> Response:
        """What stands on one shelf."""
        return await answered(
            lambda c: ListingAnswer(version=c.about.version, by=by, key=key, entries=c.listing(by, key))
        )

    async def guide(id: str) -> Response:
        """One guide or bundle, whole."""
        return await answered(lambda c: _known(_whole(c, id), id))

    async def pages(
        after: Annotated[str, Query(max_length=64)] = "",
        limit: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 100,
    ) -> Response:
        """Whole guides and bundles in the order of their ids."""
        return await answered(lambda c: _pages(c, after, limit))

    async def answered(question: Callable[[Catalogue], Versioned]) -> Response:
        """Put into JSON on the guides' thread too: a hundred guides take a while."""

        def written(catalogue: Catalogue) -> tuple[str, str]:
            answer = question(catalogue)
            return answer.version, answer.model_dump_json(exclude_defaults=True)

        version, body = await guides.ask(written)
        headers = {VERSION_HEADER: version, "Cache-Control": "no-cache"}
        return Response(body, 200, headers, "application/json")

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


def _known(answer: GuideAnswer | None, id: str) -> GuideAnswer:
    if answer is None:
        raise Rejected("catalogue.unknown_guide", {"id": id[:64]})
    return answer


def _pages(catalogue: Catalogue, after: str, limit: int) -> PagesAnswer:
    ids = catalogue.page_ids(after, limit)
    found = tuple(answer for id in ids if (answer := _whole(catalogue, id)) is not None)
    last = ids[-1] if len(ids) == limit else ""
    return PagesAnswer(version=catalogue.about.version, pages=found, after=last)
