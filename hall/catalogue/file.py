"""A catalogue file as terminals and the hall read it: one version, whole, read-only."""

import sqlite3
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from hall.catalogue.answers import About, By, Elsewhere, Entry, SearchResult, Shelf
from hall.catalogue.errors import CatalogueDamaged, CatalogueFormat
from hall.catalogue.model import Bundle, Guide, Header
from hall.catalogue.nearness import HOME, NEARNESS
from hall.catalogue.opening import BROKEN, opened, read_manifest, signed_words
from hall.catalogue.search.engine import Engine
from hall.catalogue.vocabulary import Vocabulary

__all__ = ["Catalogue", "CatalogueDamaged"]

ELSEWHERE = 50  # other guides of one name
LINE = 60  # characters of what stands below a name in a list

_GUIDE = """
SELECT i.text, n.text, d.text, g.own FROM guide g JOIN part i ON i.key = g.item JOIN part n ON n.key = g.needs
JOIN part d ON d.key = g.desk WHERE g.id = ?
"""
_ENTRY = """
SELECT g.id, name.name, i.text, d.text, g.nearness, g.withdrawn, g.kiosk, name.pages FROM guide g
JOIN part i ON i.key = g.item JOIN part d ON d.key = g.desk JOIN name ON name.key = g.name
"""
_ELSEWHERE = """
SELECT g.id, g.nearness, g.kiosk, d.text, g.own FROM guide g JOIN part d ON d.key = g.desk
WHERE g.withdrawn = 0 AND g.id <> ?1 AND g.name =
coalesce((SELECT name FROM guide WHERE id = ?1), (SELECT name FROM bundle WHERE id = ?1))
ORDER BY g.nearness, g.level, g.id LIMIT ?2
"""
_BUNDLE = "SELECT text FROM bundle WHERE id = ?"
_BUNDLE_ENTRY = "SELECT b.id, name.name, b.text, name.pages FROM bundle b JOIN name ON name.key = b.name"


