"""Why it does not go on, in words; a way on; and a code that operations can search for. No Kivy."""

from dataclasses import dataclass, field

from screens.effects import CallStaff, Effect, Show
from screens.events import Event, HallBack, TicketIssued, Touched
from screens.printing.presenter import accepted, issue_of
from screens.visit import Terminal, opens
from screens.words.faults import fault_key, told
from screens.words.phrase import Phrase

# How each kind of fault looks and what goes on from it: icon, main way on, second way on.
_WAYS: dict[str, tuple[str, str, str]] = {
    "hall.closed": ("clock-outline", "home", ""),
    "queue.closed": ("clock-outline", "choose", "home"),
    "queue.paused": ("pause-circle-outline", "choose", "home"),
    "queue.quota_reached": ("account-off-outline", "choose", "ask_staff"),
    "queue.unknown": ("alert-circle-outline", "choose", "home"),
    "person.required": ("card-account-details-outline", "identify", "choose"),
    "person.already_waiting": ("ticket-account", "home", "choose"),
    "catalogue.unknown_guide": ("book-open-variant", "choose", "home"),
    "catalogue.damaged": ("book-open-variant", "choose", "home"),
}
_APPOINTMENT = ("calendar-check-outline", "choose", "ask_staff")  # an ordinary number is to be had
_HALL = ("lan-disconnect", "retry", "ask_staff")  # any other trouble with the hall
_ANY = ("alert-circle-outline", "home", "ask_staff")


@dataclass(frozen=True, slots=True)
class FaultView:
    icon: str = ""
    kind: str = "amber"  # "call" where a person must come
    title: str = ""
    line: str = ""
    more: str = ""
    number: str = field(default="", repr=False)
    number_word: str = ""
    code: str = ""
    main: str = ""
    main_intent: str = ""
    second: str = ""
    second_intent: str = ""


class FaultPresenter:
    """A retry after silence repeats the same key: if the hall did give a number, it is this one."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def enter(self) -> None:
        """The fault is in the visit."""

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        main, second = self._ways()
        match event:
            case Touched("retry") if main == "retry":
                return self._again()
            case Touched("choose") if "choose" in (main, second):
                visit.queue = ""
                return (Show("choose"),)
            case Touched("identify") if main == "identify":
                visit.key, visit.fault = "", None
                return (Show("identify"),)
            case Touched("ask_staff") if second == "ask_staff":
                return (CallStaff(self._code()),)
            case TicketIssued(key) if key and key == visit.key and visit.ticket is None:
                return accepted(visit, event)  # the hall was slow, not silent
            case HallBack() if main == "retry" and not visit.key:
                return (Show("choose"),)
            case _:
                return ()

    def _again(self) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        if not visit.key or visit.ticket is not None:
            return (Show("choose"),) if self._terminal.link is None else ()
        visit.fault = None
        return (Show("printing"), issue_of(visit))

    def say(self) -> Phrase:
        """A fault says what its title says."""
        fault = self._terminal.visit.fault
        if fault is None:
            return Phrase()
        return Phrase(f"{fault_key(self._terminal.words, fault.code)}.title")

    @property
    def view(self) -> FaultView:
        terminal, fault = self._terminal, self._terminal.visit.fault
        if fault is None:
            return FaultView()
        words, icon = terminal.words, _ways_of(fault.code)[0]
        main, second = self._ways()
        told_ = told(words, fault.code)
        number = dict(fault.facts).get("number", "")
        return FaultView(
            icon=icon,
            kind="call" if icon == _ANY[0] else "amber",
            title=told_.title,
            line=told_.line,
            more=self._opening(),
            number=number,
            number_word=words("fault.your_number") if number else "",
            code=words("fault.code", code=fault.code),
            main=words(f"fault.way_{main}"),
            main_intent=main,
            second=words(f"fault.way_{second}") if second else "",
            second_intent=second,
        )

    def _code(self) -> str:
        fault = self._terminal.visit.fault
        return fault.code if fault else ""

    def _ways(self) -> tuple[str, str]:
        _icon, main, second = _ways_of(self._code())
        if self._terminal.offer.numbers:
            return main, second
        return "home" if main == "choose" else main, "ask_staff"

    def _opening(self) -> str:
        terminal = self._terminal
        queue, fault = terminal.queue, terminal.visit.fault
        known = dict(fault.facts).get("opens", "") if fault else ""
        live = {"hall.closed": terminal.hall.opens, "queue.closed": queue.opens if queue else ""}
        return opens(terminal, known or live.get(self._code(), ""))


def _ways_of(code: str) -> tuple[str, str, str]:
    if code.startswith("appointment."):
        return _APPOINTMENT
    return _WAYS.get(code, _HALL if code.startswith("hall.") else _ANY)
