"""The terminal's screens as a table: who decides on each, what it shows of nobody, what goes on while it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from screens.appointment.presenter import AppointmentPresenter, AppointmentView
from screens.browse.presenter import BrowsePresenter, BrowseView
from screens.cases.presenter import CasesPresenter, CasesView
from screens.certificate.presenter import CertificatePresenter, CertificateView
from screens.certificates.presenter import CertificatesPresenter, CertificatesView
from screens.choose.presenter import ChoosePresenter, ChooseView
from screens.confirm.presenter import ConfirmPresenter, ConfirmView
from screens.consent.presenter import ConsentPresenter, ConsentView
from screens.done.presenter import DonePresenter, DoneView
from screens.effects import Effect
from screens.events import Event
from screens.fault.presenter import FaultPresenter, FaultView
from screens.find.presenter import FindPresenter, FindView
from screens.guide.presenter import GuidePresenter, GuideView
from screens.handover.presenter import HandoverPresenter, HandoverView
from screens.identify.presenter import IdentifyPresenter, IdentifyView
from screens.present.presenter import PresentPresenter, PresentView
from screens.printing.presenter import PrintingPresenter, PrintingView
from screens.typein.presenter import TypeinPresenter, TypeinView
from screens.visit import Terminal
from screens.welcome.presenter import WelcomePresenter, WelcomeView
from screens.words.phrase import Phrase


class Presenter(Protocol):
    """A screen's decisions; ``view`` is complete and frozen."""

    def enter(self) -> tuple[Effect, ...] | None:
        """The screen is shown now; what it has to ask for."""

    def handle(self, event: Event) -> tuple[Effect, ...]: ...

    def say(self) -> Phrase: ...

    @property
    def view(self) -> object: ...


MakeKey = Callable[[], str]
Make = Callable[[Terminal, MakeKey], Presenter]


def _plain(presenter: Callable[[Terminal], Presenter]) -> Make:
    """For a screen that asks nothing which needs a key."""
    return lambda terminal, _: presenter(terminal)


@dataclass(frozen=True, slots=True)
class Route:
    """One screen's place in the journey."""

    empty: object  # what it shows of nobody
    make: Make  # who decides on it, made anew for each visit
    back: str = ""  # "" : there is no way back; see kiosk.ways for those that depend
    home: bool = True
    takes_card: bool = False
    needs_queue: bool = False
    held: bool = False  # nobody is sent away meanwhile; the screen has a ceiling of its own
    needs_hall: bool = False  # a lost hall is told at once


ROUTES: dict[str, Route] = {
    "welcome": Route(WelcomeView(), _plain(WelcomePresenter), home=False, takes_card=True),
    "find": Route(FindView(), _plain(FindPresenter), back="welcome"),
    "browse": Route(BrowseView(), _plain(BrowsePresenter), back="find"),
    "cases": Route(CasesView(), _plain(CasesPresenter), back="find"),
    "guide": Route(GuideView(), GuidePresenter, back="find"),
    "choose": Route(ChooseView(), _plain(ChoosePresenter), back="welcome", takes_card=True, needs_hall=True),
    "identify": Route(
        IdentifyView(),
        _plain(IdentifyPresenter),
        back="choose",
        takes_card=True,
        needs_queue=True,
        needs_hall=True,
    ),
    "confirm": Route(ConfirmView(), ConfirmPresenter, back="choose", needs_queue=True, needs_hall=True),
    "present": Route(
        PresentView(), _plain(PresentPresenter), back="welcome", takes_card=True, needs_hall=True
    ),
    "typein": Route(TypeinView(), TypeinPresenter, back="identify", takes_card=True),
    "certificates": Route(CertificatesView(), _plain(CertificatesPresenter), back="welcome"),
    "certificate": Route(CertificateView(), CertificatePresenter, back="certificates"),
    "consent": Route(ConsentView(), _plain(ConsentPresenter), back="certificates"),
    "handover": Route(HandoverView(), HandoverPresenter, back="certificates"),
    "appointment": Route(AppointmentView(), AppointmentPresenter, back="present", needs_hall=True),
    "printing": Route(PrintingView(), _plain(PrintingPresenter), home=False, held=True),
    "done": Route(DoneView(), _plain(DonePresenter)),
    "fault": Route(FaultView(), _plain(FaultPresenter)),
}

# Here a card or a code is for a number, whatever it was for before.
NUMBERED = ("welcome", "guide", "choose", "identify", "confirm")
