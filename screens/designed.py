"""Every designed state of the terminal's screens, made by the real presenters from invented people and numbers.

The gallery draws them, tests measure them, and a starting terminal rehearses some of them out of sight.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hall.catalogue.model import Guide
from screens import samples
from screens.appointment import samples as appointment
from screens.browse import samples as browse
from screens.cases import samples as cases
from screens.certificate import samples as certificate
from screens.certificates import samples as certificates
from screens.choose.presenter import ChoosePresenter
from screens.confirm.presenter import ConfirmPresenter
from screens.consent import samples as consent
from screens.done.presenter import DonePresenter
from screens.enrol import samples as enrol
from screens.events import Touched
from screens.fault.presenter import FaultPresenter
from screens.find import samples as find
from screens.frame.presenter import FrameView, frame_view
from screens.frame.staff_call import Staff
from screens.guide import samples as guide
from screens.handover import samples as handover
from screens.identify.presenter import IdentifyPresenter
from screens.offer import Offer, Wording
from screens.present import samples as present
from screens.printing.presenter import PrintingPresenter
from screens.typein import samples as typein
from screens.visit import Card, Fault, Paper, Terminal
from screens.welcome.presenter import WelcomePresenter

State = tuple[str, object, FrameView]


# One state of each screen that shows most of what it can; by the feature that it belongs to ("": every terminal's).
REHEARSED: dict[str, tuple[str, ...]] = {
    "": ("choose", "identify", "confirm", "printing", "done", "fault-already"),
    "guide": ("find-results", "browse", "cases", "guide"),
    "certificates": ("present", "certificates", "certificate", "consent", "handover"),
    "checkin": ("present", "appointment"),
    "typed": ("typein",),
}


def state(name: str, terminal: Terminal) -> State:
    """The state ``name`` as this terminal (its language, its theme) would show it."""
    situation = replace(terminal, visit=replace(terminal.visit))
    situation.hall = samples.hall(shut="shut" in name)
    return _STATES[name](situation)


def states(terminal: Terminal) -> Iterator[tuple[str, State]]:
    """Each designed state by name: the screen, its view, and the frame around it."""
    for name in _STATES:
        yield name, state(name, terminal)


def _state(screen: str, presenter: Any, terminal: Terminal, *, staff: Staff = "") -> State:
    ways = {"welcome": (), "printing": (), "done": ("home",), "fault": ("home",)}.get(
        screen, ("home", "back")
    )
    frame = frame_view(terminal, ways=ways, staff=staff, warn=screen != "done", warning=15)
    return screen, presenter.view, frame


def _welcome(**given: Any) -> Callable[[Terminal], State]:
    def make(terminal: Terminal) -> State:
        changed = replace(terminal, **given)
        if "hall" in given:
            changed.hall = replace(samples.hall(), **given["hall"])
        return _state("welcome", WelcomePresenter(changed), changed)

    return make


def _choose(card: Card = "", page: str = "0", leaving: int | None = None, staff: Staff = "") -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.card, terminal.leaving = card, leaving
        terminal.visit.person = samples.person() if card == "known" else None
        presenter = ChoosePresenter(terminal)
        presenter.handle(Touched("page", page))
        return _state("choose", presenter, terminal, staff=staff)

    return make


def _identify(card: Card = "", queue: str = "social", reader: str | None = None) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.queue, terminal.visit.card, terminal.reader = queue, card, reader
        terminal.visit.card_code = "fault.card_moved"
        return _state("identify", IdentifyPresenter(terminal), terminal)

    return make


def _confirm(
    elder: bool = False,
    person: bool = True,
    printer: str | None = None,
    queue: str = "social",
    item: Guide | None = None,
    guides: bool = False,
) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.queue, terminal.printer = queue, printer
        terminal.catalogue_code = None if guides else "catalogue.none"
        if item is not None:
            terminal.visit.reading, terminal.visit.for_item = guide.reading(item), True
        if person:
            terminal.visit.person = samples.person(elder=elder)
            terminal.visit.priority = terminal.visit.person.priority
        return _state("confirm", ConfirmPresenter(terminal, str), terminal)

    return make


def _printing(issued: bool) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.ticket = samples.ticket() if issued else None
        return _state("printing", PrintingPresenter(terminal), terminal)

    return make


def _done(
    paper: Paper,
    code: str = "",
    ahead: int = 11,
    printer: str | None = None,
    attach_code: str = "",
    card: bool = False,
) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.attach_code, terminal.card_in_slot = attach_code, card
        terminal.visit.ticket, terminal.visit.paper = samples.ticket(ahead=ahead), paper
        terminal.visit.paper_code, terminal.leaving, terminal.printer = code, 8, printer
        return _state("done", DonePresenter(terminal), terminal)

    return make


def _read(make: Any) -> Callable[[Terminal], State]:
    """A state of the screens where guides are looked for and read."""

    def state(terminal: Terminal) -> State:
        screen, view = make(replace(terminal, catalogue_code=None))
        frame = frame_view(terminal, ways=("home", "back"), staff="", warn=True, warning=15)
        return screen, view, frame

    return state


def _seen(screen: str, make: Any) -> Callable[[Terminal], State]:
    """A state of which only the view is given."""
    return _read(lambda terminal: (screen, make(terminal)))


def _fault(code: str, *facts: tuple[str, str]) -> Any:
    def make(terminal: Terminal) -> State:
        terminal.visit.queue = "medical"
        terminal.visit.fault = Fault(code, facts)
        return _state("fault", FaultPresenter(terminal), terminal)

    return make


_STATES: dict[str, Callable[[Terminal], State]] = {
    "welcome": _welcome(),
    "welcome-features": _welcome(
        features=frozenset({"guide", "certificates", "checkin"}), catalogue_code=None
    ),
    "welcome-notice": _welcome(
        offer=samples.offer("今天下午 3 点起系统维护。", "Maintenance from 3 pm today.")
    ),
    "welcome-notice-long": _welcome(
        offer=samples.offer(*samples.LONG_NOTICE),
        features=frozenset({"guide", "certificates", "checkin"}),
        catalogue_code=None,
    ),
    "welcome-notice-long-alone": _welcome(offer=samples.offer(*samples.LONG_NOTICE)),
    "welcome-notice-lost": _welcome(link="hall.unreachable", offer=samples.offer(*samples.LONG_NOTICE)),
    "welcome-notice-closed": _welcome(
        hall={"open_now": False, "opens": "13:00"},
        offer=samples.offer(*samples.LONG_NOTICE),
        card_in_slot=True,
    ),
    "welcome-notice-full": _welcome(
        offer=replace(
            samples.offer(*samples.LONG_NOTICE),
            title=Wording(
                "清源县政务服务中心东关街道便民服务站欢迎您来",
                "Dongguan street service point welcomes you today",
            ),
        ),
        features=frozenset({"guide", "certificates", "checkin"}),
        catalogue_code=None,
        printer="fault.paper_out",
        monotonic=8.0,
    ),
    "welcome-no-numbers": _welcome(
        offer=Offer(numbers=False), features=frozenset({"guide", "certificates"}), catalogue_code=None
    ),
    "welcome-own": _welcome(
        offer=replace(
            samples.offer(*samples.LONG_NOTICE),
            title=Wording("东关街道便民服务站", "Dongguan street service point"),
            line=Wording(
                "二楼也可以取号，人少不用等", "Numbers are given on the second floor too: no queue there"
            ),
            themes=("large", "contrast"),
            languages=("zh",),
        ),
        features=frozenset({"guide"}),
        catalogue_code=None,
    ),
    "welcome-guides": _welcome(features=frozenset({"guide"}), catalogue_code=None),
    "welcome-lost-guides": _welcome(
        link="hall.unreachable", features=frozenset({"guide"}), catalogue_code=None
    ),
    "welcome-no-devices": _welcome(reader="fault.device_absent", printer="fault.paper_out"),
    "welcome-card-left": _welcome(card_in_slot=True),
    "welcome-card-left-features": _welcome(
        features=frozenset({"guide", "certificates", "checkin"}),
        catalogue_code=None,
        card_in_slot=True,
        printer="fault.paper_out",
    ),
    "welcome-card-left-closed": _welcome(hall={"open_now": False, "opens": "13:00"}, card_in_slot=True),
    "welcome-closed": _welcome(hall={"open_now": False, "opens": "13:00"}),
    "welcome-lost": _welcome(link="hall.unreachable"),
    "choose": _choose(),
    "choose-shut": _choose("known"),
    "choose-last-page": _choose("reading", "9"),
    "choose-leaving": _choose(leaving=12),
    "choose-staff": _choose("failed", staff="coming"),
    "identify": _identify(),
    "identify-required": _identify(queue="household"),
    "identify-reading": _identify("reading"),
    "identify-failed": _identify("failed"),
    "identify-failed-required": _identify("failed", "household"),
    "identify-no-reader": _identify(reader="fault.reader_gone"),
    "identify-no-reader-required": _identify(queue="household", reader="fault.reader_gone"),
    "confirm": _confirm(),
    "confirm-guides": _confirm(guides=True),
    "confirm-item": _confirm(item=guide.CARD, guides=True),
    "confirm-item-long": _confirm(item=guide.LONG, guides=True, person=False),
    "confirm-elder": _confirm(elder=True, queue="household"),
    "confirm-no-paper": _confirm(person=False, printer="fault.paper_out", queue="unresolved"),
    "printing-issuing": _printing(False),
    "printing": _printing(True),
    "done": _done("printed"),
    "done-next": _done("printed", ahead=0),
    "done-without-paper": _done("none"),
    "done-paper-out": _done("failed", "fault.paper_out", printer="fault.paper_out"),
    "done-copying": _done("printing"),
    "done-unknown": _done("unknown", "fault.device_silent"),
    "done-card": _done("printed", card=True),
    "done-card-unknown": _done("unknown", "fault.device_silent", card=True),
    "done-card-attach-failed": _done(
        "unknown", "fault.device_silent", attach_code="hall.unreachable", card=True
    ),
    "fault-unreachable": _fault("hall.unreachable"),
    "fault-silent": _fault("hall.silent"),
    "fault-hall-closed": _fault("hall.closed", ("opens", "2026-11-24 09:00")),
    "fault-queue-shut": _fault("queue.closed"),
    "fault-quota": _fault("queue.quota_reached"),
    "fault-already": _fault("person.already_waiting", ("number", "F007")),
    "fault-required": _fault("person.required"),
    "fault-internal": _fault("fault.internal"),
    "fault-guide-gone": _fault("catalogue.unknown_guide"),
    **{name: _read(make) for name, make in find.STATES.items()},
    **{name: _read(make) for name, make in browse.STATES.items()},
    **{name: _read(make) for name, make in cases.SAMPLES},
    **{name: _read(make) for name, make in guide.SAMPLES},
    **{name: _seen("present", make) for name, make in present.STATES.items()},
    **{name: _seen("typein", make) for name, make in typein.STATES.items()},
    **{name: _read(make) for name, make in certificates.STATES.items()},
    **{name: _read(make) for name, make in certificate.STATES.items()},
    **{name: _read(make) for name, make in consent.STATES.items()},
    **{name: _read(make) for name, make in handover.STATES.items()},
    **{name: _read(make) for name, make in appointment.STATES.items()},
    **enrol.STATES,
}
