"""The ways to browse, filled while a catalogue is built: each name once a shelf, by the guide nearest home."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from config.hall import Queue
from hall.catalogue.answers import By
from hall.catalogue.model import Bundle, Group, Guide, Header

LISTED: Final = 500  # names on one shelf; nobody reads on at a terminal
OFFICES: Final = 200  # the nearest ones
ALL: Final = "all"  # key of the only shelf of bundles and of that of items done at a terminal
PERSONAL: Final = "personal"
ORGANISATIONS: Final = "organisations"
_PERSONS: Final = ("自然人", "个人", "公民")

_FIXED: Final[dict[tuple[By, str], tuple[str, str, str]]] = {
    ("audience", PERSONAL): ("个人", "Individuals", "account"),
    ("audience", ORGANISATIONS): ("企业和单位", "Businesses and organisations", "domain"),
    ("bundle", ALL): ("一件事", "One-stop bundles", "package-variant-closed"),
    ("kiosk", ALL): ("自助终端可办", "Done at a terminal", "monitor"),
}
_ICONS: Final[dict[By, str]] = {
    "theme": "shape-outline",
    "event": "calendar-account-outline",
    "office": "bank-outline",
    "queue": "ticket-confirmation-outline",
}

Rank = tuple[int, int, int, str]  # withdrawn, nearness, level, id: the smallest stands for the name


class Shelves:
    """``put`` each page, then ``write``."""

    def __init__(self, header: Header, queues: Iterable[Queue] | None) -> None:
        self._groups: dict[By, tuple[Group, ...]] = {"theme": header.themes, "event": header.events}
        self._queues = {queue.id: queue for queue in queues or ()}
        self._shelves: dict[tuple[By, str], dict[str, Rank]] = {}  # the best page of each name

    def put(self, page: Guide | Bundle, rank: Rank) -> None:
        """A withdrawn item stands on no shelf; who looks for it, searches."""
        if rank[0]:
            return
        for where in _standing(page):
            best = self._shelves.setdefault(where, {})
            if (there := best.get(page.name)) is None or rank < there:
                best[page.name] = rank

    def write(self, db: sqlite3.Connection) -> None:
        by_kind: dict[By, list[str]] = {}
        for by, key in self._shelves:
            by_kind.setdefault(by, []).append(key)
        for by, keys in sorted(by_kind.items()):
            for place, key in enumerate(self._in_order(by, keys)):
                best = self._shelves[by, key]
                name = self._named(by, key)
                db.execute("INSERT INTO shelf VALUES (?,?,?,?,?,?,?)", (by, key, place, *name, len(best)))
                nearest = sorted((rank[1], name, rank[3]) for name, rank in best.items())[:LISTED]
                db.executemany("INSERT INTO standing VALUES (?,?,?)", ((by, key, id) for _, _, id in nearest))

    def _in_order(self, by: By, keys: list[str]) -> list[str]:
        """The order that the header or the hall gives, then the nearest and fullest; 其他 last."""
        given = [group.name for group in self._groups.get(by, ())]
        given += (
            [PERSONAL, ORGANISATIONS] if by == "audience" else list(self._queues) if by == "queue" else []
        )
        place = {key: i for i, key in enumerate(given)}

        def order(key: str) -> tuple[object, ...]:
            best = self._shelves[by, key]
            near = min(rank[1] for rank in best.values()) if by == "office" else 0
            return place.get(key, len(place)), key == "其他", near, -len(best), key

        return sorted(keys, key=order)[: OFFICES if by == "office" else None]

    def _named(self, by: By, key: str) -> tuple[str, str, str]:
        """Name, English name, icon."""
        if fixed := _FIXED.get((by, key)):
            return fixed
        icon = _ICONS[by]
        if by == "queue" and (queue := self._queues.get(key)):
            return queue.name, queue.name_en, queue.icon
        group = next((g for g in self._groups.get(by, ()) if g.name == key), None)
        return (key, group.name_en, group.icon or icon) if group else (key, "", icon)


def _standing(page: Guide | Bundle) -> Iterator[tuple[By, str]]:
    for event in page.events:
        yield "event", event
    if any(person in who for who in page.audience for person in _PERSONS):
        yield "audience", PERSONAL
    if any(not any(person in who for person in _PERSONS) for who in page.audience):
        yield "audience", ORGANISATIONS
    if page.queue:
        yield "queue", page.queue
    if isinstance(page, Bundle):
        yield "bundle", ALL
        return
    for theme in page.themes:
        yield "theme", theme
    yield "office", page.office.name
    if page.kiosk:
        yield "kiosk", ALL
