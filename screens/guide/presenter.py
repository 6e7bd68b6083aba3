"""A guide or a bundle as the citizen reads it: key facts, sections in one touch, a number, a notice. No Kivy.

Everything shown is of one ``Reading``, so of one catalogue version, which stands at the foot of the page.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hall.catalogue.links import guide_path
from hall.catalogue.model import Guide
from screens.choose.choice import choose
from screens.effects import Effect, OpenGuide, PrintNotice, Show
from screens.events import Event, NoticeFailed, NoticePrinted, Ticked, Touched
from screens.guide.actions import Printing, Taking, can_take, printing, queue_for, taking
from screens.guide.checklist import offer
from screens.guide.glance import Glance, glances
from screens.guide.lines import lines, width
from screens.guide.sections import parts_of, tabs
from screens.guide.sheet import Block, Part, Sheet, leading
from screens.guide.spared import Spared, spared
from screens.guide.voice import spoken
from screens.guide.ways import withdrawn
from screens.printing.presenter import PRINT_CEILING
from screens.visit import Reading, Terminal
from screens.words.phrase import Phrase

ACROSS = 1000  # pixels between the margins
TITLE = 152  # pixels of type, line on line, that a name takes before it is set smaller


@dataclass(frozen=True, slots=True)
class Tab:
    section: str = ""
    icon: str = ""
    word: str = ""
    open: bool = False


@dataclass(frozen=True, slots=True)
class GuideView:
    """The page, whole. Heights are in design pixels; whoever draws it has nothing to measure."""

    title: str = ""
    title_kind: str = "card"
    line: str = ""
    gone: str = ""  # the item is withdrawn, and this says so
    tabs: tuple[Tab, ...] = ()
    facts: tuple[Glance, ...] = ()
    fact_height: int = 0
    blocks: tuple[Block, ...] = ()
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    taking: Taking = field(default=Taking())
    printing: Printing = field(default=Printing())
    version: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    facts: tuple[Glance, ...] = ()
    blocks: tuple[Block, ...] = ()


class GuidePresenter:
    """``make_key`` makes the id of a print job, once for each touch that prints."""

    def __init__(self, terminal: Terminal, make_key: Callable[[], str]) -> None:
        self._terminal = terminal
        self._make_key = make_key
        self._reading: Reading | None = None
        self._section, self._page = "", 0
        self._ticked: frozenset[int] = frozenset()
        self._since = 0.0  # of the print job under way
        self._laid_out: tuple[object, tuple[Page, ...]] = (None, ())

    def enter(self) -> None:
        """Back from the questions or from taking a number, the page is as it was; another one begins anew."""
        visit = self._terminal.visit
        if visit.reading is not self._reading:
            self._reading, self._ticked, self._laid_out = visit.reading, frozenset(), (None, ())
            self._section = self._first(visit.reading) if visit.reading else ""
        self._page = 0

    def handle(self, event: Event) -> tuple[Effect, ...]:
        terminal, visit = self._terminal, self._terminal.visit
        reading = visit.reading
        if reading is None:
            return (Show("welcome"),)
        match event:
            case Touched("section", value) if value in tabs(reading.page):
                self._section, self._page = value, 0
            case Touched("page", value) if value.isdecimal():
                self._page = min(int(value), len(self._pages(reading)) - 1)
            case Touched("tick", value) if value.isdecimal():
                self._ticked ^= {int(value)}
            case Touched("change") if reading.page.cases:
                visit.answers = ()
                return (Show("cases"),)
            case Touched("open", value):
                return (OpenGuide(value),)
            case Touched("certificates") if self._offers(spared(visit)):
                return self._certificates()
            case Touched("take") if not self._gone and can_take(terminal, reading.page):
                queue = queue_for(terminal, reading.page)
                visit.for_item = True
                return choose(terminal, queue.id) if queue else ()
            case Touched("notice") if printing(terminal).intent and not self._gone:
                return (self._print(reading),)
            case NoticePrinted(job) if job == visit.notice_job:
                visit.notice, visit.notice_code = "printed", ""
            case NoticeFailed(job, code, sure) if job == visit.notice_job:
                visit.notice, visit.notice_code = ("failed" if sure else "unknown"), code
            case Ticked(_, monotonic) if (
                visit.notice == "printing" and monotonic - self._since >= PRINT_CEILING
            ):
                visit.notice, visit.notice_code = "unknown", "fault.paper_unknown"
            case _:
                pass
        return ()

    def _certificates(self) -> tuple[Effect, ...]:
        """To what was shown; else to showing it."""
        visit = self._terminal.visit
        if visit.presentation is not None:
            return (Show("certificates"),)
        visit.purpose, visit.card, visit.card_code = "certificates", "", ""
        return (Show("present"),)

    def _offers(self, found: Spared) -> bool:
        """Whether a certificate could stand in for something, and this terminal can ask for it."""
        terminal = self._terminal
        if "certificates" not in terminal.features or self._gone or not found.most:
            return False
        return terminal.visit.presentation is not None or terminal.link is None

    def _print(self, reading: Reading) -> PrintNotice:
        visit = self._terminal.visit
        visit.notice, visit.notice_code, visit.notice_job = "printing", "", self._make_key()
        self._since = self._terminal.monotonic
        return PrintNotice(visit.notice_job, reading.page, reading.members, visit.answers, reading.version)

    def say(self) -> Phrase:
        """The name where the page opens, the facts where they stand, then as much of this page as is heard out."""
        terminal, reading = self._terminal, self._terminal.visit.reading
        if reading is None:
            return Phrase()
        words = terminal.words
        opens = self._section == self._first(reading) and not self._page
        title = (words.pick(reading.page.name, reading.page.name_en),) if opens else ()
        if self._gone:
            title = (*title, words("guide.withdrawn.title"))
        else:
            title = (*title, words(f"guide.section.{self._section}"))
        pages = self._pages(reading)
        shown = pages[min(self._page, len(pages) - 1)]
        facts = [f"{fact.word} {fact.text}" for fact in shown.facts]
        read = [text.replace("\n", "") for b in shown.blocks for text in (b.head, b.text, b.good, b.late)]
        return Phrase("say.guide", (("text", spoken(words, *title, *facts, *read)),))

    # -- what stands on the page --------------------------------------------------------------------------------

    @property
    def view(self) -> GuideView:
        terminal, reading = self._terminal, self._terminal.visit.reading
        if reading is None:
            return GuideView()
        words, pages = terminal.words, self._pages(reading)
        title, kind = self._title(reading)
        page, count = min(self._page, len(pages) - 1), len(pages)
        return GuideView(
            title="\n".join(title),
            title_kind=kind,
            line=self._line(reading),
            gone=words("guide.withdrawn.title") if self._gone else "",
            tabs=() if self._gone else tuple(self._tabs(reading)),
            facts=pages[page].facts,
            fact_height=self._fact_height,
            blocks=pages[page].blocks,
            page=words("guide.page", page=page + 1, pages=count) if count > 1 else "",
            before=words("guide.before"),
            after=words("guide.after"),
            before_value=str(page - 1) if page else "",
            after_value=str(page + 1) if page + 1 < count else "",
            taking=Taking() if self._gone else taking(terminal, reading.page),
            printing=Printing() if self._gone else printing(terminal),
            version=words("guide.version", version=reading.version),
        )

    @property
    def _gone(self) -> bool:
        reading = self._terminal.visit.reading
        return reading is not None and isinstance(reading.page, Guide) and reading.page.withdrawn is not None

    def _first(self, reading: Reading) -> str:
        """What was asked about; else what to bring, the question most people come with; else plain words."""
        if reading.section is not None and reading.section in tabs(reading.page):
            return reading.section
        has = reading.page.materials or any(guide.materials for guide in reading.members)
        return "materials" if has else "plain"

    def _tabs(self, reading: Reading) -> list[Tab]:
        words = self._terminal.words
        return [
            Tab(section, icon, words(f"guide.section.{section}"), section == self._section)
            for section, icon in tabs(reading.page).items()
        ]

    def _facts(self, reading: Reading) -> tuple[Glance, ...]:
        if self._gone or self._section != "plain":
            return ()
        terminal = self._terminal
        words, tokens = terminal.words, terminal.tokens
        room = (ACROSS - 2 * tokens.unit) / 2 - 2 * tokens.gap - tokens.lead - 52
        told = list(glances(words, reading, dict(terminal.visit.answers)))
        for at, glance in enumerate(told):  # what two lines do not hold stands in its section
            if len(lines(glance.text, tokens.body, room)) > 2:
                glance = replace(glance, text=words("guide.fact.see"))
            told[at] = replace(glance, small=width(glance.text, tokens.lead) > room)
        return tuple(told)

    @property
    def _fact_height(self) -> int:
        """Of one fact's tile: its word, and two lines of what it says."""
        tokens = self._terminal.tokens
        return leading(tokens.small) + 2 * leading(tokens.body) + 4 * tokens.unit

    def _parts(self, reading: Reading) -> tuple[Part, ...]:
        terminal, page, answers = self._terminal, reading.page, dict(self._terminal.visit.answers)
        if self._gone and isinstance(page, Guide):
            return tuple(withdrawn(terminal.words, reading, page))
        base = terminal.phone_url.rstrip("/")
        url = f"{base}{guide_path(page.id, answers)}" if base else ""
        found = spared(terminal.visit)
        parts = parts_of(self._section, terminal.words, reading, self._ticked, answers, url, found)
        if self._section == "materials" and self._offers(found):
            shown, plain = terminal.visit.presentation is not None, terminal.theme == "large"
            return (*offer(terminal.words, found, shown=shown, plain=plain), *parts)
        return parts

    def _pages(self, reading: Reading) -> tuple[Page, ...]:
        """Laid out anew only when something of it has changed: a long law takes a while to break into lines."""
        terminal, visit = self._terminal, self._terminal.visit
        state = (
            self._section,
            self._ticked,
            visit.answers,
            terminal.theme,
            terminal.language,
            terminal.phone_url,
            terminal.link is None,
            id(visit.presentation),
        )
        if self._laid_out[0] != (key := (id(reading), state)):
            self._laid_out = (key, self._lay_out(reading))
        return self._laid_out[1]

    def _lay_out(self, reading: Reading) -> tuple[Page, ...]:
        tokens, parts, facts = self._terminal.tokens, self._parts(reading), self._facts(reading)
        room = self._room(reading)
        pages = self._dealt(facts, parts, room)
        return pages if len(pages) == 1 else self._dealt(facts, parts, room - tokens.target - 2 * tokens.unit)

    def _dealt(self, facts: tuple[Glance, ...], parts: tuple[Part, ...], room: int) -> tuple[Page, ...]:
        """Facts first, two in a row; then the blocks, from where the facts end."""
        sheet = Sheet(self._terminal.tokens, ACROSS)
        tile = self._fact_height + sheet.gap
        most = 2 * max(1, room // tile)
        tiles = [facts[at : at + most] for at in range(0, len(facts), most)] or [()]
        blocks = sheet.pages(parts, room, room - (len(tiles[-1]) + 1) // 2 * tile)
        return (
            *(Page(some) for some in tiles[:-1]),
            Page(tiles[-1], blocks[0]),
            *(Page((), some) for some in blocks[1:]),
        )

    def _room(self, reading: Reading) -> int:
        """Height for the blocks, between the tabs and the actions, without a pager."""
        tokens, (title, kind) = self._terminal.tokens, self._title(reading)
        gap = tokens.unit * 2
        room = (
            1920 - tokens.header - tokens.bar - 4 - 3 * tokens.unit - 8
        )  # the glass without the frame and edges
        room -= leading(getattr(tokens, kind)) * len(title)
        room -= leading(tokens.small) if self._line(reading) else 0
        room -= leading(tokens.small) + tokens.unit + gap  # the version, and the way from tabs to blocks
        if self._gone:
            return room - leading(tokens.card) - 6 * tokens.unit - gap
        return room - (2 * tokens.target + tokens.unit + gap) - (tokens.target + 40 + gap)

    def _title(self, reading: Reading) -> tuple[tuple[str, ...], str]:
        """The whole name, in the largest type that leaves room for the rest."""
        tokens = self._terminal.tokens
        name = self._terminal.words.pick(reading.page.name, reading.page.name_en)
        for kind in ("card", "lead", "body"):
            broken = lines(name, getattr(tokens, kind), ACROSS)
            if len(broken) * getattr(tokens, kind) <= TITLE:
                return broken, kind
        return lines(name, tokens.small, ACROSS), "small"

    def _line(self, reading: Reading) -> str:
        """Whose guide it is, where that is one line; the place and the other information have it whole."""
        page, terminal = reading.page, self._terminal
        said = page.office.name if isinstance(page, Guide) else terminal.words("guide.bundle.line")
        return said if width(said, terminal.tokens.small) <= ACROSS else ""
