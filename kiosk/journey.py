"""The citizen's way through the terminal, as a table and the state behind it. No Kivy, no device, no clock.

Events go in; the screen to show, its view, the frame around it, and effects for the wiring come out. Whoever is
at the glass is one ``Visit``; it is dropped whole on the way back to the welcome screen, and every other screen's
view is empty, so nothing of one citizen is left for the next.

    welcome ──take, card──▶ choose ──queue──▶ identify ──card, without──▶ confirm ──▶ printing ──▶ done
                              │  ▲                ▲                        ▲ │            │         │
                              │  └────── back ────┴──────── back ──────────┘ │            │         │
                              └── queue that needs nobody's name ───────────▶┘            ▼         ▼
    welcome ──guide──▶ find ◀──▶ browse                                                 fault ──▶ welcome
                         └──────────┴── open ──▶ cases ──▶ guide ──take──▶ identify or confirm
    confirm ──check──▶ browse (what is done at this queue), or back to the guide it is for
    identify, present ──a number instead──▶ typein
    welcome, guide ──certificates──▶ present ──▶ certificates ◀──▶ certificate, handover
                                                      └──▶ consent ──▶ choose, or confirm for the guide
    welcome ──check-in──▶ present ──▶ appointment ──▶ printing

A visit reads one catalogue version: the first answer fixes it. Only its own answers are news to it; if one is of
another version, the file it was reading is gone, and it is told so.
"""

from collections.abc import Callable

from hall.catalogue.errors import CatalogueDamaged
from kiosk.idle import IdleTimer, Limits
from kiosk.questions import Questions
from kiosk.routes import NUMBERED, ROUTES
from kiosk.tries import Tries
from kiosk.ways import reason, wanted, way_back
from screens.browse.presenter import BrowsePresenter
from screens.done.presenter import DonePresenter
from screens.effects import CallStaff, Effect, Forget, IdentifyTyped, Say, Show, Watch
from screens.events import (
    AppointmentsFailed,
    AppointmentsFound,
    CardInSlot,
    CatalogueChanged,
    Event,
    FaceFailed,
    FaceReady,
    Faulted,
    Found,
    GuideMissing,
    GuideOpened,
    HallBack,
    HallChanged,
    HallLost,
    ListingFound,
    NoticeFailed,
    NoticePrinted,
    NotKnown,
    PersonKnown,
    Presented,
    PrinterChanged,
    ReaderChanged,
    ScannerChanged,
    Shared,
    ShareFailed,
    ShelvesFound,
    SlotChanged,
    StaffCalled,
    Ticked,
    Touched,
)
from screens.frame.presenter import FrameView, frame_view
from screens.frame.staff_call import StaffCall
from screens.offer import Offer
from screens.theme.tokens import ThemeName
from screens.visit import Fault, Reading, Terminal, Visit
from screens.welcome.presenter import WelcomePresenter
from screens.words.phrase import Phrase
from screens.words.words import Language

READS = ("find", "browse", "cases", "guide")  # screens that the catalogue answers

# Where guides are looked for; one opened from elsewhere leads back there.
LOOKED_FOR = ("find", "browse")

# Answers to a question that carry its key.
ASKED = FaceReady | FaceFailed | Shared | ShareFailed | AppointmentsFound | AppointmentsFailed


