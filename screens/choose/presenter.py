"""Choosing a queue: all of them with live counts, in pages. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from screens.choose.choice import choose
from screens.effects import Effect
from screens.events import Event, QueueInfo, Touched
from screens.present.refusal import refusal
from screens.visit import Terminal, opens
from screens.words.notices import columns
from screens.words.phrase import Phrase
from screens.words.waiting import minutes, people

LONG_NAME = 16  # half-width columns that a narrow tile holds in one line

Tone = Literal["", "ordinary", "free", "shut"]

_SHUT_ICONS = {"closed": "clock-outline", "quota": "account-off-outline", "paused": "pause-circle-outline"}


@dataclass(frozen=True, slots=True)
class QueueCard:
    """One queue on its card. ``tone`` is said by ``state`` and ``state_icon`` as well."""

    id: str = ""
    icon: str = ""
    name: str = ""
    long: bool = False  # the name: set smaller where tiles are narrow
    about: str = ""
    state_icon: str = ""
    state: str = ""
    wait: str = ""
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class ChooseView:
    title: str = ""
    greeting: str = ""
    greeting_icon: str = ""
    greeting_kind: str = "info"
    cards: tuple[QueueCard, ...] = ()
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""  # "": there is no page before
    after_value: str = ""


class ChoosePresenter:
    """A card laid down meanwhile is greeted here; the choice goes on undisturbed."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._page = 0

    def enter(self) -> None:
        self._page = 0

    def handle(self, event: Event) -> tuple[Effect, ...]:
        match event:
            case Touched("page", value) if value.isdecimal():
                self._page = int(value)
            case Touched("queue", value):
                return choose(self._terminal, value)
            case _:
                pass
        return ()

    def say(self) -> Phrase:
        return Phrase("say.choose")

    @property
    def view(self) -> ChooseView:
        terminal = self._terminal
        words, size, pages = terminal.words, self._size(), self._pages()
        page = min(self._page, pages - 1)
        shown = terminal.hall.queues[page * size : (page + 1) * size]
        icon, greeting, kind = self._greeting()
        return ChooseView(
            title=words("choose.title"),
            greeting=greeting,
            greeting_icon=icon,
            greeting_kind=kind,
            cards=tuple(self._card(queue) for queue in shown),
            page=words("choose.page", page=page + 1, pages=pages) if pages > 1 else "",
            before=words("choose.before"),
            after=words("choose.after"),
            before_value=str(page - 1) if page else "",
            after_value=str(page + 1) if page + 1 < pages else "",
        )

    def _card(self, queue: QueueInfo) -> QueueCard:
        terminal = self._terminal
        words = terminal.words
        card = QueueCard(
            id=queue.id,
            icon=queue.icon,
            name=words.pick(queue.name, queue.name_en),
            long=columns(words.pick(queue.name, queue.name_en)) > LONG_NAME,
            about=words.pick(queue.about, queue.about_en),
            state_icon="account-group-outline",
            state=people(words, queue.waiting),
            wait=minutes(words, queue.wait_low, queue.wait_high) if queue.waiting else words("wait.at_once"),
            tone="ordinary" if queue.waiting else "free",
        )
        if queue.state == "open":
            return card
        return QueueCard(
            id=queue.id,
            icon=queue.icon,
            name=card.name,
            long=card.long,
            about=card.about,
            state_icon=_SHUT_ICONS[queue.state],
            state=words(f"choose.{queue.state}"),
            wait=opens(terminal, queue.opens) if queue.state == "closed" else "",
            tone="shut",
        )

    def _greeting(self) -> tuple[str, str, str]:
        terminal = self._terminal
        words, visit = terminal.words, terminal.visit
        if visit.card == "known" and visit.person is not None:
            name = visit.person.masked_name  # none where only a number was typed
            known = words("choose.known", name=name) if name else words("choose.known_unnamed")
            return "check-circle", known, "ok"
        by_id_card = visit.source == "id_card"
        if visit.card == "reading":
            said = words("choose.reading" if by_id_card else f"present.reading_{visit.source}")
            return "card-account-details-outline", said, "info"
        if visit.card == "failed":
            said = words("choose.card_failed") if by_id_card else refusal(terminal).title
            return "alert-circle-outline", said, "amber"
        return "", "", "info"

    def _size(self) -> int:
        return self._terminal.tokens.choose_columns * self._terminal.tokens.choose_rows

    def _pages(self) -> int:
        return max(1, -(-len(self._terminal.hall.queues) // self._size()))
