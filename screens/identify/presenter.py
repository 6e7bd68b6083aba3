"""Laying down the ID card, or going on without where the queue allows. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from screens.effects import CallStaff, Effect, Show
from screens.events import Event, PersonKnown, Touched
from screens.visit import Terminal
from screens.words.faults import told
from screens.words.phrase import Phrase

Phase = Literal["", "waiting", "reading", "failed", "no_reader"]


@dataclass(frozen=True, slots=True)
class IdentifyView:
    phase: Phase = ""
    title: str = ""
    line: str = ""
    queue: str = ""
    status: str = ""
    status_icon: str = ""
    status_kind: str = "info"
    code: str = ""
    reassurance: str = ""
    without: str = ""  # "": this queue needs a card
    main: str = ""  # the way on when the card can't be read: without it, or with help
    main_intent: str = ""


_ICONS: dict[Phase, str] = {
    "waiting": "card-account-details-outline",
    "reading": "timer-sand",
    "failed": "alert-circle-outline",
    "no_reader": "alert-circle-outline",
}


class IdentifyPresenter:
    """What the reader says is shown as it comes; a card that is read goes on by itself."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def enter(self) -> None:
        """A failure on an earlier screen is no news here."""
        if self._terminal.visit.card == "failed":
            self._terminal.visit.card = ""

    def handle(self, event: Event) -> tuple[Effect, ...]:
        match event:
            case PersonKnown():
                return (Show("confirm"),)
            case Touched("without_card") if self._may_go_without():
                return (Show("confirm"),)
            case Touched("ask_staff"):
                return (CallStaff("identify"),)
            case _:  # what else the reader says is shown
                return ()

    def say(self) -> Phrase:
        phase = self._phase()
        return Phrase("say.identify" if phase == "waiting" else f"say.identify_{phase}")

    @property
    def view(self) -> IdentifyView:
        terminal, phase = self._terminal, self._phase()
        words, queue = terminal.words, terminal.queue
        without = self._may_go_without()
        status, kind, code = words(f"identify.{phase}"), "info", ""
        if phase == "failed":
            status, kind, code = (
                told(words, terminal.visit.card_code, "fault.card_unreadable").title,
                "amber",
                terminal.visit.card_code,
            )
        elif phase == "no_reader":
            status, kind, code = words("identify.no_reader"), "amber", terminal.reader or ""
        main = ""
        if phase == "no_reader":
            main = "without_card" if without else "ask_staff"
        elif phase == "failed" and not without:
            main = "ask_staff"
        return IdentifyView(
            phase=phase,
            title=words("identify.title_no_reader" if phase == "no_reader" else "identify.title"),
            line=words("identify.line_no_reader" if phase == "no_reader" else "identify.line"),
            queue=words.pick(queue.name, queue.name_en) if queue else "",
            status=status,
            status_icon=_ICONS[phase],
            status_kind=kind,
            code=words("fault.code", code=code) if code else "",
            reassurance=words("identify.reassurance") if phase != "no_reader" else "",
            without=words("identify.without") if without and phase != "no_reader" else "",
            main=words(f"identify.{main}") if main else "",
            main_intent=main,
        )

    def _phase(self) -> Phase:
        if self._terminal.reader is not None:
            return "no_reader"
        card = self._terminal.visit.card
        return card if card in ("reading", "failed") else "waiting"

    def _may_go_without(self) -> bool:
        queue = self._terminal.queue
        return queue is not None and queue.identity != "required"
