"""Looking something up in one's own words: letters, hot words, results as one types. No Kivy."""

from dataclasses import dataclass, field, replace
from typing import Literal

from hall.catalogue.answers import SearchResult
from screens.effects import Effect, OpenGuide, Search, Show
from screens.events import Event, Found, Touched
from screens.find.chips import Rows, rows_of
from screens.find.result_card import ResultCard, card_of, dealt, ending, spoken_names
from screens.find.state_card import StateCard, missing, waiting
from screens.find.ways import WayCard, way_of, ways
from screens.visit import Terminal
from screens.words.phrase import NOTHING, Phrase

MOST_TYPED = 40  # characters; nobody means more by more
PATIENCE = 2.0  # seconds until an answer that has not come is waited for on the glass
TYPED_COLUMNS = {"normal": 21, "large": 15}  # half-width ones that the line holds beside its button
HOT_ROWS, SUGGESTION_ROWS = 2, 1

Mode = Literal["", "start", "results", "waiting", "missing"]
Tone = Literal["soft", "amber"]


@dataclass(frozen=True, slots=True)
class FindView:
    mode: Mode = ""
    typed: str = field(default="", repr=False)
    placeholder: str = ""
    clear: str = ""  # empty: there is nothing to clear
    hint_icon: str = ""
    hint: str = ""
    hint_tone: Tone = "soft"
    hot_title: str = ""
    chips: Rows = ()
    ways_title: str = ""
    ways: tuple[WayCard, ...] = ()
    cards: tuple[ResultCard, ...] = ()
    slots: int = 1
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    state: StateCard = StateCard()  # noqa: RUF009  frozen
    delete: str = ""


class FindPresenter:
    """What was found before stays on the glass until the answer to the newest text is there."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._asked = 0.0  # when the newest text was

    def enter(self) -> tuple[Effect, ...]:
        """What was left unanswered is asked again."""
        return self._asking() if self._terminal.visit.query and not self._answered() else ()

    def handle(self, event: Event) -> tuple[Effect, ...]:
        terminal, visit = self._terminal, self._terminal.visit
        match event:
            case Found(_, result) if result.text == visit.query and visit.query:
                visit.found, visit.found_page = result, 0
            case Touched("take") if terminal.gives_numbers:
                return (Show("choose"),)
            case Touched() if terminal.catalogue_code is not None:
                return ()
            case Touched("key", value) if len(value) == 1 and value.isascii() and value.isalnum():
                return self._typed(visit.query + value.lower())
            case Touched("delete"):
                return self._typed(visit.query[:-1])
            case Touched("clear"):
                return self._typed("")
            case Touched("word", value):
                return self._typed(value)
            case Touched("page", value) if value.isdecimal():
                visit.found_page = min(int(value), len(self._pages()) - 1)
            case Touched("open", value):
                return self._open(value)
            case Touched("browse", value) if (by := way_of(value)) is not None:
                visit.browsing, visit.browsing_page = (by, ""), 0
                return (Show("browse"),)
            case _:
                pass
        return ()

    def say(self) -> Phrase:
        found = self._terminal.visit.found
        mode = self._mode()
        if mode == "results" and found is not None:
            if not self._answered():
                return NOTHING
            names = ("names", spoken_names(found.entries))
            if found.near:
                return Phrase("say.find_near", (names,))
            return Phrase("say.find_found", (("count", str(found.total)), names))
        return Phrase(f"say.find_{mode}")

    @property
    def view(self) -> FindView:
        terminal, mode = self._terminal, self._mode()
        words, query = terminal.words, terminal.visit.query
        if mode == "missing":
            return FindView(mode=mode, state=missing(terminal))
        icon, hint, tone = self._hint(mode)
        view = FindView(
            mode=mode,
            typed=ending(query.upper(), TYPED_COLUMNS["large" if terminal.theme == "large" else "normal"]),
            placeholder="" if query else words("find.placeholder"),
            clear=words("find.clear") if query else "",
            hint_icon=icon,
            hint=hint,
            hint_tone=tone,
            delete=words("find.delete"),
        )
        if mode == "start":
            return self._with_starts(view)
        if mode == "waiting":
            return replace(view, state=waiting(terminal))
        return self._with_results(view)

    # -- what was typed ---------------------------------------------------------------------------------------

    def _typed(self, text: str) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        text = text[:MOST_TYPED]
        if text == visit.query:
            return ()
        visit.query = text
        if not text:
            visit.found, visit.found_page = None, 0
            return ()
        return self._asking()

    def _asking(self) -> tuple[Effect, ...]:
        self._asked = self._terminal.monotonic
        return (Search(self._terminal.visit.query),)

    def _open(self, value: str) -> tuple[Effect, ...]:
        found = self._terminal.visit.found
        if found is None or value not in {entry.id for entry in found.entries}:
            return ()
        return (OpenGuide(value, found.section),)

    # -- what is shown ----------------------------------------------------------------------------------------

    def _answered(self) -> bool:
        visit = self._terminal.visit
        return visit.found is not None and visit.found.text == visit.query

    def _mode(self) -> Mode:
        terminal, visit = self._terminal, self._terminal.visit
        if terminal.catalogue_code is not None:
            return "missing"
        if not visit.query:
            return "start"
        if not self._answered() and terminal.monotonic - self._asked >= PATIENCE:
            return "waiting"
        return "start" if visit.found is None else "results"

    def _hint(self, mode: Mode) -> tuple[str, str, Tone]:
        words, found = self._terminal.words, self._terminal.visit.found
        if mode != "results" or found is None:
            return "lightbulb-on-outline", words("find.hint"), "soft"
        if found.near:
            return "alert-circle-outline", words("find.near"), "amber"
        return "check-circle-outline", self._count(found), "soft"

    def _count(self, found: SearchResult) -> str:
        words, shown = self._terminal.words, len(found.entries)
        if found.section is not None:
            section = words(f"guide.section.{found.section}")
            return words("find.found_section", count=found.total, section=section)
        if found.total > shown:
            return words("find.found_first", count=found.total, shown=shown)
        return words("find.found_one") if found.total == 1 else words("find.found", count=found.total)

    def _with_starts(self, view: FindView) -> FindView:
        terminal = self._terminal
        words = terminal.words
        rows = 1 if terminal.theme == "large" else HOT_ROWS
        chips = rows_of(terminal.hot, terminal.tokens, rows)
        return replace(
            view,
            hot_title=words("find.hot") if chips else "",
            chips=chips,
            ways_title=words("find.ways"),
            ways=ways(words),
        )

    def _with_results(self, view: FindView) -> FindView:
        terminal, visit = self._terminal, self._terminal.visit
        words, found = terminal.words, visit.found
        pages = self._pages()
        page = min(visit.found_page, len(pages) - 1)
        many = len(pages) > 1
        wanted = [text for text in (found.suggestions if found else ()) if text != visit.query]
        return replace(
            view,
            chips=rows_of(wanted, terminal.tokens, SUGGESTION_ROWS),
            cards=pages[page],
            slots=terminal.tokens.found_slots,
            page=words("choose.page", page=page + 1, pages=len(pages)) if many else "",
            before=words("choose.before"),
            after=words("choose.after"),
            before_value=str(page - 1) if page else "",
            after_value=str(page + 1) if page + 1 < len(pages) else "",
        )

    def _pages(self) -> tuple[tuple[ResultCard, ...], ...]:
        found = self._terminal.visit.found
        entries = found.entries if found else ()
        slots = self._terminal.tokens.found_slots
        return dealt((card_of(entry, self._terminal) for entry in entries), slots)
