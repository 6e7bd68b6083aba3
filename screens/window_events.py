"""What the boards and the caller pad are told beyond ``screens.events``: the hall's payloads, keys, answers.

A payload is posted as it came (``hall.wire.messages``): frozen, and without room for a person's data but in the
certificates that a citizen agreed to show.
"""

from dataclasses import dataclass, field

from hall.wire.messages import Call, HallView, WindowCertificates, WindowView
from screens.events import FaceFailed, FaceReady, Ticked, Touched


@dataclass(frozen=True, slots=True)
class HallSeen:
    """The hall's retained view came, first or anew."""

    view: HallView


@dataclass(frozen=True, slots=True)
class WindowSeen:
    """One window's retained view came, first or anew."""

    view: WindowView


@dataclass(frozen=True, slots=True)
class CallHeard:
    """A live call; may come before or after the views that show it, and more than once."""

    call: Call


@dataclass(frozen=True, slots=True)
class LinkLost:
    """Nothing comes from the hall any more; what is known stays."""

    code: str


@dataclass(frozen=True, slots=True)
class LinkBack:
    pass


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of the keyboard or of a pad: "f1" … "f12", "0" … "9", "enter", "esc"."""

    key: str


@dataclass(frozen=True, slots=True)
class CommandDone:
    """The hall has carried out the command with ``key``; ``window`` is its answer, where it gave one."""

    key: str
    window: WindowView | None = None


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """The hall said no, or nobody knows (``hall.unreachable``: it may have been carried out)."""

    key: str
    code: str
    facts: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class CertificatesSeen:
    """What the citizen at the window agreed to show; answers the question with ``key``."""

    key: str
    certificates: WindowCertificates = field(repr=False)


@dataclass(frozen=True, slots=True)
class CertificatesFailed:
    key: str
    code: str


HallBoardEvent = HallSeen | CallHeard | LinkLost | LinkBack | Ticked
WindowBoardEvent = HallSeen | WindowSeen | CallHeard | LinkLost | LinkBack | Ticked
CallerEvent = (
    HallSeen
    | WindowSeen
    | CallHeard
    | LinkLost
    | LinkBack
    | Ticked
    | Touched
    | KeyPressed
    | CommandDone
    | CommandRefused
    | CertificatesSeen
    | CertificatesFailed
    | FaceReady
    | FaceFailed
)
