"""Saying who one is on the way to a number, or going on without where the queue allows. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from screens.effects import CallStaff, Effect, Show
from screens.events import Event, PersonKnown, Touched
from screens.present.refusal import refusal, refusal_key
from screens.present.ways import ICONS, Kind, Way, asked_for, kinds, may_type, refused_for, ways
from screens.visit import Terminal
from screens.words.phrase import Phrase

Phase = Literal["", "waiting", "reading", "failed", "refused", "no_reader"]


@dataclass(frozen=True, slots=True)
class IdentifyView:
    phase: Phase = ""
    title: str = ""
    line: str = ""
    queue: str = ""
    picture: str = ""  # of how: id_card, code, social_card; "": of nothing
    ways: tuple[Way, ...] = ()  # what is taken, where it is more than one
    status: str = ""
    status_icon: str = ""
    status_kind: str = "info"
    code: str = ""
    reassurance: str = ""
    typed: str = ""  # typing the number; "": not here
    without: str = ""  # "": this queue needs a card
    main: str = ""  # the way on when the card can't be read: without it, or with help
    main_intent: str = ""


_ICONS: dict[Phase, str] = {
    "reading": "timer-sand",
    "failed": "alert-circle-outline",
    "refused": "timer-sand",
    "no_reader": "alert-circle-outline",
}


class IdentifyPresenter:
    """What the devices say is shown as it comes; somebody who is known goes on by themselves."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def enter(self) -> None:
        """A failure on an earlier screen is no news here, and what was typed is gone."""
        visit = self._terminal.visit
        visit.typed = ""
        if visit.card == "failed":
            visit.card = ""

    def handle(self, event: Event) -> tuple[Effect, ...]:
        match event:
            case PersonKnown():
                return (Show("confirm"),)
            case Touched("without_card") if self._may_go_without():
                return (Show("confirm"),)
            case Touched("type_number") if may_type(self._terminal):
                return (Show("typein"),)
            case Touched("ask_staff"):
                return (CallStaff("identify"),)
            case _:  # what else the devices say is shown
                return ()

    def say(self) -> Phrase:
        phase, shown = self._phase(), self._kinds()
        if shown in ((), ("id_card",)) and phase != "refused":
            return Phrase("say.identify" if phase == "waiting" else f"say.identify_{phase}")
        match phase:
            case "failed":
                return Phrase(f"{refusal_key(self._terminal)}.title")
            case "reading":
                return Phrase("say.identify_reading_any")
            case "waiting":
                return Phrase("say.identify_any" if len(shown) > 1 else f"say.identify_{shown[0]}")
            case _:
                return Phrase(f"say.identify_{phase}")

    @property
    def view(self) -> IdentifyView:
        terminal, phase, shown = self._terminal, self._phase(), self._kinds()
        words, queue = terminal.words, terminal.queue
        without, may = self._may_go_without(), phase != "no_reader"
        status, kind, code = self._status(phase, shown)
        main = ""
        if phase == "no_reader":
            main = "without_card" if without else "ask_staff"
        elif phase in ("failed", "refused") and not without:
            main = "ask_staff"
        return IdentifyView(
            phase=phase,
            title=self._title(phase, shown),
            line=self._line(phase, shown),
            queue=words.pick(queue.name, queue.name_en) if queue else "",
            picture=shown[0] if shown else "",
            ways=ways(terminal, shown) if len(shown) > 1 else (),
            status=status,
            status_icon=ICONS[shown[0]] if phase == "waiting" else _ICONS[phase],
            status_kind=kind,
            code=words("fault.code", code=code) if code else "",
            reassurance=words("identify.reassurance") if may or may_type(terminal) else "",
            typed=words("identify.type_number") if may_type(terminal) and phase != "refused" else "",
            without=words("identify.without" if shown == ("id_card",) else "identify.without_any")
            if without and may
            else "",
            main=words(f"identify.{main}") if main else "",
            main_intent=main,
        )

    def _title(self, phase: Phase, shown: tuple[Kind, ...]) -> str:
        words = self._terminal.words
        if phase == "no_reader":
            return words("identify.title_no_reader")
        return words("identify.title" if shown == ("id_card",) else asked_for(shown))

    def _line(self, phase: Phase, shown: tuple[Kind, ...]) -> str:
        words = self._terminal.words
        if phase == "no_reader":
            return words("identify.line_no_reader")
        if len(shown) > 1:
            return words("identify.line_any")
        return words("identify.line" if shown == ("id_card",) else f"ways.{shown[0]}_line")

    def _status(self, phase: Phase, shown: tuple[Kind, ...]) -> tuple[str, str, str]:
        """Words, kind, code."""
        terminal = self._terminal
        words, visit = terminal.words, terminal.visit
        match phase:
            case "failed":
                return refusal(terminal).title, "amber", visit.card_code
            case "refused":
                return words("typein.refused", seconds=refused_for(terminal)), "amber", ""
            case "no_reader":
                return words("identify.no_reader"), "amber", terminal.reader or ""
            case "reading" if visit.source != "id_card":
                return words(f"present.reading_{visit.source}"), "info", ""
            case "reading":
                return words("identify.reading"), "info", ""
            case _ if shown == ("id_card",):
                return words("identify.waiting"), "info", ""
            case _:
                return (
                    words("identify.waiting_any" if len(shown) > 1 else f"identify.waiting_{shown[0]}"),
                    "info",
                    "",
                )

    def _phase(self) -> Phase:
        if not self._kinds():
            return "no_reader"
        if refused_for(self._terminal):
            return "refused"
        card = self._terminal.visit.card
        return card if card in ("reading", "failed") else "waiting"

    def _kinds(self) -> tuple[Kind, ...]:
        return kinds(self._terminal, "id_card")

    def _may_go_without(self) -> bool:
        queue = self._terminal.queue
        return queue is not None and queue.identity != "required"
