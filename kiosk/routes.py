"""The terminal's screens as a table: what each shows of nobody, and what goes on while it is shown."""

from dataclasses import dataclass
from typing import Protocol

from screens.appointment.presenter import AppointmentView
from screens.browse.presenter import BrowseView
from screens.cases.presenter import CasesView
from screens.certificate.presenter import CertificateView
from screens.certificates.presenter import CertificatesView
from screens.choose.presenter import ChooseView
from screens.confirm.presenter import ConfirmView
from screens.consent.presenter import ConsentView
from screens.done.presenter import DoneView
from screens.effects import Effect
from screens.events import Event
from screens.fault.presenter import FaultView
from screens.find.presenter import FindView
from screens.guide.presenter import GuideView
from screens.handover.presenter import HandoverView
from screens.identify.presenter import IdentifyView
from screens.present.presenter import PresentView
from screens.printing.presenter import PrintingView
from screens.typein.presenter import TypeinView
from screens.welcome.presenter import WelcomeView
from screens.words.phrase import Phrase


class Presenter(Protocol):
    """A screen's decisions; ``view`` is complete and frozen."""

    def enter(self) -> tuple[Effect, ...] | None:
        """The screen is shown now; what it has to ask for."""

    def handle(self, event: Event) -> tuple[Effect, ...]: ...

    def say(self) -> Phrase: ...

    @property
    def view(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Route:
    """One screen's place in the journey."""

    empty: object  # what it shows of nobody
    back: str = ""  # "" : there is no way back; see Journey._way_back for those that depend
    home: bool = True
    takes_card: bool = False
    needs_queue: bool = False
    held: bool = False  # nobody is sent away meanwhile; the screen has a ceiling of its own
    needs_hall: bool = False  # a lost hall is told at once


ROUTES: dict[str, Route] = {
    "welcome": Route(WelcomeView(), home=False, takes_card=True),
    "find": Route(FindView(), back="welcome"),
    "browse": Route(BrowseView(), back="find"),
    "cases": Route(CasesView(), back="find"),
    "guide": Route(GuideView(), back="find"),
    "choose": Route(ChooseView(), back="welcome", takes_card=True, needs_hall=True),
    "identify": Route(IdentifyView(), back="choose", takes_card=True, needs_queue=True, needs_hall=True),
    "confirm": Route(ConfirmView(), back="choose", needs_queue=True, needs_hall=True),
    "present": Route(PresentView(), back="welcome", takes_card=True, needs_hall=True),
    "typein": Route(TypeinView(), back="identify", takes_card=True),
    "certificates": Route(CertificatesView(), back="welcome"),
    "certificate": Route(CertificateView(), back="certificates"),
    "consent": Route(ConsentView(), back="certificates"),
    "handover": Route(HandoverView(), back="certificates"),
    "appointment": Route(AppointmentView(), back="present", needs_hall=True),
    "printing": Route(PrintingView(), home=False, held=True),
    "done": Route(DoneView()),
    "fault": Route(FaultView()),
}

# Here a card or a code is for a number, whatever it was for before.
NUMBERED = ("welcome", "guide", "choose", "identify", "confirm")
