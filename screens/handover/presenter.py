"""A code for the phone of the clerk, who checks them there. Nothing of anybody stands beside it. No Kivy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from typing import Literal

from screens.certificates.presenter import FORGOTTEN, in_force, present_again
from screens.effects import Effect, ShareCertificates, Show
from screens.events import Event, Shared, ShareFailed, Ticked, Touched
from screens.find.state_card import StateCard, Way
from screens.visit import Terminal
from screens.words.faults import told
from screens.words.phrase import Phrase

PATIENCE = 10.0  # seconds until a code that has not come is given up
OVER = "handover.over"
FAILED = "handover.failed"

Phase = Literal["", "asking", "shown", "failed", "over"]


@dataclass(frozen=True, slots=True)
class HandoverView:
    phase: Phase = ""
    title: str = ""
    line: str = ""
    qr: str = field(default="", repr=False)
    left: str = ""  # "还剩 4:32"
    share: float = 0.0  # of the time that is left
    asking: str = ""
    done: str = ""
    done_icon: str = ""
    card: StateCard = StateCard()  # noqa: RUF009  frozen


class HandoverPresenter:
    """``make_key`` makes the key of each question for a code; answers to any other are no news."""

    def __init__(self, terminal: Terminal, make_key: Callable[[], str]) -> None:
        self._terminal = terminal
        self._make_key = make_key
        self._since = 0.0  # when the code was asked for
        self._whole = 0  # seconds that it is good for

    def enter(self) -> tuple[Effect, ...]:
        return self._asking()

    def handle(self, event: Event) -> tuple[Effect, ...]:
        terminal, visit = self._terminal, self._terminal.visit
        if visit.presentation is None:
            return (Show("welcome"),)
        if not self._shared():
            return (Show("certificates"),)
        match event:
            case Shared(key, url, seconds) if key == visit.asked and self._phase() == "asking":
                self._whole = seconds
                visit.share_url, visit.share_until = url, terminal.monotonic + seconds
            case ShareFailed(key, code) if key == visit.asked and self._phase() == "asking":
                visit.share_code = code
            case Touched("present") if visit.share_code == FORGOTTEN:
                return present_again(visit)
            case Touched("again") if self._phase() in ("failed", "over"):
                return self._asking()
            case Touched("close"):
                visit.share_url, visit.share_code, visit.share_until, visit.asked = "", "", 0.0, ""
                return (Show("certificates"),)
            case Ticked(_, monotonic) if visit.share_url and monotonic >= visit.share_until:
                visit.share_url, visit.share_code, visit.asked = "", OVER, ""
            case Ticked(_, monotonic) if self._phase() == "asking" and monotonic - self._since >= PATIENCE:
                visit.share_code, visit.asked = FAILED, ""
            case _:
                pass
        return ()

    def _asking(self) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        visit.share_url, visit.share_code, visit.share_until, visit.asked = "", "", 0.0, ""
        if visit.presentation is None or not (shared := self._shared()):
            return ()  # the next event leads away
        visit.asked, self._since = self._make_key(), self._terminal.monotonic
        return (ShareCertificates(visit.asked, visit.presentation.id, shared),)

    def _shared(self) -> tuple[str, ...]:
        """Those that were chosen; else all that are in force."""
        visit = self._terminal.visit
        given = in_force(visit.presentation) if visit.presentation is not None else ()
        return tuple(c.id for c in given if c.id in visit.chosen) or tuple(c.id for c in given)

    def say(self) -> Phrase:
        phase = self._phase()
        return Phrase(f"say.handover_{phase}") if phase else Phrase()

    @property
    def view(self) -> HandoverView:
        terminal, visit, phase = self._terminal, self._terminal.visit, self._phase()
        if not phase:
            return HandoverView()
        words = terminal.words
        if phase in ("failed", "over"):
            return HandoverView(phase=phase, card=self._ended(visit.share_code))
        left = max(0, ceil(visit.share_until - terminal.monotonic)) if phase == "shown" else 0
        clock = f"{left // 60}:{left % 60:02d}"
        return HandoverView(
            phase=phase,
            title=words("handover.title"),
            line=words("handover.line", count=len(self._shared())),
            qr=visit.share_url,
            left=words("handover.left", left=clock) if phase == "shown" else "",
            share=min(1.0, left / self._whole) if phase == "shown" and self._whole else 0.0,
            asking=words("handover.asking") if phase == "asking" else "",
            done=words("handover.done" if phase == "shown" else "handover.back"),
            done_icon="check-bold" if phase == "shown" else "arrow-left",
        )

    def _ended(self, code: str) -> StateCard:
        words = self._terminal.words
        said = told(
            words, FAILED if code.startswith("hall.") else code, FAILED
        )  # its words are about numbers
        return StateCard(
            icon="timer-off-outline" if code == OVER else "qrcode-remove",
            title=said.title,
            line=said.line,
            code="" if code == OVER else words("fault.code", code=code),
            main=Way("present", "qrcode-scan", words("certificate.present"))
            if code == FORGOTTEN
            else Way("again", "refresh", words("handover.again")),
            second=Way("close", "arrow-left", words("handover.back")),
        )

    def _phase(self) -> Phase:
        visit = self._terminal.visit
        if visit.presentation is None:
            return ""
        if visit.share_code:
            return "over" if visit.share_code == OVER else "failed"
        if visit.share_url:
            return "shown"
        return "asking" if visit.asked else ""
