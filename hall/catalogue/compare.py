"""Whether two sources show the same, to the letter: catalogue files, or halls asked over their public API."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import requests
from pydantic import ValidationError

from hall.catalogue.diff import Difference, page_differences
from hall.catalogue.file import Catalogue
from hall.catalogue.model import Bundle, Guide

Page = Guide | Bundle
AT_ONCE: Final = 100  # pages asked for in one question
PATIENCE: Final = (5.0, 30.0)  # seconds to connect, to be answered


class SourceUnreadable(Exception):
    """A source that cannot be asked, or that changed its version while it was."""

    code = "catalogue.source_unreadable"


def compare(a: str, b: str, progress: Callable[[int], None] = lambda pages: None) -> Iterator[Difference]:
    """Every element that differs from ``a`` to ``b`` (paths of files, or http URLs of halls), in order of ids.

    ``progress`` is told how many pages were compared. Raises SourceUnreadable, CatalogueDamaged, OSError.
    """
    with closing(pages_of(a)) as left, closing(pages_of(b)) as right:
        before, after, done = next(left, None), next(right, None), 0
        while before is not None or after is not None:
            if after is None or (before is not None and before.id < after.id):
                assert before is not None
                yield Difference(before.id, before.name, "", before.name, "")
                before = next(left, None)
            elif before is None or after.id < before.id:
                yield Difference(after.id, after.name, "", "", after.name)
                after = next(right, None)
            else:
                yield from page_differences(before, after)
                before, after = next(left, None), next(right, None)
            done += 1
            progress(done)


def pages_of(source: str) -> Generator[Page, None, None]:
    """Every guide and bundle of ``source`` in order of ids; to be closed."""
    return _asked(source) if source.startswith(("http://", "https://")) else _read(Path(source))


def _read(path: Path) -> Generator[Page, None, None]:
    with closing(Catalogue.open(path)) as catalogue:
        after = ""
        while ids := catalogue.page_ids(after, AT_ONCE):
            for id in ids:
                page = catalogue.page(id)
                assert page is not None, f"{id} is listed and not there"
                yield page
            after = ids[-1]


def _asked(url: str) -> Generator[Page, None, None]:
    after, version = "", None
    with requests.Session() as session:
        while True:
            answer = _ask(session, f"{url.rstrip('/')}/v1/catalogue/guides", after)
            if version not in (None, answer["version"]):
                raise SourceUnreadable(
                    f"{url}: changed from {version} to {answer['version']} meanwhile; again"
                )
            version = answer["version"]
            yield from answer["pages"]
            after = answer["after"]
            if not after:
                return


def _ask(session: requests.Session, url: str, after: str) -> dict[str, Any]:
    params: dict[str, str | int] = {"after": after, "limit": AT_ONCE}
    try:
        response = session.get(url, params=params, timeout=PATIENCE)
        response.raise_for_status()
        answer = response.json()
        pages = tuple(_page(entry) for entry in answer["pages"])
        return {"version": str(answer["version"]), "after": str(answer.get("after", "")), "pages": pages}
    except (requests.RequestException, ValidationError, KeyError, TypeError, AttributeError) as error:
        raise SourceUnreadable(f"{url}: {type(error).__name__}: {error}") from error


def _page(entry: dict[str, Any]) -> Page:
    if entry.get("guide") is not None:
        return Guide.model_validate(entry["guide"])
    return Bundle.model_validate(entry["bundle"])
