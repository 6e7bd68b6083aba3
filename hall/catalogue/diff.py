"""What differs between two catalogues: guide by guide, element by element, to the letter."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pydantic import BaseModel

from hall.catalogue.model import Bundle, Guide

if TYPE_CHECKING:
    from hall.catalogue.file import Catalogue


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that is not the same; "" on the side that does not have it."""

    id: str
    name: str
    element: str  # "materials[2].issuer", counted from 1; "" for a whole page: then the texts are its name
    before: str
    after: str


def elements(page: Guide | Bundle) -> Iterator[tuple[str, str]]:
    """(path, text) of every element that says something, in the model's order."""
    return _walk(page, "")


def page_differences(before: Guide | Bundle, after: Guide | Bundle) -> Iterator[Difference]:
    """Every element in which two pages of one id differ."""
    old, new = dict(elements(before)), dict(elements(after))
    for element in dict.fromkeys(chain(old, new)):
        if (was := old.get(element, "")) != (now := new.get(element, "")):
            yield Difference(after.id, after.name, element, was, now)


def differences(a: "Catalogue", b: "Catalogue") -> Iterator[Difference]:
    """All that changes from ``a`` to ``b``, in the order of the ids; guides before bundles."""
    yield from _differences(a, b, sorted({*a.guide_ids(), *b.guide_ids()}))
    yield from _differences(a, b, sorted({*a.bundle_ids(), *b.bundle_ids()}))


def _differences(a: "Catalogue", b: "Catalogue", ids: list[str]) -> Iterator[Difference]:
    for id in ids:
        if a.stored(id) == b.stored(id):
            continue
        before, after = a.page(id), b.page(id)
        if before is None and after is not None:
            yield Difference(id, after.name, "", "", after.name)
        elif before is not None and after is None:
            yield Difference(id, before.name, "", before.name, "")
        elif before is not None and after is not None:
            yield from page_differences(before, after)


def _walk(value: object, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case None | "":
            return
        case BaseModel():
            for name in type(value).model_fields:
                yield from _walk(getattr(value, name), f"{path}.{name}" if path else name)
        case tuple():
            for i, part in enumerate(value, start=1):
                yield from _walk(part, f"{path}[{i}]")
        case bool():
            yield path, "true" if value else "false"
        case _:
            yield path, str(value)
