"""Whether certificates go with the number, and which: nothing goes that was not touched. No Kivy."""

from dataclasses import dataclass, field

from hall.wire.messages import CertificateView
from screens.certificates.card import ACROSS, CertificateCard, choice_of, fitted, pages_of
from screens.certificates.presenter import ordered
from screens.effects import Effect, Show
from screens.events import Event, Touched
from screens.guide.actions import can_take, queue_for, taking
from screens.guide.lines import lines
from screens.guide.sheet import leading
from screens.guide.spared import spared
from screens.visit import Terminal
from screens.words.phrase import Phrase

PROMISES = (("eye-outline", "once"), ("undo-variant", "taken_back"), ("shield-lock-outline", "not_stored"))


@dataclass(frozen=True, slots=True)
class Promise:
    """One plain line of what will happen."""

    icon: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ConsentView:
    title: str = ""
    title_kind: str = "card"
    line: str = ""
    cards: tuple[CertificateCard, ...] = field(default=(), repr=False)
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    promises: tuple[Promise, ...] = ()
    note: str = ""  # why no number can be taken now
    main: str = ""  # "": nothing is chosen, or there is no number to go with
    missing: str = ""  # stands where the main action would, while nothing is chosen
    second: str = ""


class ConsentPresenter:
    """Those that spare something of the guide are ticked already; without a guide, none is."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._page = 0

    def enter(self) -> None:
        visit = self._terminal.visit
        self._page = 0
        offered = {certificate.id for certificate in self._offered()}
        visit.chosen = tuple(chosen for chosen in visit.chosen if chosen in offered)
        if not visit.chosen:
            visit.chosen = spared(visit).certificates

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        if visit.presentation is None:
            return (Show("welcome"),)
        match event:
            case Touched("toggle", value):
                kept = set(visit.chosen) ^ {value}
                visit.chosen = tuple(c.id for c in self._offered() if c.id in kept)
            case Touched("page", value) if value.isdecimal():
                self._page = min(int(value), len(self._pages()) - 1)
            case Touched("agree") if visit.chosen and (way := self._way()):
                return self._agreed(way)
            case Touched("only_here"):
                visit.agreed, visit.chosen = False, ()
                return (Show("certificates"),)
            case _:
                pass
        return ()

    def _offered(self) -> tuple[CertificateView, ...]:
        """Those in force: nothing else proves anything at a window."""
        return tuple(c for c in ordered(self._terminal.visit) if c.status == "valid")

    def _agreed(self, way: str) -> tuple[Effect, ...]:
        visit, reading = self._terminal.visit, self._terminal.visit.reading
        visit.agreed = True
        if way == "confirm" and reading is not None:
            queue = queue_for(self._terminal, reading.page)
            visit.for_item, visit.queue = True, queue.id if queue else ""
        return (Show(way),)

    def _way(self) -> str:
        """Where the number is taken: at once for the guide, else for a queue that is chosen; "": nowhere now."""
        terminal, reading = self._terminal, self._terminal.visit.reading
        if reading is not None and can_take(terminal, reading.page):
            return "confirm"
        given = terminal.hall.open_now and any(queue.state == "open" for queue in terminal.hall.queues)
        return "choose" if terminal.gives_numbers and given else ""

    def say(self) -> Phrase:
        return Phrase("say.consent" if self._way() else "say.consent_no_number")

    @property
    def view(self) -> ConsentView:
        terminal, visit = self._terminal, self._terminal.visit
        if visit.presentation is None:
            return ConsentView()
        words, way, pages = terminal.words, self._way(), self._pages()
        page, chosen = min(self._page, len(pages) - 1), len(visit.chosen)
        return ConsentView(
            title="\n".join(self._title()),
            title_kind=self._title_kind,
            line=self._line(),
            cards=pages[page],
            page=words("guide.page", page=page + 1, pages=len(pages)) if len(pages) > 1 else "",
            before=words("guide.before"),
            after=words("guide.after"),
            before_value=str(page - 1) if page else "",
            after_value=str(page + 1) if page + 1 < len(pages) else "",
            promises=tuple(
                Promise(icon, "\n".join(self._promise(words(f"consent.{key}")))) for icon, key in PROMISES
            ),
            note="\n".join(self._note()),
            main=words("consent.agree", count=chosen) if way and chosen else "",
            missing=words("consent.none_chosen") if way and not chosen else "",
            second=words("consent.only_here"),
        )

    @property
    def _title_kind(self) -> str:
        """Large type leaves more room for the cards."""
        return "lead" if self._terminal.theme == "large" else "card"

    def _title(self) -> tuple[str, ...]:
        size = getattr(self._terminal.tokens, self._title_kind)
        return lines(self._terminal.words("consent.title"), size, ACROSS)

    def _line(self) -> str:
        terminal = self._terminal
        return terminal.words("consent.line") if self._way() and terminal.theme != "large" else ""

    @property
    def _promised(self) -> int:
        """Size of the promises' type."""
        tokens = self._terminal.tokens
        return tokens.small if tokens.name == "large" else tokens.body

    def _promise(self, text: str) -> tuple[str, ...]:
        tokens = self._terminal.tokens
        return fitted(text, self._promised, ACROSS - tokens.lead - tokens.unit * 2, 2)

    def _note(self) -> tuple[str, ...]:
        """Why no number can be taken now, for this or at all."""
        terminal, reading = self._terminal, self._terminal.visit.reading
        words, tokens, said = terminal.words, terminal.tokens, ""
        if not self._way():
            said = words("consent.no_number")
        elif reading is not None and not can_take(terminal, reading.page):
            why = taking(terminal, reading.page)
            said = words(
                "consent.not_for_guide", why=(why.why if not why.when else why.when).replace("\n", "")
            )
        return fitted(said, tokens.body, ACROSS - 2 * tokens.pad - tokens.card - 3 * tokens.unit, 3)

    def _pages(self) -> tuple[tuple[CertificateCard, ...], ...]:
        terminal, visit = self._terminal, self._terminal.visit
        if visit.presentation is None:
            return ((),)
        words, tokens, chosen = terminal.words, terminal.tokens, set(visit.chosen)
        gap = tokens.unit * 2
        cards = [
            choice_of(words, tokens, certificate, certificate.id in chosen) for certificate in self._offered()
        ]
        return pages_of(cards, self._room(), gap, tokens.target + gap)

    def _room(self) -> int:
        """Height for the cards, between the question and what will happen, without a pager."""
        terminal, tokens = self._terminal, self._terminal.tokens
        gap = tokens.unit * 2
        room = 1920 - tokens.header - tokens.bar - 4 - 2 * tokens.gap - 5 * gap
        room -= len(self._title()) * leading(getattr(tokens, self._title_kind))
        room -= leading(tokens.body) if self._line() else 0
        for _icon, key in PROMISES:
            told = len(self._promise(terminal.words(f"consent.{key}"))) * leading(self._promised)
            room -= max(told, tokens.lead) + tokens.unit
        if note := self._note():
            room -= len(note) * leading(tokens.body) + 4 * tokens.unit
        room -= tokens.target + 40 if self._way() else 0
        return room - (tokens.target + 16)
