"""Every state of the enrolment screen, as the agent would tell it; a code and a centre that do not exist."""

from collections.abc import Callable

from screens.enrol.presenter import Enrolment, EnrolPresenter, EnrolView
from screens.frame.presenter import FrameView
from screens.visit import Terminal

CENTRE = "https://fleet.example.gov.cn"
FINGERPRINT = "7C41 09E2 B65A F3D8"
CODE = Enrolment("code", "K7QM4XPD", f"{CENTRE}/enrol/K7QM4XPD", 872, FINGERPRINT, CENTRE)

State = Callable[[Terminal], tuple[str, EnrolView, FrameView]]


def _told(told: Enrolment, later: float = 0) -> State:
    """``later``: seconds after it was told."""

    def make(terminal: Terminal) -> tuple[str, EnrolView, FrameView]:
        now = 0.0
        presenter = EnrolPresenter(
            "TY-2026-00417", lambda: now, language=terminal.language, theme=terminal.theme
        )
        presenter.tell(told)
        now = later
        if terminal.now is not None:
            presenter.tick(terminal.now)
        return "enrol", presenter.view, presenter.frame

    return make


STATES: dict[str, State] = {
    "enrol-connecting": _told(Enrolment("connecting", centre=CENTRE)),
    "enrol-code": _told(CODE),
    "enrol-code-ending": _told(CODE, 827),
    "enrol-approved": _told(Enrolment("approved", fingerprint=FINGERPRINT, centre=CENTRE)),
    "enrol-expired": _told(CODE, 873),
    "enrol-refused": _told(
        Enrolment("refused", fingerprint=FINGERPRINT, centre=CENTRE, fault="enrol.refused")
    ),
    "enrol-failed": _told(
        Enrolment("failed", fingerprint=FINGERPRINT, centre=CENTRE, fault="enrol.unreachable")
    ),
}
