"""One certificate large, for half a minute: its picture is in memory only, and gone when it is closed. No Kivy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from hall.wire import messages
from screens.certificates.card import ACROSS, Validity, fitted, name_of, validity
from screens.certificates.presenter import FORGOTTEN, present_again
from screens.effects import Effect, FetchFace, Show
from screens.events import Event, FaceFailed, FaceReady, Picture, Ticked, Touched
from screens.find.state_card import StateCard, Way
from screens.guide.lines import width
from screens.guide.sheet import leading
from screens.visit import Terminal
from screens.words.faults import told
from screens.words.phrase import Phrase

SHOWN = 30  # seconds that a picture is shown
PATIENCE = 10.0  # seconds until a picture that has not come is given up
RING = 176  # side of the countdown
LATE = "certificate.late"

Phase = Literal["", "loading", "shown", "failed"]


@dataclass(frozen=True, slots=True)
class CertificateView:
    phase: Phase = ""
    name: str = ""
    large: bool = True  # the name: it fits one line
    head: int = 0  # pixels of the name and its state, beside the countdown
    state: Validity = Validity()  # noqa: RUF009  frozen
    picture: Picture | None = field(default=None, repr=False)
    seconds: int = 0
    whole: int = SHOWN
    hint: str = ""
    kept: str = ""
    loading: str = ""
    close: str = ""
    card: StateCard = StateCard()  # noqa: RUF009  frozen


class CertificatePresenter:
    """``make_key`` makes the key of each question for a picture; answers to any other are no news."""

    def __init__(self, terminal: Terminal, make_key: Callable[[], str]) -> None:
        self._terminal = terminal
        self._make_key = make_key
        self._since = 0.0  # when the picture was asked for

    def enter(self) -> tuple[Effect, ...]:
        return self._asking()

    def handle(self, event: Event) -> tuple[Effect, ...]:
        terminal, visit = self._terminal, self._terminal.visit
        if visit.presentation is None:
            return (Show("welcome"),)
        if self._certificate() is None:
            return self._closed()
        match event:
            case FaceReady(key, picture) if key == visit.asked and self._phase() == "loading":
                visit.face, visit.face_until = picture, terminal.monotonic + SHOWN
            case FaceFailed(key, code) if key == visit.asked and self._phase() == "loading":
                visit.face_code = code
            case Touched("close"):
                return self._closed()
            case Touched("present") if visit.face_code == FORGOTTEN:
                return present_again(visit)
            case Touched("again") if self._phase() == "failed":
                return self._asking()
            case Ticked(_, monotonic) if visit.face and monotonic >= visit.face_until:
                return self._closed()
            case Ticked(_, monotonic) if self._phase() == "loading" and monotonic - self._since >= PATIENCE:
                visit.asked, visit.face_code = "", LATE
            case _:
                pass
        return ()

    def _asking(self) -> tuple[Effect, ...]:
        visit, certificate = self._terminal.visit, self._certificate()
        visit.face, visit.face_code, visit.face_until, visit.asked = None, "", 0.0, ""
        if visit.presentation is None or certificate is None:
            return ()  # the next event leads away
        visit.asked, self._since = self._make_key(), self._terminal.monotonic
        return (FetchFace(visit.asked, visit.presentation.id, certificate.id),)

    def _closed(self) -> tuple[Effect, ...]:
        """The picture is let go of before anything else is shown."""
        visit = self._terminal.visit
        visit.face, visit.face_code, visit.face_until = None, "", 0.0
        visit.asked = visit.looking_at = ""
        return (Show("certificates"),)

    def say(self) -> Phrase:
        phase = self._phase()
        return Phrase(f"say.certificate_{phase}") if phase else Phrase()

    @property
    def view(self) -> CertificateView:
        terminal, visit, phase = self._terminal, self._terminal.visit, self._phase()
        certificate = self._certificate()
        if certificate is None or not phase:
            return CertificateView()
        words, tokens = terminal.words, terminal.tokens
        name, room = name_of(words, certificate), ACROSS - RING - tokens.gap
        large = width(name, tokens.card) <= room
        size = tokens.card if large else tokens.lead
        broken = fitted(name, size, room, 2)
        return CertificateView(
            phase=phase,
            name="\n".join(broken),
            large=large,
            head=max(RING, len(broken) * leading(size) + leading(tokens.body)),
            state=validity(words, certificate),
            picture=visit.face,
            seconds=max(0, ceil(visit.face_until - terminal.monotonic)) if phase == "shown" else 0,
            hint=words("certificate.hint") if phase == "shown" else "",
            kept=words("certificate.kept") if phase == "shown" else "",
            loading=words("certificate.loading") if phase == "loading" else "",
            close=words("certificate.close") if phase == "shown" else "",
            card=self._failed(visit.face_code) if phase == "failed" else StateCard(),
        )

    def _failed(self, code: str) -> StateCard:
        words = self._terminal.words
        # The hall's own words are about numbers.
        said = told(words, LATE if code.startswith("hall.") else code, "certificates.no_face")
        return StateCard(
            icon="image-off-outline",
            title=said.title,
            line=said.line,
            code=words("fault.code", code=code),
            main=Way("present", "qrcode-scan", words("certificate.present"))
            if code == FORGOTTEN
            else Way("again", "refresh", words("certificate.again")),
            second=Way("close", "arrow-left", words("certificate.back")),
        )

    def _phase(self) -> Phase:
        visit = self._terminal.visit
        if visit.presentation is None:
            return ""
        if visit.face_code:
            return "failed"
        if visit.face:
            return "shown"
        return "loading" if visit.asked else ""

    def _certificate(self) -> messages.CertificateView | None:
        given = self._terminal.visit.presentation
        looking_at = self._terminal.visit.looking_at
        return next((c for c in given.certificates if c.id == looking_at), None) if given else None
