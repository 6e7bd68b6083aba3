"""Typing a number where there is nothing to lay down: an ID number, or the number of an appointment. No Kivy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from screens.effects import Effect, IdentifyTyped, Show
from screens.events import Event, PersonKnown, Touched
from screens.present.anew import begin_anew
from screens.present.refusal import refusal, refusal_key
from screens.present.ways import refused_for
from screens.visit import Terminal
from screens.words.phrase import Phrase

PLACES = 18  # of an ID number (GB 11643): region 6, birth 8, sequence and check 4
FEWEST, MOST = 4, 12  # digits of an appointment's number
_ID_GROUPS = (6, 14)  # an ID number is read in these groups, an appointment's in fours
_FOURS = (4, 8)

Phase = Literal["", "typing", "reading", "failed", "refused"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the number."""

    char: str = field(default="", repr=False)  # "": still to come
    next: bool = False  # the finger's turn
    gap: bool = False  # a group begins here


@dataclass(frozen=True, slots=True)
class TypeinView:
    phase: Phase = ""
    title: str = ""
    line: str = ""
    places: tuple[Place, ...] = field(default=(), repr=False)
    status: str = ""
    status_line: str = ""
    status_icon: str = ""
    tone: str = "soft"  # of the status: soft, ok, amber; its icon says so too
    code: str = ""
    takes_x: bool = False  # X stands in the last place only
    hide: str = ""
    hide_icon: str = ""
    clear: str = ""
    delete: str = ""
    reassurance: str = ""
    main: str = ""
    ready: bool = False


class TypeinPresenter:
    """``make_key`` makes the id of each try. Nothing typed outlives the screen, but an appointment's number."""

    def __init__(self, terminal: Terminal, make_key: Callable[[], str]) -> None:
        self._terminal = terminal
        self._make_key = make_key
        self._hidden = False

    def enter(self) -> None:
        visit = self._terminal.visit
        visit.typed, self._hidden = "", False
        if visit.purpose == "checkin":
            begin_anew(visit)
        elif visit.card == "failed":
            visit.card = ""

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        match event:
            case PersonKnown():
                visit.typed = ""
                return (Show("appointment" if visit.purpose == "checkin" else "confirm"),)
            case Touched("hide"):
                self._hidden = not self._hidden
            case Touched() if visit.card == "reading":  # what is being looked up stays as it is
                return ()
            case Touched("digit", digit) if self._fits(digit):
                self._typed(visit.typed + digit)
            case Touched("delete"):
                self._typed(visit.typed[:-1])
            case Touched("clear"):
                self._typed("")
            case Touched("submit") if self._ready():
                return self._submit()
            case _:
                pass
        return ()

    def say(self) -> Phrase:
        """Never the number itself: others stand near."""
        match self._phase():
            case "failed":
                return Phrase(f"{refusal_key(self._terminal)}.title")
            case "typing":
                return Phrase(f"say.typein_{self._terminal.visit.purpose}")
            case phase:
                return Phrase(f"say.typein_{phase}")

    @property
    def view(self) -> TypeinView:
        terminal, phase = self._terminal, self._phase()
        words, visit = terminal.words, terminal.visit
        status, line, icon, tone = self._status(phase)
        fewer = terminal.theme == "large"
        return TypeinView(
            phase=phase,
            title=words(f"typein.title_{visit.purpose}"),
            line="" if fewer else words(f"typein.line_{visit.purpose}"),
            places=self._places(),
            status=status,
            status_line=line,
            status_icon=icon,
            tone=tone,
            code=words("fault.code", code=visit.card_code) if phase == "failed" and not fewer else "",
            takes_x=len(visit.typed) == PLACES - 1,
            hide=words("typein.show" if self._hidden else "typein.hide"),
            hide_icon="eye-outline" if self._hidden else "eye-off-outline",
            clear=words("typein.clear"),
            delete=words("typein.delete"),
            reassurance="" if fewer and line else words("typein.reassurance"),
            main=words(f"typein.main_{visit.purpose}"),
            ready=self._ready(),
        )

    # -- what was typed ---------------------------------------------------------------------------------------

    def _fits(self, digit: str) -> bool:
        typed = self._terminal.visit.typed
        if digit == "X":
            return len(typed) == PLACES - 1
        return len(digit) == 1 and digit.isascii() and digit.isdecimal() and len(typed) < PLACES

    def _typed(self, text: str) -> None:
        """Something changed: what was wrong with the number before is no news."""
        visit = self._terminal.visit
        visit.typed = text
        if visit.card == "failed":
            visit.card = ""

    def _is_appointment(self) -> bool:
        visit = self._terminal.visit
        return visit.purpose == "checkin" and FEWEST <= len(visit.typed) <= MOST

    def _ready(self) -> bool:
        complete = len(self._terminal.visit.typed) == PLACES or self._is_appointment()
        return complete and self._phase() in ("typing", "failed")

    def _submit(self) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        visit.card = ""
        if self._is_appointment():
            return (Show("appointment"),)
        return (IdentifyTyped(self._make_key(), visit.typed),)

    # -- what is shown ----------------------------------------------------------------------------------------

    def _phase(self) -> Phase:
        card = self._terminal.visit.card
        if refused_for(self._terminal):
            return "refused"
        return card if card in ("reading", "failed") else "typing"

    def _places(self) -> tuple[Place, ...]:
        """All of an ID number's; where it may be an appointment's, as many as are typed and the next."""
        visit = self._terminal.visit
        typed = visit.typed
        long = visit.purpose != "checkin" or len(typed) > MOST
        groups = _ID_GROUPS if long else _FOURS
        count = PLACES if long else len(typed) + 1
        return tuple(
            Place(
                char=("•" if self._hidden else typed[at]) if at < len(typed) else "",
                next=at == len(typed),
                gap=at in groups,
            )
            for at in range(count)
        )

    def _status(self, phase: Phase) -> tuple[str, str, str, str]:
        """Words, more words, icon, tone."""
        terminal = self._terminal
        words, typed = terminal.words, terminal.visit.typed
        if phase == "refused":
            wait = words("typein.refused", seconds=refused_for(terminal))
            return wait, words("typein.refused_line"), "timer-sand", "amber"
        if phase == "failed":
            why = refusal(terminal)
            return why.title, why.line, "alert-circle-outline", "amber"
        if phase == "reading":
            return words(f"present.reading_{terminal.visit.source}"), "", "timer-sand", "soft"
        if len(typed) == PLACES:
            return words("typein.whole"), "", "check-circle", "ok"
        if self._is_appointment():
            return words("typein.whole_appointment"), "", "check-circle", "ok"
        checkin = terminal.visit.purpose == "checkin"
        if not typed or (checkin and len(typed) < FEWEST):
            return words(f"typein.empty_{terminal.visit.purpose}"), "", "dialpad", "soft"
        missing = PLACES - len(typed)
        said = words("typein.missing", count=missing) if missing > 1 else words("typein.missing_one")
        return said, "", "dialpad", "soft"