class Journey:
    """``make_key`` makes idempotency keys (uuid4 hex); ``features`` are the further things this terminal does."""

    def __init__(
        self,
        *,
        make_key: Callable[[], str],
        limits: Limits | None = None,
        features: frozenset[str] = frozenset(),
        language: Language = "zh",
        theme: ThemeName = "normal",
        phone_url: str = "",
        offer: Offer | None = None,
    ) -> None:
        self._make_key = make_key
        self._usual = (language, theme)
        self._limits = limits or Limits()
        self._terminal = Terminal(
            language=language,
            theme=theme,
            features=features,
            phone_url=phone_url,
            offer=offer or Offer(),
        )
        self._questions = Questions()
        self._begin()
        self._idle = IdleTimer(self._limits)
        self._help = StaffCall()
        self._tries = Tries()
        self._watching: Watch | None = None
        self._said = Phrase()
        self.screen = "welcome"

    def _begin(self, fault: Fault | None = None) -> None:
        """A new visit. What presenters remember is dropped with the one before."""
        terminal = self._terminal
        terminal.visit = Visit(fault=fault)
        self._questions.begin()
        self._presenters = {name: route.make(terminal, self._make_key) for name, route in ROUTES.items()}

    # -- what to show -----------------------------------------------------------------------------------------

    @property
    def view(self) -> object:
        """The current screen's."""
        return self._presenters[self.screen].view

    @property
    def views(self) -> dict[str, object]:
        """Every screen's; all but the current one show nobody."""
        return {name: self.view if name == self.screen else route.empty for name, route in ROUTES.items()}

    @property
    def presentation(self) -> str:
        """Id of what the citizen at the glass has shown; "" for nothing, or nobody."""
        shown = self._terminal.visit.presentation
        return shown.id if shown is not None else ""

    @property
    def busy(self) -> bool:
        """Whether somebody stands at the glass, as far as it shows: on their way, or the look is theirs."""
        return self.screen != "welcome" or not self._as_usual

    def quiet(self, now: float) -> float:
        """Seconds since the last touch, card or code, or since the last citizen was sent home (monotonic)."""
        return self._idle.quiet(now)

    @property
    def _as_usual(self) -> bool:
        terminal = self._terminal
        return (terminal.language, terminal.theme, terminal.aloud) == (*self._usual, False)

    @property
    def frame(self) -> FrameView:
        route = ROUTES[self.screen]
        ways = (("home",) if route.home else ()) + (("back",) if route.back else ())
        warn = self.screen != "done"  # which counts down on its own button
        return frame_view(
            self._terminal, ways=ways, staff=self._help.state, warn=warn, warning=self._limits.warning
        )

    # -- what happens -----------------------------------------------------------------------------------------

    def start(self) -> tuple[Effect, ...]:
        """What to do before the first event."""
        return self._settled()

    def handle(self, event: Event) -> tuple[Effect, ...]:
        """An event that does not fit where the journey is, is no news."""
        if not self._is_news(event):
            return ()
        self._note(event)
        out: list[Effect] = []
        for effect in self._decided(event):
            out += self._to(effect.screen) if isinstance(effect, Show) else (effect,)
        out += self._followed(event)
        return (*map(self._signed, out), *self._settled())

    def _signed(self, effect: Effect) -> Effect:
        """``effect`` as it goes out; what is to be answered is awaited from now on."""
        if isinstance(effect, IdentifyTyped):
            visit = self._terminal.visit
            visit.card, visit.source, visit.attempt = "reading", "typed", effect.attempt
        return self._questions.signed(effect)

    def _refuse(self, code: str) -> None:
        """Nobody is looked up for a while, where too many codes or numbers were wrong."""
        until = self._tries.missed(code, self._terminal.monotonic)
        if until is not None:
            self._terminal.refused_until = until

    def _is_news(self, event: Event) -> bool:
        """What was read of a card counts only after that card was laid down in this visit.

        A card read too late, when its citizen has left, is nobody's; so is an answer of the catalogue.
        """
        visit = self._terminal.visit
        if isinstance(event, Presented):
            return self._wanted() is not None and visit.card != "reading"
        if isinstance(event, PersonKnown | NotKnown):
            return visit.card == "reading" and visit.attempt == event.attempt
        if isinstance(event, Found | ShelvesFound | ListingFound | GuideOpened | GuideMissing):
            return self.screen in READS and self._questions.awaits(event, visit.browsing)
        if isinstance(event, ASKED):
            return event.key == visit.asked
        return True

    def _note(self, event: Event) -> None:
        """What the terminal now knows, whoever stands there."""
        terminal, visit = self._terminal, self._terminal.visit
        match event:
            case Ticked(now, monotonic):
                terminal.now, terminal.monotonic = now, monotonic
            case HallChanged(hall):
                terminal.hall = hall
            case HallLost(code):
                terminal.link = code
            case HallBack():
                terminal.link = None
            case ReaderChanged(code):
                terminal.reader = code
            case ScannerChanged(code):
                terminal.scanner = code
            case SlotChanged(code):
                terminal.slot = code
            case CardInSlot(there):
                terminal.card_in_slot = there
            case PrinterChanged(code):
                terminal.printer = code
            case CatalogueChanged(version, code, hot):
                terminal.catalogue, terminal.catalogue_code, terminal.hot = version, code, hot
            case Found() | ShelvesFound() | ListingFound() | GuideOpened():
                visit.catalogue = visit.catalogue or event.version
            case NoticePrinted(job) if job == visit.notice_job:  # whatever is shown by then
                visit.notice, visit.notice_code = "printed", ""
            case NoticeFailed(job, code, sure) if job == visit.notice_job:
                visit.notice, visit.notice_code = ("failed" if sure else "unknown"), code
            case Presented(source, attempt):
                visit.card, visit.source, visit.attempt = "reading", source, attempt
            case PersonKnown(person, _, presentation):
                visit.person, visit.priority, visit.card = person, person.priority, "known"
                visit.presentation = presentation
                self._tries.known()
            case NotKnown(code):
                visit.card, visit.card_code = "failed", code
                self._refuse(code)
            case _:
                pass
        if isinstance(event, Touched | Presented | PersonKnown | NotKnown):
            self._idle.stir(terminal.monotonic)
            terminal.leaving = None

    def _decided(self, event: Event) -> tuple[Effect, ...]:
        """The frame's own touches are the same everywhere; the rest is the screen's."""
        terminal, route, shown = self._terminal, ROUTES[self.screen], self._presenters[self.screen]
        match event:
            case Touched("home") if route.home:
                return (Show("welcome"),)
            case Touched("back") if isinstance(shown, BrowsePresenter) and shown.on_a_shelf:
                return shown.handle(Touched("shelves"))
            case Touched("back") if self._leads_back() and (before := terminal.visit.opened_from):
                terminal.visit.opened_from = None
                self._read(*before)
                return (Show("guide"),)
            case Touched("back") if self.screen == "cases":
                return self._presenters["cases"].handle(Touched("previous"))
            case Touched("back") if route.back:
                return (Show(way_back(self.screen, terminal)),)
            case Touched("large" | "contrast" as look):
                terminal.theme = terminal.offer.other(terminal.theme, look) or terminal.theme
            case Touched("language"):
                terminal.language = terminal.offer.next_language(terminal.language) or terminal.language
                self._said = Phrase()
            case Touched("aloud"):
                terminal.aloud = not terminal.aloud
                self._said = Phrase()
            case Touched("staff"):
                return self._help.call(reason(self.screen, terminal), terminal.monotonic)
            case Faulted(code) if (
                not route.held and terminal.visit.ticket is None
            ):  # a number is never covered
                self._begin(Fault(code))
                return (Show("fault"),)
            case StaffCalled():
                self._help.heard(terminal.monotonic)
            case GuideMissing(_, _, code):
                terminal.visit.fault = Fault(code)
                return (Show("fault"),)
            case Found() | ShelvesFound() | ListingFound() | GuideOpened() if (
                event.version != terminal.visit.catalogue
            ):
                terminal.visit.fault = Fault(CatalogueDamaged.code)
                return (Show("fault"),)
            case GuideOpened():
                return self._opened(event)
            case _:
                effects = shown.handle(event)
                if any(isinstance(effect, CallStaff) for effect in effects):
                    return self._help.call(reason(self.screen, terminal), terminal.monotonic)
                return effects
        return ()

    def _opened(self, event: GuideOpened) -> tuple[Effect, ...]:
        """A guide to read: its questions first, where the materials depend on them."""
        visit, page = self._terminal.visit, event.page
        leads_on = self.screen == "guide" and visit.reading is not None
        visit.opened_from = (visit.reading, visit.answers) if leads_on and visit.reading else None
        self._read(
            Reading(event.version, page, event.members, event.elsewhere, event.instead, event.section), ()
        )
        if self.screen in LOOKED_FOR:
            visit.came_from = self.screen
        asks = any(material.when for material in page.materials)
        return (Show("cases" if asks else "guide"),)

    def _read(self, reading: Reading, answers: tuple[tuple[str, str], ...]) -> None:
        visit = self._terminal.visit
        visit.reading, visit.answers, visit.for_item = reading, answers, False
        visit.notice, visit.notice_job, visit.notice_code = "none", "", ""

    def _leads_back(self) -> bool:
        """Whether "back" leads to the guide that led to this one: a bundle's, or a withdrawn item's."""
        visit = self._terminal.visit
        at_its_beginning = self.screen == "guide" or (self.screen == "cases" and not visit.answers)
        return visit.opened_from is not None and at_its_beginning

    def _followed(self, event: Event) -> tuple[Effect, ...]:
        """What the event makes of where the journey stands."""
        terminal, route = self._terminal, ROUTES[self.screen]
        if isinstance(event, HallLost) and route.needs_hall:
            terminal.visit.fault = Fault(event.code)
            return self._to("fault")
        if route.needs_queue and terminal.queue is None:
            return self._to("choose")
        if isinstance(event, Ticked):
            self._help.tick(event.monotonic)
            return self._deserted(event.monotonic)
        return ()

    def _deserted(self, now: float) -> tuple[Effect, ...]:
        terminal = self._terminal
        shown = self._presenters[self.screen]
        copying = isinstance(shown, DonePresenter) and shown.copying
        self._idle.hold(ROUTES[self.screen].held or copying, now)
        if not self.busy:
            return ()
        patience = self._idle.patience(now, last_screen=self.screen == "done")
        terminal.leaving = patience.seconds
        return self._to("welcome") if patience.over else ()

    def _to(self, screen: str) -> tuple[Effect, ...]:
        """Go to ``screen``, leaving nothing behind that it must not have."""
        if screen not in ROUTES:
            return ()
        terminal = self._terminal
        self._idle.stir(terminal.monotonic)
        terminal.leaving = None
        self.screen = screen
        visit = terminal.visit
        if screen in NUMBERED:
            visit.purpose = "number"
        if screen != "certificate":
            visit.looking_at, visit.face = "", None
        if screen == "present" and visit.purpose == "checkin":
            visit.person = None  # back from appointments that were not it: somebody may be looked up again
        if screen == "welcome":
            self._begin()
            terminal.language, terminal.theme = self._usual
            terminal.aloud = False
        elif screen == "choose":
            visit.queue, visit.key, visit.ticket, visit.fault = "", "", None, None
            visit.appointment = ""
            visit.for_item = False
        effects = self._presenters[screen].enter() or ()
        return (Show(screen), Forget()) if screen == "welcome" else (Show(screen), *effects)

    def _settled(self) -> tuple[Effect, ...]:
        """Effects that follow from where things stand: the reader's watch, and what is read aloud."""
        out: list[Effect] = []
        if (watch := self._wanted()) != self._watching:
            self._watching = watch
            out.append(watch or Watch(None))
        if self._terminal.aloud:
            phrase = self._presenters[self.screen].say()
            if phrase and phrase != self._said:
                out.append(Say(phrase.key, phrase.facts))
            self._said = phrase
        return tuple(out)

    def _wanted(self) -> Watch | None:
        welcome = self._presenters["welcome"]
        if self.screen == "welcome" and isinstance(welcome, WelcomePresenter) and not welcome.open:
            return None
        return wanted(self.screen, self._terminal)
