"""Finding something without typing: a way, its shelves, what stands on one. No Kivy."""

from dataclasses import dataclass, replace
from typing import Literal

from hall.catalogue.answers import By, Entry, Shelf
from screens.browse.shelf_card import MOST, ShelfCard, shelf_card
from screens.effects import Browse, Effect, OpenGuide, Show
from screens.events import Event, ListingFound, ShelvesFound, Touched
from screens.find.result_card import ResultCard, card_of, dealt, spoken_names, width, within
from screens.find.state_card import StateCard, Way, missing, waiting
from screens.find.ways import WAYS, way_of
from screens.visit import Terminal
from screens.words.phrase import NOTHING, Phrase

PATIENCE = 2.0  # seconds until an answer that has not come is waited for on the glass
QUEUE: By = "queue"
FIRST: By = "theme"

Mode = Literal["", "shelves", "listing", "state"]
TitleSize = Literal["title", "card", "lead", "body"]

# What a shelf's name of so many half-width columns is set in, beside the way back; offices have long names.
_TITLES: dict[bool, tuple[tuple[int, TitleSize], ...]] = {
    False: ((42, "card"), (56, "lead"), (9999, "body")),
    True: ((26, "card"), (38, "lead"), (9999, "body")),  # large type
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One way; ``on`` is told by the title too."""

    by: str = ""
    icon: str = ""
    word: str = ""
    on: bool = False


@dataclass(frozen=True, slots=True)
class BrowseView:
    mode: Mode = ""
    title: str = ""
    title_size: TitleSize = "title"
    line: str = ""
    up: str = ""  # the way back to the shelves; empty: there is none
    tabs: tuple[Tab, ...] = ()
    shelves: tuple[ShelfCard, ...] = ()
    cards: tuple[ResultCard, ...] = ()
    slots: int = 1
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    state: StateCard = StateCard()  # noqa: RUF009  frozen


class BrowsePresenter:
    """``visit.browsing`` says where one stands; what is there is asked for on the way in."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        # The last answers and what they answer: version, way, shelf. The way back from a guide shows them at once.
        self._last_shelves: tuple[tuple[str, str], tuple[Shelf, ...]] | None = None
        self._last_listing: tuple[tuple[str, str, str], tuple[Entry, ...]] | None = None
        self._asked = 0.0

    def enter(self) -> tuple[Effect, ...]:
        """What stands here is asked for, unless it is known."""
        return self._asking() if self._terminal.catalogue_code is None else ()

    @property
    def on_a_shelf(self) -> bool:
        """Whether there are shelves to go back to from the list that is shown."""
        return bool(self._key) and self._by != QUEUE and (self._shelves is None or len(self._shelves) > 1)

    def handle(self, event: Event) -> tuple[Effect, ...]:
        terminal, visit = self._terminal, self._terminal.visit
        match event:
            case ShelvesFound(version, by, shelves):
                self._last_shelves = ((version, by), shelves)
                return self._past_a_single_shelf()
            case ListingFound(version, by, key, entries):
                self._last_listing = ((version, by, key), entries)
            case Touched("take") if terminal.gives_numbers:
                return (Show("choose"),)
            case Touched("find"):
                return (Show("find"),)
            case Touched() if terminal.catalogue_code is not None:
                return ()
            case Touched("browse", value) if (way := way_of(value)) is not None:
                return self._go(way)
            case Touched("shelf", key) if key in {shelf.key for shelf in self._shelves or ()}:
                return self._go(self._by, key)
            case Touched("shelves") if self.on_a_shelf:
                return self._up()
            case Touched("page", value) if value.isdecimal():
                visit.browsing_page = min(int(value), self._pages() - 1)
            case Touched("open", value) if value in {entry.id for entry in self._listing or ()}:
                return (OpenGuide(value),)
            case _:
                pass
        return ()

    def say(self) -> Phrase:
        if self._terminal.catalogue_code is not None:
            return Phrase("say.find_missing")
        if self._mode() == "state":
            return Phrase("say.browse_waiting" if self._shown() is None else "say.browse_empty")
        if self._key and self._listing:
            shelf = self._shelf_name()
            facts = (("shelf", shelf), ("count", str(len(self._listing))))
            return Phrase("say.browse_listing", (*facts, ("names", spoken_names(self._listing))))
        if not self._key and self._shelves:
            first = self._shelves[:3]
            names = "，".join(s.name for s in first), ", ".join(s.name_en or s.name for s in first)
            return Phrase("say.browse_shelves", (("count", str(len(self._shelves))), ("names", names)))
        return NOTHING

    @property
    def view(self) -> BrowseView:
        terminal, mode = self._terminal, self._mode()
        words = terminal.words
        if terminal.catalogue_code is not None:
            return BrowseView(mode="state", state=missing(terminal))
        title = within(self._title(), MOST)
        view = BrowseView(
            mode=mode,
            before=words("choose.before"),
            after=words("choose.after"),
            title=title,
            title_size=self._title_size(title),
            line=self._line(),
            up=words("browse.shelves") if self.on_a_shelf else "",
            tabs=() if self.on_a_shelf or self._by == QUEUE else self._tabs(),
        )
        if mode == "state":
            return replace(view, line="", state=waiting(terminal) if self._shown() is None else self._empty())
        return self._with_page(view)

    # -- where one stands -------------------------------------------------------------------------------------

    @property
    def _by(self) -> By:
        by = self._terminal.visit.browsing[0]
        return QUEUE if by == QUEUE else way_of(by) or FIRST

    @property
    def _key(self) -> str:
        return self._terminal.visit.browsing[1]

    @property
    def _version(self) -> str:
        return self._terminal.visit.catalogue or self._terminal.catalogue

    @property
    def _shelves(self) -> tuple[Shelf, ...] | None:
        """Of the way that one is on; None: not known yet."""
        last = self._last_shelves
        return last[1] if last and last[0] == (self._version, self._by) else None

    @property
    def _listing(self) -> tuple[Entry, ...] | None:
        """What stands on the shelf that one is on; None: not known yet."""
        last = self._last_listing
        return last[1] if last and last[0] == (self._version, self._by, self._key) else None

    def _go(self, by: By, key: str = "", page: int = 0) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        visit.browsing, visit.browsing_page = (by, key), page
        return self._asking()

    def _up(self) -> tuple[Effect, ...]:
        """Back to the page of the shelves that one was on."""
        keys = [shelf.key for shelf in self._shelves or ()]
        at = keys.index(self._key) if self._key in keys else 0
        return self._go(self._by, page=at // self._a_page())

    def _asking(self) -> tuple[Effect, ...]:
        """What is not there yet. A list is named by its shelf, so the shelves are wanted with it."""
        self._asked = self._terminal.monotonic
        wanted: list[Effect] = []
        if self._shelves is None and self._by != QUEUE:
            wanted.append(Browse(self._by))
        if self._key and self._listing is None:
            wanted.append(Browse(self._by, self._key))
        return (*wanted, *self._past_a_single_shelf())

    def _past_a_single_shelf(self) -> tuple[Effect, ...]:
        """A way with a single shelf needs no choice of one."""
        shelves = self._shelves
        if shelves is not None and len(shelves) == 1 and not self._key:
            return self._go(self._by, shelves[0].key)
        return ()

    # -- what is shown ----------------------------------------------------------------------------------------

    def _shown(self) -> tuple[Shelf, ...] | tuple[Entry, ...] | None:
        return self._listing if self._key else self._shelves

    def _mode(self) -> Mode:
        if self._terminal.catalogue_code is not None:
            return "state"
        shown = self._shown()
        if shown is None:
            return "state" if self._terminal.monotonic - self._asked >= PATIENCE else ""
        if not shown:
            return "state"
        return "listing" if self._key else "shelves"

    def _title(self) -> str:
        words = self._terminal.words
        if self._by == QUEUE:
            return words("browse.queue", queue=words.pick(*self._shelf_name()))
        return words.pick(*self._shelf_name()) if self.on_a_shelf else words(f"browse.way.{self._by}")

    def _title_size(self, title: str) -> TitleSize:
        if self._by == QUEUE:
            return "card"
        if not self.on_a_shelf:
            return "title"
        sizes = _TITLES[self._terminal.theme == "large"]
        return next(size for most, size in sizes if width(title) <= most)

    def _shelf_name(self) -> tuple[str, str]:
        """In Chinese and English."""
        if self._by == QUEUE:
            queue = self._terminal.queue_of(self._key)
            return (queue.name, queue.name_en) if queue else (self._key, "")
        shelf = next((shelf for shelf in self._shelves or () if shelf.key == self._key), None)
        return (shelf.name, shelf.name_en) if shelf else (self._key if self._shelves is not None else "", "")

    def _line(self) -> str:
        words = self._terminal.words
        if self._by == QUEUE:
            return words("browse.queue_line")
        if not self._key:
            return words(f"browse.way_line.{self._by}")
        count = len(self._listing or ())
        return (
            words("browse.found_one") if count == 1 else words("browse.found", count=count) if count else ""
        )

    def _tabs(self) -> tuple[Tab, ...]:
        words = self._terminal.words
        return tuple(Tab(by, icon, words(f"browse.way.{by}"), by == self._by) for by, icon in WAYS.items())

    def _empty(self) -> StateCard:
        words = self._terminal.words
        which = "_queue" if self._by == QUEUE else ""
        return StateCard(
            icon="file-question-outline",
            title=words(f"browse.empty.title{which}"),
            line=words(f"browse.empty.line{which}"),
            main=Way("find", "magnify", words("browse.search")),
        )

    def _with_page(self, view: BrowseView) -> BrowseView:
        terminal = self._terminal
        pages, size = self._pages(), self._a_page()
        page = min(terminal.visit.browsing_page, pages - 1)
        if view.mode == "listing":
            view = replace(view, cards=self._dealt()[page], slots=self._slots())
        elif view.mode == "shelves":
            shown = (self._shelves or ())[page * size : (page + 1) * size]
            view = replace(view, shelves=tuple(shelf_card(shelf, terminal) for shelf in shown))
        return replace(
            view,
            page=terminal.words("choose.page", page=page + 1, pages=pages) if pages > 1 else "",
            before_value=str(page - 1) if page else "",
            after_value=str(page + 1) if page + 1 < pages else "",
        )

    def _pages(self) -> int:
        if self._key:
            return len(self._dealt())
        return max(1, -(-len(self._shelves or ()) // self._a_page()))

    def _a_page(self) -> int:
        return self._terminal.tokens.shelf_columns * self._terminal.tokens.shelf_rows

    def _slots(self) -> int:
        """Where the ways stand above the list, it is shorter."""
        slots = self._terminal.tokens.listed_slots
        return slots if self.on_a_shelf or self._by == QUEUE else slots - 1

    def _dealt(self) -> tuple[tuple[ResultCard, ...], ...]:
        cards = (card_of(entry, self._terminal) for entry in self._listing or ())
        return dealt(cards, self._slots())
