"""Checking in an appointment (预约签到): which there are, how each stands, and what can be done now. No Kivy.

The hall says how an appointment stands; here it is only put into words. It is asked for the person who is known, or
for the number that was typed, whichever came last.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hall.wire.messages import AppointmentView as Appointment
from screens.appointment.cards import AppointmentCard, card, in_order
from screens.appointment.ways import NO_WAY, Phase, Way, WayOn, buttons, ways
from screens.choose.choice import choose
from screens.effects import CallStaff, Effect, LookUpAppointments, Show
from screens.events import AppointmentsFailed, AppointmentsFound, Event, HallBack, Person, Ticked, Touched
from screens.guide.voice import spoken
from screens.printing.presenter import issue_of
from screens.visit import Terminal
from screens.words.faults import told
from screens.words.phrase import Phrase

ASK_CEILING = 5.0  # seconds until ways on are offered; an answer that comes later is still welcome
NUMBER_PLACES = range(4, 13)  # of an appointment's number; what is longer was a document's


@dataclass(frozen=True, slots=True)
class AppointmentView:
    phase: str = ""
    title: str = ""
    line: str = ""
    icon: str = ""  # large, where there are no cards
    code: str = ""
    cards: tuple[AppointmentCard, ...] = field(default=(), repr=False)
    page: str = ""
    before: str = ""
    after: str = ""
    before_value: str = ""
    after_value: str = ""
    printer_note: str = ""
    printer_code: str = ""
    main: WayOn = NO_WAY
    second: WayOn = NO_WAY
    third: WayOn = NO_WAY


class AppointmentPresenter:
    """``make_key`` makes the key of each question, and of the number that is taken."""

    def __init__(self, terminal: Terminal, make_key: Callable[[], str]) -> None:
        self._terminal, self._make_key = terminal, make_key
        self._of: Person | str | None = None  # whose appointments, or with which number
        self._person: Person | None = None  # who was known when this was last entered
        self._since = 0.0
        self._page = 0

    def enter(self) -> tuple[Effect, ...]:
        """Ask, unless that is known already of the same person or number, and no check-in was tried since."""
        visit, before = self._terminal.visit, self._of
        self._page = 0
        if len(visit.typed) in NUMBER_PLACES:
            self._of, visit.typed = visit.typed, ""
        elif visit.person is not None and visit.person != self._person:
            self._of = visit.person
        self._person = visit.person
        known = visit.appointments is not None and before in (None, self._of) and not visit.appointment
        if self._of is None or known:
            return ()
        return self._ask(self._of)

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        match event:
            case AppointmentsFound(key, appointments) if self._awaits(key):
                visit.appointments, visit.appointments_code = appointments, ""
            case AppointmentsFailed(key, code) if self._awaits(key):
                visit.appointments_code = code
            case Ticked(_, monotonic) if self._phase == "asking" and monotonic - self._since >= ASK_CEILING:
                visit.appointments_code = "hall.silent"  # an answer may come yet
            case HallBack() if self._phase == "failed" and self._of is not None:
                return self._ask(self._of)
            case Touched("page", value) if value.isdecimal():
                self._page = int(value)
            case Touched("check_in", value):
                return self._check_in(value)
            case Touched(way) if way in self._ways():
                return self._go(way)
            case _:
                pass
        return ()

    def _go(self, way: str) -> tuple[Effect, ...]:
        match way:
            case "again" if self._of is not None:
                return self._ask(self._of)
            case "type_number":
                self._terminal.visit.typed = ""
                return (Show("typein"),)
            case "ask_staff":
                return (CallStaff("appointment"),)
            case "ordinary":
                return self._ordinary()
            case _:  # home is the frame's
                return ()

    def _ask(self, of: Person | str) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        visit.appointments, visit.appointments_code, visit.appointment = None, "", ""
        visit.asked, self._since = self._make_key(), self._terminal.monotonic
        if isinstance(of, str):
            return (LookUpAppointments(visit.asked, number=of),)
        return (LookUpAppointments(visit.asked, person=of),)

    def _check_in(self, appointment: str) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        one = next((one for one in self._ready() if one.id == appointment), None)
        if one is None:
            return ()
        visit.key, visit.paper_wanted, visit.ticket = self._make_key(), self._terminal.printer is None, None
        visit.appointment, visit.queue, visit.for_item = one.id, one.queue, False
        return (Show("printing"), issue_of(visit))

    def _ordinary(self) -> tuple[Effect, ...]:
        """A number like anybody's: of the appointment's queue where there is but one, else of one to be chosen."""
        visit = self._terminal.visit
        visit.purpose, visit.appointment, visit.key, visit.for_item = "number", "", "", False
        queues = {one.queue for one in self._sorted() if one.state != "wrong_hall"}
        return (choose(self._terminal, queues.pop()) if len(queues) == 1 else ()) or (Show("choose"),)

    def _awaits(self, key: str) -> bool:
        visit = self._terminal.visit
        return bool(key) and key == visit.asked and visit.appointments is None

    # -- how it stands ---------------------------------------------------------------------------------------------

    @property
    def _phase(self) -> Phase:
        visit = self._terminal.visit
        if visit.appointments is not None:
            return "found" if visit.appointments else "none"
        if self._of is None:  # nobody to ask for
            return "none"
        if visit.appointments_code == "appointment.unknown":  # so it is said of a number
            return "none"
        return "failed" if visit.appointments_code else "asking"

    def _sorted(self) -> tuple[Appointment, ...]:
        return in_order(self._terminal.visit.appointments or ())

    def _ready(self) -> tuple[Appointment, ...]:
        return tuple(one for one in self._sorted() if one.state == "ready")

    def _ways(self) -> tuple[Way, ...]:
        return ways(self._phase, self._sorted())

    # -- what is shown ---------------------------------------------------------------------------------------------

    def say(self) -> Phrase:
        """How it stands, without what it is about: whoever is near hears it."""
        view = self.view
        stands = (part for one in view.cards for part in (one.when, one.status, one.line))
        return Phrase(
            "say.appointment", (("text", spoken(self._terminal.words, view.title, view.line, *stands)),)
        )

    @property
    def view(self) -> AppointmentView:
        words, phase, ready = self._terminal.words, self._phase, self._ready()
        title, line, icon, code = self._headline(phase, len(ready))
        main, second, third = (*self._buttons(), NO_WAY, NO_WAY, NO_WAY)[:3]
        printer = self._terminal.printer if ready else None
        at, cards = self._cards()
        pages = len(cards)
        return AppointmentView(
            phase=phase,
            title=title,
            line=line,
            icon=icon,
            code=words("fault.code", code=code) if code else "",
            cards=cards[at] if cards else (),
            page=words("appointment.page", page=at + 1, pages=pages) if pages > 1 else "",
            before=words("appointment.before"),
            after=words("appointment.after"),
            before_value=str(at - 1) if at else "",
            after_value=str(at + 1) if at + 1 < pages else "",
            printer_note=told(words, printer, "fault.printer_gone").title if printer else "",
            printer_code=words("fault.code", code=printer) if printer else "",
            main=main,
            second=second,
            third=third,
        )

    def _headline(self, phase: Phase, ready: int) -> tuple[str, str, str, str]:
        """Title, line, icon, code."""
        words, visit = self._terminal.words, self._terminal.visit
        match phase:
            case "asking":
                return words("appointment.asking.title"), words("appointment.asking.line"), "timer-sand", ""
            case "failed":
                # the hall's own words are about numbers
                code, failed = visit.appointments_code, "appointment.failed"
                title = told(words, failed if code.startswith("hall.") else code, failed).title
                return title, words(f"{failed}.line"), "lan-disconnect", code
            case "none":
                by = "number" if isinstance(self._of, str) else "person"
                return (
                    words(f"appointment.none_{by}.title"),
                    words(f"appointment.none_{by}.line"),
                    "calendar-search",
                    "",
                )
            case "found":
                key = "ready" if ready == 1 else "several" if ready else "found"
                return words(f"appointment.title_{key}"), "", "", ""

    def _cards(self) -> tuple[int, list[tuple[AppointmentCard, ...]]]:
        """The page that is open, and all pages."""
        appointments, size = self._sorted(), 1 if self._terminal.theme == "large" else 2
        single, several = len(appointments) == 1, len(self._ready()) > 1
        cards = tuple(
            card(self._terminal, one, single=single, touchable=several and one.state == "ready")
            for one in appointments
        )
        pages = [cards[at : at + size] for at in range(0, len(cards), size)]
        return max(0, min(self._page, len(pages) - 1)), pages

    def _buttons(self) -> tuple[WayOn, ...]:
        by_number = isinstance(self._of, str)
        return buttons(
            self._terminal.words,
            self._phase,
            self._sorted(),
            by_number=by_number,
            paper=self._terminal.printer is None,
        )
