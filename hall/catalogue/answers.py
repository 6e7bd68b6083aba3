"""What the catalogue answers: search results, shelves to browse, where else an item is done. Values only."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from hall.catalogue.model import Section

By = Literal["theme", "event", "office", "audience", "bundle", "queue", "kiosk"]
Nearness = Literal["home", "city", "province", "nation", "other"]
Kind = Literal["guide", "bundle"]


@dataclass(frozen=True, slots=True)
class About:
    """Which catalogue this is; ``version`` is what stands on tickets and in every answer."""

    hall: str
    name: str
    name_en: str
    revision: int
    version: str  # "2026112201-3fa94c07": revision and the content hash's first eight digits
    region: str
    published: date
    content: str  # SHA-256 of the content, hex
    names: int
    guides: int
    bundles: int
    vocabulary: str  # version of the synonym file inside


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a list: the guide nearest home stands for all that bear it."""

    id: str  # of a guide or a bundle
    kind: Kind
    name: str
    name_en: str
    line: str  # what people call it, or in a few plain words; "" where nothing is known
    office: str
    region_name: str
    nearness: Nearness
    withdrawn: bool = False
    kiosk: bool = False
    others: int = 0  # further guides of this name, in other regions or offices


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found for ``text``. ``entries`` is never empty unless the catalogue is: then they are ``near``."""

    text: str
    entries: tuple[Entry, ...]
    near: bool = False  # nothing matched: these are the nearest names
    section: Section | None = None  # the part of the guide that the question is about
    suggestions: tuple[str, ...] = ()  # words to go on with, from the hot words and the names
    total: int = 0  # names that matched; 0 when ``near``


@dataclass(frozen=True, slots=True)
class Shelf:
    """A way to browse, and what stands there."""

    key: str  # value for ``Catalogue.listing``
    name: str
    name_en: str
    icon: str
    count: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same item done by another office or in another region."""

    id: str
    office: str
    region_name: str
    nearness: Nearness
    address: str
    phone: str
    kiosk: bool
    online: str  # URL, or ""
