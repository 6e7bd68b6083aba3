"""Holding up a code, or laying down a card: for one's certificates, or to check an appointment in. No Kivy."""

from dataclasses import dataclass
from typing import Literal

from screens.effects import CallStaff, Effect, Show
from screens.events import Event, PersonKnown, Touched
from screens.present.anew import begin_anew
from screens.present.refusal import FINAL, refusal, refusal_key
from screens.present.ways import ICONS, Kind, Way, asked_for, kinds, may_type, refused_for, ways
from screens.visit import Terminal
from screens.words.notices import columns
from screens.words.phrase import Phrase

LONGEST_REFUSAL = 60  # seconds that a whole ring of the countdown stands for
ROOM = {"large": 40}  # half-width columns of a guide's name over the title
USUAL_ROOM = 52

Phase = Literal["", "waiting", "reading", "failed", "refused", "nothing"]

_STATUS_ICONS = {"reading": "timer-sand", "failed": "alert-circle-outline"}


@dataclass(frozen=True, slots=True)
class WayOn:
    """A button: what it says and does."""

    text: str = ""
    intent: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True)
class PresentView:
    phase: Phase = ""
    about: str = ""  # what it is for
    title: str = ""
    line: str = ""
    picture: str = ""  # of how: code, id_card, social_card; "": of nothing
    ways: tuple[Way, ...] = ()  # what is taken, where it is more than one
    status: str = ""
    status_line: str = ""
    status_icon: str = ""
    status_kind: str = "info"
    code: str = ""
    seconds: int = 0  # refused: until it may be tried again
    whole: int = LONGEST_REFUSAL
    reassurance: str = ""
    main: WayOn = WayOn()
    second: WayOn = WayOn()
    quiet: WayOn = WayOn()


class PresentPresenter:
    """Whatever the devices say is shown as it comes; somebody who is known goes on by themselves."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def enter(self) -> None:
        """Whoever comes (back) here shows who they are anew; devices are watched only while nobody is known."""
        begin_anew(self._terminal.visit)

    def handle(self, event: Event) -> tuple[Effect, ...]:
        visit = self._terminal.visit
        match event:
            case PersonKnown():
                return (Show("appointment" if visit.purpose == "checkin" else "certificates"),)
            case Touched("again") if visit.card == "failed":
                visit.card = ""
            case Touched("type_number") if may_type(self._terminal):
                return (Show("typein"),)
            case Touched("take") if self._terminal.offer.numbers:
                visit.purpose, visit.card, visit.attempt = "number", "", ""
                return (Show("choose"),)
            case Touched("ask_staff"):
                return (CallStaff("present"),)
            case _:
                pass
        return ()

    def say(self) -> Phrase:
        phase, shown = self._phase(), self._kinds()
        if phase == "failed":
            return Phrase(f"{refusal_key(self._terminal)}.title")
        return Phrase(f"say.present_{shown[0]}" if phase == "waiting" else f"say.present_{phase}")

    @property
    def view(self) -> PresentView:
        terminal, phase, shown = self._terminal, self._phase(), self._kinds()
        words, visit = terminal.words, terminal.visit
        main, second, quiet = self._ways_on(phase)
        status, line, kind, code = words("present.waiting"), "", "info", ""
        if phase == "reading":
            status = words(f"present.reading_{visit.source}")
        elif phase == "failed":
            why = refusal(terminal)
            status, line, kind = why.title, why.line, "amber"
            code = words("fault.code", code=visit.card_code)
        open_ = phase in ("waiting", "reading", "failed")
        return PresentView(
            phase=phase,
            about=self._about(),
            title=words(asked_for(shown) if open_ else f"present.title_{phase}"),
            line=self._line(phase),
            picture=self._now(phase) if open_ else "",
            ways=ways(terminal, shown) if open_ and len(shown) > 1 else (),
            status=status if open_ else "",
            status_line=line,
            status_icon=ICONS[shown[0]] if phase == "waiting" else _STATUS_ICONS.get(phase, ""),
            status_kind=kind,
            code=code,
            seconds=refused_for(terminal) if phase == "refused" else 0,
            whole=max(LONGEST_REFUSAL, refused_for(terminal)),
            reassurance=words(f"present.reassurance_{visit.purpose}")
            if open_ and not self._fewer(phase)
            else "",
            main=main,
            second=second,
            quiet=quiet,
        )

    def _line(self, phase: Phase) -> str:
        if self._fewer(phase):
            return ""
        words = self._terminal.words
        if phase in ("waiting", "reading"):
            return words(f"ways.{self._now(phase)}_line")
        return words(f"present.line_{phase}")

    def _now(self, phase: Phase) -> Kind:
        """What the picture is of: what is being read or may be tried again, else what comes first here."""
        shown, visit = self._kinds(), self._terminal.visit
        if phase == "waiting" or (phase == "failed" and visit.card_code in FINAL):
            return shown[0]
        return next((kind for kind in shown if kind == visit.source), shown[0])

    def _fewer(self, phase: Phase) -> bool:
        """In large type, why it failed and the ways on leave no room for more."""
        return phase == "failed" and self._terminal.theme == "large"

    def _about(self) -> str:
        """What it is for, with the guide that is being read."""
        terminal = self._terminal
        words, reading = terminal.words, terminal.visit.reading
        about = words(f"present.about_{terminal.visit.purpose}")
        if reading is None or terminal.visit.purpose != "certificates":
            return about
        name = words.pick(reading.page.name, reading.page.name_en)
        room = ROOM.get(terminal.theme, USUAL_ROOM) - columns(about) - 3
        kept = name
        while columns(kept) > room:
            kept = kept[:-1]
        return f"{about} · {kept if kept == name else kept.rstrip() + '…'}"

    def _phase(self) -> Phase:
        terminal, card = self._terminal, self._terminal.visit.card
        if refused_for(terminal):
            return "refused"
        if card == "failed":
            return "failed" if self._kinds() else "nothing"
        if not self._kinds():
            return "nothing"
        return "reading" if card == "reading" else "waiting"

    def _kinds(self) -> tuple[Kind, ...]:
        return kinds(self._terminal, "code")

    def _ways_on(self, phase: Phase) -> tuple[WayOn, WayOn, WayOn]:
        """Main, second, quiet: there is always one that needs nothing in the citizen's hands."""
        none = WayOn()
        staff = self._way("ask_staff", "face-agent")
        take = self._way("take", "ticket-confirmation-outline") if self._terminal.offer.numbers else staff
        second = staff if take != staff else none
        again = self._way("again", "refresh")
        typed = self._way("type_number", "dialpad") if may_type(self._terminal) else none
        match phase:
            case "refused":
                return take, second, none
            case "nothing":
                return (typed, take, none) if typed.intent else (take, second, none)
            case "failed" if self._terminal.visit.card_code in FINAL and len(self._kinds()) == 1:
                return take, second, none
            case "failed":
                return (again, typed, take) if typed.intent else (again, take, none)
            case _:
                return (none, typed, take) if typed.intent else (none, take, none)

    def _way(self, intent: str, icon: str) -> WayOn:
        return WayOn(self._terminal.words(f"present.{intent}"), intent, icon)
