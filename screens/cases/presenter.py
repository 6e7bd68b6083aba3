"""The questions before a guide: one a screen, so that only the materials that apply are listed. No Kivy."""

from dataclasses import dataclass

from hall.catalogue.cases import asked, next_question
from hall.catalogue.model import Case
from screens.effects import Effect, Show
from screens.events import Event, Touched
from screens.guide.lines import lines
from screens.guide.sheet import Block, Part, Sheet, leading
from screens.guide.voice import spoken
from screens.visit import Reading, Terminal
from screens.words.phrase import Phrase

ACROSS = 1000  # pixels between the margins


@dataclass(frozen=True, slots=True)
class Dot:
    """One question's place in the picture of how far one is."""

    passed: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class CasesView:
    item: str = ""
    progress: str = ""
    dots: tuple[Dot, ...] = ()
    question: str = ""
    question_kind: str = "title"
    blocks: tuple[Block, ...] = ()
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    previous: str = ""
    skip: str = ""


class CasesPresenter:
    """Answers are kept in the visit, in the order given, and taken back the other way round.

    So what hangs on an answer is never there without it.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._page = 0

    def enter(self) -> None:
        """Questions that are all answered are put again."""
        visit = self._terminal.visit
        self._page = 0
        if visit.reading is not None and self._case(visit.reading) is None:
            visit.answers = ()

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        reading = visit.reading
        if reading is None:
            return (Show("welcome"),)
        case = self._case(reading)
        if case is None:
            return (Show("guide"),)
        match event:
            case Touched("answer", value) if any(option.id == value for option in case.options):
                return self._answered(reading, case, value)
            case Touched("previous"):
                return self._previous()
            case Touched("skip"):
                visit.answers = ()
                return (Show("guide"),)
            case Touched("page", value) if value.isdecimal():
                self._page = min(int(value), len(self._pages(case)) - 1)
            case _:
                pass
        return ()

    def _answered(self, reading: Reading, case: Case, option: str) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        self._page = 0
        visit.answers = (*visit.answers, (case.id, option))
        return (Show("guide"),) if self._case(reading) is None else ()

    def _previous(self) -> tuple[Effect, ...]:
        """The question before is put again; before the first one, back to where the guide was found."""
        visit = self._terminal.visit
        self._page = 0
        if not visit.answers:
            return (Show(visit.came_from or "find"),)
        visit.answers = visit.answers[:-1]
        return ()

    def say(self) -> Phrase:
        reading = self._terminal.visit.reading
        case = self._case(reading) if reading else None
        if case is None:
            return Phrase()
        words = self._terminal.words
        options = (words.pick(option.label, option.label_en) for option in case.options)
        text = spoken(words, self._progress(case), words.pick(case.question, case.question_en), *options)
        return Phrase("say.cases", (("text", text),))

    @property
    def view(self) -> CasesView:
        terminal, reading = self._terminal, self._terminal.visit.reading
        case = self._case(reading) if reading else None
        if reading is None or case is None:
            return CasesView()
        words, pages = terminal.words, self._pages(case)
        page, count = min(self._page, len(pages) - 1), len(pages)
        question, kind = self._question(case)
        at, whole = self._place(case)
        return CasesView(
            item="\n".join(self._item(reading)),
            progress=self._progress(case),
            dots=tuple(Dot(n < at, n == at) for n in range(1, min(whole, MOST_DOTS) + 1)),
            question="\n".join(question),
            question_kind=kind,
            blocks=pages[page],
            page=words("cases.page", page=page + 1, pages=count) if count > 1 else "",
            before=words("guide.before"),
            after=words("guide.after"),
            before_value=str(page - 1) if page else "",
            after_value=str(page + 1) if page + 1 < count else "",
            previous=words("cases.previous") if terminal.visit.answers else "",
            skip=words("cases.skip"),
        )

    def _case(self, reading: Reading) -> Case | None:
        """The question that is put."""
        return next_question(reading.page.cases, dict(self._terminal.visit.answers))

    def _place(self, case: Case) -> tuple[int, int]:
        """Which question it is, of how many as far as is known."""
        reading, answers = self._terminal.visit.reading, dict(self._terminal.visit.answers)
        put = asked(reading.page.cases, answers) if reading else ()
        return put.index(case) + 1 if case in put else 1, max(1, len(put))

    def _progress(self, case: Case) -> str:
        at, count = self._place(case)
        return self._terminal.words("cases.progress", at=at, count=count)

    def _item(self, reading: Reading) -> tuple[str, ...]:
        terminal = self._terminal
        name = terminal.words.pick(reading.page.name, reading.page.name_en)
        return lines(name, terminal.tokens.small, ACROSS)

    def _question(self, case: Case) -> tuple[tuple[str, ...], str]:
        """In the largest type that keeps it to a few lines."""
        terminal = self._terminal
        text = terminal.words.pick(case.question, case.question_en)
        for kind, most in (("title", 2), ("card", 3), ("lead", 4)):
            broken = lines(text, getattr(terminal.tokens, kind), ACROSS)
            if len(broken) <= most:
                return broken, kind
        return lines(text, terminal.tokens.body, ACROSS), "body"

    def _pages(self, case: Case) -> tuple[tuple[Block, ...], ...]:
        terminal = self._terminal
        words, tokens = terminal.words, terminal.tokens
        parts = [
            Part(
                words.pick(option.label, option.label_en),
                text=option.note,
                intent="answer",
                value=option.id,
                grand=True,
            )
            for option in case.options
        ]
        sheet, room = Sheet(tokens, ACROSS, roomy=True), self._room(case)
        pages = sheet.pages(parts, room)
        return pages if len(pages) == 1 else sheet.pages(parts, room - tokens.target - sheet.gap)

    def _room(self, case: Case) -> int:
        """Height for the options, between the question and the way out, without a pager."""
        tokens, reading = self._terminal.tokens, self._terminal.visit.reading
        question, kind = self._question(case)
        room = 1920 - tokens.header - tokens.bar - 4 - 4 * tokens.gap - 2 * tokens.unit
        room -= leading(tokens.small) * len(self._item(reading) if reading else ())
        room -= leading(tokens.body)  # the progress
        room -= leading(getattr(tokens, kind)) * len(question)
        return room - tokens.target - 16 - tokens.gap


MOST_DOTS = 12
