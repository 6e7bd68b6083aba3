"""What the citizen at the window agreed to show, for as long as the clerk looks at it. No Kivy.

One view each is the hall's rule; here it is only shown. Everything is dropped, list and picture, when the ticket is
no more at the window, when a command is sent that takes it away, and when the clerk closes it. A picture is shown
for a minute at the most. Answers that come later are nobody's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hall.wire.messages import WindowCertificate, WindowCertificates, WindowView
from screens.events import Picture
from screens.window_effects import AskCertificates, ViewCertificate

FACE_SECONDS = 60.0
ANSWER = 15.0  # seconds after which an answer is no longer awaited; the hall client gives up before


@dataclass(frozen=True, slots=True)
class Showing:
    """The certificates of ``ticket``, as far as they are known; ``listed`` is None while they are asked for."""

    ticket: str
    key: str  # of the question for the list
    since: float
    listed: tuple[WindowCertificate, ...] | None = field(default=None, repr=False)
    gone: bool = False  # agreed to, and no more kept
    page: int = 0
    code: str = ""  # why there is no list, or no picture
    opening: tuple[str, str] = ("", "")  # certificate whose picture is on its way, and the question's key
    unsure: tuple[tuple[str, str], ...] = ()  # the same, of those that nobody knows whether they were viewed
    shown: str = ""  # certificate whose picture is looked at
    picture: Picture | None = field(default=None, repr=False)
    until: float = 0.0
    left: int = 0  # seconds of it

    def certificate(self, id_: str) -> WindowCertificate | None:
        return next((one for one in self.listed or () if one.certificate.id == id_), None)

    def closed(self) -> "Showing":
        """Without the picture."""
        return replace(self, shown="", picture=None, until=0.0, left=0)

    def viewed(self, id_: str) -> "Showing":
        """The hall shows it no second time."""
        marked = (one.model_copy(update={"viewed": True}) if one.certificate.id == id_ else one
                  for one in self.listed or ())  # fmt: skip
        return replace(self, listed=tuple(marked), unsure=tuple(one for one in self.unsure if one[0] != id_))


def asked(ticket: str, key: str, now: float) -> tuple[Showing, AskCertificates]:
    return Showing(ticket, key, now), AskCertificates(key)


def viewing(
    showing: Showing, id_: str, new_key: Callable[[], str], now: float
) -> tuple[Showing, ViewCertificate]:
    """The same question again, where nobody knows what became of the first: the hall answers it the same."""
    key = dict(showing.unsure).get(id_) or new_key()
    return replace(showing.closed(), opening=(id_, key), code="", since=now), ViewCertificate(key, id_)


def listed(showing: Showing, key: str, answer: WindowCertificates) -> Showing | None:
    """None: the answer is about another ticket, so this one has left."""
    if key != showing.key or showing.listed is not None:
        return showing
    if answer.ticket != showing.ticket:
        return None
    return replace(showing, listed=answer.certificates, gone=answer.gone, code="")


def opened(showing: Showing, key: str, picture: Picture, now: float) -> Showing:
    id_, awaited = showing.opening
    if not awaited or key != awaited:
        return showing
    shown = replace(showing.viewed(id_), opening=("", ""), shown=id_, picture=picture, code="")
    return replace(shown, until=now + FACE_SECONDS, left=int(FACE_SECONDS))


def failed(showing: Showing, key: str, code: str) -> Showing:
    """``hall.unreachable`` says nothing about whether the picture was given out; the hall knows by the key."""
    id_, awaited = showing.opening
    if key == showing.key and showing.listed is None:
        return replace(showing, code=code)
    if not awaited or key != awaited:
        return showing
    showing = replace(showing, opening=("", ""), code=code)
    match code:
        case "certificates.viewed":
            return showing.viewed(id_)
        case "certificates.gone":
            return replace(showing, listed=(), gone=True, code="")
        case "hall.unreachable":
            rest = tuple(one for one in showing.unsure if one[0] != id_)
            return replace(showing, unsure=(*rest, (id_, key)))
        case _:
            return showing


def ticked(showing: Showing, now: float) -> Showing:
    """A picture whose time is over is gone; an answer that does not come is a failure."""
    if showing.shown:
        left = showing.until - now
        return replace(showing, left=-int(-left // 1)) if left > 0 else showing.closed()
    if now - showing.since >= ANSWER:
        if showing.opening[1]:
            return failed(showing, showing.opening[1], "hall.unreachable")
        if showing.listed is None and not showing.code:
            return replace(showing, code="hall.unreachable")
    return showing


def still_there(showing: Showing, window: WindowView) -> bool:
    """Whether the ticket is still at the window, and something of it to be seen."""
    current = window.current
    return current is not None and current.id == showing.ticket and current.certificates > 0
