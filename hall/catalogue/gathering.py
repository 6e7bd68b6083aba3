"""Takes what importers yield, one row at a time, and keeps what may stand in a catalogue.

Nothing stops it and nothing passes in silence: each row that is refused or doubtful leaves a remark.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from config.hall import Queue
from hall.catalogue.cleaning import Values, clean, shown, suspect
from hall.catalogue.codes import mistakes
from hall.catalogue.intake import Remark, Taken
from hall.catalogue.model import Bundle, Guide, Header
from hall.catalogue.nearness import HOME, level_rank, nearness
from hall.catalogue.schema import PARTS
from hall.catalogue.shelves import Rank, Shelves

Page = TypeVar("Page", Guide, Bundle)
BATCH = 2000  # rows written at a time


class Addresses:
    """A key for each text: the same text has the same key, no two texts share one."""

    def __init__(self) -> None:
        self._digests: dict[int, bytes] = {}

    def key(self, text: str) -> tuple[int, bool]:
        """The key, and whether the text is new."""
        digest = sha256(text.encode()).digest()
        key = int.from_bytes(digest[:8], "big") >> 1  # SQLite's integers have 63 bits and a sign
        while (there := self._digests.get(key)) is not None:
            if there == digest:
                return key, False
            key += 1  # never seen by chance; yet somebody might search for two such texts
        self._digests[key] = digest
        return key, True


@dataclass(slots=True)
class Named:
    """All pages of one name."""

    key: int
    best: Rank
    main_name: str
    pages: int = 0
    everyday: dict[str, None] = field(default_factory=dict)  # in order of their coming


class Gathering:
    """``take`` each row, ``finish`` once; then names, shelves and remarks are whole."""

    def __init__(
        self, db: sqlite3.Connection, header: Header, published: date, queues: Iterable[Queue] | None
    ) -> None:
        self.remarks: list[Remark] = []
        self.names: dict[str, Named] = {}
        self.guides = 0
        self.bundles = 0
        queues = None if queues is None else tuple(queues)
        self.header, found = clean(header)
        for element, reason, before in found:
            self._doubt("catalogue.toml", element, reason, f"taken out of: {shown(before)}")
        self.shelves = Shelves(self.header, queues)
        self._queues = None if queues is None else {queue.id for queue in queues}
        self._db, self._published = db, published
        self._rows: dict[str, str] = {}  # row by id
        self._codes: dict[str, str] = {}  # row by the most exact code
        self._said: set[tuple[str, str]] = set()  # (row, reason) of the importers' remarks
        self._parts, self._names = Addresses(), Addresses()
        self._waiting: list[tuple[object, ...]] = []
        self._later: list[tuple[str, Guide | Bundle]] = []

    def take(self, taken: Taken) -> None:
        if isinstance(taken, Remark):
            self.remarks.append(taken)
            self._said.add((taken.row, taken.reason))
            return
        row, page = taken
        if (first := self._rows.get(page.id)) is not None:
            self._refuse(row, "id", "id.duplicate", f"{page.id} is already {first}")
            return
        if isinstance(page, Guide) and not self._in_force(row, page):
            return
        if isinstance(page, Bundle) or page.withdrawn is not None:  # they wait until all ids are known
            waiting = self._clean(row, page)
            if waiting is not None:
                self._rows[page.id] = row
                self._later.append((row, waiting))
        elif self._take_guide(row, page):
            self._rows[page.id] = row

    def finish(self) -> None:
        """Write what had to wait until all ids were known."""
        bundles = [(row, page) for row, page in self._later if isinstance(page, Bundle)]
        ids = {bundle.id for _, bundle in bundles}
        for row, bundle in bundles:
            self._take_bundle(row, bundle, ids)
        for row, page in self._later:
            if isinstance(page, Guide):
                self._take_guide(row, self._with_known_ways(row, page))
        self._flush()

    # -- one page -------------------------------------------------------------------------------------

    def _take_guide(self, row: str, guide: Guide) -> bool:
        texts = self._texts(row, self._with_known_queue(row, guide))
        if texts is None:
            return False
        guide, (*shared, own) = texts
        self._check_codes(row, guide)
        near, level = nearness(guide, self.header), level_rank(guide.level)
        withdrawn = int(guide.state == "withdrawn")
        name = self._named(guide, (withdrawn, near, level, guide.id), guide.main_name)
        parts = map(self._part, shared)
        self._waiting.append((guide.id, name, near, level, withdrawn, guide.kiosk, *parts, own))
        self.guides += 1
        if len(self._waiting) >= BATCH:
            self._flush()
        return True

    def _texts(self, row: str, guide: Guide) -> tuple[Guide, list[str]] | None:
        """The guide, clean, and the texts of its parts; None: it is refused."""
        try:
            texts = _written(guide)
        except (PydanticSerializationError, UnicodeEncodeError):  # half of a surrogate pair
            texts = ["\x00"]
        if not any(map(suspect, texts)):
            return guide, texts
        cleaned = self._clean(row, guide)
        return None if cleaned is None else (cleaned, _written(cleaned))

    def _take_bundle(self, row: str, bundle: Bundle, bundles: set[str]) -> None:
        bundle = self._with_known_queue(row, bundle)
        if nested := [member for member in bundle.members if member in bundles]:
            self._refuse(
                row, "members", "bundle.nested", f"{shown(', '.join(nested))}: a bundle holds no bundle"
            )
        elif missing := [member for member in bundle.members if member not in self._rows]:
            self._refuse(
                row, "members", "bundle.unknown_member", f"no such guide: {shown(', '.join(missing))}"
            )
        elif len(set(bundle.members)) < len(bundle.members):
            self._refuse(row, "members", "bundle.member_twice", "a member is there twice")
        else:
            name = self._named(bundle, (0, HOME, -1, bundle.id), "")
            text = bundle.model_dump_json(exclude_defaults=True)
            self._db.execute("INSERT INTO bundle VALUES (?,?,?)", (bundle.id, name, text))
            self.bundles += 1
            return
        del self._rows[bundle.id]

    def _named(self, page: Guide | Bundle, rank: Rank, main_name: str) -> int:
        """Count ``page`` to its name; the key of the name."""
        named = self.names.get(page.name)
        if named is None:
            named = self.names[page.name] = Named(self._names.key(page.name)[0], rank, main_name)
        elif rank < named.best:
            named.best, named.main_name = rank, main_name
        named.pages += 1
        named.everyday.update(dict.fromkeys(page.everyday))
        self.shelves.put(page, rank)
        return named.key

    # -- checks ---------------------------------------------------------------------------------------

    def _in_force(self, row: str, guide: Guide) -> bool:
        """Whether it holds on the day of publication; a withdrawn item may be long over."""
        if guide.state == "withdrawn":
            return True
        if guide.valid_until is not None and guide.valid_until < self._published:
            self._refuse(row, "valid_until", "validity.over", f"held until {guide.valid_until}")
            return False
        if guide.valid_from is not None and guide.valid_from > self._published:
            self._refuse(row, "valid_from", "validity.not_yet", f"holds from {guide.valid_from}")
            return False
        return True

    def _check_codes(self, row: str, guide: Guide) -> None:
        for element, reason, detail in mistakes(guide.codes, guide.office.code, guide.level):
            if (row, reason) not in self._said:  # the importer knows what the source calls the element
                self._doubt(row, element, reason, shown(detail))
        if code := guide.codes.handle or guide.codes.task:
            first = self._codes.setdefault(code, row)
            if first != row:
                self._doubt(row, "codes", "code.duplicate", f"{shown(code)} is also the code of {first}")

    def _with_known_queue(self, row: str, page: Page) -> Page:
        if not page.queue or self._queues is None or page.queue in self._queues:
            return page
        self._doubt(row, "queue", "queue.unknown", f"the hall has no queue {shown(page.queue)}; left out")
        return page.model_copy(update={"queue": ""})

    def _with_known_ways(self, row: str, guide: Guide) -> Guide:
        """A withdrawn guide that sends people only to pages that are there."""
        assert guide.withdrawn is not None
        ways = guide.withdrawn.instead
        known = tuple(way for way in ways if way in self._rows and way != guide.id)
        if known == ways:
            return guide
        dropped = ", ".join(way for way in ways if way not in known)
        self._doubt(row, "withdrawn.instead", "instead.unknown", f"no such guide: {shown(dropped)}; left out")
        return guide.model_copy(update={"withdrawn": guide.withdrawn.model_copy(update={"instead": known})})

    def _clean(self, row: str, page: Values) -> Values | None:
        try:
            page, found = clean(page)
        except ValidationError as error:
            first = error.errors()[0]
            element = ".".join(str(part) for part in first["loc"])
            self._refuse(row, element, "text.empty", "nothing is left of it without hostile characters")
            return None
        for element, reason, before in found:
            self._doubt(row, element, reason, f"taken out of: {shown(before)}")
        return page

    def _refuse(self, row: str, element: str, reason: str, detail: str) -> None:
        self.remarks.append(Remark(row, element, reason, detail, refused=True))

    def _doubt(self, row: str, element: str, reason: str, detail: str) -> None:
        self.remarks.append(Remark(row, element, reason, detail, refused=False))

    # -- rows -----------------------------------------------------------------------------------------

    def _part(self, text: str) -> int:
        """Store ``text`` unless it is there; its key."""
        key, new = self._parts.key(text)
        if new:
            self._db.execute("INSERT INTO part VALUES (?,?)", (key, text))
        return key

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO guide VALUES (?,?,?,?,?,?,?,?,?,?)", self._waiting)
        self._waiting.clear()


def _written(guide: Guide) -> list[str]:
    """Each part as JSON: the fields in the model's order, without those that say nothing."""
    return [guide.model_dump_json(include=fields, exclude_defaults=True) for fields in PARTS]
