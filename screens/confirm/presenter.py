"""One look before the number is taken: which queue, who, and whether priority applies. No Kivy."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hall.wire.messages import Priority
from screens.effects import Effect, Show
from screens.events import Event, QueueInfo, Touched
from screens.printing.presenter import issue_of
from screens.visit import Reading, Terminal
from screens.words.faults import told
from screens.words.notices import columns
from screens.words.phrase import Phrase
from screens.words.waiting import minutes, people, place

# An item's name: half-width columns that fit in the card's own type, and characters that fit at all.
ROOM = {"large": (20, 40)}
USUAL_ROOM = (34, 42)

# Offered by touch; the window sees the papers. Age is known from a card and chosen by itself.
OFFERED: tuple[tuple[Priority, str], ...] = (
    ("elder", "human-cane"),
    ("disabled", "wheelchair-accessibility"),
    ("veteran", "medal-outline"),
)


@dataclass(frozen=True, slots=True)
class PriorityChoice:
    value: str = ""
    icon: str = ""
    name: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmView:
    title: str = ""
    icon: str = ""
    queue: str = ""  # what the number is for: the item of a guide, else the line of business
    long: bool = False  # its name: set smaller
    about: str = ""
    ahead_word: str = ""
    ahead: str = ""
    wait_word: str = ""
    wait: str = ""
    place_word: str = ""
    place: str = ""
    person_icon: str = ""
    person: str = field(default="", repr=False)
    person_line: str = ""
    attach: str = ""  # certificates that go with the number
    priority_title: str = ""
    priority_line: str = ""
    choices: tuple[PriorityChoice, ...] = ()
    printer_note: str = ""
    code: str = ""
    main: str = ""
    main_intent: str = ""
    second: str = ""  # the same without paper, where paper can be had
    second_intent: str = ""
    check: str = ""  # the materials check, before the number is taken


class ConfirmPresenter:
    """``make_key`` makes the idempotency key, once for each touch that takes a number."""

    def __init__(self, terminal: Terminal, make_key: Callable[[], str]) -> None:
        self._terminal = terminal
        self._make_key = make_key

    def enter(self) -> None:
        """Everything shown is in the visit."""

    def handle(self, event: Event) -> tuple[Effect, ...]:
        terminal, visit = self._terminal, self._terminal.visit
        if terminal.queue is None:
            return (Show("choose"),)
        match event:
            case Touched("priority", value):
                for priority, _icon in OFFERED:
                    if priority == value:
                        visit.priority = "ordinary" if visit.priority == priority else priority
            case Touched("confirm") if terminal.printer is None:
                return self._issue(paper=True)
            case Touched("confirm_without_paper"):
                return self._issue(paper=False)
            case Touched("check") if terminal.catalogue_code is None:
                if visit.item is not None:
                    return (Show("guide"),)
                visit.browsing = ("queue", visit.queue)
                return (Show("browse"),)
            case _:
                pass
        return ()

    def _issue(self, *, paper: bool) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        visit.key, visit.paper_wanted, visit.ticket = self._make_key(), paper, None
        return (Show("printing"), issue_of(visit))

    def _item(self, item: Reading) -> tuple[str, bool]:
        """Its name, and whether it is long; the end of a very long one is on the guide, one step back."""
        fits, most = ROOM.get(self._terminal.theme, USUAL_ROOM)
        name = self._terminal.words.pick(item.page.name, item.page.name_en)
        return name if columns(name) <= 2 * most else f"{name[:most]}…", columns(name) > fits

    def _about(self, queue: QueueInfo) -> str:
        """Under an item the line of business that it belongs to; under that, what people come there for."""
        terminal = self._terminal
        if terminal.visit.item is not None:
            return terminal.words.pick(queue.name, queue.name_en)
        return "" if terminal.theme == "large" else terminal.words.pick(queue.about, queue.about_en)

    def _attach(self) -> str:
        """How many certificates go with the number, once the citizen has agreed."""
        words, visit = self._terminal.words, self._terminal.visit
        count = len(visit.chosen) if visit.agreed else 0
        if count == 0:
            return ""
        return words("confirm.attach_one") if count == 1 else words("confirm.attach", count=count)

    def say(self) -> Phrase:
        return Phrase("say.confirm" if self._terminal.printer is None else "say.confirm_no_paper")

    @property
    def view(self) -> ConfirmView:
        terminal = self._terminal
        words, visit, queue, person = terminal.words, terminal.visit, terminal.queue, terminal.visit.person
        if queue is None:
            return ConfirmView()
        can_print = terminal.printer is None
        fewer = terminal.theme == "large"
        name, long = self._item(visit.item) if visit.item else (words.pick(queue.name, queue.name_en), False)
        return ConfirmView(
            title=words("confirm.title"),
            icon=queue.icon,
            queue=name,
            long=long,
            about=self._about(queue),
            ahead_word=words("confirm.ahead"),
            ahead=people(words, queue.waiting),
            wait_word=words("confirm.wait") if queue.waiting else "",
            wait=(minutes(words, queue.wait_low, queue.wait_high) or words("wait.unknown"))
            if queue.waiting
            else "",
            place_word=words("confirm.place"),
            place="" if fewer else place(words, queue),
            person_icon="account-check-outline" if person else "account-outline",
            person=(person.masked_name or words("confirm.unnamed")) if person else words("confirm.nobody"),
            person_line=""
            if fewer
            else words(f"confirm.by_{person.source}" if person else "confirm.nobody_line"),
            attach=self._attach(),
            priority_title=words("confirm.priority"),
            priority_line="" if fewer else words("confirm.priority_line"),
            choices=tuple(
                PriorityChoice(value, icon, words(f"priority.{value}"), visit.priority == value)
                for value, icon in OFFERED
            ),
            printer_note="" if can_print else told(words, terminal.printer or "", "fault.printer_gone").title,
            code="" if can_print else words("fault.code", code=terminal.printer),
            main=words("confirm.main" if can_print else "confirm.main_no_paper"),
            main_intent="confirm" if can_print else "confirm_without_paper",
            second=words("confirm.second") if can_print else "",
            second_intent="confirm_without_paper" if can_print else "",
            check=words("confirm.check") if terminal.catalogue_code is None and visit.item is None else "",
        )
