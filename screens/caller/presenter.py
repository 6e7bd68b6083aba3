"""What a clerk's caller pad 叫号器 does with touches, keys and the hall's answers. No Kivy.

A button's intent is the command's verb. Keys press the button that shows them, so a hotkey can never do what
is not on the screen.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from hall.wire.messages import WindowView
from screens.caller.compose import compose, pressable
from screens.caller.known import Asked, Known, Pending, Room
from screens.caller.lists import TABS
from screens.caller.panel import still_asked
from screens.caller.refusals import refusal
from screens.caller.showing import asked, failed, listed, opened, still_there, ticked, viewing
from screens.caller.view_model import Button, CallerView, Tone
from screens.events import FaceFailed, FaceReady, Ticked, Touched
from screens.window_effects import SendCommand, WindowEffect
from screens.window_events import (
    CallerEvent,
    CallHeard,
    CertificatesFailed,
    CertificatesSeen,
    CommandDone,
    CommandRefused,
    HallSeen,
    KeyPressed,
    LinkBack,
    LinkLost,
    WindowSeen,
)
from screens.words.phrase import NOTHING, Phrase
from screens.words.words import Language

BOUNCE = 0.4  # seconds in which a second touch, or the same key again, is the same press
ANSWER = 15.0  # seconds after which an answer is no longer awaited; the hall client gives up before
SLOW = 0.8  # seconds after which the clerk is shown that an answer is awaited
SETTLE = 3.0  # seconds to wait for the view that shows what a command did

_PLAIN = frozenset(
    {"open", "pause", "close", "call-next", "recall", "miss", "start", "finish"}
)  # verbs that need no more than their address
_STAYS = frozenset({"open", "pause", "recall", "start"})  # after these the same ticket is at the window


class CallerPresenter:
    """The pad of window ``window`` (its id).

    ``new_key`` makes an idempotency key, once a press. ``clock`` is monotonic; it tells a second press from a
    bounce. ``room`` is ``LARGE_ROOM`` for large type.
    """

    def __init__(
        self,
        window: str,
        new_key: Callable[[], str],
        clock: Callable[[], float],
        *,
        language: Language = "zh",
        room: Room = Room(),  # noqa: B008  frozen
    ) -> None:
        self._id = window
        self._new_key, self._clock = new_key, clock
        self._known = Known(language, room)
        self._unsure: Pending | None = None  # nobody knows whether it was carried out
        self._pressed: dict[str, float] = {}  # when what was last touched
        self.view: CallerView = compose(self._known)

    def handle(self, event: CallerEvent) -> tuple[WindowEffect, ...]:
        effects = self._take(event)
        self.view = compose(self._known)
        return effects

    def _take(self, event: CallerEvent) -> tuple[WindowEffect, ...]:
        known = self._known
        match event:
            case Touched(intent, value) if not self._bounces("touch"):
                return self._press(lambda button: (button.intent, button.value) == (intent, value))
            case KeyPressed(key) if key and not self._bounces(key):
                return self._press(lambda button: button.hint.lower() == key.lower())
            case Touched() | KeyPressed():
                pass
            case WindowSeen(view):
                self._see(view)
            case HallSeen(view):
                known.hall = view
            case CallHeard():
                pass  # the window's own view follows, and says more
            case CommandDone(key, window):
                self._done(key, window)
            case CommandRefused(key, code, facts):
                self._refused(key, code, facts)
            case LinkLost(code):
                known.lost = code
            case LinkBack():
                known.lost = ""
            case Ticked(now):
                known.now = now.replace(second=0, microsecond=0)
                self._tick()
            case CertificatesSeen(key, answer) if known.showing is not None:
                known.showing = listed(known.showing, key, answer)
            case FaceReady(key, picture) if known.showing is not None:
                known.showing = opened(known.showing, key, picture, self._clock())
            case CertificatesFailed(key, code) | FaceFailed(key, code) if known.showing is not None:
                known.showing = failed(known.showing, key, code)
            case CertificatesSeen() | CertificatesFailed() | FaceReady() | FaceFailed():
                pass  # about somebody who has left
            case _:
                assert_never(event)
        return ()

    # -- a press -----------------------------------------------------------------------------------------------

    def _bounces(self, source: str) -> bool:
        now = self._clock()
        before = self._pressed.get(source)
        self._pressed[source] = now
        return before is not None and now - before < BOUNCE

    def _press(self, meant: Callable[[Button], bool]) -> tuple[WindowEffect, ...]:
        """Only what is on the screen can be pressed: a touch that comes too late finds nothing."""
        known = self._known
        button = next(filter(meant, pressable(self.view)), None)
        if button is None:
            return ()
        if button.why:
            if button.dim:
                self._say(button.why, tone="note")
            return ()
        self._say(NOTHING)
        match button.intent:
            case "abandon" | "park" | "transfer" as question:
                current = known.window.current if known.window is not None else None
                known.asked = Asked(question, button.value or (current.id if current is not None else ""))
                known.showing = None
            case "transfer-queue" if known.asked is not None:
                known.asked = known.asked.to_queue(button.value)
            case "transfer-window" if known.asked is not None:
                to: dict[str, str | bool] = {"window": button.value} if button.value else {}
                return self._send(button, "transfer", queue=known.asked.queue, **to)
            case "park-papers":
                return self._send(button, "park", papers=button.value == "stay")
            case "abandon-sure":
                return self._send(button, "abandon", ticket=button.value)
            case "return" | "resume" as verb:
                return self._send(button, verb, ticket=button.value)
            case "back" if known.asked is not None:
                known.asked = known.asked.back()
            case "more" if known.asked is not None:
                known.asked = known.asked.next_page()
            case "tab":
                known.tab, known.page = next(tab for tab in TABS if tab == button.value), 0
            case "page":
                known.page += 1
            case "language":
                known.language = "en" if known.language == "zh" else "zh"
            case verb if verb in _PLAIN:
                return self._send(button, verb)
            case _:
                return self._look(button)
        return ()

    def _look(self, button: Button) -> tuple[WindowEffect, ...]:
        """What has to do with the certificates that the citizen agreed to show."""
        known, current = self._known, self._known.window.current if self._known.window is not None else None
        showing = known.showing
        match button.intent:
            case "certificates" if current is not None:
                known.showing, question = asked(current.id, self._new_key(), self._clock())
                return (question,)
            case "certificates-back":
                known.showing = None
            case "certificates-view" if showing is not None:
                known.showing, view = viewing(showing, button.value, self._new_key, self._clock())
                return (view,)
            case "certificates-page" if showing is not None:
                known.showing = replace(showing, page=showing.page + 1)
            case "face-back" if showing is not None:
                known.showing = showing.closed()
        return ()

    def _send(self, button: Button, verb: str, **body: str | bool) -> tuple[SendCommand, ...]:
        """One command; when nobody knows what became of the same one, the same again with its own key."""
        known, unsure = self._known, self._unsure
        content, scene = tuple(sorted(body.items())), known.scene
        again = unsure is not None and (unsure.verb, unsure.body, unsure.scene) == (verb, content, scene)
        key = unsure.key if again and unsure is not None else self._new_key()
        seq = known.window.seq if known.window is not None else 0
        pressed = (button.intent, button.value)
        known.pending = Pending(key, pressed, verb, content, self._clock(), seq, scene)
        known.asked, self._unsure = None, None
        if verb not in _STAYS:
            known.showing = None
        return (SendCommand(key, verb, body),)

    # -- what the hall says --------------------------------------------------------------------------------------

    def _see(self, view: WindowView) -> None:
        known, shown = self._known, self._known.window
        if view.id != self._id or (shown is not None and view.seq < shown.seq and view.at <= shown.at):
            return
        scene = known.scene
        known.window = view
        if known.scene != scene:
            self._say(NOTHING)
        if known.asked is not None and not still_asked(known.asked, view):
            known.asked = None
        if known.showing is not None and not still_there(known.showing, view):
            known.showing = None
        if known.pending is not None and known.pending.done and view.seq != known.pending.seq:
            known.pending = None

    def _done(self, key: str, window: WindowView | None) -> None:
        known = self._known
        if self._unsure is not None and self._unsure.key == key:  # the answer came after all
            self._unsure = None
            self._say(NOTHING)
        if known.pending is not None and known.pending.key == key:
            moved = known.window is not None and known.window.seq != known.pending.seq
            settling = replace(known.pending, done=True, since=self._clock())
            known.pending = None if window is not None or moved else settling
        if window is not None:
            self._see(window)

    def _refused(self, key: str, code: str, facts: tuple[tuple[str, str], ...]) -> None:
        asked = (self._known.pending, self._unsure)  # an answer may come after it was given up
        pending = next((one for one in asked if one is not None and one.key == key), None)
        if pending is None:
            return
        self._known.pending = self._unsure = None
        if code == "hall.unreachable":
            self._unanswered(pending, code)
        else:
            self._say(refusal(code, facts), code, "alarm")

    def _unanswered(self, pending: Pending, code: str) -> None:
        self._unsure = pending
        self._say(Phrase("caller.unanswered"), code, "alarm")

    def _tick(self) -> None:
        known, pending = self._known, self._known.pending
        if known.showing is not None:
            known.showing = ticked(known.showing, self._clock())
        if pending is None:
            return
        waited = self._clock() - pending.since
        if pending.done:
            known.pending = pending if waited < SETTLE else None
        elif waited >= ANSWER:
            known.pending = None
            self._unanswered(pending, "hall.unreachable")
        elif waited >= SLOW:
            known.pending = replace(pending, slow=True)

    def _say(self, message: Phrase, code: str = "", tone: Tone = "plain") -> None:
        self._known.message, self._known.code, self._known.tone = message, code, tone