class Catalogue:
    """One open catalogue file. One thread at a time owns it; it may be handed over."""

    def __init__(self, db: sqlite3.Connection, about: About) -> None:
        self._db, self.about = db, about

    @classmethod
    def open(cls, path: Path) -> "Catalogue":
        """The catalogue in ``path``, which was verified when it came. Raises CatalogueDamaged, OSError."""
        db = opened(path)
        try:
            return cls(db, read_manifest(signed_words(db)).about())
        except BROKEN as error:
            db.close()
            raise CatalogueDamaged(f"{path}: {error}") from error
        except BaseException:
            db.close()
            raise

    def close(self) -> None:
        self._db.close()

    # -- whole pages ----------------------------------------------------------------------------------

    def guide(self, id: str) -> Guide | None:
        """The whole guide, to the letter."""
        row = self._db.execute(_GUIDE, (id,)).fetchone()
        if row is None:
            return None
        item, needs, desk, own = map(from_json, row)
        return Guide.model_validate(item | needs | desk | own)

    def bundle(self, id: str) -> Bundle | None:
        row = self._db.execute(_BUNDLE, (id,)).fetchone()
        return None if row is None else Bundle.model_validate_json(row[0])

    def stored(self, id: str) -> tuple[str, ...] | None:
        """The texts that make up a page; two pages of the same texts are the same."""
        row: tuple[str, ...] | None = self._db.execute(_GUIDE, (id,)).fetchone()
        return row or self._db.execute(_BUNDLE, (id,)).fetchone()

    def page(self, id: str) -> Guide | Bundle | None:
        return self.guide(id) or self.bundle(id)

    def members(self, page: Guide | Bundle) -> tuple[Guide, ...]:
        """The guides of a bundle, in its order."""
        ids = page.members if isinstance(page, Bundle) else ()
        return tuple(guide for id in ids if (guide := self.guide(id)) is not None)

    def instead(self, page: Guide | Bundle) -> tuple[Entry, ...]:
        """Where to go instead of a withdrawn item."""
        withdrawn = page.withdrawn if isinstance(page, Guide) else None
        ids = withdrawn.instead if withdrawn else ()
        return tuple(entry for id in ids if (entry := self.entry(id)) is not None)

    def guide_ids(self) -> Iterator[str]:
        """In order of their code points."""
        for (id,) in self._db.execute("SELECT id FROM guide ORDER BY id"):
            yield id

    def bundle_ids(self) -> Iterator[str]:
        for (id,) in self._db.execute("SELECT id FROM bundle ORDER BY id"):
            yield id

    def page_ids(self, after: str, limit: int) -> list[str]:
        """Ids of guides and bundles behind ``after``, in order of their code points; at most ``limit``."""
        rows = self._db.execute(
            "SELECT id FROM guide WHERE id > ?1 UNION ALL SELECT id FROM bundle WHERE id > ?1 "
            "ORDER BY id LIMIT ?2",
            (after, limit),
        )
        return [id for (id,) in rows]

    # -- lists ----------------------------------------------------------------------------------------

    def entry(self, id: str) -> Entry | None:
        """The line of a list that leads to this guide or bundle."""
        if row := self._db.execute(f"{_ENTRY} WHERE g.id = ?", (id,)).fetchone():
            return _guide_entry(row)
        row = self._db.execute(f"{_BUNDLE_ENTRY} WHERE b.id = ?", (id,)).fetchone()
        return None if row is None else self._bundle_entry(row)

    def elsewhere(self, id: str) -> tuple[Elsewhere, ...]:
        """Other guides of the same name that are in force, nearest first; at most 50."""
        rows = self._db.execute(_ELSEWHERE, (id, ELSEWHERE))
        return tuple(_elsewhere(*row) for row in rows)

    def shelves(self, by: By) -> tuple[Shelf, ...]:
        """Bundles and items done at a terminal have one shelf each, ``all``."""
        rows = self._db.execute(
            "SELECT key, name, name_en, icon, count FROM shelf WHERE by = ? ORDER BY place", (by,)
        )
        return tuple(Shelf(*row) for row in rows)

    def listing(self, by: By, key: str) -> tuple[Entry, ...]:
        """What stands on a shelf: each name once, nearest first; at most 500."""
        joined = "JOIN standing s ON s.page = {}.id WHERE s.by = ? AND s.key = ?"
        bundles = self._db.execute(f"{_BUNDLE_ENTRY} {joined.format('b')}", (by, key))
        guides = self._db.execute(f"{_ENTRY} {joined.format('g')}", (by, key))
        entries = [self._bundle_entry(row) for row in bundles] + [_guide_entry(row) for row in guides]
        return tuple(sorted(entries, key=lambda entry: (NEARNESS.index(entry.nearness), entry.name)))

    # -- search ---------------------------------------------------------------------------------------

    def search(self, text: str, limit: int = 20) -> SearchResult:
        """What was meant by ``text``; each name once. Never empty unless the catalogue is."""
        found = self._engine.search(text, limit)
        entries = [entry for number in found.ids if (entry := self._named(number)) is not None]
        return SearchResult(
            text,
            tuple(entries),
            found.near,
            found.section,
            found.suggestions,
            0 if found.near else found.total,
        )

    def hot(self) -> tuple[str, ...]:
        """Words to begin with, best first; none that is denied."""
        return self._engine.hot

    @cached_property
    def _engine(self) -> Engine:
        """Raises CatalogueFormat for an index of another version of this software."""
        try:
            return Engine(self._db)
        except (KeyError, ValueError, IndexError) as error:
            raise CatalogueFormat(f"the search index is not one that this version knows: {error}") from error

    def _named(self, number: int) -> Entry | None:
        row = self._db.execute("SELECT page FROM name WHERE number = ?", (number,)).fetchone()
        return None if row is None else self.entry(row[0])

    # -- documents ------------------------------------------------------------------------------------

    @cached_property
    def header(self) -> Header:
        return Header.model_validate_json(self._document("header"))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        held = from_json(self._document("vocabulary"))
        synonyms = {said: tuple(words) for said, words in held["synonyms"].items()}
        return Vocabulary(held["version"], synonyms, tuple(held["hot"]), tuple(held["deny"]))

    def _document(self, name: str) -> str:
        (text,) = self._db.execute("SELECT text FROM document WHERE name = ?", (name,)).fetchone()
        return str(text)

    def _bundle_entry(self, row: tuple[Any, ...]) -> Entry:
        id, name, text, pages = row
        page = from_json(text)
        home = self.header.region_names[-1] if self.header.region_names else ""
        line, name_en = _line(name, page), page.get("name_en", "")
        return Entry(id, "bundle", name, name_en, line, "", home, NEARNESS[HOME], others=pages - 1)


def _guide_entry(row: tuple[Any, ...]) -> Entry:
    id, name, item, desk, nearness, withdrawn, kiosk, pages = row
    what, who = from_json(item), from_json(desk)
    return Entry(
        id,
        "guide",
        name,
        what.get("name_en", ""),
        _line(name, what),
        who["office"]["name"],
        who.get("region_name", ""),
        NEARNESS[nearness],
        bool(withdrawn),
        bool(kiosk),
        pages - 1,
    )


def _elsewhere(id: str, nearness: int, kiosk: int, desk: str, own: str) -> Elsewhere:
    who, online = from_json(desk), from_json(own).get("online", {})
    place: dict[str, str] = next(iter(who.get("places", ())), {})
    phone = place.get("phone") or next(iter(who.get("consult_phones", ())), "")
    return Elsewhere(
        id,
        who["office"]["name"],
        who.get("region_name", ""),
        NEARNESS[nearness],
        place.get("address", ""),
        phone,
        bool(kiosk),
        online.get("url", ""),
    )


def _line(name: str, page: dict[str, Any]) -> str:
    """What people call it, else the first plain sentence."""
    if everyday := next((said for said in page.get("everyday", ()) if said != name), None):
        return str(everyday)
    sentence = str(page.get("plain", "")).partition("。")[0].partition("\n")[0]
    return sentence if len(sentence) <= LINE else sentence[: LINE - 1] + "…"
